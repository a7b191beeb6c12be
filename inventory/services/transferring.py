"""Goods on their way from one location to another: requested, shipped, received."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from inventory import errors
from inventory.models import StockDocument, StockLevel, Transfer, TransferLine, TransferPosting
from inventory.services.batches import DocumentRef, Movement, Pair
from inventory.services.fulfilling import fulfil
from inventory.services.incoming import draw_number, move_incoming, require_reason
from inventory.services.moving import (
    LevelNow,
    Line,
    StockChange,
    lock_levels,
    read_levels,
    refuse_stockless,
    summed,
)
from inventory.services.picking import LotUnits
from inventory.services.reserving import draw_reservations, expire_at, lock_open, release
from inventory.services.transfer_posting import post_for
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.outbox.events import TransferChanged
from omni.outbox.publish import Message, publish_all

Status = Transfer.Status


@dataclass(frozen=True, slots=True)
class TransferLineNow:
    sku: str
    quantity: int
    shipped: int
    received: int
    damaged: int


@dataclass(frozen=True, slots=True)
class TransferNow:
    """
    A transfer as the operation left it: the document that it posted, the levels that it moved, and
    the discrepancies that it opened.
    """

    number: str
    status: str
    lines: tuple[TransferLineNow, ...]
    document: str | None = None
    levels: tuple[LevelNow, ...] = ()
    discrepancies: tuple[int, ...] = ()


def transfer_stock(
    *,
    origin_id: int,
    destination_id: int,
    lines: Sequence[Line],
    note: str = "",
    lots: Mapping[int, Sequence[LotUnits]] | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> StockChange:
    """
    Move (variant, quantity above zero) lines from one location to another, in one step: shipped and
    received at once, by one document.

    What is promised, damaged or in quality control stays; safety stock may go.

    Raises:
        ClaimInFlight, ClaimMismatch
        SameLocation, KeepsNoStock
        InvalidField: more of a variant than can be moved in one go.
        InsufficientStock: the origin has not enough that is free; nothing moves.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockChange):
            return replayed
        wanted = wanted_of(origin_id, destination_id, lines)
        transfer = write_transfer(
            origin_id, destination_id, note=note, status=Status.RECEIVED, actor=actor, now=now
        )
        write_lines(transfer, wanted, moved=True)
        pairs = [(variant_id, place) for variant_id in wanted for place in (origin_id, destination_id)]
        _refuse_shortages(_lock_sending(pairs, origin_id, wanted, now=now), wanted)
        document = DocumentRef(StockDocument.Kind.TRANSFER, transfer.number, note)
        post_for(transfer, document, _moved(transfer, wanted, lots or {}), actor=actor, now=now)
        publish_all([transfer_changed(transfer)], at=now, actor=actor)
        change = StockChange(str(document.kind), document.number, read_levels(pairs))
        return idempotency.settle(claim, change, now=now)


def approve_transfer(*, transfer_id: int, claim: Claim, actor: Actor, now: datetime) -> TransferNow:
    """
    Agree to a request. It may be shipped without: whether it has to be agreed to is the group's rule.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownTransfer, TransferNotInState
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=TransferNow):
            return replayed
        transfer = Transfer.objects.for_update_in(transfer_id, Status.REQUESTED)
        advance(transfer, Status.APPROVED)
        return finish(transfer, [transfer_changed(transfer)], [], claim=claim, actor=actor, now=now)


def cancel_transfer(
    *, transfer_id: int, reason: str, claim: Claim, actor: Actor, now: datetime
) -> TransferNow:
    """
    Call off what has not left: its units are free again.

    What is shipped is not called off: it is received as missing, and put back on the origin's books.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownTransfer, TransferNotInState
        InvalidField: there is no reason.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=TransferNow):
            return replayed
        require_reason(reason)
        transfer = Transfer.objects.for_update_in(transfer_id, *Transfer.HELD)
        transfer.reason, transfer.closed_at = reason, now
        advance(transfer, Status.CANCELLED)
        lines = list(transfer.lines.all())
        release(reservation_ids=_held(lines), actor=actor, now=now)
        pairs = [(line.variant_id, transfer.origin_id) for line in lines]
        return finish(transfer, [transfer_changed(transfer)], pairs, claim=claim, actor=actor, now=now)


