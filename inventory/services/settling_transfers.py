"""What of a transfer went otherwise than written is settled: by rows that put both places' books right."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from inventory import errors
from inventory.models import Bucket, Discrepancy, StockDocument, Transfer, TransferDifference, TransferLine
from inventory.services.batches import DocumentRef, Movement
from inventory.services.incoming import require_reason
from inventory.services.moving import lock_levels, refuse_below_zero
from inventory.services.transfer_posting import post_for
from inventory.services.transferring import TransferNow, finish, transfer_changed
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim

Nature = TransferDifference.Nature


class Settlement(TextChoices):
    """What became of the units of a difference."""

    FOUND = "FOUND", _("found after all")
    WRITTEN_OFF = "WRITTEN_OFF", _("written off")
    RETURNED = "RETURNED", _("back on the origin's books")


def settle_difference(
    *,
    difference_id: int,
    how: str,
    quantity: int,
    reason: str,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> TransferNow:
    """
    Settle `quantity` units (above zero) of a difference; when none is left, its discrepancy is resolved.

    - Missing units are found (they arrive late), written off (the origin bears the loss), or put back
      on the origin's books, where they are.
    - Units that arrived over are taken off the origin's books, or written off there: the destination
      keeps them as a correction. They can't be found.
    - Damaged units are found fit for sale, written off, or put back on the origin's books as damaged.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownDiscrepancy, DifferenceExceeded, SettlementUnfit
        BelowZero: less is there than is to be taken away.
        InvalidField: there is no reason.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=TransferNow):
            return replayed
        require_reason(reason)
        difference = TransferDifference.objects.for_update_by_key(difference_id)
        if quantity > difference.open:
            raise errors.DifferenceExceeded(open=difference.open, requested=quantity)
        transfer = difference.line.transfer
        movements = _movements(difference, Settlement(how), quantity)
        _note(difference, Settlement(how), quantity, reason, actor=actor, now=now)
        _refuse_below_zero(movements)
        number = f"{transfer.number}:settled:{transfer.postings.count()}"
        document = DocumentRef(StockDocument.Kind.TRANSFER, number, reason)
        post_for(transfer, document, movements, actor=actor, now=now)
        pairs = list(dict.fromkeys((one.variant_id, one.location_id) for one in movements))
        messages = [transfer_changed(transfer)]
        return finish(transfer, messages, pairs, document=number, claim=claim, actor=actor, now=now)


def acting_location_id(difference: TransferDifference, how: str) -> int:
    """Whose books a settlement is about, and so who may settle so."""
    transfer = difference.line.transfer
    lost = difference.nature == Nature.MISSING and how == Settlement.WRITTEN_OFF
    at_origin = lost or how == Settlement.RETURNED
    return transfer.origin_id if at_origin else transfer.destination_id


def _movements(difference: TransferDifference, how: Settlement, units: int) -> Sequence[Movement]:
    transfer, variant_id = difference.line.transfer, difference.line.variant_id
    if difference.nature == Nature.MISSING:
        return _of_missing(transfer, variant_id, how, units)
    if difference.nature == Nature.OVER:
        return _of_over(transfer, variant_id, how, units)
    return _of_damaged(transfer, variant_id, how, units)


def _of_missing(transfer: Transfer, variant_id: int, how: Settlement, units: int) -> Sequence[Movement]:
    if how == Settlement.FOUND:
        return [Movement(variant_id, transfer.destination_id, units, "TRANSFER_IN")]
    back = Movement(variant_id, transfer.origin_id, units, "TRANSFER_OUT")
    if how == Settlement.RETURNED:
        return [back]
    return [back, Movement(variant_id, transfer.origin_id, -units, "ADJUSTMENT", reason="shrinkage")]


def _of_over(transfer: Transfer, variant_id: int, how: Settlement, units: int) -> Sequence[Movement]:
    if how == Settlement.RETURNED:
        return [Movement(variant_id, transfer.origin_id, -units, "TRANSFER_OUT")]
    if how == Settlement.FOUND:
        raise errors.SettlementUnfit(transfer=transfer.number)
    here = transfer.destination_id
    return [
        Movement(variant_id, here, -units, "TRANSFER_IN"),
        Movement(variant_id, here, units, "ADJUSTMENT", reason="correction"),
    ]


def _of_damaged(transfer: Transfer, variant_id: int, how: Settlement, units: int) -> Sequence[Movement]:
    here, origin = transfer.destination_id, transfer.origin_id
    fit = Movement(variant_id, here, -units, "DAMAGE", "DAMAGED", "correction")
    if how == Settlement.FOUND:
        return [fit]
    if how == Settlement.WRITTEN_OFF:
        return [
            Movement(variant_id, here, -units, "DAMAGE", "DAMAGED", "damaged"),
            Movement(variant_id, here, -units, "DAMAGE", reason="damaged"),
        ]
    return [
        fit,
        Movement(variant_id, here, -units, "TRANSFER_IN"),
        Movement(variant_id, origin, units, "TRANSFER_OUT"),
        Movement(variant_id, origin, units, "DAMAGE", "DAMAGED", "damaged"),
    ]


def _note(
    difference: TransferDifference,
    how: Settlement,
    quantity: int,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Count the settlement, on the line what arrived late, and resolve what is settled in full."""
    name = {
        Settlement.FOUND: "found",
        Settlement.WRITTEN_OFF: "written_off",
        Settlement.RETURNED: "returned",
    }[how]
    setattr(difference, name, getattr(difference, name) + quantity)
    difference.save(update_fields=[name])
    if difference.nature == Nature.MISSING and how == Settlement.FOUND:
        line = TransferLine.objects.get(pk=difference.line_id)
        line.received += quantity
        line.save(update_fields=["received"])
    if not difference.open:
        Discrepancy.objects.filter(pk=difference.discrepancy_id, status=Discrepancy.Status.OPEN).update(
            status=Discrepancy.Status.RESOLVED,
            resolution=f"{how}: {reason}"[:500],
            resolved_at=now,
            actor=str(actor),
        )


def _refuse_below_zero(movements: Sequence[Movement]) -> None:
    """Lock the levels, and see that no bucket is left with less than nothing."""
    by: dict[tuple[int, int, str], int] = {}
    for one in movements:
        key = (one.variant_id, one.location_id, one.bucket)
        by[key] = by.get(key, 0) + one.delta
    for level in lock_levels(list(dict.fromkeys(key[:2] for key in by))):
        for bucket in Bucket:
            delta = by.get((level.variant_id, level.location_id, bucket.value), 0)
            if delta < 0:
                refuse_below_zero(level, bucket, delta)
