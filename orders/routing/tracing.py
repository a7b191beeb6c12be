"""A decision as it is kept: the question, bounded in size, and its answer. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orders.routing.problem import Candidate, Cost, Problem, Solution, Weights

# Of so many candidates at most a trace tells, and of fewer where there are many lines: it is to stay
# within about 20 kB. Who was chosen is always among them.
MOST_CANDIDATES = 50
MOST_NUMBERS = 2000
LEAST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many units of an article; `components` where it is a bundle."""

    variant_id: int
    quantity: int
    components: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """
    A question and its answer. `left_out` candidates were looked at and are not told of; `digits` says by
    how much of the postal code the buyer was placed (None: not at all, so that no distance counted).
    """

    wanted: tuple[Wanted, ...]
    problem: Problem
    solution: Solution
    left_out: int = 0
    digits: int | None = None


def bounded(problem: Problem, solution: Solution) -> tuple[Problem, int]:
    """The problem without the candidates that were furthest from being chosen, and how many those are."""
    most = max(LEAST_CANDIDATES, min(MOST_CANDIDATES, MOST_NUMBERS // max(1, len(problem.needs))))
    if len(problem.candidates) <= most:
        return problem, 0
    kept = dict.fromkeys(solution.location_ids)
    for nearest in zip(*_orders(problem), strict=True):
        for one in nearest:
            if len(kept) < most:
                kept.setdefault(one.id)
    candidates = tuple(one for one in problem.candidates if one.id in kept)
    left_out = len(problem.candidates) - len(candidates)
    return Problem(problem.needs, candidates, problem.weights), left_out


def _orders(problem: Problem) -> list[list[Candidate]]:
    """The candidates from the best on, by each of what may decide."""
    served = {one.id: sum(map(min, one.gives, problem.needs)) for one in problem.candidates}
    keys = (
        lambda one: (-served[one.id], one.id),
        lambda one: (one.distance, one.id),
        lambda one: (one.rank, one.id),
        lambda one: (one.wait, one.id),
        lambda one: (one.workload, one.id),
    )
    return [sorted(problem.candidates, key=key) for key in keys]


def to_json(trace: Trace) -> dict[str, Any]:
    problem, solution = trace.problem, trace.solution
    return {
        "weights": asdict(problem.weights),
        "wanted": [[one.variant_id, one.quantity, list(one.components)] for one in trace.wanted],
        "needs": list(problem.needs),
        "candidates": [
            [one.id, list(one.gives), one.distance, one.workload, one.wait, one.rank]
            for one in problem.candidates
        ],
        "split": [[location_id, list(units)] for location_id, units in solution.split],
        "cost": asdict(solution.cost),
        "exact": solution.exact,
        "steps": solution.steps,
        "left_out": trace.left_out,
        "digits": trace.digits,
    }


def from_json(told: Mapping[str, Any]) -> Trace:
    candidates = tuple(Candidate(pk, tuple(gives), *rest) for pk, gives, *rest in told["candidates"])
    problem = Problem(tuple(told["needs"]), candidates, Weights(**told["weights"]))
    split = tuple((location_id, tuple(units)) for location_id, units in told["split"])
    solution = Solution(split, Cost(**told["cost"]), told["exact"], told["steps"])
    wanted = tuple(Wanted(pk, units, _pairs(parts)) for pk, units, parts in told["wanted"])
    return Trace(wanted, problem, solution, told["left_out"], told["digits"])


def _pairs(parts: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((variant_id, units) for variant_id, units in parts)


def metres_of(problem: Problem, solution: Solution) -> int:
    """The ways of all parcels together."""
    known = {one.id: one.distance for one in problem.candidates}
    return sum(known[location_id] for location_id in solution.location_ids)
