"""
Lots that nobody is to have: blocked by a recall, or past their day. Their units are set aside.

Set aside means in quality control: the level's own quantity says that they are there and not for
sale, every reader of availability knows it already, and the ledger says since when and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from inventory import errors
from inventory.models import Lot, LotStock, StockDocument
from inventory.services.batches import DocumentRef, Movement
from inventory.services.incoming import require_reason
from inventory.services.messages import stock_changed_at
from inventory.services.moving import lock_levels
from inventory.services.picking import LotUnits
from inventory.services.posting import post_movements
from inventory.services.tracking import lock_everywhere
from omni.core import db, idempotency, sql
from omni.core.actor import SYSTEM, Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.outbox.events import LotBlocked
from omni.outbox.publish import Message, publish_all
from organisation.models import Location

# Past their day by the location's own date; or blocked, and put back on the shelf by hand.
PAST = """
SELECT stock.id, stock.variant_id, stock.location_id
FROM inventory_lot AS lot
JOIN inventory_lotstock AS stock ON stock.lot_id = lot.id
JOIN organisation_location AS place ON place.id = stock.location_id
WHERE (lot.expires_on < (%(now)s::timestamptz AT TIME ZONE place.time_zone)::date OR lot.blocked_at IS NOT NULL)
  AND stock.on_hand - stock.damaged - stock.quality_control > 0
ORDER BY stock.location_id, stock.variant_id, stock.lot_id
LIMIT %(limit)s::bigint
"""

# Of these a channel's minimum of days has run out today: what it may sell is less from now on. Said in
# the location's first hour of the day, a few times; a full comparison heals what nobody was there to say.
SHORT_TODAY = """
SELECT DISTINCT stock.variant_id, stock.location_id
FROM inventory_lot AS lot
JOIN inventory_lotstock AS stock ON stock.lot_id = lot.id AND stock.on_hand > 0
JOIN organisation_location AS place ON place.id = stock.location_id
JOIN inventory_shelflife AS life
  ON life.days = lot.expires_on - (%(now)s::timestamptz AT TIME ZONE place.time_zone)::date + 1
WHERE (%(now)s::timestamptz AT TIME ZONE place.time_zone)::time < '01:00'
ORDER BY stock.variant_id, stock.location_id
"""


EXPIRED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class BlockedLot:
    """`units` were set aside at `locations` by `document` (none, where nothing was on a shelf)."""

    sku: str
    lot: str
    units: int
    locations: tuple[str, ...]
    document: str | None


def block_lot(*, lot_id: int, reason: str, claim: Claim, actor: Actor, now: datetime) -> BlockedLot:
    """
    Set aside what is left of a lot at all locations, in one step; whatever turns up of it later is
    set aside as it arrives, and deliveries of it are refused. Blocking again sets aside what is free.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownLot: there is none, or it is the unknown lot, of which nothing is known to be wrong.
        InvalidField: there is no reason.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=BlockedLot):
            return replayed
        require_reason(reason)
        lot = _block(lot_id, reason, actor=actor, now=now)
        movements, document = _set_aside(LotStock.objects.filter(lot=lot), reason, actor=actor, now=now)
        told = LotBlocked(lot.pk, lot.variant_id, lot.number, tuple(one.location_id for one in movements))
        publish_all([Message(f"lot:{lot.pk}", told)], at=now, actor=actor)
        units = sum(one.delta for one in movements)
        result = BlockedLot(lot.variant.sku, lot.number, units, _codes(movements), document)
        return idempotency.settle(claim, result, now=now)


def _block(lot_id: int, reason: str, *, actor: Actor, now: datetime) -> Lot:
    """
    Mark the lot, with all levels of its variant locked: a delivery of it that is just being booked has
    committed, and is set aside with the rest; the next one sees the mark.
    """
    lot = Lot.objects.select_related("variant").exclude(number="").filter(pk=lot_id).first()
    if lot is None:
        raise errors.UnknownLot()
    lock_everywhere(lot.variant_id)
    lot.refresh_from_db(fields=["blocked_at"])
    if lot.blocked_at is None:
        lot.blocked_at, lot.blocked_by, lot.block_reason = now, str(actor), reason
        lot.save(update_fields=["blocked_at", "blocked_by", "block_reason"])
    return lot


def set_expired_aside(*, now: datetime, limit: int = EXPIRED_AT_ONCE) -> int:
    """
    Set aside up to `limit` lots' stock that is past its day where it lies, or blocked and put back on
    the shelf by hand; answer how many were.
    """
    with db.transaction():
        past = sql.fetch_all(PAST, {"now": now, "limit": limit})
        if past:
            lock_levels(list(dict.fromkeys((variant, location) for _, variant, location in past)))
            stock = LotStock.objects.filter(pk__in=[row[0] for row in past])
            _set_aside(stock, "expired", actor=SYSTEM, now=now)
        return len(past)


def tell_short_dated(*, now: datetime) -> int:
    """Say of levels whose lots became too short-dated for a channel today that they changed."""
    with db.transaction():
        pairs = [(row[0], row[1]) for row in sql.fetch_all(SHORT_TODAY, {"now": now})]
        if pairs:
            publish_all([stock_changed_at(pairs)], at=now, actor=SYSTEM)
        return len(pairs)


def _set_aside(
    stock: QuerySet[LotStock], note: str, *, actor: Actor, now: datetime
) -> tuple[list[Movement], str | None]:
    """Set aside what is free of it. Its levels are locked before it is read: nobody takes it meanwhile."""
    free = [
        (one, units)
        for one in stock.select_related("lot").order_by("pk")
        if (units := one.on_hand - one.damaged - one.quality_control) > 0
    ]
    if not free:
        return [], None
    movements = [_aside(one, units) for one, units in free]
    document = DocumentRef(StockDocument.Kind.ADJUSTMENT, str(uuid7()), note)
    post_movements(document=document, movements=movements, actor=actor, occurred_at=now, now=now)
    return movements, document.number


def _aside(stock: LotStock, units: int) -> Movement:
    return Movement(
        stock.variant_id,
        stock.location_id,
        units,
        "ADJUSTMENT",
        "QUALITY_CONTROL",
        "other",
        lots=(LotUnits(stock.lot.number, units),),
    )


def _codes(movements: Iterable[Movement]) -> tuple[str, ...]:
    places = Location.objects.filter(pk__in={one.location_id for one in movements})
    return tuple(places.order_by("code").values_list("code", flat=True))
