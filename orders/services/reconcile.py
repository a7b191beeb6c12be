"""
The acquirer's books against ours: what each side has that the other has not.

What is on its way between the two is no difference: an attempt, a capture or a refund of the last
minute may be in one side's answer and not yet in the other's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID

import structlog
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from omni.core.actor import Actor
from orders.models import Payment, PaymentAccount, Refund, TenderType
from orders.payments import CardGateway, gateway, gateway_for, gateway_of
from orders.payments.port import Charge, ListedCharge
from orders.services.payments import CLOSED, OPEN, record_outcome
from orders.services.refunds import ASKED
from orders.services.settling import CLOSE_AFTER
from orders.totals import ZERO

logger = structlog.get_logger(__name__)

BATCH = 500

EXPLANATIONS = {
    "unknown-key": "charged under a key that is no payment of ours; find out who asked for it",
    "not-recorded": "charged, but without an outcome here yet; its order waits",
    "order-ended": "charged for an attempt that counts as failed here; the money is to go back",
    "given-back-outside": "charged for an attempt that counts as failed here, and given back by somebody else",
    "not-charged": "captured here, but declined or voided there; the order is not paid",
    "missing": "captured here, but unknown there; the order is not paid",
    "captured-amount": "another amount was captured there than is recorded here",
    "currency": "charged in another currency than the order's",
    "refunded-amount": "another amount was given back there than our refunds explain",
}
REPAIRABLE = ("not-recorded", "order-ended")


@dataclass(frozen=True, slots=True)
class Difference:
    """`payment` is our id, hence the acquirer's key; `ours` and `theirs` are what the two say."""

    kind: str
    payment: str
    order: str
    reference: str
    ours: str
    theirs: str
    repaired: bool = False

    @property
    def explanation(self) -> str:
        return EXPLANATIONS[self.kind]


def reconcile_payments(
    *, since: datetime, actor: Actor, now: datetime, repair: bool = False
) -> list[Difference]:
    """
    Compare every card payment since then; answer what differs.

    `repair` records what was charged and is not recorded here: where the order waits it is placed,
    where it has ended the money goes back. The rest is for a person to look at.

    Raises:
        OutcomeUnknown: the acquirer did not answer to the end; nothing is known.
    """
    found: list[Difference] = []
    seen: set[UUID] = set()
    for account, books in _books():
        for lines in _batches(books.list_charges(since=since)):
            payments = _payments(lines, account, now=now)
            seen.update(payment.pk for payment in payments.values())
            for line in lines:
                payment = payments.get(_name_of(line))
                difference = _compare(line, payment, now=now)
                if difference and repair and payment and difference.kind in REPAIRABLE:
                    difference = _repair(difference, payment.pk, line.charge, actor=actor, now=now)
                found += [difference] if difference else []
    return found + list(_missing(since, seen, now=now))


def _books() -> Iterator[tuple[PaymentAccount | None, CardGateway]]:
    """The platform's own acquirer, and every account that money has gone or may go by."""
    yield None, gateway()
    for account in PaymentAccount.objects.filter(Q(active=True) | Q(payments__isnull=False)).distinct():
        yield account, gateway_for(TenderType.Kind.CARD, account)


