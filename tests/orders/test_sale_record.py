"""Recording sales: exact books for one and for many, always accepted, once."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Discrepancy, StockEntry, StockLevel
from loyalty.models import PointAccount, PointLot
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim, ClaimMismatch
from omni.outbox.models import Event
from orders import errors
from orders.models import Fulfilment, Order, Payment
from orders.services.sales import SaleTender, record_sales
from orders.writing import NewDiscount
from tests import factories
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)


def claim(key: str, request: str = "one") -> Claim:
    return Claim.of(actor=TILL, operation="record-sales", key=key, request={"request": request})


def test_a_sale_books_order_stock_money_and_points(now: datetime) -> None:
    till = Till.build()
    member = factories.member()
    variant = factories.variant()
    level = factories.stock(variant, till.location, 5)

    line = till.line(
        variant, 2, 1080, tax_rate=Decimal("0.08"), discounts=[NewDiscount("sale", Decimal(160))]
    )
    (recorded,) = record_sales(
        sales=[
            till.sale(
                line, at=now, member=member, tenders=[SaleTender(till.cash.pk, Decimal(2000), Decimal(5000))]
            )
        ],
        claim=None,
        actor=TILL,
        now=now,
    )

    order = Order.objects.get(pk=recorded.order_id)
    assert (order.number, order.status) == (f"{till.location.code}.000001", "COMPLETED")
    assert (order.lines_amount, order.discount_amount, order.total) == (2160, 160, 2000)
    assert order.tax_amount == 148  # 2000 × 8 / 108, floored once
    assert (order.paid_at, order.completed_at, order.business_date) == (now, now, date(2026, 11, 22))
    booked = order.lines.get()
    assert (booked.quantity, booked.fulfilled_quantity, booked.amount) == (2, 2, 2000)
    payment = order.payments.get()
    assert (payment.status, payment.amount, payment.tendered_amount, payment.captured_amount) == (
        "CAPTURED",
        2000,
        5000,
        2000,
    )
    fulfilment = order.fulfilments.get()
    assert (fulfilment.kind, fulfilment.status, fulfilment.location_id) == (
        "CARRY_OUT",
        "COMPLETED",
        till.location.pk,
    )
    level.refresh_from_db()
    assert level.on_hand == 3
    entry = StockEntry.objects.get(kind="SALE")
    assert (entry.delta, entry.balance_after, entry.business_date) == (-2, 3, date(2026, 11, 22))
    assert recorded.points_earned == order.points_earned == 20
    assert PointAccount.objects.get(customer=member).balance == 20
    assert PointLot.objects.get().source == f"order:{order.pk}"
    assert Event.objects.filter(type="orders.sales-recorded.v1").count() == 1


def test_points_take_their_share_of_every_rate(now: datetime) -> None:
    till = Till.build()
    member = factories.member()
    food, goods = factories.variant(), factories.variant()
    record_sales(
        sales=[till.sale(till.line(goods, 1, 30000), at=now, member=member)], claim=None, actor=TILL, now=now
    )

    (recorded,) = record_sales(
        sales=[
            till.sale(
                till.line(food, 1, 1000, tax_rate=Decimal("0.08")),
                till.line(goods, 1, 500),
                at=now,
                member=member,
                points_to_burn=100,
            )
        ],
        claim=None,
        actor=TILL,
        now=now,
    )

    order = Order.objects.get(pk=recorded.order_id)
    assert (order.total, order.points_spent, order.points_amount, order.points_earned) == (1400, 100, 100, 14)
    assert list(order.lines.order_by("position").values_list("points_amount", flat=True)) == [67, 33]
    assert list(order.taxes.order_by("rate").values_list("amount", "tax")) == [(933, 69), (467, 42)]
    assert PointAccount.objects.get(customer=member).balance == 300 - 100 + 14


def test_a_sale_below_zero_is_accepted_and_opens_a_discrepancy(now: datetime) -> None:
    till = Till.build()
    variant = factories.variant()
    factories.stock(variant, till.location, 1)

    record_sales(sales=[till.sale(till.line(variant, 3), at=now)], claim=None, actor=TILL, now=now)

    assert StockLevel.objects.get(variant=variant).on_hand == -2
    discrepancy = Discrepancy.objects.get()
    assert (discrepancy.kind, discrepancy.quantity, discrepancy.location_id) == (
        "BELOW_ZERO",
        2,
        till.location.pk,
    )


def test_what_keeps_no_stock_moves_none(now: datetime) -> None:
    till = Till.build()
    gift_card, rice = factories.variant(keeps_stock=False), factories.variant()
    factories.stock(rice, till.location, 1)

    record_sales(
        sales=[
            till.sale(
                till.line(gift_card, 1, keeps_stock=False),
                till.line(rice, 0, 0),
                at=now,
            )
        ],
        claim=None,
        actor=TILL,
        now=now,
    )

    assert StockEntry.objects.filter(kind="SALE").count() == 0
    assert list(Order.objects.get().lines.order_by("position").values_list("quantity", flat=True)) == [1, 0]


def test_a_batch_takes_as_many_statements_as_one_sale(now: datetime) -> None:
    till = Till.build()
    variants = [factories.variant() for _ in range(3)]
    for variant in variants:
        factories.stock(variant, till.location, 100)

    def statements(sales: int) -> int:
        batch = [
            till.sale(*(till.line(variant) for variant in variants), at=now, member=factories.member())
            for _ in range(sales)
        ]
        with CaptureQueriesContext(connection) as queries:
            record_sales(sales=batch, claim=None, actor=TILL, now=now)
        return len(queries)

    statements(1)
    assert statements(20) == statements(1)


def test_a_batch_leaves_the_balance_after_each_sale(now: datetime) -> None:
    till = Till.build()
    variant = factories.variant()
    factories.stock(variant, till.location, 10)

    record_sales(
        sales=[till.sale(till.line(variant, quantity), at=now) for quantity in (1, 2, 3)],
        claim=None,
        actor=TILL,
        now=now,
    )

    assert list(
        StockEntry.objects.filter(kind="SALE").order_by("id").values_list("delta", "balance_after")
    ) == [
        (-1, 9),
        (-2, 7),
        (-3, 4),
    ]


def test_a_replay_answers_the_first_result_and_books_nothing(now: datetime) -> None:
    till = Till.build()
    sale = till.sale(till.line(factories.variant()), at=now)

    first = record_sales(sales=[sale], claim=claim("a"), actor=TILL, now=now)
    second = record_sales(sales=[sale], claim=claim("a"), actor=TILL, now=now)

    assert first == second
    assert Order.objects.count() == Payment.objects.count() == Fulfilment.objects.count() == 1
    with pytest.raises(ClaimMismatch):
        record_sales(sales=[sale], claim=claim("a", "two"), actor=TILL, now=now)


def test_a_receipt_is_recorded_once_whatever_its_key(now: datetime) -> None:
    till = Till.build()
    sale = till.sale(till.line(factories.variant()), at=now)
    record_sales(sales=[sale], claim=claim("a"), actor=TILL, now=now)

    with pytest.raises(errors.SaleRecorded) as repeated:
        record_sales(sales=[sale], claim=claim("b"), actor=TILL, now=now)
    with pytest.raises(errors.SaleRecorded):
        record_sales(sales=[replace(sale, receipt_number="2")] * 2, claim=None, actor=TILL, now=now)

    assert repeated.value.orders == [f"{till.location.code}.000001"]
    assert Order.objects.count() == 1


def test_hyphens_in_codes_and_receipts_make_no_two_sales_one(now: datetime) -> None:
    till = Till.build(code="a")
    other = Till.of(till, factories.location(code="a-1", company=till.location.company))
    variant = factories.variant()

    for shop, receipt in [(till, "1-2"), (other, "2")]:
        sale = replace(shop.sale(shop.line(variant), at=now), receipt_number=receipt)
        record_sales(sales=[sale], claim=None, actor=TILL, now=now)

    assert set(Order.objects.values_list("number", "location__code")) == {("a.1-2", "a"), ("a-1.2", "a-1")}


def test_a_receipt_numbered_in_the_former_way_is_known_at_its_own_shop_alone(now: datetime) -> None:
    till = Till.build(code="a")
    other = Till.of(till, factories.location(code="a-1", company=till.location.company))
    variant = factories.variant()
    former = replace(till.sale(till.line(variant), at=now), receipt_number="1-2")
    record_sales(sales=[former], claim=None, actor=TILL, now=now)
    Order.objects.update(number="a-1-2")

    with pytest.raises(errors.SaleRecorded) as repeated:
        record_sales(sales=[former], claim=None, actor=TILL, now=now)
    namesake = replace(other.sale(other.line(variant), at=now), receipt_number="2")
    record_sales(sales=[namesake], claim=None, actor=TILL, now=now)

    assert repeated.value.orders == ["a-1-2"]
    assert set(Order.objects.values_list("number", flat=True)) == {"a-1-2", "a-1.2"}


@pytest.mark.parametrize("receipt", ["", "1.2", "a b", "1" * 31, "1\n", "１"])
def test_a_receipt_of_another_form_is_refused_by_field_and_rule(now: datetime, receipt: str) -> None:
    till = Till.build()
    sale = replace(till.sale(till.line(factories.variant()), at=now), receipt_number=receipt)

    with pytest.raises(InvalidField) as refusal:
        record_sales(sales=[sale], claim=None, actor=TILL, now=now)

    assert (refusal.value.field, refusal.value.rule) == ("receipt_number", "pattern")
    assert refusal.value.pattern == "[A-Za-z0-9_-]{1,30}"
    assert not Order.objects.exists()


def test_a_location_whose_code_holds_the_separator_sells_nothing(now: datetime) -> None:
    till = Till.build(code="a.b")

    with pytest.raises(InvalidField) as refusal:
        record_sales(
            sales=[till.sale(till.line(factories.variant()), at=now)], claim=None, actor=TILL, now=now
        )

    assert (refusal.value.field, refusal.value.value) == ("location", "a.b")
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"tenders": []}, errors.TendersDiffer),
        ({"lines": []}, errors.SaleEmpty),
        ({"points_to_burn": 5}, errors.PointsNeedMember),
    ],
)
def test_what_does_not_add_up_is_refused_whole(
    now: datetime, fields: dict[str, Any], error: type[Exception]
) -> None:
    till = Till.build()
    variant = factories.variant()
    factories.stock(variant, till.location, 5)
    good, bad = (till.sale(till.line(variant), at=now) for _ in range(2))

    with pytest.raises(error):
        record_sales(sales=[good, replace(bad, **fields)], claim=None, actor=TILL, now=now)

    assert Order.objects.count() == 0
    assert StockLevel.objects.get(variant=variant).on_hand == 5


def test_points_beyond_the_total_are_refused(now: datetime) -> None:
    till = Till.build()

    with pytest.raises(errors.PointsAboveTotal) as refused:
        record_sales(
            sales=[
                till.sale(
                    till.line(factories.variant(), 1, 100),
                    at=now,
                    member=factories.member(),
                    points_to_burn=101,
                )
            ],
            claim=None,
            actor=TILL,
            now=now,
        )

    assert refused.value.most == 100
