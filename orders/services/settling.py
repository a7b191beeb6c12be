"""
Payments without an outcome: the acquirer is asked until it has said something definite.

That an order was not paid is believed on two conditions, which the acquirer fulfils at once when
it closes the payment's key: it made no charge under it, and can make none any more. So a request
that was slow, or a process that wakes up late, can't take money for an order that was given up.
"""

from datetime import datetime, timedelta
from functools import partial

from django.db.models import QuerySet

from omni.core.actor import SYSTEM
from orders.models import Order, Payment, TenderType
from orders.payments import gateway_of
from orders.payments.port import Charge
from orders.services.attempts import ask_by, ask_each, due
from orders.services.closing import Ending
from orders.services.payments import OPEN, PAYMENT_FAILED, record_outcome
from orders.totals import ZERO

# A process that lives asks for itself within seconds.
ASK_AFTER = timedelta(seconds=15)
# Longer than a call takes that is answered at all: closing the key earlier would fail it needlessly.
CLOSE_AFTER = timedelta(seconds=60)
NEVER_CHARGED = Charge("", ZERO, "never-charged")
PAYMENT_LATE = Ending(Order.Status.EXPIRED, "payment-not-made", cart_reopened=True)


def settle_payments(*, now: datetime, limit: int = 100) -> int:
    """Ask about card payments left without an outcome; answer how many now have one."""
    waiting = _waiting().filter(due(now), created_at__lte=now - ASK_AFTER).order_by("created_at")
    return _settle(waiting, PAYMENT_FAILED, now=now, limit=limit)


def expire_orders(*, now: datetime, limit: int = 100) -> int:
    """
    End pending orders whose time is over; answer how many have an outcome now.

    The acquirer is asked first: a charge that it made in the end places the order after all, and
    while it does not answer the order waits. Stock that had to wait is free to others meanwhile.
    """
    late = _waiting().filter(due(now), order__status=Order.Status.PENDING, order__expires_at__lte=now)
    return _settle(late.order_by("order__expires_at"), PAYMENT_LATE, now=now, limit=limit)


def _waiting() -> "QuerySet[Payment]":
    waiting = Payment.objects.filter(status__in=OPEN, tender_type__kind__in=TenderType.AWAITED)
    return waiting.select_related("tender_type", "account")


def _settle(waiting: "QuerySet[Payment]", ending: Ending, *, now: datetime, limit: int) -> int:
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    return ask_each(_waiting(), ids, now=now, ask=partial(_ask, ending=ending, now=now))


def _ask(payment: Payment, *, ending: Ending, now: datetime) -> bool:
    """
    Raises:
        OutcomeUnknown: the acquirer does not say.
    """
    charge = _definite(payment, now=now)
    if charge is None:
        return False
    record_outcome(payment_id=payment.pk, charge=charge, actor=SYSTEM, now=now, failed=ending)
    return True


def _definite(payment: Payment, *, now: datetime) -> Charge | None:
    """What the acquirer charged; or, once nobody waits for an answer any more, that it never will."""
    close_at = payment.pay_by or (payment.charge_started_at or payment.created_at) + CLOSE_AFTER
    gateway, reference = gateway_of(payment), payment.provider_reference
    if now >= close_at:
        return gateway.close_charge(payment_id=payment.pk, reference=reference) or NEVER_CHARGED
    found = gateway.find_charge(payment_id=payment.pk, reference=reference)
    if isinstance(found, Charge):
        return found
    ask_by(payment, close_at)
    return None
