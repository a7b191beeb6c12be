"""
What was set aside with the order (`ON_SHIPMENT`): taken once everything has been handed over, or let go.

Of one authorisation only one capture can be made (several are a special contract, without JCB), and it
lives for about seven days (docs.stripe.com/payments/place-a-hold-on-a-payment-method). So it is captured
with the hand-over that completes the order, at what its payment comes to by then: cancelled and returned
units have come off it before. Nothing is captured that did not go, and nothing goes on an authorisation
that is dead by now; an order that would not go at once, in one part, is charged when it is placed.
"""

from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q, QuerySet

from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox import publish as outbox
from omni.outbox.events import OrderPaid
from orders import states
from orders.errors import NotFulfillable
from orders.models import Order, Payment
from orders.payments import gateway_of
from orders.payments.port import Charge
from orders.services.attempts import ask_each, due
from orders.services.closing import lock_order
from orders.services.earning import earn_on_payment

# A day less than acquirers promise.
KEPT = timedelta(days=6)
ENDED = Q(order__status__in=(Order.Status.CANCELLED, Order.Status.EXPIRED))
TO_SETTLE = Q(order__status=Order.Status.COMPLETED) | ENDED


def require_alive(order: Order, *, fulfilment: int, now: datetime) -> None:
    """
    Refuse to hand over on the strength of an authorisation that may be dead.

    Raises:
        NotFulfillable: cancel the order, or have it paid another way.
    """
    if order.paid_at is None and authorised(order).filter(settled_at__lt=now - KEPT).exists():
        raise NotFulfillable(order=order.number, fulfilment=fulfilment, state="AUTHORISATION_EXPIRED")


def authorised(order: Order) -> "QuerySet[Payment]":
    payments: QuerySet[Payment] = order.payments.filter(status=Payment.Status.AUTHORISED)
    return payments


def settle_authorisations(*, now: datetime, limit: int = 100) -> int:
    """Capture what completed orders have set aside, and let go what ended ones have; answer how many."""
    ids = list(_waiting().filter(due(now)).order_by("created_at").values_list("pk", flat=True)[:limit])
    return ask_each(_waiting(), ids, now=now, ask=partial(_settle, now=now))


def _waiting() -> "QuerySet[Payment]":
    waiting = Payment.objects.filter(TO_SETTLE, status=Payment.Status.AUTHORISED)
    return waiting.select_related("order", "tender_type", "account")


def _settle(payment: Payment, *, now: datetime) -> bool:
    """
    Raises:
        RequestRefused: the goods have gone, and it can't be taken; a person has to see to it.
        Unreachable, OutcomeUnknown: it is asked again.
    """
    gateway, reference = gateway_of(payment), payment.provider_reference
    if payment.order.status == Order.Status.COMPLETED and payment.amount > 0:
        charge = gateway.capture(
            payment_id=payment.pk,
            reference=reference,
            amount=payment.amount,
            currency=payment.order.currency,
        )
    else:
        charge = gateway.void(payment_id=payment.pk, reference=reference)
    _record(payment, charge, now=now)
    return True


def _record(payment: Payment, charge: Charge, *, now: datetime) -> None:
    """Recorded again it changes nothing."""
    with db.transaction():
        order = lock_order(order_id=payment.order_id)
        row = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if row.status != Payment.Status.AUTHORISED:
            return
        states.move(row, Payment.Status.CAPTURED if charge.captured else Payment.Status.VOIDED)
        row.captured_amount, row.settled_at = charge.captured_amount, now
        row.save(update_fields=["status", "captured_amount", "settled_at"])
        if not charge.captured:
            return
        order.paid_at = now
        order.save(update_fields=["paid_at"])
        earn_on_payment(order=order, actor=SYSTEM, now=now)
        paid = OrderPaid(order_id=order.pk, number=order.number)
        outbox.publish(f"order:{order.pk}", paid, at=now, actor=SYSTEM)
