"""
What routing decides, as numbers: what is wanted, who could give it, and what each way would cost.

Costs are whole thousandths of a point. Points mean nothing by themselves: only how a channel's weights
stand to one another matters. Nothing here reads a clock, a database or a setting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import add, sub

POINT = 1000
# What a parcel above the limit costs: more than anything else together. The limit gives way, not the order.
ABOVE_LIMIT = 10**12

# (location, units of each want): who gives how much.
Split = tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """
    Points for a kilometre, for each parcel after the first, for a shop whose day is full, for taking all
    that a shelf has, for an hour until the goods leave, and for a step down the channel's own list.
    """

    distance: int = 0
    split: int = 0
    workload: int = 0
    health: int = 0
    cutoff: int = 0
    priority: int = 0
    max_parcels: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A location: what it gives of each want, how many metres away it is, how much of its day's work is
    waiting (per cent), after how many minutes the goods leave, and its place in the channel's list.
    """

    id: int
    gives: tuple[int, ...]
    distance: int = 0
    workload: int = 0
    wait: int = 0
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """So many units of each want; a want is an article, or a bundle that leaves whole from one place."""

    needs: tuple[int, ...]
    candidates: tuple[Candidate, ...]
    weights: Weights


@dataclass(frozen=True, slots=True)
class Cost:
    """What a way to send an order costs, by component, in thousandths of a point."""

    distance: int = 0
    split: int = 0
    workload: int = 0
    health: int = 0
    cutoff: int = 0
    priority: int = 0

    @property
    def total(self) -> int:
        return sum(self.amounts())

    def amounts(self) -> tuple[int, ...]:
        """In the order of `COMPONENTS`."""
        return (self.distance, self.split, self.workload, self.health, self.cutoff, self.priority)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*map(add, self.amounts(), other.amounts()))

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(*map(sub, self.amounts(), other.amounts()))


COMPONENTS = tuple(field.name for field in fields(Cost))


@dataclass(frozen=True, slots=True)
class Solution:
    """
    Who gives how much, and what it costs. `exact`: no other way costs less; else the search ended at its
    bound of `steps` with the best that it had found.
    """

    split: Split
    cost: Cost
    exact: bool
    steps: int

    @property
    def location_ids(self) -> tuple[int, ...]:
        return tuple(location_id for location_id, _ in self.split)


def fixed_cost(candidate: Candidate, weights: Weights) -> Cost:
    """What a parcel from there costs, whatever is in it."""
    return Cost(
        distance=candidate.distance * weights.distance * POINT // 1000,
        workload=candidate.workload * weights.workload * POINT // 100,
        cutoff=candidate.wait * weights.cutoff * POINT // 60,
        priority=candidate.rank * weights.priority * POINT,
    )


def unit_health(gives: int, weights: Weights) -> int:
    """What a unit off a shelf of so many costs: of the last one all of the weight, of ten a tenth."""
    return weights.health * POINT // gives if gives else 0


def parcels_cost(parcels: int, weights: Weights) -> int:
    if not parcels:
        return 0
    above = max(0, parcels - weights.max_parcels) if weights.max_parcels else 0
    return (parcels - 1) * weights.split * POINT + above * ABOVE_LIMIT


def cost_of(problem: Problem, split: Mapping[int, Sequence[int]]) -> Cost:
    """What a split costs, by definition: everything else here agrees with this."""
    weights = problem.weights
    known = {candidate.id: candidate for candidate in problem.candidates}
    used = {location_id: units for location_id, units in split.items() if any(units)}
    health = sum(
        taken * unit_health(known[location_id].gives[want], weights)
        for location_id, units in used.items()
        for want, taken in enumerate(units)
    )
    parcels = Cost(split=parcels_cost(len(used), weights), health=health)
    return sum((fixed_cost(known[location_id], weights) for location_id in used), parcels)


def within_supply(problem: Problem) -> Problem:
    """The same, wanting no more of anything than all candidates have together."""
    most = [
        sum(candidate.gives[want] for candidate in problem.candidates) for want in range(len(problem.needs))
    ]
    needs = tuple(min(need, there) for need, there in zip(problem.needs, most, strict=True))
    return Problem(needs, problem.candidates, problem.weights)
