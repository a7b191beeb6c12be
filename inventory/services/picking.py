"""
Which lots a movement takes or fills: first expired, first out. Pure: no row is read or written here.

What is named is taken as named. Else goods that leave are those whose day comes first among what is
good for long enough; a loss is of what nobody has told apart, then of what expires first; what comes
back is of the lots with which it left. A serial number is never chosen: one unit is not another.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from inventory import errors

FAR = date.max


@dataclass(frozen=True, slots=True)
class LotUnits:
    """
    `quantity` stock units of the lot, or the one of the serial number, `number`; `damaged` of them are.

    Of a lot that is new its dates are said with it.
    """

    number: str
    quantity: int = 1
    expires_on: date | None = None
    produced_on: date | None = None
    damaged: int = 0


@dataclass(slots=True)
class Held:
    """What a place has of a lot, as this transaction sees it."""

    lot_id: int
    number: str
    expires_on: date | None
    blocked: bool
    units: dict[str, int] = field(default_factory=lambda: {"ON_HAND": 0, "DAMAGED": 0, "QUALITY_CONTROL": 0})

    @property
    def unknown(self) -> bool:
        return self.number == ""

    @property
    def free(self) -> int:
        """On hand and not set aside."""
        return self.units["ON_HAND"] - self.units["DAMAGED"] - self.units["QUALITY_CONTROL"]

    def is_past(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today


Part = tuple[Held, int]
Room = Callable[[Held], int]


@dataclass(frozen=True, slots=True)
class Leaving:
    """
    One ledger row of a tracked level whose lots nobody named: `units` above zero go out of `bucket`.

    `sold` goods have gone to a buyer or another place; `strict` are those that nobody hands over
    past their day. `days` is how long they have to be good for yet.
    """

    bucket: str
    units: int
    today: date
    serial: bool = False
    sold: bool = False
    strict: bool = False
    days: int = 0


def first_expired(held: Iterable[Held]) -> list[Held]:
    """By day, the earliest first; what has none last; of one day the lot that was seen first."""
    return sorted(held, key=lambda one: (one.unknown, one.expires_on or FAR, one.lot_id))


def choose_leaving(shelf: Sequence[Held], leaving: Leaving, *, before: Sequence[Held] = ()) -> list[Part]:
    """
    The lots that a movement out takes, and how much of each; what none can give is the unknown lot's.

    `before` are those that the same document touched there, which are taken first.

    Raises:
        LotNotThere: what is left is past its day, and it was to be handed over.
    """
    if leaving.bucket != "ON_HAND":
        takers: list[tuple[Sequence[Held], Room]] = [
            (before, _of(leaving.bucket)),
            (_unknown_first(shelf), _of(leaving.bucket)),
        ]
        return _fill(shelf, leaving.units, takers)
    if leaving.serial:
        return [(_unknown(shelf), leaving.units)]
    if leaving.sold:
        return _fill(shelf, leaving.units, _sellable(shelf, leaving))
    return _fill(
        shelf,
        leaving.units,
        [(before, _free), (_unknown_first(shelf), _free), (_unknown_first(shelf), _of("ON_HAND"))],
    )


def choose_set_aside(
    shelf: Sequence[Held], units: int, *, serial: bool, before: Sequence[Held] = ()
) -> list[Part]:
    """Which lots' units are set aside: those that the document brought, else as a loss would be."""
    if serial:
        return _fill(shelf, units, [(before, _free)])
    return _fill(shelf, units, [(before, _free), (_unknown_first(shelf), _free)])


def choose_coming_back(shelf: Sequence[Held], units: int, left: Sequence[Part]) -> list[Part]:
    """Of what `left` and has not come back, as much as came; the rest is the unknown lot's."""
    parts: list[Part] = []
    for held, most in left:
        if part := min(units, most):
            parts.append((held, part))
            units -= part
    return [*parts, (_unknown(shelf), units)] if units else parts


def _sellable(shelf: Sequence[Held], leaving: Leaving) -> list[tuple[Sequence[Held], Room]]:
    good = [one for one in first_expired(shelf) if not one.unknown and not one.is_past(leaving.today)]
    long_enough = [one for one in good if _days(one, leaving.today) >= leaving.days]
    short = [one for one in reversed(good) if _days(one, leaving.today) < leaving.days]
    takers: list[tuple[Sequence[Held], Room]] = [(long_enough, _free), ([_unknown(shelf)], _free)]
    takers.append((short, _free))
    past = [one for one in first_expired(shelf) if one not in good and not one.unknown]
    if leaving.strict:
        found = sum(max(0, room(one)) for some, room in takers for one in some)
        if found < leaving.units and any(_of("ON_HAND")(one) > 0 for one in past):
            raise errors.LotNotThere(rule="past-its-day", requested=leaving.units, available=found)
        return takers
    return [*takers, (past, _of("ON_HAND")), (good, _of("ON_HAND"))]


def _days(held: Held, today: date) -> int:
    return ((held.expires_on or FAR) - today).days


def _fill(shelf: Sequence[Held], units: int, takers: Iterable[tuple[Sequence[Held], Room]]) -> list[Part]:
    """Take from each what it can give, once for all tiers; the rest is the unknown lot's."""
    taken: dict[int, int] = {}
    for some, room in takers:
        for one in some:
            part = max(0, min(units, room(one) - taken.get(one.lot_id, 0)))
            taken[one.lot_id] = taken.get(one.lot_id, 0) + part
            units -= part
    if units:
        rest = _unknown(shelf).lot_id
        taken[rest] = taken.get(rest, 0) + units
    by_id = {one.lot_id: one for one in shelf}
    return [(by_id[lot_id], part) for lot_id, part in taken.items() if part]


def _free(held: Held) -> int:
    return held.free


def _of(bucket: str) -> Room:
    return lambda held: held.units[bucket]


def _unknown(shelf: Sequence[Held]) -> Held:
    return next(one for one in shelf if one.unknown)


def _unknown_first(shelf: Sequence[Held]) -> list[Held]:
    return sorted(first_expired(shelf), key=lambda one: not one.unknown)


def share_out(lots: Sequence[LotUnits], units: int) -> tuple[tuple[LotUnits, ...], tuple[LotUnits, ...]]:
    """The first `units` of what was named, and the rest: for what one line becomes several of."""
    mine: list[LotUnits] = []
    rest: list[LotUnits] = []
    for lot in lots:
        part = min(units, lot.quantity)
        units -= part
        mine += [_with(lot, part)] if part else []
        rest += [_with(lot, lot.quantity - part)] if part < lot.quantity else []
    return tuple(mine), tuple(rest)


def _with(lot: LotUnits, quantity: int) -> LotUnits:
    return LotUnits(lot.number, quantity, lot.expires_on, lot.produced_on, min(lot.damaged, quantity))


def of_values(values: Iterable[dict[str, Any]], serials: Iterable[str] = ()) -> tuple[LotUnits, ...]:
    """Lots as a request names them, and serial numbers, each one unit."""
    return (*(LotUnits(**value) for value in values), *(LotUnits(number) for number in serials))
