"""Transfers arrive: in full, in parts, over, damaged, or not at all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from inventory.models import Discrepancy, StockDocument, Transfer, TransferDifference, TransferLine
from inventory.services.batches import DocumentRef, Pair
from inventory.services.incoming import Arrival, arrived, move_incoming, summed_arrivals
from inventory.services.moving import lock_levels
from inventory.services.transfer_posting import post_for
from inventory.services.transferring import (
    Status,
    TransferNow,
    advance,
    finish,
    source_of,
    transfer_changed,
)
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.outbox.events import DiscrepancyOpened
from omni.outbox.publish import Message

Nature = TransferDifference.Nature
# A line, what is different about it, and by how many units.
Found = tuple[TransferLine, Nature, int]


def receive_transfer(
    *,
    transfer_id: int,
    arrivals: Sequence[Arrival],
    complete: bool = False,
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> TransferNow:
    """
    Book what arrived of a transfer. It is over when all has arrived, or when it is `complete`:
    nothing more will come.

    What is missing then, and what arrived over or damaged, is kept as a TRANSFER discrepancy of its
    line until it is settled. Missing units are no longer `incoming`: nobody waits for them.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownTransfer, TransferNotInState
        NotExpected: the transfer has no line of it.
        InvalidField: nothing arrived, and more will come.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=TransferNow):
            return replayed
        transfer = Transfer.objects.for_update_in(transfer_id, *Transfer.UNDER_WAY)
        lines = {line.variant_id: line for line in transfer.lines.select_related("variant").order_by("pk")}
        came = summed_arrivals(arrivals, {pk: line.variant.sku for pk, line in lines.items()})
        if not came and not complete:
            raise InvalidField(field="lines", rule="required")
        waited = {pk: line.outstanding for pk, line in lines.items()}
        found = _take_in(lines, came)
        if complete := complete or not any(line.outstanding for line in lines.values()):
            found += _missing(lines.values())
        _advance(transfer, complete=complete, now=now)
        opened = _open(transfer, found, actor=actor, now=now)
        document = _post(transfer, came, lines, note=note, actor=actor, now=now)
        by = _lowered(transfer, lines.values(), waited, complete=complete)
        messages = [*move_incoming(by), *_told(opened), transfer_changed(transfer)]
        return finish(
            transfer,
            messages,
            list(by),
            document=document,
            discrepancies=[one.pk for one in opened],
            claim=claim,
            actor=actor,
            now=now,
        )


def _lowered(
    transfer: Transfer, lines: Iterable[TransferLine], waited: Mapping[int, int], *, complete: bool
) -> dict[Pair, int]:
    """By what `incoming` moves: nobody waits for anything of a transfer that is over."""
    return {
        (line.variant_id, transfer.destination_id): (0 if complete else line.outstanding)
        - waited[line.variant_id]
        for line in lines
    }


def _take_in(lines: Mapping[int, TransferLine], came: Mapping[int, Arrival]) -> list[Found]:
    """Count arrivals on the lines; answer what arrived over or damaged."""
    found: list[Found] = []
    for variant_id, arrival in came.items():
        line = lines[variant_id]
        over_before = max(0, line.arrived - line.shipped)
        line.received += arrival.received
        line.damaged += arrival.damaged
        over = max(0, line.arrived - line.shipped) - over_before
        found += [(line, Nature.OVER, over), (line, Nature.DAMAGED, arrival.damaged)]
    TransferLine.objects.bulk_update([lines[pk] for pk in came], ["received", "damaged"])
    return [one for one in found if one[2]]


def _missing(lines: Iterable[TransferLine]) -> list[Found]:
    return [(line, Nature.MISSING, line.outstanding) for line in lines if line.outstanding]


def _advance(transfer: Transfer, *, complete: bool, now: datetime) -> None:
    transfer.closed_at = now if complete else None
    advance(transfer, Status.RECEIVED if complete else Status.PARTIALLY_RECEIVED)


def _open(transfer: Transfer, found: Sequence[Found], *, actor: Actor, now: datetime) -> list[Discrepancy]:
    opened = Discrepancy.objects.bulk_create(
        Discrepancy(
            kind=Discrepancy.Kind.TRANSFER,
            variant_id=line.variant_id,
            location_id=transfer.destination_id,
            quantity=units,
            source=source_of(transfer, line),
            opened_at=now,
            actor=str(actor),
        )
        for line, _nature, units in found
    )
    TransferDifference.objects.bulk_create(
        TransferDifference(line=line, discrepancy=discrepancy, nature=nature, quantity=units)
        for (line, nature, units), discrepancy in zip(found, opened, strict=True)
    )
    return opened


def _told(opened: Sequence[Discrepancy]) -> Iterator[Message]:
    for one in opened:
        payload = DiscrepancyOpened(one.pk, one.variant_id, one.location_id, one.quantity)
        yield Message(f"discrepancy:{one.pk}", payload)


def _post(
    transfer: Transfer,
    came: Mapping[int, Arrival],
    lines: Mapping[int, TransferLine],
    *,
    note: str,
    actor: Actor,
    now: datetime,
) -> str | None:
    """Post what arrived, if anything did; the levels of all lines are locked, for `incoming` moves there."""
    lock_levels([(variant_id, transfer.destination_id) for variant_id in lines])
    if not came:
        return None
    number = f"{transfer.number}:in:{transfer.postings.count()}"
    movements = arrived(came.values(), location_id=transfer.destination_id, kind="TRANSFER_IN")
    document = DocumentRef(StockDocument.Kind.TRANSFER, number, note)
    post_for(transfer, document, movements, actor=actor, now=now)
    return number
