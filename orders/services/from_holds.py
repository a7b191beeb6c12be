"""A till's sale of what a shop holds by hand for who comes: which of its units are taken from which hold."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inventory import services as inventory
from inventory.models import Reservation
from orders.errors import HoldUnfit


@dataclass(frozen=True, slots=True)
class FromHolds:
    """
    The holds, by number (`hold:7` is 7), whose units a sale takes before those on the shelf.

    What is left of them stays held, unless `release_rest`. One that has ended or run out is no
    obstacle: its units come from the shelf. Of a sale that has happened elsewhere (`must_fit` is
    False) so do those of a hold that does not fit.
    """

    numbers: tuple[int, ...] = ()
    release_rest: bool = False
    must_fit: bool = True


FROM_THE_SHELF = FromHolds()


def draw_from_holds(
    movements: Sequence[inventory.Movement],
    *,
    holds: FromHolds,
    held: Sequence[Reservation],
    location_id: int,
    now: datetime,
) -> tuple[list[inventory.Movement], list[inventory.Drawn]]:
    """
    The movements of a sale at a location, with what each takes out of the locked holds; and that.

    Raises:
        HoldUnfit: a hold is unknown, elsewhere, or of another article than is sold.
    """
    if not holds.numbers:
        return list(movements), []
    wanted: Counter[int] = Counter()
    for movement in movements:
        wanted[movement.variant_id] -= movement.delta
    sources = {_source(number) for number in holds.numbers}
    of_sale = [row for row in held if row.source in sources]
    if holds.must_fit:
        for number in holds.numbers:
            _require_fit(number, of_sale, location_id, wanted.keys(), now)
    drawn = inventory.draw(
        holds=of_sale, wanted=wanted, location_id=location_id, release_rest=holds.release_rest, now=now
    )
    return _promised(movements, drawn), drawn


def _require_fit(
    number: int, held: Sequence[Reservation], location_id: int, sold: Collection[int], now: datetime
) -> None:
    known = [row for row in held if row.source == _source(number)]
    live = [row for row in known if row.holds_at(now)]
    here = [row for row in live if row.location_id == location_id]
    if not known:
        raise HoldUnfit(field="holds", rule="unknown", hold=number)
    if live and not here:
        raise HoldUnfit(field="holds", rule="elsewhere", hold=number)
    if here and not any(row.variant_id in sold for row in here):
        raise HoldUnfit(field="holds", rule="other-article", hold=number)


def _promised(
    movements: Sequence[inventory.Movement], drawn: Sequence[inventory.Drawn]
) -> list[inventory.Movement]:
    """All that leaves `reserved` of a level leaves it with the first movement of the article."""
    promised: Counter[int] = Counter()
    for one in drawn:
        promised[one.reservation.variant_id] += one.promised
    return [
        replace(movement, promised=units, left=True)
        if (units := promised.pop(movement.variant_id, 0))
        else movement
        for movement in movements
    ]


def _source(number: int) -> str:
    return f"{Reservation.HOLD}{number}"
