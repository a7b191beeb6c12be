"""
Handing goods over: a fulfilment is shipped or picked up, wholly or in part.

What is handed over in part becomes a fulfilment of its own, COMPLETED; the rest stays as it was,
with its reservations. What was to be paid later is paid with the first hand-over, all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q

from inventory import services as inventory
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.money import quantize
from omni.outbox import publish as outbox
from omni.outbox.events import OrderFulfilled, OrderPaid
from omni.outbox.publish import Message
from orders import errors, states
from orders.models import Fulfilment, FulfilmentKind, Order, Payment, TenderType
from orders.services.bundles import component_units
from orders.services.capturing import require_alive
from orders.services.collecting import Proof, fulfilment_of, record_hand_over, require_code
from orders.services.earning import earn_on_payment
from orders.services.lots import Named, lots_by_reservation
from orders.services.parts import (
    Portion,
    Taken,
    complete_when_done,
    lines_of,
    lock_by_number,
    lock_open_parts,
    reserved_of,
    set_apart,
    taken_of,
)
from orders.services.sales import SaleTender
from orders.services.tenders import Handed, settle
from orders.totals import ZERO

COLLECTED = (FulfilmentKind.PICKUP, FulfilmentKind.HOLD, FulfilmentKind.ORDER_AHEAD)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """`status` is the order's; `paid` what was paid with this hand-over, in `currency`."""

    number: str
    status: str
    currency: str
    fulfilment_ids: tuple[int, ...]
    paid: Decimal
    points_earned: int


def complete_fulfilment(
    *,
    number: str,
    fulfilment_id: int,
    location_id: int | None = None,
    portions: Sequence[Portion] | None = None,
    lots: Named | None = None,
    tracking_number: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> HandedOver:
    """
    Complete a fulfilment of an order, or `portions` of it: ship it, or hand it over.

    `location_id` limits it to what leaves from there. What was to be paid on delivery counts as
    collected by whoever delivers. The order is COMPLETED once every line is handed over or
    cancelled. `lots` names by variant, a bundle's components among them, which lots or serial numbers
    go; where it doesn't, what expires first.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order, or it has no such fulfilment there.
        NotFulfillable: the order or the fulfilment is not open, or has no stock allocated.
        UnknownLines, AboveOpenQuantity: the portions are not there to be handed over.
        LotsRefused, LotNotThere: a serial number is missing, or a lot is not there or past its day.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=HandedOver):
            return replayed
        order = lock_by_number(number)
        there = Q() if location_id is None else Q(location_id=location_id)
        parts = lock_open_parts(order, Q(pk=fulfilment_id) & there)
        result = _hand_over(order, parts, portions, None, lots or {}, tracking_number, actor=actor, now=now)
        record_hand_over(result.fulfilment_ids, None, actor=actor, now=now)
        return idempotency.settle(claim, result, now=now)


def hand_over(
    *,
    number: str,
    location_id: int,
    portions: Sequence[Portion] | None = None,
    tenders: Sequence[Handed] = (),
    lots: Named | None = None,
    fulfilment_id: int | None = None,
    proof: Proof | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> HandedOver:
    """
    Hand over what an order's buyer collects at this location, or one fulfilment of it, and which `lots`
    of it, if they are named; what is still to pay is paid now. Who came for it, and the code that they
    showed, is the `proof`; it is of one fulfilment.

    Raises:
        ClaimInFlight, ClaimMismatch
        WrongCode: the code is another's.
        NotFound: there is no such order, or nothing of it is to be collected here.
        TenderUnknown, TendersDiffer: the tenders do not settle what there is to pay.
        NotFulfillable, UnknownLines, AboveOpenQuantity
        LotsRefused, LotNotThere
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=HandedOver):
            return replayed
        result = hand_over_here(
            number=number,
            location_id=location_id,
            portions=portions,
            tenders=tenders,
            lots=lots,
            fulfilment_id=fulfilment_id,
            proof=proof,
            actor=actor,
            now=now,
        )
        return idempotency.settle(claim, result, now=now)


def hand_over_here(
    *,
    number: str,
    location_id: int,
    portions: Sequence[Portion] | None,
    tenders: Sequence[Handed],
    lots: Named | None,
    fulfilment_id: int | None = None,
    proof: Proof | None = None,
    actor: Actor,
    now: datetime,
) -> HandedOver:
    """Hand over in the caller's transaction: a building block of `hand_over`."""
    db.require_transaction()
    order = lock_by_number(number)
    if proof is not None and proof.code:
        fulfilment_id = _shown(proof.code, fulfilment_id)
    which = Q() if fulfilment_id is None else Q(pk=fulfilment_id)
    parts = lock_open_parts(order, which & Q(location_id=location_id, kind__in=COLLECTED))
    result = _hand_over(order, parts, portions, tenders, lots or {}, "", actor=actor, now=now)
    record_hand_over(result.fulfilment_ids, proof, actor=actor, now=now)
    return result


def _shown(code: str, fulfilment_id: int | None) -> int:
    """The fulfilment that the code is of: the one that is asked for, if one is."""
    if fulfilment_id is None:
        return fulfilment_of(code)
    require_code(fulfilment_id, code)
    return fulfilment_id


