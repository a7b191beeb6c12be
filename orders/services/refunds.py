"""
Money back: a Refund row beside what it is for, then the call, then what came of it.

The row's amount counts against its payment's captures from the moment it is written, so that
no two refunds together can exceed them, whatever becomes of the calls.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

import structlog
from django.db.models import F, Q, QuerySet

from omni.core import db
from orders import states
from orders.errors import RefundAboveCapture
from orders.models import Order, Payment, Refund, TenderType
from orders.payments import gateway_of
from orders.payments.port import OutcomeUnknown, RequestRefused, Unreachable
from orders.services.attempts import ask_each, due
from orders.totals import ZERO

logger = structlog.get_logger(__name__)

# The money of these tenders does not pass through us: points go back to their lots, and some
# tenders by their issuer's rule never.
NOT_REFUNDED = Q(tender_type__kind=TenderType.Kind.POINTS) | Q(
    tender_type__refund_route=TenderType.RefundRoute.NONE
)
ASKED = states.REFUND_ASKED


def refundable_payments(*, order_id: int) -> list[Payment]:
    """
    Lock what of the order can still be given back, in the order in which it is.

    To the source first, then in cash, then by bank transfer, then by the channel; of the same route
    the older payment before the newer.
    """
    db.require_transaction()
    payments = (
        Payment.objects.filter(order_id=order_id, captured_amount__gt=F("refunded_amount"))
        .exclude(NOT_REFUNDED)
        .select_related("tender_type")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    routes = list(TenderType.RefundRoute.values)
    return sorted(payments, key=lambda payment: (routes.index(payment.tender_type.refund_route), payment.pk))


def create_refunds(*, order_id: int, amount: Decimal, source: str, now: datetime) -> list[UUID]:
    """
    Write refunds of `amount` over the order's payments; answer those that `send_refunds` is to send.

    A building block: the caller has locked the order. `source` names the cause, as `return:7`.
    What is given back in cash, or by the channel, is done with its row; what goes by bank transfer
    waits for its payee's account and for a file (`export_refunds`).

    Raises:
        RefundAboveCapture: less than that was captured and not yet given back.
    """
    payments = refundable_payments(order_id=order_id)
    refundable = sum((left(payment) for payment in payments), ZERO)
    if amount > refundable:
        raise RefundAboveCapture(requested=amount, refundable=refundable)
    refunds, rest = [], amount
    for payment in payments:
        if part := min(rest, left(payment)):
            refunds.append(_refund(payment, part, source=source, now=now))
            rest -= part
    Refund.objects.bulk_create(refunds)
    Payment.objects.bulk_update([refund.payment for refund in refunds], ["refunded_amount"])
    return [refund.id for refund in refunds if refund.status == Refund.Status.PENDING]


def forgo(order: Order, amount: Decimal) -> Decimal:
    """
    Take an amount off what is still to be paid, or set aside and not taken yet; answer how much of it was.
    """
    waiting = order.payments.filter(
        status__in=(Payment.Status.PENDING, Payment.Status.AUTHORISED), amount__gt=0
    )
    rest = amount
    for payment in waiting.order_by("pk").select_for_update(no_key=True):
        part = min(rest, payment.amount)
        payment.amount -= part
        payment.save(update_fields=["amount"])
        rest -= part
    return amount - rest


def left(payment: Payment) -> Decimal:
    """What of a payment is captured and not given back."""
    rest: Decimal = payment.captured_amount - payment.refunded_amount
    return rest


def _refund(payment: Payment, amount: Decimal, *, source: str, now: datetime) -> Refund:
    payment.refunded_amount += amount
    status = _first_status(payment)
    return Refund(
        payment=payment,
        source=source,
        amount=amount,
        status=status,
        created_at=now,
        settled_at=now if status == Refund.Status.DONE else None,
    )


def _first_status(payment: Payment) -> Refund.Status:
    if is_sent(payment):
        return Refund.Status.PENDING
    by_transfer = payment.tender_type.refund_route == TenderType.RefundRoute.BANK_TRANSFER
    return Refund.Status.TO_TRANSFER if by_transfer else Refund.Status.DONE


def is_sent(payment: Payment) -> bool:
    """Whether its refunds go through the acquirer: a card that our gateway charged."""
    tender = payment.tender_type
    return (
        tender.kind == TenderType.Kind.CARD
        and tender.refund_route == TenderType.RefundRoute.SOURCE
        and bool(payment.provider_reference)
    )


def send_refunds(*, refund_ids: Sequence[UUID], now: datetime) -> None:
    """
    Send refunds to the acquirer, after their transaction, and record what came of each.

    Sending again is harmless: a refund's id is the acquirer's idempotency key. What stays without
    a definite answer, or fails here, is sent again by `settle_refunds`, and stops no other.
    """
    ids = Refund.objects.filter(pk__in=refund_ids).order_by("pk").values_list("pk", flat=True)
    ask_each(_waiting(), list(ids), now=now, ask=partial(_send, now=now))


def settle_refunds(*, before: datetime, now: datetime, limit: int = 100) -> int:
    """Send again what was written before `before` and is due; answer how many are definite now."""
    waiting = _waiting().filter(due(now), created_at__lt=before).order_by("created_at")
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    return ask_each(_waiting(), ids, now=now, ask=partial(_send, now=now))


def _waiting() -> "QuerySet[Refund]":
    return Refund.objects.filter(status__in=ASKED)


def _send(refund: Refund, *, now: datetime) -> bool:
    """
    Answer whether it has an outcome now.

    Raises:
        Unreachable, OutcomeUnknown: it has none.
    """
    payment = Payment.objects.select_related("order", "tender_type", "account").get(pk=refund.payment_id)
    gateway = gateway_of(payment)
    try:
        # An acquirer may forget a key, so what was sent before is looked for first.
        sent_before = refund.attempts > 1
        reference = sent_before and gateway.find_refund(
            refund_id=refund.pk, reference=payment.provider_reference
        )
        reference = reference or gateway.refund(
            refund_id=refund.pk,
            reference=payment.provider_reference,
            amount=refund.amount,
            currency=payment.order.currency,
        )
    except Unreachable:
        raise
    except OutcomeUnknown:
        _record([refund.pk], Refund.Status.UNKNOWN, now=None)
        raise
    except RequestRefused as refused:
        logger.error("refund.refused", refund=str(refund.pk), code=refused.code)
        _record_refusal(refund, refused.code, now=now)
    else:
        _record([refund.pk], Refund.Status.DONE, now=now, reference=reference)
    return True


def _record(refund_ids: Iterable[UUID], status: str, *, now: datetime | None, reference: str = "") -> int:
    """Change those that are still open; answer how many were."""
    with db.transaction():
        return Refund.objects.filter(pk__in=list(refund_ids), status__in=ASKED).update(
            status=status, settled_at=now, provider_reference=reference, last_error=""
        )


def _record_refusal(refund: Refund, code: str, *, now: datetime) -> None:
    _fail(refund, code, ASKED, now=now)


def record_failure(*, refund_id: UUID, code: str, now: datetime) -> None:
    """A refund that counted as done came to nothing; recorded again it changes nothing."""
    refund = Refund.objects.get(pk=refund_id)
    logger.error("refund.came-back", refund=str(refund_id), code=code)
    _fail(refund, code, (*ASKED, Refund.Status.DONE), now=now)


def _fail(refund: Refund, code: str, open_in: Sequence[str], *, now: datetime) -> None:
    """The money stays where it is, and can be given back another way."""
    with db.transaction():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
        failed = Refund.objects.filter(pk=refund.pk, status__in=open_in).update(
            status=Refund.Status.FAILED, settled_at=now, last_error=code
        )
        if failed:
            payment.refunded_amount -= refund.amount
            payment.save(update_fields=["refunded_amount"])
