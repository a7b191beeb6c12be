"""The solver against every way that there is, and what it must hold on large orders."""

import random
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.routing.explaining import explain
from orders.routing.problem import (
    ABOVE_LIMIT,
    Candidate,
    Cost,
    Problem,
    Weights,
    cost_of,
    within_supply,
)
from orders.routing.solving import MOST_WORK, solve

WEIGHTS = Weights(distance=1, split=300, workload=100, health=50, cutoff=5, priority=2)

weights = st.builds(
    Weights,
    distance=st.integers(0, 3),
    split=st.integers(0, 300),
    workload=st.integers(0, 100),
    health=st.integers(0, 200),
    cutoff=st.integers(0, 10),
    priority=st.integers(0, 20),
    max_parcels=st.sampled_from([None, 1, 2]),
)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    wants = draw(st.integers(1, 2))
    candidates = [
        Candidate(
            number,
            tuple(draw(st.integers(0, 3)) for _ in range(wants)),
            draw(st.integers(0, 400_000)),
            draw(st.integers(0, 150)),
            draw(st.integers(0, 2000)),
            number,
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    needs = tuple(draw(st.integers(0, 3)) for _ in range(wants))
    return Problem(needs, tuple(candidates), draw(weights))


def shares(need: int, caps: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every way to take so much from shelves of so much."""
    for taken in product(*(range(min(need, cap) + 1) for cap in caps)):
        if sum(taken) == need:
            yield taken


def every_cost(problem: Problem) -> Iterator[int]:
    ways = [
        list(shares(need, tuple(one.gives[want] for one in problem.candidates)))
        for want, need in enumerate(problem.needs)
    ]
    for chosen in product(*ways):
        split = {one.id: [taken[place] for taken in chosen] for place, one in enumerate(problem.candidates)}
        yield cost_of(problem, split).total


@given(problems())
@settings(max_examples=150, deadline=None)
def test_a_small_order_goes_the_cheapest_of_all_ways(problem: Problem) -> None:
    solution = solve(problem)

    cheapest = min(every_cost(problem), default=None)
    assert (solution.cost.total if solution else None) == cheapest
    if solution is not None:
        assert solution.exact
        given_units = [sum(units[want] for _, units in solution.split) for want in range(len(problem.needs))]
        assert tuple(given_units) == problem.needs
        assert solution.cost == cost_of(problem, dict(solution.split))


@given(problems(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_the_order_of_the_candidates_decides_nothing(problem: Problem, drawn: random.Random) -> None:
    shuffled = list(problem.candidates)
    drawn.shuffle(shuffled)

    assert solve(Problem(problem.needs, tuple(shuffled), problem.weights)) == solve(problem)


@given(problems())
@settings(max_examples=80, deadline=None)
def test_nobody_who_lost_would_have_been_cheaper(problem: Problem) -> None:
    solution = solve(problem)
    if solution is None:
        return

    explained = explain(problem, solution)

    lost = {loser.location_id for loser in explained.losers}
    assert lost.isdisjoint(solution.location_ids)
    assert lost | set(solution.location_ids) == {one.id for one in problem.candidates}
    for loser in explained.losers:
        if loser.more is not None:
            assert loser.more.total >= 0
            assert loser.location_id in [location_id for location_id, _ in loser.split]
            assert cost_of(problem, dict(loser.split)) == solution.cost + loser.more


def large(seed: int, *, share: float) -> Problem:
    drawn = random.Random(seed)
    candidates = [
        Candidate(
            number,
            tuple(drawn.randint(1, 8) if drawn.random() < share else 0 for _ in range(10)),
            drawn.randint(500, 800_000),
            drawn.randint(0, 120),
            drawn.randint(0, 1440),
            number,
        )
        for number in range(200)
    ]
    return Problem(tuple(drawn.randint(1, 3) for _ in range(10)), tuple(candidates), WEIGHTS)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_a_large_order_ends_within_its_steps_and_is_served(share: float) -> None:
    problem = large(1, share=share)

    solution = solve(problem)

    assert solution is not None
    assert solution.steps <= MOST_WORK // 12 + 10
    served = [sum(units[want] for _, units in solution.split) for want in range(10)]
    assert tuple(served) == problem.needs
    for location_id, units in solution.split:
        assert all(map(int.__ge__, problem.candidates[location_id].gives, units))
    # One place less would not do: what is chosen is not more than is needed.
    for out in solution.location_ids:
        rest = [problem.candidates[pk].gives for pk in solution.location_ids if pk != out]
        assert any(sum(gives[want] for gives in rest) < need for want, need in enumerate(problem.needs))


def test_each_weight_decides_when_it_stands_alone() -> None:
    near_and_busy = Candidate(1, (1,), 1_000, 100, 600, 1)
    far_and_idle = Candidate(2, (5,), 90_000, 0, 30, 0)

    def chosen(**only: int) -> tuple[int, ...]:
        solution = solve(Problem((1,), (near_and_busy, far_and_idle), Weights(**only)))
        assert solution is not None
        return solution.location_ids

    assert chosen(distance=1) == (1,)
    assert chosen(workload=1) == (2,)
    assert chosen(health=1) == (2,)
    assert chosen(cutoff=1) == (2,)
    assert chosen(priority=1) == (2,)


def test_one_far_parcel_beats_two_near_ones_once_a_split_costs_more_than_the_way() -> None:
    near = (Candidate(1, (1, 0), 5_000), Candidate(2, (0, 1), 5_000))
    far = Candidate(3, (1, 1), 100_000)

    cheap, dear = (
        solve(Problem((1, 1), (*near, far), Weights(distance=1, split=split))) for split in (80, 100)
    )

    assert cheap is not None
    assert dear is not None
    assert (cheap.location_ids, cheap.cost) == ((1, 2), Cost(distance=10_000, split=80_000))
    assert (dear.location_ids, dear.cost) == ((3,), Cost(distance=100_000))
    [loser, _] = explain(Problem((1, 1), (*near, far), Weights(distance=1, split=100)), dear).losers
    assert (loser.location_id, loser.split) == (1, ((1, (1, 0)), (3, (0, 1))))
    assert loser.more == Cost(distance=5_000, split=100_000)


def test_the_limit_of_parcels_gives_way_rather_than_the_order() -> None:
    halves = (Candidate(1, (1, 0)), Candidate(2, (0, 1)))

    solution = solve(Problem((1, 1), halves, Weights(max_parcels=1)))

    assert solution is not None
    assert (solution.location_ids, solution.cost.split) == ((1, 2), ABOVE_LIMIT)


def test_what_nobody_has_is_not_served_and_what_some_have_may_be() -> None:
    problem = Problem((3, 1), (Candidate(1, (2, 0)),), WEIGHTS)

    assert solve(problem) is None
    part = solve(within_supply(problem))

    assert part is not None
    assert part.split == ((1, (2, 0)),)
