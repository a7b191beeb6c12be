"""
What becomes of a promise before it is kept: extended, split, moved, handed to an order.

Building blocks. An expired reservation is gone for all of them, whether or not a worker has closed
it. Reservations are locked first, then levels; a reservation keeps its id, for others name it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from catalog.models import Variant
from inventory import errors
from inventory.models import Reservation, StockLevel
from inventory.services.batches import Pair
from inventory.services.messages import stock_changed_at
from inventory.services.reserving import expire_at
from omni.core import db
from omni.core.actor import Actor
from omni.outbox.events import ReservationChanged
from omni.outbox.publish import Message, publish_all
from organisation.models import Location


@dataclass(frozen=True, slots=True)
class Conversion:
    """A reservation, and for what its units are held from now on: `order:42:1`."""

    reservation_id: int
    source: str


def lock_live(reservation_ids: Iterable[int], *, now: datetime) -> list[Reservation]:
    """
    Lock reservations that still hold their units, in the order of their keys.

    Raises:
        ReservationNotOpen: one is closed, unknown, or its time has run out.
    """
    wanted = set(reservation_ids)
    rows = [row for row in Reservation.objects.for_update_by_ids(wanted) if row.holds_at(now)]
    if gone := sorted(wanted - {row.pk for row in rows}):
        raise errors.ReservationNotOpen(reservation_ids=gone)
    return rows


def extend(
    *, reservation_ids: Sequence[int], expires_at: datetime, actor: Actor, now: datetime
) -> list[Reservation]:
    """
    Let reservations hold their units until later. No unit changes hands, so no level is locked.

    Raises:
        ReservationNotOpen
        ExpiryNotLater: one lasts as long already, or never expires.
    """
    rows = lock_live(reservation_ids, now=now)
    for row in rows:
        if row.expires_at is None or row.expires_at >= expires_at:
            raise errors.ExpiryNotLater(field="expires_at", rule="later", expires_at=row.expires_at)
    Reservation.objects.filter(pk__in=[row.pk for row in rows]).update(expires_at=expires_at)
    _publish(rows, "EXTENDED", actor=actor, now=now)
    return rows


def split(*, reservation_id: int, quantity: int, actor: Actor, now: datetime) -> Reservation:
    """
    Take `quantity` units out of a reservation into one of its own: same source, level and expiry.

    Raises:
        ReservationNotOpen
        SplitLeavesNothing: it has no more than that, or nothing is to be taken.
    """
    [row] = lock_live([reservation_id], now=now)
    if not 0 < quantity < row.quantity:
        raise errors.SplitLeavesNothing(
            field="quantity", rule="leaves-some", reserved=row.quantity, requested=quantity
        )
    Reservation.objects.filter(pk=row.pk).update(quantity=F("quantity") - quantity)
    row.quantity -= quantity
    part = Reservation.objects.create(**row.terms(), quantity=quantity)
    _publish([row, part], "SPLIT", actor=actor, now=now)
    return part


def move(*, reservation_ids: Sequence[int], location_id: int, actor: Actor, now: datetime) -> list[Pair]:
    """
    Hold the reservations' units at another location instead, all of them or none.

    Answers the (variant, location) pairs that it touched; what stays where it is touches none. The
    levels of both sides are locked together, by primary key. What has expired over there is let go
    first, as `reserve` does.

    Raises:
        ReservationNotOpen
        InsufficientStock: over there is not enough; nothing has changed.
    """
    rows = [row for row in lock_live(reservation_ids, now=now) if row.location_id != location_id]
    here, there = _summed(rows), _summed(rows, location_id=location_id)
    touched = [*here, *there]
    levels = StockLevel.objects.for_update_by_pairs(touched)
    if _shortages(levels, there) and expire_at(list(there), now=now):
        levels = StockLevel.objects.for_update_by_pairs(touched)
    if short := _shortages(levels, there):
        raise errors.InsufficientStock(shortages=_named(short, there, location_id))
    change = {pair: -units for pair, units in here.items()} | there
    for level in levels:
        by = change[level.variant_id, level.location_id]
        StockLevel.objects.filter(pk=level.pk).update(reserved=F("reserved") + by)
    Reservation.objects.filter(pk__in=[row.pk for row in rows]).update(location_id=location_id)
    for row in rows:
        row.location_id = location_id
    _publish(rows, "MOVED", touched, actor=actor, now=now)
    return touched


def convert(
    *,
    conversions: Sequence[Conversion],
    expires_at: datetime | None = None,
    committed: bool = True,
    actor: Actor,
    now: datetime,
) -> list[Reservation]:
    """
    Let what was held for one become another's: source and expiry change, and no unit is free between.

    Raises:
        ReservationNotOpen
    """
    sources = {each.reservation_id: each.source for each in conversions}
    rows = lock_live(sources, now=now)
    for row in rows:
        row.source, row.expires_at = sources[row.pk], expires_at
        row.status = Reservation.Status.COMMITTED if committed else Reservation.Status.ACTIVE
    Reservation.objects.bulk_update(rows, ["source", "expires_at", "status"])
    _publish(rows, "CONVERTED", actor=actor, now=now)
    return rows


def _summed(rows: Sequence[Reservation], *, location_id: int | None = None) -> dict[Pair, int]:
    """The units of each (variant, location): the rows' own, or the one that is named."""
    units: dict[Pair, int] = {}
    for row in rows:
        pair = (row.variant_id, location_id or row.location_id)
        units[pair] = units.get(pair, 0) + row.quantity
    return units


def _shortages(levels: Sequence[StockLevel], wanted: dict[Pair, int]) -> dict[Pair, int]:
    """What is available of each pair that has less than is wanted; a missing level has nothing."""
    free = {(level.variant_id, level.location_id): level.free - level.safety_stock for level in levels}
    return {pair: max(0, free.get(pair, 0)) for pair, units in wanted.items() if free.get(pair, 0) < units}


def _named(short: dict[Pair, int], wanted: dict[Pair, int], location_id: int) -> list[dict[str, object]]:
    skus = dict(Variant.objects.filter(pk__in=[pair[0] for pair in short]).values_list("pk", "sku"))
    code = Location.objects.values_list("code", flat=True).get(pk=location_id)
    return [
        {"sku": skus[pair[0]], "location": code, "requested": wanted[pair], "available": available}
        for pair, available in sorted(short.items())
    ]


def _publish(
    rows: Sequence[Reservation], change: str, touched: Sequence[Pair] = (), *, actor: Actor, now: datetime
) -> None:
    """An event for each reservation, and one for the levels where what is available changed."""
    db.require_transaction()
    messages = [reservation_changed(row, change) for row in rows]
    publish_all([*([stock_changed_at(touched)] if touched else []), *messages], at=now, actor=actor)


def reservation_changed(row: Reservation, change: str, units: int | None = None) -> Message:
    """What the outbox is told when a reservation becomes another, or `units` of it do."""
    quantity = row.quantity if units is None else units
    payload = ReservationChanged(row.pk, change, row.variant_id, row.location_id, quantity)
    return Message(f"reservation:{row.pk}", payload)
