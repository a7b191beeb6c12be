"""Handing over: whole and in part, paid now or before, once."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from inventory.models import Reservation, StockEntry, StockLevel
from loyalty.models import PointAccount
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import errors
from orders.models import Fulfilment, Order, Payment
from orders.services.fulfil import HandedOver, complete_fulfilment, hand_over
from orders.services.parts import Portion
from orders.services.tenders import Handed
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place

pytestmark = pytest.mark.django_db(transaction=True)

PACKER = Actor.api_key("packer")
LATER = NOW + timedelta(days=1)


def claim(key: str = "", **request: object) -> Claim:
    return Claim.of(actor=PACKER, operation="fulfil", key=key or str(uuid4()), request=request)


def ship(order: Order, portions: list[Portion] | None = None, key: str = "") -> HandedOver:
    fulfilment = order.fulfilments.exclude(status="COMPLETED").order_by("pk").first()
    return complete_fulfilment(
        number=order.number,
        fulfilment_id=fulfilment.pk if fulfilment else 0,
        portions=portions,
        tracking_number="4567-8901",
        claim=claim(key),
        actor=PACKER,
        now=LATER,
    )


def test_shipping_everything_moves_stock_takes_the_money_and_completes() -> None:
    site = Site()
    tea, member = site.item(1100, stock=10), site.member()
    order = Order.objects.get(number=place(site.cart((tea, 2), customer=member), customer=member).number)

    done = ship(order)

    order.refresh_from_db()
    assert (done.status, done.paid, done.points_earned) == ("COMPLETED", Decimal(2200), 22)
    assert (order.status, order.paid_at, order.completed_at, order.points_earned) == (
        "COMPLETED",
        LATER,
        LATER,
        22,
    )
    level = StockLevel.objects.get(variant=tea)
    assert (level.on_hand, level.reserved) == (8, 0)
    assert StockEntry.objects.filter(kind="SALE").values_list("delta", "balance_after").get() == (-2, 8)
    assert Reservation.objects.get().status == "FULFILLED"
    payment = order.payments.get()
    assert (payment.status, payment.captured_amount, payment.settled_at) == ("CAPTURED", 2200, LATER)
    assert order.fulfilments.get().tracking_number == "4567-8901"
    account = PointAccount.objects.get(customer=member)
    assert account.balance + account.pending == 22
    assert Event.objects.filter(type="orders.order-fulfilled.v1").count() == 1
    assert Event.objects.filter(type="orders.order-paid.v1").count() == 1


def test_a_part_becomes_a_fulfilment_of_its_own_and_the_rest_stays_promised() -> None:
    site = Site()
    tea, cup = site.item(stock=10), site.item(500, stock=10)
    order = Order.objects.get(number=place(site.cart((tea, 3), (cup, 1))).number)

    first = ship(order, [Portion(1, 2)])

    assert first.status == "PLACED"
    level = StockLevel.objects.get(variant=tea)
    assert (level.on_hand, level.reserved) == (8, 1)
    assert sorted(order.fulfilments.values_list("status", flat=True)) == ["COMPLETED", "RESERVED"]
    assert list(order.lines.order_by("position").values_list("fulfilled_quantity", flat=True)) == [2, 0]
    assert first.paid == 3800

    second = ship(order)

    assert (second.status, second.paid) == ("COMPLETED", Decimal(0))
    assert list(StockLevel.objects.order_by("pk").values_list("on_hand", "reserved")) == [(7, 0), (9, 0)]
    assert list(order.lines.order_by("position").values_list("fulfilled_quantity", flat=True)) == [3, 1]
    assert (
        sum(
            quantity
            for part in Fulfilment.objects.filter(order=order, status="COMPLETED")
            for quantity in part.lines.values_list("quantity", flat=True)
        )
        == 4
    )


@pytest.mark.parametrize(
    ("portions", "error"),
    [([Portion(1, 4)], errors.AboveOpenQuantity), ([Portion(7, 1)], errors.UnknownLines)],
)
def test_what_is_not_there_to_go_is_refused_whole(portions: list[Portion], error: type[Exception]) -> None:
    site = Site()
    tea = site.item(stock=10)
    order = Order.objects.get(number=place(site.cart((tea, 3))).number)

    with pytest.raises(error):
        ship(order, portions)

    level = StockLevel.objects.get(variant=tea)
    assert (level.on_hand, level.reserved) == (10, 3)
    assert order.payments.get().status == "PENDING"


def test_shipping_again_replays_by_key_and_is_refused_without() -> None:
    site = Site()
    tea = site.item(stock=10)
    order = Order.objects.get(number=place(site.cart((tea, 1))).number)
    fulfilment = order.fulfilments.get()

    def go(key: str) -> HandedOver:
        return complete_fulfilment(
            number=order.number, fulfilment_id=fulfilment.pk, claim=claim(key), actor=PACKER, now=LATER
        )

    assert go("a") == go("a")
    with pytest.raises(errors.NotFulfillable) as refused:
        go("b")
    assert refused.value.state == "COMPLETED"
    assert StockLevel.objects.get(variant=tea).on_hand == 9
    with pytest.raises(NotFound):
        complete_fulfilment(
            number=order.number, fulfilment_id=fulfilment.pk + 99, claim=claim(), actor=PACKER, now=LATER
        )


def test_a_pick_up_is_paid_at_the_counter() -> None:
    site = Site()
    shop = factories.location()
    factories.tender().delete()
    factories.tender(gives_change=True)
    factories.source(site.channel, shop)
    tea = site.item(1100, stock=None, keeps_stock=True)
    factories.stock(tea, shop, 5)
    member = site.member()
    cart = site.cart((tea, 1), customer=member, kind="PICKUP", location=shop)
    number = place(cart, customer=member).number

    def collect(amount: int, where: int = shop.pk) -> HandedOver:
        return hand_over(
            number=number,
            location_id=where,
            tenders=[Handed("cash", Decimal(amount))] if amount else [],
            claim=claim(),
            actor=PACKER,
            now=LATER,
        )

    with pytest.raises(errors.TendersDiffer):
        collect(0)
    with pytest.raises(NotFound):
        collect(1100, site.warehouse.pk)
    done = collect(2000)

    assert (done.status, done.paid, done.points_earned) == ("COMPLETED", Decimal(1100), 11)
    assert sorted(Payment.objects.values_list("tender_type__code", "status", "captured_amount")) == [
        ("cash", "CAPTURED", Decimal(1100)),
        ("deferred", "VOIDED", Decimal(0)),
    ]
    assert StockLevel.objects.get(variant=tea).on_hand == 4
    assert Fulfilment.objects.get().picked_up_at == LATER
