"""
Discrepancies as a queue: who looks after each, what a shop rejects, and remedies that move stock.

A discrepancy is locked first, then reservations, then the level.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from inventory import errors
from inventory.models import (
    Bucket,
    Discrepancy,
    RejectionReason,
    Reservation,
    StockDocument,
    StockLevel,
)
from inventory.services.batches import DocumentRef, Movement
from inventory.services.moving import COUNTERS, lock_levels
from inventory.services.opening import Opening, open_discrepancies
from inventory.services.posting import post_movements
from inventory.services.reserving import release
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox.events import DiscrepancyChanged
from omni.outbox.publish import publish
from organisation import selectors as organisation
from organisation.errors import NotYours
from organisation.models import User

Kind = Discrepancy.Kind
Remedy = Discrepancy.Remedy

# What each reason says of the stock: gone, or there but not to be sold. A closed shop says nothing.
SAYS: Mapping[str, Bucket | None] = {
    RejectionReason.NOT_IN_STOCK: Bucket.ON_HAND,
    RejectionReason.MISMATCH: Bucket.QUALITY_CONTROL,
    RejectionReason.DAMAGED: Bucket.DAMAGED,
    RejectionReason.WORN_DISPLAY: Bucket.QUALITY_CONTROL,
    RejectionReason.STORE_CLOSED: None,
}
FITS: Mapping[str, frozenset[str]] = {
    Kind.BELOW_ZERO: frozenset({Remedy.ADDED, Remedy.NOTED}),
    Kind.STRANDED: frozenset({Remedy.RELEASED, Remedy.FOUND, Remedy.NOTED}),
    Kind.REJECTED: frozenset({Remedy.FOUND, Remedy.SHRINKAGE, Remedy.NOTED}),
    # A transfer's differences are settled by services of their own (`settle_difference`).
    Kind.TRANSFER: frozenset(),
    Kind.COUNT: frozenset({Remedy.NOTED}),
    Kind.UNALLOCATED: frozenset({Remedy.NOTED}),
    Kind.EXPIRED_SOLD: frozenset({Remedy.NOTED}),
    Kind.LOT_UNKNOWN: frozenset({Remedy.NOTED}),
}


@dataclass(frozen=True, slots=True)
class ResolvedDiscrepancy:
    """`moved` is by how much on hand was moved; `status` stays OPEN where a part is left to settle."""

    id: int
    resolution: str
    status: str = "RESOLVED"
    remedy: str = "NOTED"
    moved: int = 0


@dataclass(frozen=True, slots=True)
class AssignedDiscrepancy:
    id: int
    owner_id: int | None


def report_rejection(
    *,
    variant_id: int,
    location_id: int,
    quantity: int,
    reason: str,
    source: str,
    correct: bool = True,
    actor: Actor,
    now: datetime,
) -> int | None:
    """
    A shop can't hand over `quantity` units that were asked of it: a discrepancy REJECTED is opened,
    and the stock corrected as the reason says, so that nobody is promised them again.

    A building block: what was reserved is released before. What is not in stock goes from on hand;
    damaged, mismatched and worn pieces are set aside. Answers the discrepancy's id, or None for a
    closed shop, whose stock is what it was.

    Raises:
        AlreadyPosted: `source` has rejected this article before.
    """
    db.require_transaction()
    bucket = SAYS[RejectionReason(reason)]
    if bucket is None:
        return None
    [level] = lock_levels([(variant_id, location_id)])
    delta = _correction(level, bucket, quantity) if correct else 0
    opening = Opening(Kind.REJECTED, variant_id, location_id, quantity, source, str(reason), delta)
    opened = open_discrepancies(openings=[opening], actor=actor, now=now)
    if delta and opened:
        kind, why = ("DAMAGE", "damaged") if bucket is Bucket.DAMAGED else ("ADJUSTMENT", "correction")
        post_movements(
            document=DocumentRef(StockDocument.Kind.ADJUSTMENT, f"rejection:{opened[0]}", str(reason)),
            movements=[Movement(variant_id, location_id, delta, kind, bucket, why)],
            actor=actor,
            occurred_at=now,
            now=now,
        )
    return opened[0] if opened else None


def _correction(level: StockLevel, bucket: Bucket, quantity: int) -> int:
    """What there is to take away, or to set aside, of what was asked for."""
    units = min(quantity, max(0, level.on_hand - level.damaged - level.quality_control))
    return -units if bucket is Bucket.ON_HAND else units


def assign_discrepancy(
    *, discrepancy_id: int, owner_id: int | None, claim: Claim, actor: Actor, now: datetime
) -> AssignedDiscrepancy:
    """
    Give a discrepancy to a member of staff who may resolve it where it is, or to nobody.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownDiscrepancy, DiscrepancyResolved
        NotYours: the owner's role doesn't let them.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=AssignedDiscrepancy):
            return replayed
        row = _locked(discrepancy_id)
        owner = User.objects.get(pk=owner_id) if owner_id is not None else None
        if owner is not None and not organisation.may(owner, "inventory.resolve", row.location_id):
            raise NotYours(function="inventory.resolve", location=row.location.code if row.location else None)
        row.owner = owner
        row.save(update_fields=["owner"])
        _announce(row, actor, now)
        return idempotency.settle(claim, AssignedDiscrepancy(row.pk, owner_id), now=now)


