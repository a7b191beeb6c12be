"""What a shop holds by hand for who comes, sold at the till or ordered: which units come from which hold."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inventory import services as inventory
from inventory.models import Reservation
from omni.core.actor import Actor
from orders.errors import HoldUnfit

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FromHolds:
    """
    The holds, by number (`hold:7` is 7), whose units a sale takes before those on the shelf.

    What is left of them stays held, unless `release_rest`. One that has ended or run out is no
    obstacle: its units come from the shelf. Of a sale that has happened elsewhere (`must_fit` is
    False) so do those of a hold that does not fit. Of an order, `location_id` is the only place whose
    holds may be taken, for who acts for that place alone.
    """

    numbers: tuple[int, ...] = ()
    release_rest: bool = False
    must_fit: bool = True
    location_id: int | None = None


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
    wanted: Counter[Pair] = Counter()
    for movement in movements:
        wanted[movement.variant_id, location_id] -= movement.delta
    sources = {_source(number) for number in holds.numbers}
    of_sale = [row for row in held if row.source in sources]
    if holds.must_fit:
        _require_fit(holds.numbers, of_sale, {location_id}, wanted.keys(), now)
    drawn = inventory.draw(holds=of_sale, wanted=wanted, release_rest=holds.release_rest, now=now)
    return _promised(movements, drawn), drawn


def free_for_order(
    wants: Sequence[inventory.Want],
    *,
    holds: FromHolds,
    held: Sequence[Reservation],
    actor: Actor,
    now: datetime,
) -> list[inventory.Want]:
    """
    Free what an order's collected goods take of the locked holds; the caller reserves it at once.

    Answers the wants that holds cover whole: who waits for stock has no claim on them. The levels of
    all wants are locked here.

    Raises:
        HoldUnfit: a hold is unknown, elsewhere, or of another article than is collected.
    """
    if not holds.numbers:
        return []
    wanted: Counter[Pair] = Counter()
    for want in wants:
        if want.channel_id is None and holds.location_id in (None, want.location_id):
            wanted[want.variant_id, want.location_id] += want.quantity
    places = {place for _, place in wanted}
    _require_fit(holds.numbers, held, places, wanted.keys(), now)
    drawn = inventory.draw(holds=held, wanted=wanted, now=now)
    pairs = {(want.variant_id, want.location_id) for want in wants}
    left = inventory.free_drawn(drawn, pairs=pairs, actor=actor, now=now)
    return [want for want in wants if want.channel_id is None and _covers(left, want)]


def _covers(left: dict[Pair, int], want: inventory.Want) -> bool:
    pair = (want.variant_id, want.location_id)
    if left.get(pair, 0) < want.quantity:
        return False
    left[pair] -= want.quantity
    return True


def _require_fit(
    numbers: Iterable[int],
    held: Sequence[Reservation],
    places: Collection[int],
    sold: Collection[Pair],
    now: datetime,
) -> None:
    for number in numbers:
        known = [row for row in held if row.source == _source(number)]
        live = [row for row in known if row.holds_at(now)]
        here = [row for row in live if row.location_id in places]
        if not known:
            raise HoldUnfit(field="holds", rule="unknown", hold=number)
        if live and not here:
            raise HoldUnfit(field="holds", rule="elsewhere", hold=number)
        if here and not any((row.variant_id, row.location_id) in sold for row in here):
            raise HoldUnfit(field="holds", rule="other-article", hold=number)


def _promised(
    movements: Sequence[inventory.Movement], drawn: Sequence[inventory.Drawn]
) -> list[inventory.Movement]:
    """All that leaves `reserved` of a level leaves it with the first movement of the article."""
    promised: Counter[int] = Counter()
    lapsed: Counter[int] = Counter()
    for one in drawn:
        promised[one.reservation.variant_id] += one.promised
        lapsed[one.reservation.variant_id] += one.lapsed
    return [
        replace(movement, promised=units, lapsed=lapsed[movement.variant_id], left=True)
        if (units := promised.pop(movement.variant_id, 0))
        else movement
        for movement in movements
    ]


def _source(number: int) -> str:
    return f"{Reservation.HOLD}{number}"