def ship_transfer(
    *,
    transfer_id: int,
    quantities: Mapping[int, int] | None = None,
    lots: Mapping[int, Sequence[LotUnits]] | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> TransferNow:
    """
    Send what was asked for, or of some variants fewer units: they leave the origin's books and are
    `incoming` at the destination. What stays behind is free again.

    `quantities` are units by variant; a variant that it does not name is sent in full. `lots` names
    which lots go; where it doesn't, what expires first. A serial number has to be named.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownTransfer, TransferNotInState
        NotExpected: a variant was not asked for.
        QuantityExceedsReservation: more is sent than was asked for.
        InvalidField: nothing is sent; cancel it then.
        LotsRefused, LotNotThere
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=TransferNow):
            return replayed
        transfer = Transfer.objects.for_update_in(transfer_id, *Transfer.HELD)
        lines = _shipped(transfer, quantities or {})
        transfer.shipped_at = now
        advance(transfer, Status.SHIPPED)
        _post_out(transfer, lines, lots or {}, actor=actor, now=now)
        arriving = {(line.variant_id, transfer.destination_id): line.shipped for line in lines}
        messages = [*move_incoming(arriving), transfer_changed(transfer)]
        pairs = [(line.variant_id, place) for line in lines for place in places_of(transfer)]
        document = f"{transfer.number}:out"
        return finish(transfer, messages, pairs, document=document, claim=claim, actor=actor, now=now)


def wanted_of(origin_id: int, destination_id: int, lines: Sequence[Line]) -> dict[int, int]:
    if origin_id == destination_id:
        raise errors.SameLocation()
    wanted = summed(lines)
    refuse_stockless(wanted)
    return wanted


def write_transfer(
    origin_id: int,
    destination_id: int,
    *,
    note: str,
    status: Status = Status.REQUESTED,
    expected_date: date | None = None,
    actor: Actor,
    now: datetime,
) -> Transfer:
    pk, number = draw_number("inventory_transfer", "T")
    at_once = now if status == Status.RECEIVED else None
    return Transfer.objects.create(
        pk=pk,
        number=number,
        status=status,
        origin_id=origin_id,
        destination_id=destination_id,
        expected_date=expected_date,
        note=note,
        actor=str(actor),
        occurred_at=now,
        shipped_at=at_once,
        closed_at=at_once,
    )


def write_lines(transfer: Transfer, wanted: Mapping[int, int], *, moved: bool = False) -> list[TransferLine]:
    """The lines of a transfer: moved already, or each with the reservation that will hold it."""
    held = [None] * len(wanted) if moved else draw_reservations(len(wanted))
    return TransferLine.objects.bulk_create(
        TransferLine(
            transfer=transfer,
            variant_id=variant_id,
            quantity=units,
            shipped=units if moved else 0,
            received=units if moved else 0,
            reservation_id=reservation_id,
        )
        for (variant_id, units), reservation_id in zip(wanted.items(), held, strict=True)
    )


def _lock_sending(
    pairs: Sequence[Pair], origin_id: int, wanted: Mapping[int, int], *, now: datetime
) -> list[StockLevel]:
    """Lock both ends and answer the origin's; where too little is free, what has run out goes first."""
    levels = [level for level in lock_levels(pairs) if level.location_id == origin_id]
    if any(level.free < wanted[level.variant_id] for level in levels):
        expire_at([(variant_id, origin_id) for variant_id in wanted], now=now)
        levels = StockLevel.objects.select_related_names().for_update_by_pairs(
            [(variant_id, origin_id) for variant_id in wanted]
        )
    return levels


def _refuse_shortages(levels: Sequence[StockLevel], wanted: Mapping[int, int]) -> None:
    shortages = [
        {
            "sku": level.variant.sku,
            "location": level.location.code,
            "requested": wanted[level.variant_id],
            "available": max(0, level.free),
        }
        for level in levels
        if level.free < wanted[level.variant_id]
    ]
    if shortages:
        raise errors.InsufficientStock(shortages=sorted(shortages, key=lambda short: str(short["sku"])))


def _moved(
    transfer: Transfer, wanted: Mapping[int, int], lots: Mapping[int, Sequence[LotUnits]]
) -> list[Movement]:
    """The lots that are sent are those that arrive: only what goes out names them."""
    return [
        movement
        for variant_id, units in wanted.items()
        for movement in (
            Movement(
                variant_id, transfer.origin_id, -units, "TRANSFER_OUT", lots=tuple(lots.get(variant_id, ()))
            ),
            Movement(variant_id, transfer.destination_id, units, "TRANSFER_IN"),
        )
    ]


def _shipped(transfer: Transfer, quantities: Mapping[int, int]) -> list[TransferLine]:
    """Count what is sent on the lines."""
    lines = list(transfer.lines.select_related("variant").order_by("pk"))
    if set(quantities) - {line.variant_id for line in lines}:
        raise errors.NotExpected(transfer=transfer.number)
    for line in lines:
        line.shipped = quantities.get(line.variant_id, line.quantity)
        if line.shipped > line.quantity:
            raise errors.QuantityExceedsReservation(
                sku=line.variant.sku, reserved=line.quantity, requested=line.shipped
            )
    if not any(line.shipped for line in lines):
        raise InvalidField(field="lines", rule="required")
    TransferLine.objects.bulk_update(lines, ["shipped"])
    return lines


def _post_out(
    transfer: Transfer,
    lines: Sequence[TransferLine],
    lots: Mapping[int, Sequence[LotUnits]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Fulfil what the lines hold by TRANSFER_OUT rows; what stays behind is released."""
    sent = {line.reservation_id: line.shipped for line in lines if line.reservation_id and line.shipped}
    lock_open(_held(lines))
    lock_levels([(line.variant_id, place) for line in lines for place in places_of(transfer)])
    posted = fulfil(
        reservation_ids=list(sent),
        reservation_quantities=sent,
        document=DocumentRef(StockDocument.Kind.TRANSFER, f"{transfer.number}:out", transfer.note),
        kind="TRANSFER_OUT",
        lots={line.reservation_id: lots.get(line.variant_id, ()) for line in lines if line.reservation_id},
        actor=actor,
        occurred_at=now,
        now=now,
    )
    TransferPosting.objects.create(transfer=transfer, document_id=posted.id)
    if behind := [line for line in lines if line.shipped < line.quantity]:
        release(reservation_ids=_held(behind), actor=actor, now=now)


def _held(lines: Iterable[TransferLine]) -> list[int]:
    return [line.reservation_id for line in lines if line.reservation_id is not None]


def source_of(transfer: Transfer, line: TransferLine) -> str:
    """What a reservation or a discrepancy of the line names."""
    return f"transfer:{transfer.number}:{line.pk}"


def places_of(transfer: Transfer) -> tuple[int, int]:
    return transfer.origin_id, transfer.destination_id


def advance(transfer: Transfer, status: Status) -> None:
    """Take a locked transfer to a state."""
    transfer.status = status
    transfer.save(update_fields=["status", "shipped_at", "closed_at", "reason"])


def transfer_changed(transfer: Transfer) -> Message:
    payload = TransferChanged(transfer.pk, transfer.number, str(transfer.status))
    return Message(f"transfer:{transfer.pk}", payload)


def finish(
    transfer: Transfer,
    messages: Sequence[Message],
    pairs: Sequence[Pair],
    *,
    document: str | None = None,
    discrepancies: Sequence[int] = (),
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> TransferNow:
    """Tell of a step, and settle the claim with the transfer as this transaction sees it."""
    publish_all(messages, at=now, actor=actor)
    lines = transfer.lines.select_related("variant").order_by("variant__sku")
    result = TransferNow(
        number=transfer.number,
        status=str(transfer.status),
        lines=tuple(
            TransferLineNow(line.variant.sku, line.quantity, line.shipped, line.received, line.damaged)
            for line in lines
        ),
        document=document,
        levels=read_levels(pairs) if pairs else (),
        discrepancies=tuple(discrepancies),
    )
    return idempotency.settle(claim, result, now=now)