def _batches(lines: Iterator[ListedCharge]) -> Iterator[list[ListedCharge]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


def _name_of(line: ListedCharge) -> UUID | str:
    """Our payment's id where the acquirer's line has one, else the acquirer's own name for it."""
    try:
        return UUID(line.key)
    except ValueError:
        return line.charge.reference


def _payments(
    lines: Sequence[ListedCharge], account: PaymentAccount | None, *, now: datetime
) -> dict[UUID | str, Payment]:
    """The payments, each with what of it is surely given back, and what perhaps."""
    by_them = Q(tender_type__refund_route=TenderType.RefundRoute.SOURCE)
    sure = Q(refunds__status=Refund.Status.DONE, refunds__settled_at__lt=now - CLOSE_AFTER)
    perhaps = Q(refunds__status__in=ASKED) | Q(
        refunds__status=Refund.Status.DONE, refunds__settled_at__gte=now - CLOSE_AFTER
    )
    names = {_name_of(line) for line in lines}
    named = Q(pk__in=[name for name in names if isinstance(name, UUID)])
    if account is not None:
        references = [name for name in names if isinstance(name, str)]
        named |= Q(account=account, provider_reference__in=references)
    payments = (
        Payment.objects.filter(named)
        .select_related("order")
        .annotate(
            given_back=Coalesce(Sum("refunds__amount", filter=by_them & sure), ZERO),
            on_its_way=Coalesce(Sum("refunds__amount", filter=by_them & perhaps), ZERO),
        )
    )
    found: dict[UUID | str, Payment] = {}
    for payment in payments:
        found[payment.pk] = payment
        found.setdefault(payment.provider_reference, payment)
    return found


def _compare(line: ListedCharge, payment: Payment | None, *, now: datetime) -> Difference | None:
    if payment is None:
        return (
            _difference("unknown-key", line, None, "", line.charge.captured_amount) if _took(line) else None
        )
    if payment.status in (*OPEN, *CLOSED):
        return _compare_uncaptured(line, payment, now=now)
    if payment.status == Payment.Status.AUTHORISED and not _took(line):
        return None
    if not line.charge.captured:
        return _difference("not-charged", line, payment, payment.captured_amount, line.charge.decline_code)
    if line.currency != payment.order.currency:
        return _difference("currency", line, payment, payment.order.currency, line.currency)
    if line.charge.captured_amount != payment.captured_amount:
        return _difference(
            "captured-amount", line, payment, payment.captured_amount, line.charge.captured_amount
        )
    given_back, on_its_way = _given_back(payment)
    if not given_back <= line.refunded_amount <= given_back + on_its_way:
        return _difference("refunded-amount", line, payment, given_back, line.refunded_amount)
    return None


def _compare_uncaptured(line: ListedCharge, payment: Payment, *, now: datetime) -> Difference | None:
    if not _took(line):
        return None
    if payment.status in OPEN:
        waits = now < (payment.charge_started_at or payment.created_at) + CLOSE_AFTER
        kind = "" if waits else "not-recorded"
    else:
        kind = "given-back-outside" if line.refunded_amount else "order-ended"
    return _difference(kind, line, payment, payment.status, line.charge.captured_amount) if kind else None


def _took(line: ListedCharge) -> bool:
    return line.charge.captured and line.charge.captured_amount > 0


def _given_back(payment: Payment) -> tuple[Decimal, Decimal]:
    return payment.given_back, payment.on_its_way  # type: ignore[attr-defined]


def _difference(
    kind: str, line: ListedCharge, payment: Payment | None, ours: object, theirs: object
) -> Difference:
    order = payment.order.number if payment else ""
    return Difference(kind, line.key, order, line.charge.reference, str(ours), str(theirs))


def _repair(
    difference: Difference, payment_id: UUID, charge: Charge, *, actor: Actor, now: datetime
) -> Difference:
    """One that can't be recorded is logged, and stays a difference; it stops no other."""
    try:
        record_outcome(payment_id=payment_id, charge=charge, actor=actor, now=now)
    except Exception as error:
        logger.error("payment.repair-failed", payment=str(payment_id), exc_info=error)
        return difference
    return replace(difference, repaired=True)


def _missing(since: datetime, seen: set[UUID], *, now: datetime) -> Iterator[Difference]:
    """What we have and the list has not; asked for by its key, since the two clocks differ."""
    for payment_id in _captured(since, now).values_list("pk", flat=True).iterator():
        if payment_id in seen:
            continue
        payment = Payment.objects.select_related("order", "tender_type", "account").get(pk=payment_id)
        if _is_unknown_there(payment):
            yield Difference(
                "missing",
                str(payment.pk),
                payment.order.number,
                payment.provider_reference,
                str(payment.captured_amount),
                "",
            )


def _is_unknown_there(payment: Payment) -> bool:
    found = gateway_of(payment).find_charge(payment_id=payment.pk, reference=payment.provider_reference)
    return not isinstance(found, Charge)


def _captured(since: datetime, now: datetime) -> "QuerySet[Payment]":
    """What our gateway charged: a till's card payments have no reference of the acquirer's."""
    return Payment.objects.filter(
        status=Payment.Status.CAPTURED,
        tender_type__kind__in=(TenderType.Kind.CARD, TenderType.Kind.KONBINI),
        created_at__gte=since,
        settled_at__lt=now - CLOSE_AFTER,
    ).exclude(provider_reference="")


def left_of(differences: Sequence[Difference]) -> list[Difference]:
    """Those that still are."""
    return [difference for difference in differences if not difference.repaired]
