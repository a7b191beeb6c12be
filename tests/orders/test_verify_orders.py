"""Each kind of drift in the order book, planted and found; a healthy book has none."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F

from inventory.models import Reservation
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.verification import Drift
from orders import services, verification
from orders.models import Order, OrderLine, OrderTax, Payment, Refund
from orders.payments import CardGateway
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.orders.test_cancel_order import cancel

pytestmark = pytest.mark.django_db(transaction=True)


def healthy_book() -> Order:
    """An order on its way, a cancelled one, and one with discounts and stock that is not there."""
    site = Site()
    site.shipping(550)
    member = site.member(points=500)
    tea = site.item(1100, stock=20)
    cancel(place(site.cart((tea, 2), customer=member), customer=member, points=100))
    placed = place(site.cart((tea, 2), (site.item(500), 1), customer=member), customer=member, points=333)
    return Order.objects.get(number=placed.number)


def only(drifts: list[Drift]) -> Drift:
    [drift] = drifts
    return drift


def test_a_healthy_book_has_no_drift(card: CardGateway) -> None:
    healthy_book()
    site = Site()
    cancel(place(site.cart((site.item(), 1)), tender="card", token="tok_ok"), key="card")

    assert verification.find_drifts() == []


def set_line_amount(order: Order) -> None:
    line = order.lines.get(position=1)
    line.list_amount += 10
    line.amount += 10
    line.save()


def set_tax(order: Order) -> None:
    OrderTax.objects.filter(order=order).update(tax=0)


def lose_payment(order: Order) -> None:
    order.payments.update(status="VOIDED")


def claim_paid(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(paid_at=NOW)


def lose_reservation(order: Order) -> None:
    Reservation.objects.filter(source=f"order:{order.pk}:1").update(status="RELEASED", closed_at=NOW)


def stray_reservation(order: Order) -> None:
    line = order.lines.get(position=1)
    Reservation.objects.create(
        variant=line.variant,
        location=order.fulfilments.get().location,
        quantity=4,
        status="COMMITTED",
        source=f"order:{order.pk}:9",
        created_at=NOW,
    )


def claim_fulfilled(order: Order) -> None:
    OrderLine.objects.filter(order=order, position=1).update(fulfilled_quantity=1)


def claim_returned(order: Order) -> None:
    OrderLine.objects.filter(order=order, position=1).update(fulfilled_quantity=1, returned_quantity=1)


def explain_no_discount(order: Order) -> None:
    OrderLine.objects.filter(order=order, position=1).update(discount_amount=5, amount=F("list_amount") - 5)


PLANTED: dict[str, tuple[Callable[[Order], None], set[tuple[str, str, str]]]] = {
    "a line": (
        set_line_amount,
        {
            ("order-lines", "lines_amount", "-10"),
            ("order-tax-bucket", "lines_amount", "-10"),
        },
    ),
    "a tax": (set_tax, {("order-taxes", "tax_amount", "265")}),
    "a payment": (lose_payment, {("order-payments", "payments", "-2917")}),
    "a capture": (claim_paid, {("order-payments", "captured", "-2917")}),
    "a promise": (lose_reservation, {("order-reservations", "reserved", "-2")}),
    "a stray promise": (stray_reservation, {("stray-reservation", "reserved for nothing", "4")}),
    "a hand-over": (claim_fulfilled, {("order-fulfilled", "fulfilled_quantity", "1")}),
    "a return": (
        claim_returned,
        {("order-fulfilled", "fulfilled_quantity", "1"), ("order-returned", "returned_quantity", "1")},
    ),
    "a discount": (
        explain_no_discount,
        {
            ("order-lines", "discount_amount", "-5"),
            ("order-tax-bucket", "discount_amount", "-5"),
            ("order-line-discounts", "discount_amount", "5"),
        },
    ),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_drift_is_found_and_named(case: str) -> None:
    plant, expected = PLANTED[case]
    order = healthy_book()

    plant(order)

    drifts = verification.find_drifts()
    assert {(drift.kind, drift.what, str(drift.by)) for drift in drifts} == expected
    assert {drift.where["order"] for drift in drifts} == {order.number}


def refunded_order() -> Payment:
    site = Site()
    placed = place(site.cart((site.item(1100), 1)), tender="card", token="tok_ok")
    payment = Payment.objects.get(order__number=placed.number)
    with db.transaction():
        refunds = services.create_refunds(
            order_id=payment.order_id, amount=Decimal(300), source="test:1", now=NOW
        )
    services.send_refunds(refund_ids=refunds, now=NOW)
    return payment


def test_what_a_payment_says_was_given_back_follows_its_refunds(card: CardGateway) -> None:
    payment = refunded_order()
    Payment.objects.update(refunded_amount=Decimal(200))

    found = verification.find_drifts()
    repaired = verification.repair(found, actor=SYSTEM, now=NOW)

    drift = only(found)
    assert (drift.kind, drift.expected, drift.found, drift.by) == ("payment-refunds", "300", "200", "-100")
    assert repaired[0].action == "refunded_amount set to 300"
    payment.refresh_from_db()
    assert payment.refunded_amount == 300
    assert verification.find_drifts() == []


def test_refunds_above_the_capture_are_found(card: CardGateway) -> None:
    payment = refunded_order()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_payment DROP CONSTRAINT refunds_within_captures")
    try:
        Refund.objects.update(amount=Decimal(1200))
        Payment.objects.update(refunded_amount=Decimal(1200))

        drift = only(verification.find_drifts())
    finally:
        Payment.objects.update(refunded_amount=Decimal(0))
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE orders_payment ADD CONSTRAINT refunds_within_captures CHECK "
                "(refunded_amount = 0 OR (refunded_amount > 0 AND refunded_amount <= captured_amount))"
            )

    assert (drift.kind, drift.expected, drift.found, drift.by) == (
        "refunds-above-capture",
        "1100",
        "1200",
        "100",
    )
    assert drift.where["payment"] == str(payment.pk)
