"""Returns: goods, money and points go back exactly, anywhere, once."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Variant
from inventory import services as inventory
from inventory import tasks as valuation
from inventory.models import MovementOrigin, StockEntry, StockLevel, Valuation
from loyalty.models import PointAccount, PointLot
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import errors
from orders.models import Order, Payment, Return
from orders.services.fulfil import complete_fulfilment
from orders.services.returnable import ReturnItem
from orders.services.returns import ReceivedReturn, RefundPart, receive_return, share
from orders.services.sales import SaleLine, SaleTender, record_sales
from orders.writing import NewDiscount
from organisation.models import Location
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(days=3)


def bring_back(
    number: str, location_id: int, *items: ReturnItem, key: str = "", at: datetime = LATER
) -> ReceivedReturn:
    return receive_return(
        number=number,
        location_id=location_id,
        items=items,
        reason="changed-mind",
        claim=Claim.of(
            actor=TILL, operation="return", key=key or str(uuid4()), request={"items": list(items)}
        ),
        actor=TILL,
        now=at,
    )


def sell(till: Till, *lines: SaleLine, **fields: Any) -> Order:
    (recorded,) = record_sales(
        sales=[till.sale(*lines, at=NOW, **fields)],
        claim=None,
        actor=TILL,
        now=NOW,
    )
    return Order.objects.get(pk=recorded.order_id)


def test_a_return_puts_stock_money_and_points_back_at_another_shop() -> None:
    till, elsewhere = Till.build(), factories.location()
    variant, member = factories.variant(), factories.member()
    factories.stock(variant, till.location, 5)
    order = sell(till, till.line(variant, 3, 500), member=member)

    received = bring_back(order.number, elsewhere.pk, ReturnItem(1, 1))

    assert (received.number, received.refund_amount) == (f"{order.number}-R1", Decimal(500))
    assert received.refunds == (RefundPart("cash", "CASH", Decimal(500), "DONE"),)
    assert received.points_clawed_back == 5
    assert PointAccount.objects.get(customer=member).balance == 10
    assert StockLevel.objects.get(variant=variant, location=elsewhere).on_hand == 1
    assert StockLevel.objects.get(variant=variant, location=till.location).on_hand == 2
    assert StockEntry.objects.filter(kind="RETURN").values_list("delta", "bucket").get() == (1, "ON_HAND")
    assert Payment.objects.get(order=order).refunded_amount == 500
    assert order.lines.get().returned_quantity == 1
    assert Return.objects.values_list("status", "business_date").get() == ("RECEIVED", LATER.date())
    assert Event.objects.filter(type="orders.order-returned.v1").count() == 1


def test_what_is_damaged_is_there_but_not_available() -> None:
    till = Till.build()
    variant = factories.variant()
    factories.stock(variant, till.location, 5)
    order = sell(till, till.line(variant, 2))

    bring_back(order.number, till.location.pk, ReturnItem(1, 1, restock=False), ReturnItem(1, 1))

    level = StockLevel.objects.get(variant=variant)
    assert (level.on_hand, level.damaged) == (5, 1)
    assert list(order.returns.get().lines.order_by("pk").values_list("quantity", "restock")) == [
        (1, False),
        (1, True),
    ]


def test_returning_one_by_one_adds_up_to_the_whole() -> None:
    till = Till.build()
    member, variant = factories.member(), factories.variant()
    sell(till, till.line(factories.variant(), 1, 100_000), member=member)
    order = sell(
        till,
        till.line(variant, 3, 333, discounts=[NewDiscount("sale", Decimal(100))]),
        member=member,
        points_to_burn=200,
    )
    balance = PointAccount.objects.get(customer=member).balance

    parts = [bring_back(order.number, till.location.pk, ReturnItem(1, 1)) for _ in range(3)]

    assert (order.total, order.points_earned) == (699, 6)
    assert [part.refund_amount for part in parts] == [233, 233, 233]
    assert [part.points_restored for part in parts] == [66, 67, 67]
    assert [part.points_clawed_back for part in parts] == [2, 2, 2]
    assert PointAccount.objects.get(customer=member).balance == balance + 200 - 6
    assert Payment.objects.get(order=order).refunded_amount == 699


def test_restored_points_are_in_the_lot_that_they_were_burnt_from() -> None:
    till = Till.build()
    member = factories.member()
    first = sell(till, till.line(factories.variant(), 1, 10_000), member=member)
    order = sell(till, till.line(factories.variant(), 2, 50), member=member, points_to_burn=100)
    lot = PointLot.objects.get(source=f"order:{first.pk}")
    assert (lot.active, lot.spent) == (0, 100)

    bring_back(order.number, till.location.pk, ReturnItem(1, 1))

    lot.refresh_from_db()
    assert (lot.active, lot.spent) == (50, 50)


def test_points_already_spent_become_a_shortfall() -> None:
    till = Till.build()
    member = factories.member()
    order = sell(till, till.line(factories.variant(), 1, 10_000), member=member)
    sell(till, till.line(factories.variant(), 1, 90), member=member, points_to_burn=90)

    bring_back(order.number, till.location.pk, ReturnItem(1, 1))

    account = PointAccount.objects.get(customer=member)
    assert (account.balance, account.shortfall) == (-90, 90)


def test_more_than_was_handed_over_is_refused_and_nothing_written() -> None:
    till = Till.build()
    variant = factories.variant()
    factories.stock(variant, till.location, 5)
    order = sell(till, till.line(variant, 2))
    bring_back(order.number, till.location.pk, ReturnItem(1, 1))

    with pytest.raises(errors.AboveReturnable) as refused:
        bring_back(order.number, till.location.pk, ReturnItem(1, 1), ReturnItem(1, 1, restock=False))

    assert refused.value.lines == [{"position": 1, "requested": 2, "returnable": 1}]
    assert StockLevel.objects.get(variant=variant).on_hand == 4
    assert Return.objects.count() == 1
    with pytest.raises(errors.UnknownLines):
        bring_back(order.number, till.location.pk, ReturnItem(2, 1))
    with pytest.raises(NotFound):
        bring_back("no-such-order", till.location.pk, ReturnItem(1, 1))


def test_a_place_without_returns_takes_none() -> None:
    till, kiosk = Till.build(), factories.location(capabilities=["CARRY_OUT"])
    order = sell(till, till.line(factories.variant()))

    with pytest.raises(errors.LocationUnfit):
        bring_back(order.number, kiosk.pk, ReturnItem(1, 1))


def test_a_replayed_return_takes_nothing_twice() -> None:
    till = Till.build()
    order = sell(till, till.line(factories.variant(), 2))

    first = bring_back(order.number, till.location.pk, ReturnItem(1, 1), key="a")
    second = bring_back(order.number, till.location.pk, ReturnItem(1, 1), key="a")

    assert first == second
    assert Return.objects.count() == 1


def test_what_a_coupon_paid_does_not_come_back_as_money() -> None:
    till = Till.build()
    coupon = factories.tender("maker-coupon", "COUPON", refund_route="NONE")
    order = sell(
        till,
        till.line(factories.variant(), 2, 500),
        tenders=[
            SaleTender(coupon.pk, Decimal(300), Decimal(300)),
            SaleTender(till.cash.pk, Decimal(700), Decimal(700)),
        ],
    )

    parts = [bring_back(order.number, till.location.pk, ReturnItem(1, 1)) for _ in range(2)]

    assert [part.refund_amount for part in parts] == [500, 200]


def test_tax_that_came_on_top_goes_back_with_the_goods() -> None:
    till = Till.build()
    order = sell(
        till,
        till.line(factories.variant(), 3, 333, tax_inclusive=False),
        tenders=[SaleTender(till.cash.pk, Decimal(1098), Decimal(1098))],
    )

    parts = [bring_back(order.number, till.location.pk, ReturnItem(1, 1)) for _ in range(3)]

    assert order.tax_added == 99
    assert [part.refund_amount for part in parts] == [366, 366, 366]


def test_an_online_order_is_returned_in_a_shop_without_its_delivery() -> None:
    site, shop = Site(), factories.location()
    site.shipping(550)
    tea, member = site.item(1100, stock=10), site.member(points=300)
    number = place(site.cart((tea, 2), customer=member), customer=member, points=275).number
    order = Order.objects.get(number=number)
    complete_fulfilment(
        number=number,
        fulfilment_id=order.fulfilments.get().pk,
        claim=Claim.of(actor=TILL, operation="fulfil", key="a", request={}),
        actor=Actor.command("test"),
        now=NOW,
    )
    order.refresh_from_db()
    assert (order.total, order.points_earned) == (2475, 19)  # points: 220 on goods, 55 on delivery

    received = bring_back(number, shop.pk, ReturnItem(1, 2))

    assert received.refund_amount == 1980
    assert (received.points_restored, received.points_clawed_back) == (220, 19)
    assert StockLevel.objects.get(variant=tea, location=shop).on_hand == 2


@given(
    amount=st.decimals(0, 10_000, places=2),
    whole=st.integers(1, 40),
    cuts=st.lists(st.integers(0, 40), max_size=6),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_shares_of_any_parts_add_up_to_the_amount(amount: Decimal, whole: int, cuts: list[int]) -> None:
    marks = sorted({0, whole, *(min(cut, whole) for cut in cuts)})

    parts = [
        share(amount, end, whole, "USD") - share(amount, start, whole, "USD")
        for start, end in pairwise(marks)
    ]

    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)


def test_what_comes_back_is_worth_what_it_left_at() -> None:
    """5 at ¥100 and 3 sold for ¥300; 2 more at ¥400 make the average ¥250, and 1 comes back at ¥100."""
    till, variant = Till.build(), factories.variant()
    deliver(variant, till.location, 5, 100)
    order = sell(till, till.line(variant, 3, 500))
    deliver(variant, till.location, 2, 400)

    bring_back(order.number, till.location.pk, ReturnItem(1, 1))
    valuation.value_stock()

    back = Valuation.objects.get(kind="RETURN")
    assert (back.quantity, back.amount, back.origin.number, back.assumed) == (1, 100, order.number, False)
    assert (back.running_quantity, back.running_value) == (5, 1100)


def test_what_was_handed_over_comes_back_at_its_cost_too() -> None:
    site = Site()
    variant = site.item(stock=0)
    deliver(variant, site.warehouse, 5, 100)
    placed = place(site.cart((variant, 2)))
    order = Order.objects.get(number=placed.number)
    complete_fulfilment(
        number=order.number,
        fulfilment_id=order.fulfilments.get().pk,
        claim=Claim.of(actor=TILL, operation="fulfil", key="a", request={}),
        actor=TILL,
        now=NOW,
    )
    deliver(variant, site.warehouse, 5, 700)

    bring_back(order.number, site.warehouse.pk, ReturnItem(1, 1))
    valuation.value_stock()

    assert MovementOrigin.objects.get().origin.kind == "FULFILMENT"
    assert Valuation.objects.get(kind="RETURN").amount == 100


def deliver(variant: Variant, location: Location, units: int, cost: int) -> None:
    inventory.receive_stock(
        location_id=location.pk,
        lines=[(variant.pk, units)],
        costs={variant.pk: inventory.Cost(Decimal(cost))},
        claim=Claim.of(actor=TILL, operation="receive", key=str(uuid4()), request={}),
        actor=TILL,
        now=NOW,
    )
