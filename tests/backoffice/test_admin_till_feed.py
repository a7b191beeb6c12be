"""Staff see to what tills of other makers and partners' files brought and could not be booked."""

from datetime import datetime

import pytest
from django.test import Client

from connectors.models import Connection, RefusedFile, TillEntry
from orders.models import Order
from tests import factories
from tests.backoffice.test_admin_actions import act, office, page, staff, told
from tests.connectors.test_till_feed import Feed, feed, sale

__all__ = ["feed", "office", "staff"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def failed(feed: Feed) -> TillEntry:
    feed.send(sale(1, lines=[{"code": "NEW", "quantity": 1, "unit_price": "900"}]))
    return TillEntry.objects.get(status="FAILED")


def test_an_entry_is_booked_again_once_its_article_is_known(
    office: Client, feed: Feed, failed: TillEntry
) -> None:
    still = act(office, page("connectors_tillentry_retry", failed.pk))
    assert "unknown-sku" in told(still)
    factories.listing(factories.variant(sku="NEW"), feed.till.channel)

    done = act(office, page("connectors_tillentry_retry", failed.pk))

    assert "shibuya.A-1" in told(done)
    assert Order.objects.get().number == "shibuya.A-1"


def test_an_entry_is_dropped_for_a_reason(office: Client, failed: TillEntry) -> None:
    url = page("connectors_tillentry_drop", failed.pk)
    assert act(office, url, reason="", note="").status_code == 422

    act(office, url, reason="test", note="training")

    failed.refresh_from_db()
    assert (failed.status, failed.drop_reason, failed.body) == ("DROPPED", "test: training", {})


def test_a_refused_file_is_seen_to_once(office: Client, now: datetime) -> None:
    connection = Connection.objects.create(code="mall", name="Mall", kind="csv", channel=factories.channel())
    file = RefusedFile.objects.create(
        connection=connection, name="a.csv", whole=True, count=1, lines=[{"line": 2}], refused_at=now
    )

    act(office, page("connectors_refusedfile_settle", file.pk))

    file.refresh_from_db()
    assert file.settled_at is not None
    assert file.settled_by.startswith("user:")
