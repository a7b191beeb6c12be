"""The use cases of people who move stock at one location: receive and adjust."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from catalog.models import Component, Variant
from inventory import errors
from inventory.models import Bucket, MovementKind, StockDocument, StockLevel
from inventory.services.batches import DocumentRef, Movement, Pair
from inventory.services.costs import Cost, record_costs
from inventory.services.picking import LotUnits
from inventory.services.posting import create_levels, post_movements
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.core.limits import require_units

Line = tuple[int, int]
KINDS = {"damaged": MovementKind.DAMAGE, "cycle_count": MovementKind.COUNT}
COUNTERS = {
    Bucket.ON_HAND: "on_hand",
    Bucket.DAMAGED: "damaged",
    Bucket.QUALITY_CONTROL: "quality_control",
}


@dataclass(frozen=True, slots=True)
class LevelNow:
    """A level as the operation left it."""

    sku: str
    location: str
    on_hand: int
    reserved: int
    damaged: int
    quality_control: int
    safety_stock: int
    available: int
    incoming: int = 0


@dataclass(frozen=True, slots=True)
class StockChange:
    """The document that moved stock, and the levels that it moved."""

    kind: str
    number: str
    levels: tuple[LevelNow, ...]


def receive_stock(
    *,
    location_id: int,
    lines: Sequence[Line],
    note: str = "",
    number: str = "",
    costs: Mapping[int, Cost] | None = None,
    lots: Mapping[int, Sequence[LotUnits]] | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> StockChange:
    """
    Book goods that arrived: (variant, quantity above zero) lines, under the delivery's number.

    The number is the supplier's, who may send two shops goods under one: it is booked once at each.
    `costs` says by variant what a unit costs and whose it is; the terms of supply, where it doesn't.
    `lots` says by variant which lots or serial numbers came: of all units of a tracked one.

    Raises:
        ClaimInFlight, ClaimMismatch
        InvalidField: more of a variant than can be moved in one go.
        KeepsNoStock: no stock is kept of one of them.
        AlreadyPosted: this delivery was booked before at this location.
        LotsRefused: of a tracked variant they are missing, or not right.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockChange):
            return replayed
        wanted = summed(lines)
        refuse_stockless(wanted)
        document = DocumentRef(StockDocument.Kind.RECEIPT, number or str(uuid7()), note, location_id)
        movements = _received(location_id, wanted if lots else lines, lots or {})
        posted = post_movements(document=document, movements=movements, actor=actor, occurred_at=now, now=now)
        record_costs(document_id=posted.id, costs=costs or {})
        return idempotency.settle(claim, _change(document, movements), now=now)


def _received(
    location_id: int, lines: Mapping[int, int] | Sequence[Line], lots: Mapping[int, Sequence[LotUnits]]
) -> list[Movement]:
    """A row a line; one a variant where lots are named, which are named by variant."""
    each = lines.items() if isinstance(lines, Mapping) else lines
    return [
        Movement(variant_id, location_id, units, "RECEIPT", lots=tuple(lots.get(variant_id, ())))
        for variant_id, units in each
    ]


def adjust_stock(
    *,
    location_id: int,
    variant_id: int,
    delta: int,
    reason: str,
    bucket: str = Bucket.ON_HAND,
    note: str = "",
    lots: Sequence[LotUnits] = (),
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> StockChange:
    """
    Correct one bucket of one level by `delta` (not zero), for a reason.

    Goods that are promised may turn out to be gone: that opens a STRANDED discrepancy.

    Raises:
        ClaimInFlight, ClaimMismatch
        InvalidField: more than can be moved in one go.
        KeepsNoStock
        BelowZero: less is there than is taken away, or than is set aside.
        LotsRefused, LotNotThere
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockChange):
            return replayed
        require_units(delta, field="delta")
        refuse_stockless([variant_id])
        [level] = lock_levels([(variant_id, location_id)])
        refuse_below_zero(level, Bucket(bucket), delta)
        document = DocumentRef(StockDocument.Kind.ADJUSTMENT, str(uuid7()), note)
        kind = KINDS.get(str(reason), MovementKind.ADJUSTMENT)
        movements = [Movement(variant_id, location_id, delta, kind, bucket, reason, lots=tuple(lots))]
        post_movements(document=document, movements=movements, actor=actor, occurred_at=now, now=now)
        return idempotency.settle(claim, _change(document, movements), now=now)


def summed(lines: Iterable[Line]) -> dict[int, int]:
    """
    Units by variant.

    Raises:
        InvalidField: more than can be moved in one go.
    """
    wanted: dict[int, int] = {}
    for variant_id, units in lines:
        wanted[variant_id] = wanted.get(variant_id, 0) + units
        require_units(wanted[variant_id], field="lines")
    return wanted


def refuse_stockless(variant_ids: Iterable[int]) -> None:
    """
    Raises:
        KeepsNoStock
    """
    if skus := sorted(find_stockless(variant_ids).values()):
        raise errors.KeepsNoStock(skus=skus)


def find_stockless(variant_ids: Iterable[int]) -> dict[int, str]:
    """Those of the variants that no stock is kept of, with their SKUs."""
    wanted = Variant.objects.filter(pk__in=list(variant_ids))
    bundles = Exists(Component.objects.filter(bundle=OuterRef("pk")))
    return dict(wanted.filter(Q(keeps_stock=False) | Q(bundles)).values_list("pk", "sku"))


def lock_levels(pairs: Sequence[Pair]) -> list[StockLevel]:
    """Lock the levels of (variant, location) pairs by primary key; missing ones are created before."""
    create_levels(pairs)
    return StockLevel.objects.select_related_names().for_update_by_pairs(pairs)


def refuse_below_zero(level: StockLevel, bucket: Bucket, delta: int) -> None:
    """
    A bucket holds nothing negative, and what is set aside is a part of what is on hand.

    Raises:
        BelowZero
    """
    found: int = getattr(level, COUNTERS[bucket])
    if bucket is not Bucket.ON_HAND and delta > 0:
        found = level.on_hand - level.damaged - level.quality_control
        enough = found >= delta
    else:
        enough = delta > 0 or found + delta >= 0
    if not enough:
        raise errors.BelowZero(
            sku=level.variant.sku, location=level.location.code, bucket=bucket.value, found=found, delta=delta
        )


def _change(document: DocumentRef, movements: Sequence[Movement]) -> StockChange:
    pairs = dict.fromkeys((movement.variant_id, movement.location_id) for movement in movements)
    return StockChange(str(document.kind), document.number, read_levels(list(pairs)))


def read_levels(pairs: Sequence[Pair]) -> tuple[LevelNow, ...]:
    """The levels of (variant, location) pairs, by sku and location, as this transaction sees them."""
    levels = StockLevel.objects.of_pairs(pairs).select_related_names()
    return tuple(
        LevelNow(
            sku=level.variant.sku,
            location=level.location.code,
            on_hand=level.on_hand,
            reserved=level.reserved,
            damaged=level.damaged,
            quality_control=level.quality_control,
            safety_stock=level.safety_stock,
            available=level.free - level.safety_stock,
            incoming=level.incoming,
        )
        for level in levels.order_by("variant__sku", "location__code")
    )
