"""Staff and tills: reports to print, journals to take out, tills to register, tasks to settle."""

import pytest
from django.test import Client

from omni.core import clock
from tests import factories
from tests.tills.tills import Counter
from tills.models import CashSession

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter() -> Counter:
    return Counter.build(now=clock.now())


def test_staff_print_the_day_and_take_out_its_journal(counter: Counter, client: Client) -> None:
    counter.open(now=clock.now())
    counter.sell("A-1", now=clock.now())
    session = CashSession.objects.get()
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    base = f"/admin/tills/cashsession/{session.pk}"
    company = counter.shop.location.company.code

    report = client.get(f"{base}/report/")
    page = client.get(f"{base}/journals/")
    urls = [f"/admin/tills/cashsession/{session.pk}/journal/{company}/{each}/" for each in ("utf-8", "cp932")]
    utf8, cp932 = (b"".join(client.get(url).streaming_content) for url in urls)

    assert report.status_code == page.status_code == 200
    assert "31,000" in report.content.decode()
    assert all(url in page.content.decode() for url in urls)
    assert utf8.decode("utf-8-sig") == cp932.decode("cp932")
    rows = [row.split(",") for row in utf8.decode("utf-8-sig").splitlines()]
    assert [(row[5], row[9], row[12]) for row in rows[1:]] == [
        ("SALE", "GOODS", "1000"),
        ("SALE", "TENDER", "1000"),
        ("CASH", "FLOAT", "30000"),
    ]
