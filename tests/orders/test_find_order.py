"""Staff find a till's sale by what is printed on its receipt."""

from dataclasses import replace
from datetime import datetime

import pytest

from orders.admin.finding import order_ids
from orders.models import Order
from orders.services.sales import record_sales
from tests import factories
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sold(now: datetime) -> dict[str, int]:
    """Orders by number: the first as it was numbered formerly."""
    till = Till.build(code="shibuya-2")
    variant = factories.variant()
    sales = [
        replace(till.sale(till.line(variant), at=now), receipt_number=number) for number in ("T1-7", "T1-8")
    ]
    record_sales(sales=sales, claim=None, actor=TILL, now=now)
    Order.objects.filter(number="shibuya-2.T1-7").update(number="shibuya-2-T1-7")
    return dict(Order.objects.values_list("number", "pk"))


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("shibuya-2.T1-8", "shibuya-2.T1-8"),
        ("shibuya-2-T1-7", "shibuya-2-T1-7"),
        ("ｓｈｉｂｕｙａ-2．T1-8", "shibuya-2.T1-8"),
        ("T1-8", "shibuya-2.T1-8"),
        ("T1-7", "shibuya-2-T1-7"),
        ("shibuya-2-T1-8", "shibuya-2.T1-8"),
    ],
)
def test_a_sale_is_found_by_its_number_or_the_receipts_alone(
    sold: dict[str, int], term: str, found: str
) -> None:
    assert order_ids(term) == [sold[found]]


@pytest.mark.parametrize("term", ["T1-9", "T1", "shibuya-2"])
def test_nothing_else_is_found(sold: dict[str, int], term: str) -> None:
    assert order_ids(term) == []
