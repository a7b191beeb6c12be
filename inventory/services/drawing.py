"""
Units held by hand that are sold at the till: taken out of the hold instead of what is available.

Building blocks, in the order of locks: `lock_holds` before any points, `draw` reads alone, what is
drawn leaves `reserved` with the movements of the sale, and `settle_drawn` closes the holds after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory.models import Reservation
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


def lock_holds(numbers: Iterable[int]) -> list[Reservation]:
    """Lock all that the holds of these numbers are or were: the parts of one that was split share it."""
    return Reservation.objects.for_update_of_holds(set(numbers))


def draw(
    *,
    holds: Sequence[Reservation],
    wanted: Mapping[int, int],
    location_id: int,
    release_rest: bool,
    now: datetime,
) -> list[Drawn]:
    """
    Take up to the `wanted` units by variant out of locked holds at a location, the oldest first.

    Nothing is taken of one whose time has run out: it is let go, so that it blocks nobody. The rows
    are brought up to date, so that the next who draws of them in this transaction finds what is left.
    """
    rest = dict(wanted)
    drawn = []
    for row in holds:
        if row.status not in Reservation.OPEN or row.location_id != location_id or row.variant_id not in rest:
            continue
        one = _drawn(row, rest[row.variant_id], release_rest, now)
        rest[row.variant_id] -= one.taken
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
    for ending in (Status.RELEASED, Status.EXPIRED):
        ended = [one.reservation.pk for one in drawn if one.ending == ending]
        Reservation.objects.filter(pk__in=ended).update(status=ending, closed_at=now)
    told = [(one.reservation, "SOLD", one.taken) for one in drawn if one.taken]
    told += [(one.reservation, "RELEASED", one.freed) for one in drawn if one.ending == Status.RELEASED]
    publish_all([reservation_changed(row, change, units) for row, change, units in told], at=now, actor=actor)
