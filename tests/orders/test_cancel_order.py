"""Cancelling: stock, points and money go back to exactly where they came from."""

from decimal import Decimal

import pytest

from inventory.models import Reservation, StockLevel
from loyalty import selectors as points
from loyalty.models import PointLot
from omni.core.actor import GUEST
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import errors, services
from orders.models import Cart, Order, OrderLine, Payment, Refund
from orders.payments import CardGateway
from orders.services.outcome import PlacedOrder
from tests.conftest import NOW
from tests.orders.ec import Site, counted, place

pytestmark = pytest.mark.django_db(transaction=True)


def cancel(placed: PlacedOrder, *, customer=None, key: str = "once") -> services.CancelledOrder:  # type: ignore[no-untyped-def]
    claim = Claim.of(actor=GUEST, operation="cancel-order", key=key, request={"order": placed.number})
    return services.cancel_order(
        number=placed.number, reason="changed my mind", customer=customer, claim=claim, actor=GUEST, now=NOW
    )


def test_an_order_to_be_paid_later_frees_its_stock_and_points() -> None:
    site = Site()
    member = site.member(points=300)
    placed = place(site.cart((site.item(1100, stock=10), 2), customer=member), customer=member, points=250)

    cancelled = cancel(placed, customer=member)

    order, lot = Order.objects.get(), PointLot.objects.get()
    assert (cancelled.refund_amount, cancelled.points_restored, cancelled.points_clawed_back) == (0, 250, 0)
    assert (order.status, order.cancelled_at, order.cancel_reason) == ("CANCELLED", NOW, "changed my mind")
    assert (lot.active, lot.spent, points.balance_of(member.pk, now=NOW).available) == (300, 0, 300)
    assert (StockLevel.objects.get().reserved, Reservation.objects.get().status) == (0, "RELEASED")
    assert (Payment.objects.get().status, OrderLine.objects.get().cancelled_quantity) == ("VOIDED", 2)
    assert order.fulfilments.get().status == "CANCELLED"
    (event,) = Event.objects.filter(type="orders.order-cancelled.v1")
    assert event.payload["reason"] == "customer"


def test_a_card_gets_its_money_back_and_pending_points_go(card: CardGateway) -> None:
    site = Site()
    member = site.member(points=100)
    placed = place(
        site.cart((site.item(1100), 2), customer=member),
        customer=member,
        points=100,
        tender="card",
        token="tok_ok",
    )

    cancelled = cancel(placed, customer=member)

    refund, payment = Refund.objects.get(), Payment.objects.get()
    assert (cancelled.refund_amount, cancelled.points_restored, cancelled.points_clawed_back) == (
        2100,
        100,
        21,
    )
    assert (refund.amount, refund.status, refund.source) == (2100, "DONE", f"cancel:{payment.order_id}")
    assert (payment.captured_amount, payment.refunded_amount) == (2100, 2100)
    balance = points.balance_of(member.pk, now=NOW)
    assert (balance.available, balance.pending, balance.shortfall) == (100, 0, 0)


def test_cancelling_again_gives_the_first_answer_and_one_refund(card: CardGateway) -> None:
    site = Site()
    placed = place(site.cart((site.item(1100), 1)), tender="card", token="tok_ok")

    first = cancel(placed)

    assert cancel(placed) == first
    assert Refund.objects.count() == 1


def test_an_ended_order_is_not_cancelled_twice() -> None:
    site = Site()
    placed = place(site.cart((site.item(), 1)))
    cancel(placed)
    written = counted()

    with pytest.raises(errors.OrderNotCancellable) as refused:
        cancel(placed, key="another")

    assert refused.value.data() == {"order": placed.number, "state": "CANCELLED", "handed_over": False}
    assert counted() == written


def test_what_has_been_handed_over_is_returned_not_cancelled() -> None:
    site = Site()
    placed = place(site.cart((site.item(), 2)))
    OrderLine.objects.update(fulfilled_quantity=1)

    with pytest.raises(errors.OrderNotCancellable) as refused:
        cancel(placed)

    assert refused.value.data()["handed_over"] is True
    assert StockLevel.objects.get().reserved == 2


def test_somebody_elses_order_is_not_found() -> None:
    site = Site()
    member = site.member()
    placed = place(site.cart((site.item(), 1), customer=member), customer=member)

    with pytest.raises(NotFound):
        cancel(placed, customer=site.member())

    assert Order.objects.get().status == "PLACED"


def test_a_cancelled_orders_cart_stays_ordered() -> None:
    site = Site()
    cart = site.cart((site.item(), 1))

    cancel(place(cart))

    assert Cart.objects.get().status == "ORDERED"
    with pytest.raises(errors.CartOrdered):
        place(cart)


def test_points_that_were_a_tender_go_back_as_points() -> None:
    site = Site()
    site.programme.reduces_price = False
    site.programme.save()
    member = site.member(points=100)
    placed = place(site.cart((site.item(1100), 1), customer=member), customer=member, points=100)

    cancelled = cancel(placed, customer=member)

    assert (cancelled.refund_amount, cancelled.points_restored) == (Decimal(0), 100)
    assert Refund.objects.count() == 0
