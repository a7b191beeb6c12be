"""
The cheapest way to send an order: a set of locations that together have everything.

Once the set is known, who gives what follows: of each want the shelves that it hurts least come first. So
the search is over sets. A greedy one, improved by dropping and exchanging, is the first answer; branch
and bound then looks for a cheaper one, and proves that there is none, or stops at its bound of steps.
The same problem has the same answer, in whatever order its candidates come.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from orders.routing.problem import (
    POINT,
    Candidate,
    Problem,
    Solution,
    Split,
    cost_of,
    fixed_cost,
    parcels_cost,
    unit_health,
)

# A step looks at one set, and takes the longer the more wants there are: so the bound on steps, and with
# it the time, does not depend on the machine, nor on how large the order is.
MOST_WORK = 4500
Places = tuple[int, ...]


def solve(problem: Problem, *, most_steps: int | None = None) -> Solution | None:
    """The cheapest split; None where the candidates together have not enough of something."""
    search = _Search(problem, most_steps or MOST_WORK // (2 + len(problem.needs)))
    if not any(problem.needs):
        return Solution((), cost_of(problem, {}), True, 0)
    if not search.possible():
        return None
    for first in search.first_answers():
        search.offer(first)
    search.offer(search.improved(search.best))
    exact = search.branch()
    split = search.split_of(search.best)
    return Solution(split, cost_of(problem, dict(split)), exact, search.steps)


@dataclass(slots=True)
class _Search:
    """
    Candidates by what a parcel from them costs, the cheapest first; a place is an index into that.

    `caps` is what each gives, no more than is needed; `after[i]` what those from place i on have together.
    """

    problem: Problem
    most_steps: int
    steps: int = 0
    best: Places = ()
    best_cost: int | None = None
    candidates: list[Candidate] = field(init=False)
    fixed: list[int] = field(init=False)
    caps: list[tuple[int, ...]] = field(init=False)
    units: list[tuple[int, ...]] = field(init=False)
    after: list[tuple[int, ...]] = field(init=False)
    most: list[tuple[int, ...]] = field(init=False)
    sums: list[int] = field(init=False)
    least_health: int = field(init=False)

    def __post_init__(self) -> None:
        weights, needs = self.problem.weights, self.problem.needs
        useful = [one for one in self.problem.candidates if any(map(min, one.gives, needs))]
        costs = {one.id: fixed_cost(one, weights).total for one in useful}
        self.candidates = sorted(useful, key=lambda one: (costs[one.id], one.rank, one.id))
        self.fixed = [costs[one.id] for one in self.candidates]
        self.caps = [tuple(map(min, one.gives, needs)) for one in self.candidates]
        self.sums = [0, *accumulate(self.fixed)]
        self.units = [tuple(unit_health(given, weights) for given in one.gives) for one in self.candidates]
        self.after, self.most = _from_the_end(self.caps, len(needs))
        everywhere = tuple(range(len(self.candidates)))
        self.least_health = self._health(everywhere) if self.possible() else 0

    def possible(self) -> bool:
        return _enough(self.after[0], self.problem.needs)

    def offer(self, places: Places) -> None:
        cost = self.cost(places)
        if self.best_cost is None or cost < self.best_cost:
            self.best, self.best_cost = places, cost

    def cost(self, places: Places) -> int:
        """Of a set that has everything."""
        self.steps += 1
        fixed = sum([self.fixed[place] for place in places])
        return fixed + parcels_cost(len(places), self.problem.weights) + self._health(places)

    def _least(self, places: Places) -> int:
        fixed = sum([self.fixed[place] for place in places])
        return fixed + parcels_cost(len(places), self.problem.weights) + self.least_health

    def _health(self, places: Places) -> int:
        if not self.problem.weights.health:
            return 0
        return sum(
            taken * self.units[place][want]
            for want in range(len(self.problem.needs))
            for place, taken in self._taken(want, places)
        )

    def _taken(self, want: int, places: Places) -> list[tuple[int, int]]:
        """Of a want, (place, units): the shelves that it hurts least first, and of those the cheaper place."""
        left, taken = self.problem.needs[want], []
        for place in sorted(places, key=lambda place: (self.units[place][want], place)):
            if units := min(left, self.caps[place][want]):
                taken.append((place, units))
                left -= units
        return taken

    def split_of(self, places: Places) -> Split:
        given = {place: [0] * len(self.problem.needs) for place in places}
        for want in range(len(self.problem.needs)):
            for place, units in self._taken(want, places):
                given[place][want] = units
        return tuple(
            (self.candidates[place].id, tuple(given[place])) for place in sorted(given) if any(given[place])
        )

    def first_answers(self) -> Iterable[Places]:
        """The cheapest single place that has everything; and greedily, by units and by units for their cost."""
        single = next(
            (place for place, caps in enumerate(self.caps) if _enough(caps, self.problem.needs)), None
        )
        if single is not None:
            yield (single,)
        yield self._greedy(by_cost=False)
        yield self._greedy(by_cost=True)

    def _greedy(self, *, by_cost: bool) -> Places:
        chosen: list[int] = []
        missing = list(self.problem.needs)
        split = self.problem.weights.split * POINT + 1
        while any(missing):
            rated = []
            for place, caps in enumerate(self.caps):
                if place not in chosen and (gained := sum(map(min, caps, missing))):
                    price = (self.fixed[place] + split) / gained if by_cost else 0.0
                    rated.append((price, -gained, place))
            place = min(rated)[2]
            chosen.append(place)
            missing = [max(0, lack - have) for lack, have in zip(missing, self.caps[place], strict=True)]
        return tuple(sorted(chosen))

    def improved(self, places: Places) -> Places:
        """Drop or exchange one place after the other while it gets cheaper, within half of the steps."""
        cost, better = self.cost(places), True
        while better and self.steps < self.most_steps // 2:
            better = False
            for other in self._neighbours(places):
                if self.steps >= self.most_steps // 2:
                    break
                if self._least(other) < cost and (price := self.cost(other)) < cost:
                    places, cost, better = other, price, True
                    break
        return places

    def _neighbours(self, places: Places) -> Iterable[Places]:
        """The sets with one place less, or another in its stead, that still have everything."""
        needs = self.problem.needs
        for out in places:
            rest = tuple(place for place in places if place != out)
            lacking = _missing(needs, [self.caps[place] for place in rest])
            if not any(lacking):
                yield rest
                continue
            for place, caps in enumerate(self.caps):
                if place not in places and _enough(caps, lacking):
                    yield tuple(sorted((*rest, place)))

    def branch(self) -> bool:
        """Look for what is cheaper than the best so far; whether all of it was looked at."""
        self.most_steps = max(self.most_steps, self.steps + 1)
        return self._descend((), 0, 0, self.problem.needs)

    def _descend(self, places: Places, start: int, fixed: int, missing: Sequence[int]) -> bool:
        if places and not any(missing):
            self.offer(places)
        for place in range(start, len(self.candidates)):
            assert self.best_cost is not None
            if self._bound(len(places), place, fixed, missing) >= self.best_cost:
                return True
            if self.steps >= self.most_steps:
                return False
            self.steps += 1
            if not _enough(self.after[place], missing):
                return True
            caps = self.caps[place]
            lacking = [lack - have if lack > have else 0 for lack, have in zip(missing, caps, strict=True)]
            if not self._descend((*places, place), place + 1, fixed + self.fixed[place], lacking):
                return False
        return True

    def _bound(self, parcels: int, place: int, fixed: int, missing: Sequence[int]) -> int:
        """No set with these and some from this place on costs less; it only grows with the place."""
        more = 1
        for lack, most in zip(missing, self.most[place], strict=True):
            if lack > more * most:
                more = -(-lack // most) if most else len(self.fixed)
        cheapest = self.sums[min(place + more, len(self.fixed))] - self.sums[place]
        return fixed + cheapest + parcels_cost(parcels + more, self.problem.weights) + self.least_health


def _from_the_end(
    caps: Sequence[tuple[int, ...]], wants: int
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """For each place what those from it on have together, and what the richest of them has."""
    together, richest = [(0,) * wants], [(0,) * wants]
    for one in reversed(caps):
        together.append(tuple(map(sum, zip(one, together[-1], strict=True))))
        richest.append(tuple(map(max, one, richest[-1])))
    return together[::-1], richest[::-1]


def _enough(have: Sequence[int], needs: Sequence[int]) -> bool:
    return all(map(int.__ge__, have, needs))


def _missing(needs: Sequence[int], given: Sequence[tuple[int, ...]]) -> list[int]:
    return [max(0, need - sum(caps[want] for caps in given)) for want, need in enumerate(needs)]