def resolve_discrepancy(
    *,
    discrepancy_id: int,
    remedy: str = "NOTED",
    resolution: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> ResolvedDiscrepancy:
    """
    Settle a discrepancy by a remedy, which posts whatever rows put the books right.

    ADDED brings a level that was sold below zero to zero. FOUND takes back what opening it moved, or
    adds what is promised but gone. SHRINKAGE takes away what is still in the books. RELEASED lets go
    of the youngest promises that nobody has paid for. NOTED moves nothing.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownDiscrepancy, DiscrepancyResolved
        SettledByMoving: it is a transfer's.
        RemedyUnfit: none for this kind.
        PromisesRemain: all that is promised belongs to placed orders.
        BelowZero: what was set aside is no longer there.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=ResolvedDiscrepancy):
            return replayed
        row = _locked(discrepancy_id)
        if row.kind == Discrepancy.Kind.TRANSFER:
            raise errors.SettledByMoving()
        if remedy not in FITS[row.kind]:
            raise errors.RemedyUnfit(kind=row.kind, remedy=remedy)
        moved, left = REMEDIES[Remedy(remedy)](row, actor, now)
        row.remedy, row.resolution, row.actor = remedy, resolution, str(actor)
        if left:
            row.quantity = left
        else:
            row.status, row.resolved_at = Discrepancy.Status.RESOLVED, now
        row.save(update_fields=["remedy", "resolution", "actor", "quantity", "status", "resolved_at"])
        _announce(row, actor, now)
        done = ResolvedDiscrepancy(row.pk, resolution, row.status, remedy, moved)
        return idempotency.settle(claim, done, now=now)


def _locked(discrepancy_id: int) -> Discrepancy:
    row = Discrepancy.objects.for_update_by_id(discrepancy_id)
    if row is None:
        raise errors.UnknownDiscrepancy()
    if row.status != Discrepancy.Status.OPEN:
        raise errors.DiscrepancyResolved()
    return row


def _announce(row: Discrepancy, actor: Actor, now: datetime) -> None:
    changed = DiscrepancyChanged(row.pk, row.status, row.remedy)
    publish(f"discrepancy:{row.pk}", changed, at=now, actor=actor)


# What a remedy moved on hand, and how many units it leaves to settle.
Outcome = tuple[int, int]


def _note(row: Discrepancy, actor: Actor, now: datetime) -> Outcome:
    return 0, 0


def _add_missing(row: Discrepancy, actor: Actor, now: datetime) -> Outcome:
    level = _level(row)
    return _post(row, [(Bucket.ON_HAND, max(0, -level.on_hand), "correction")], actor, now), 0


def _find(row: Discrepancy, actor: Actor, now: datetime) -> Outcome:
    level = _level(row)
    if row.kind == Kind.STRANDED:
        units = min(row.quantity, max(0, _stranded(level)))
        return _post(row, [(Bucket.ON_HAND, units, "correction")], actor, now), 0
    bucket = _bucket(row)
    _refuse_missing(level, bucket, -row.moved)
    return _post(row, [(bucket, -row.moved, "restock")], actor, now), 0


def _write_off(row: Discrepancy, actor: Actor, now: datetime) -> Outcome:
    level, bucket = _level(row), _bucket(row)
    if bucket is Bucket.ON_HAND:
        gone = -(row.quantity + row.moved)
        _refuse_missing(level, bucket, gone)
        return _post(row, [(bucket, gone, "shrinkage")], actor, now), 0
    _refuse_missing(level, bucket, -row.moved)
    out = [(bucket, -row.moved, "shrinkage"), (Bucket.ON_HAND, -row.moved, "shrinkage")]
    return _post(row, out, actor, now), 0


def _release_youngest(row: Discrepancy, actor: Actor, now: datetime) -> Outcome:
    """
    Whoever was promised first keeps it, and whoever has paid: those orders are re-routed instead.

    What has expired goes before any promise that stands.
    """
    unpaid = Reservation.objects.filter(
        variant=row.variant_id,
        location=row.location_id,
        status=Reservation.Status.ACTIVE,
        expires_at__isnull=False,
    )
    held = list(unpaid.order_by("pk").select_for_update(no_key=True, of=("self",)))
    short = max(0, _stranded(_level(row)))
    chosen: list[int] = []
    left = short
    for reservation in sorted(held, key=lambda one: (one.holds_at(now), -one.pk)):
        if left <= 0:
            break
        chosen.append(reservation.pk)
        left -= reservation.quantity
    if short and not chosen:
        raise errors.PromisesRemain(quantity=short)
    # As if their time had run out: an order that is being paid takes its hold again, or gives up.
    release(reservation_ids=chosen, status=Reservation.Status.EXPIRED, actor=actor, now=now)
    return 0, max(0, left)


def _level(row: Discrepancy) -> StockLevel:
    assert row.location_id is not None
    [level] = lock_levels([(row.variant_id, row.location_id)])
    return level


def _bucket(row: Discrepancy) -> Bucket:
    return SAYS.get(row.reason) or Bucket.ON_HAND


def _stranded(level: StockLevel) -> int:
    return level.reserved - max(0, level.on_hand - level.damaged - level.quality_control)


def _refuse_missing(level: StockLevel, bucket: Bucket, delta: int) -> None:
    found: int = getattr(level, COUNTERS[bucket])
    if delta < 0 and found + delta < 0:
        raise errors.BelowZero(
            sku=level.variant.sku, location=level.location.code, bucket=bucket.value, found=found, delta=delta
        )


def _post(row: Discrepancy, moves: list[tuple[Bucket, int, str]], actor: Actor, now: datetime) -> int:
    """Post the rows under the discrepancy's own document; answer what moved on hand."""
    assert row.location_id is not None
    movements = [
        Movement(row.variant_id, row.location_id, delta, "ADJUSTMENT", bucket, reason)
        for bucket, delta, reason in moves
        if delta
    ]
    if movements:
        document = DocumentRef(StockDocument.Kind.ADJUSTMENT, f"discrepancy:{row.pk}", row.source)
        post_movements(document=document, movements=movements, actor=actor, occurred_at=now, now=now)
    return sum(movement.delta for movement in movements if movement.bucket == Bucket.ON_HAND)


REMEDIES: Mapping[Remedy, Callable[[Discrepancy, Actor, datetime], Outcome]] = {
    Remedy.NOTED: _note,
    Remedy.ADDED: _add_missing,
    Remedy.FOUND: _find,
    Remedy.SHRINKAGE: _write_off,
    Remedy.RELEASED: _release_youngest,
}