def _hand_over(
    order: Order,
    parts: Sequence[Fulfilment],
    portions: Sequence[Portion] | None,
    tenders: Sequence[Handed] | None,
    lots: Named,
    tracking_number: str,
    *,
    actor: Actor,
    now: datetime,
) -> HandedOver:
    """Money and points first: stock levels are locked last, but reservations before points."""
    require_alive(order, fulfilment=parts[0].pk, now=now)
    lines = lines_of(parts)
    taken = taken_of(lines, portions)
    parts_held = component_units(taken)
    _require_allocated(order, taken, parts_held)
    reservations = reserved_of(taken, parts_held)
    inventory.lock_open(sorted(reservations))
    paid = _pay(order, tenders, now)
    earned = earn_on_payment(order=order, actor=actor, now=now) if paid else 0
    done = _complete(parts, taken, tracking_number, now)
    _count(order, taken, now)
    _publish(order, done, bool(paid), actor=actor, now=now)
    if reservations:
        inventory.fulfil(
            reservation_ids=sorted(reservations),
            reservation_quantities=reservations,
            lots=lots_by_reservation(taken, lots),
            channel_id=order.channel_id,
            document=inventory.DocumentRef("FULFILMENT", f"{order.number}/{done[0].pk}"),
            actor=actor,
            occurred_at=now,
            now=now,
        )
    return HandedOver(
        order.number,
        order.status,
        order.currency,
        tuple(part.pk for part in done),
        quantize(paid, order.currency),
        earned,
    )


def _require_allocated(order: Order, taken: Taken, parts_held: Mapping[int, object]) -> None:
    """What was sold elsewhere and never found in stock has no reservation to go out of."""
    for line in taken:
        held = line.reservation_id is not None or line.pk in parts_held
        if not held and line.order_line.variant.keeps_stock:
            raise errors.NotFulfillable(
                order=order.number, fulfilment=line.fulfilment_id, state="UNALLOCATED"
            )


def _pay(order: Order, tenders: Sequence[Handed] | None, now: datetime) -> Decimal:
    """
    Settle what was to be paid later: by the tenders, or (None) as the deferred one itself. What a factor
    pays is the factor's from now on, whoever hands over.

    Raises:
        TendersDiffer: the tenders are not what there is to pay.
    """
    later = order.payments.filter(status=Payment.Status.PENDING, tender_type__kind__in=TenderType.LATER)
    waiting = list(later.select_related("tender_type").select_for_update(no_key=True, of=("self",)))
    deferred = [each for each in waiting if each.tender_type.kind == TenderType.Kind.DEFERRED]
    due = sum((payment.amount for payment in deferred), ZERO)
    settled = settle(tenders, due, total=quantize(due, order.currency)) if tenders is not None else []
    if not waiting:
        return ZERO
    if tenders is None:
        _capture(waiting, now)
    else:
        _capture([payment for payment in waiting if payment not in deferred], now)
        Payment.objects.filter(pk__in=[payment.pk for payment in deferred]).update(
            status=Payment.Status.VOIDED, settled_at=now
        )
        Payment.objects.bulk_create(_payment(order, tender, now) for _, tender in settled)
    order.paid_at = now
    order.save(update_fields=["paid_at"])
    return sum((payment.amount for payment in waiting), ZERO)


def _capture(payments: Sequence[Payment], now: datetime) -> None:
    Payment.objects.filter(pk__in=[payment.pk for payment in payments]).update(
        status=Payment.Status.CAPTURED, captured_amount=F("amount"), settled_at=now
    )


def _payment(order: Order, tender: SaleTender, now: datetime) -> Payment:
    return Payment(
        order=order,
        tender_type_id=tender.tender_type_id,
        status=Payment.Status.CAPTURED,
        amount=tender.amount,
        tendered_amount=tender.tendered,
        captured_amount=tender.amount,
        created_at=now,
        settled_at=now,
    )


def _complete(
    parts: Sequence[Fulfilment], taken: Taken, tracking_number: str, now: datetime
) -> list[Fulfilment]:
    """Complete what goes, splitting off what stays."""
    done = []
    for part in parts:
        lines = {line: quantity for line, quantity in taken.items() if line.fulfilment_id == part.pk}
        if lines:
            done.append(_complete_part(part, lines, tracking_number, now))
    return done


def _complete_part(part: Fulfilment, taken: Taken, tracking_number: str, now: datetime) -> Fulfilment:
    part = set_apart(part, taken, now)
    states.move(part, Fulfilment.Status.COMPLETED)
    part.completed_at = now
    part.picked_up_at = now if part.kind in COLLECTED else None
    part.tracking_number = tracking_number
    part.save(update_fields=["status", "completed_at", "picked_up_at", "tracking_number"])
    return part


def _count(order: Order, taken: Taken, now: datetime) -> None:
    """The order's lines know what has gone; with the last of it the order is complete."""
    for line, quantity in taken.items():
        order.lines.filter(pk=line.order_line_id).update(
            fulfilled_quantity=F("fulfilled_quantity") + quantity
        )
    complete_when_done(order, now)


def _publish(order: Order, done: Sequence[Fulfilment], paid: bool, *, actor: Actor, now: datetime) -> None:
    aggregate = f"order:{order.pk}"
    messages = [
        Message(aggregate, OrderFulfilled(order_id=order.pk, number=order.number, fulfilment_id=part.pk))
        for part in done
    ]
    if paid:
        messages.append(Message(aggregate, OrderPaid(order_id=order.pk, number=order.number)))
    outbox.publish_all(messages, at=now, actor=actor)
