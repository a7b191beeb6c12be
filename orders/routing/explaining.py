"""Why a location was chosen and not another: the best that could be done with the other, and what it costs more."""

from collections.abc import Iterable
from dataclasses import dataclass

from orders.routing.problem import Candidate, Cost, Problem, Solution, Split, cost_of

RUNNERS_UP = 3


@dataclass(frozen=True, slots=True)
class Loser:
    """
    A location that was not chosen. `split` is the best way found that uses it, `more` what it costs more
    by component; None where it has nothing that is wanted.
    """

    location_id: int
    covers_all: bool
    split: Split = ()
    more: Cost | None = None

    @property
    def parcels(self) -> int:
        return len(self.split)


@dataclass(frozen=True, slots=True)
class Explained:
    """All who lost, the closest first; `runners_up` are the closest ways, no way twice."""

    losers: tuple[Loser, ...]
    runners_up: tuple[Loser, ...]


def explain(problem: Problem, solution: Solution) -> Explained:
    """
    Of each that lost, the cheapest of: it alone, it in the place of a chosen one, it besides them.

    At least one unit comes from it, even where another's shelf would be hurt less.
    """
    chosen = set(solution.location_ids)
    known = {one.id: one for one in problem.candidates}
    winners = [known[location_id] for location_id in solution.location_ids]
    losers = [_loser(problem, solution, winners, one) for one in problem.candidates if one.id not in chosen]
    losers.sort(key=lambda one: (one.more is None, one.more.total if one.more else 0, one.location_id))
    ways: dict[Split, Loser] = {}
    for loser in losers:
        if loser.more is not None:
            ways.setdefault(loser.split, loser)
    return Explained(tuple(losers), tuple(ways.values())[:RUNNERS_UP])


def _loser(problem: Problem, solution: Solution, winners: list[Candidate], one: Candidate) -> Loser:
    useful = any(map(min, one.gives, problem.needs))
    covers_all = all(given >= need for given, need in zip(one.gives, problem.needs, strict=True))
    if not useful:
        return Loser(one.id, covers_all)
    ways = [_filled(problem, [one, *others]) for others in _companions(winners, covers_all)]
    priced = [(cost_of(problem, dict(way)), way) for way in ways if way is not None]
    cost, split = min(priced, key=lambda pair: (pair[0].total, pair[1]))
    return Loser(one.id, covers_all, split, cost - solution.cost)


def _companions(winners: list[Candidate], covers_all: bool) -> Iterable[list[Candidate]]:
    if covers_all:
        yield []
    for out in winners:
        yield [other for other in winners if other.id != out.id]
    yield winners


def _filled(problem: Problem, places: list[Candidate]) -> Split | None:
    """Take from the first place all that it has, and the rest from the others; None where that is too little."""
    left = list(problem.needs)
    split = []
    for one in places:
        units = tuple(map(min, one.gives, left))
        left = [lack - taken for lack, taken in zip(left, units, strict=True)]
        if any(units):
            split.append((one.id, units))
    return None if any(left) else tuple(split)
