"""
Units held by hand that are sold or ordered: taken out of the hold instead of what is available.

Building blocks, in the order of locks: `lock_holds` before any points, and `draw` reads alone. What a
sale has drawn leaves `reserved` with its movements, and `settle_drawn` closes the holds after it. What an
order has drawn `free_drawn` gives back to levels that stay locked, and the order reserves it at once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from inventory.models import Reservation, StockLevel
from inventory.services.batches import Pair
from inventory.services.fulfilling import close_fulfilled
from inventory.services.promises import reservation_changed
from omni.core.actor import Actor
from omni.outbox.publish import publish_all

Status = Reservation.Status


@dataclass(frozen=True, slots=True)
class Drawn:
    """`taken` units of a hold are sold; what it had beyond is `freed`, where that ends it (`ending`)."""

    reservation: Reservation
    taken: int
    freed: int = 0
    ending: Status | None = None

    @property
    def promised(self) -> int:
        """What leaves `reserved`."""
        return self.taken + self.freed

    @property
    def lapsed(self) -> int:
        """What of it was nobody's any more."""
        return self.freed if self.ending == Status.EXPIRED else 0


def lock_holds(numbers: Iterable[int]) -> list[Reservation]:
    """Lock all that the holds of these numbers are or were: the parts of one that was split share it."""
    return Reservation.objects.for_update_of_holds(set(numbers))


def draw(
    *,
    holds: Sequence[Reservation],
    wanted: Mapping[Pair, int],
    release_rest: bool = False,
    now: datetime,
) -> list[Drawn]:
    """
    Take up to the `wanted` units by (variant, location) out of locked holds, the oldest first.

    Nothing is taken of one whose time has run out: it is let go, so that it blocks nobody. The rows
    are brought up to date, so that the next who draws of them in this transaction finds what is left.
    """
    rest = dict(wanted)
    drawn = []
    for row in holds:
        pair = (row.variant_id, row.location_id)
        if row.status not in Reservation.OPEN or pair not in rest:
            continue
        one = _drawn(row, rest[pair], release_rest, now)
        rest[pair] -= one.taken
        row.quantity -= one.promised
        row.status = one.ending or (row.status if row.quantity else Status.FULFILLED)
        drawn.append(one)
    return [one for one in drawn if one.promised]


def _drawn(row: Reservation, wanted: int, release_rest: bool, now: datetime) -> Drawn:
    if not row.holds_at(now):
        return Drawn(row, 0, row.quantity, Status.EXPIRED)
    taken = min(wanted, row.quantity)
    freed = row.quantity - taken
    return Drawn(row, taken, freed, Status.RELEASED) if release_rest and freed else Drawn(row, taken)


def settle_drawn(drawn: Sequence[Drawn], *, document_id: int, actor: Actor, now: datetime) -> None:
    """Close what was drawn by a document that has moved the levels, or leave the rest held; tell of it."""
    if sold := [(one.reservation.pk, one.taken) for one in drawn if one.taken]:
        close_fulfilled(sold, document_id=document_id, now=now)
    _end([one for one in drawn if one.ending], now=now)
    told = [(one.reservation, "SOLD", one.taken) for one in drawn if one.taken]
    told += [(one.reservation, "RELEASED", one.freed) for one in drawn if one.ending == Status.RELEASED]
    publish_all([reservation_changed(row, change, units) for row, change, units in told], at=now, actor=actor)


def free_drawn(
    drawn: Sequence[Drawn], *, pairs: Iterable[Pair], actor: Actor, now: datetime
) -> dict[Pair, int]:
    """
    Give what was drawn back to its levels, and answer how many units of each were held.

    All levels at `pairs` are locked, by primary key, and stay so: who reserves there in this
    transaction finds the units free, and nobody gets in between.
    """
    StockLevel.objects.for_update_by_pairs(pairs)
    taken: Counter[Pair] = Counter()
    for one in drawn:
        pair = (one.reservation.variant_id, one.reservation.location_id)
        taken[pair] += one.taken
        level = StockLevel.objects.filter(variant_id=pair[0], location_id=pair[1])
        level.update(reserved=F("reserved") - one.promised)
        if one.reservation.quantity:
            Reservation.objects.filter(pk=one.reservation.pk).update(quantity=one.reservation.quantity)
    _end([one for one in drawn if not one.reservation.quantity], now=now)
    told = [reservation_changed(one.reservation, "CONVERTED", one.taken) for one in drawn if one.taken]
    publish_all(told, at=now, actor=actor)
    return taken


def _end(drawn: Sequence[Drawn], *, now: datetime) -> None:
    """Close what nothing is left of, or what is let go."""
    for one in drawn:
        ending = one.ending or Status.RELEASED
        Reservation.objects.filter(pk=one.reservation.pk).update(status=ending, closed_at=now)
