"""
How long does it take to choose who sends an order of 10 lines among 200 shops?

The solver alone, by ten large questions: shops that have a tenth, a third or nine tenths of the articles. And
the whole decision beside it, facts read from the database, at the 200 shops of `nearest` that are first sources.
In one process; medians, with the slowest beside them.
"""

import json
import random
import time

from bench.harness.context import Context
from bench.harness.figures import quantile
from bench.harness.report import Row, at_most, seen
from bench.ours.peer import command, database
from orders.routing.problem import Candidate, Problem, Weights
from orders.routing.solving import solve

LINES, SHOPS = 10, 200
SHARES = (0.1, 0.33, 0.9)
QUESTIONS = 10
TARGET_MS = 20
WEIGHTS = Weights(distance=1, split=300, workload=100, health=50, cutoff=5, priority=1)


def run(context: Context) -> list[Row]:
    rows = []
    for share in SHARES:
        ascending = sorted(_timed(question(seed, share)) for seed in range(QUESTIONS))
        name = f"routing.solve.{LINES}x{SHOPS}.{share:.0%}"
        rows += [
            at_most(name, quantile(ascending, 0.5), "ms", target=TARGET_MS),
            seen(f"{name}.slowest", ascending[-1], "ms"),
        ]
    variables = database(context, "bench_routing")
    context.note("2,000 shops with 50 variants, and a channel's rules")
    command(variables, "fill-places")
    found: dict[str, float] = json.loads(command(variables, "routing"))
    return [*rows, *(seen(f"routing.decide.{name}", value, "ms") for name, value in found.items())]


def question(seed: int, share: float) -> Problem:
    """An order of ten lines; a shop has one to eight of each article that it has."""
    drawn = random.Random(seed)
    candidates = tuple(
        Candidate(
            number,
            tuple(drawn.randint(1, 8) if drawn.random() < share else 0 for _ in range(LINES)),
            drawn.randint(500, 800_000),
            drawn.randint(0, 120),
            drawn.randint(0, 1440),
            number,
        )
        for number in range(SHOPS)
    )
    return Problem(tuple(drawn.randint(1, 3) for _ in range(LINES)), candidates, WEIGHTS)


def _timed(problem: Problem) -> float:
    solve(problem)
    began = time.perf_counter()
    assert solve(problem) is not None
    return (time.perf_counter() - began) * 1000
