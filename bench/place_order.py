"""
How many one-line orders a second, on one hot variant and on 1,000?

Every contestant runs in every round, one after another, so that a ratio compares neighbours in time; the
report's ratios are medians over rounds of ratios within a round.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from statistics import median
from typing import Protocol

from bench.harness.context import Context
from bench.harness.report import Row, seen
from bench.harness.workers import Round
from bench.peers.oscar.peer import Oscar
from bench.peers.pgbench.peer import Pgbench

ROUNDS = 3
SECONDS = 3.0
CLIENTS = (1, 4, 8)
SPREADS = {"hot": 1, "spread": 1000}
Case = tuple[str, int]


class Contestant(Protocol):
    @property
    def name(self) -> str: ...

    def place_for(self, seconds: float, *, clients: int, variants: int) -> Round: ...


def run(context: Context) -> list[Row]:
    with closing(Oscar(context, processes=max(CLIENTS))) as oscar:
        contestants = (oscar, Pgbench(context))
        warm_up(contestants)
        rates = {case: measure(context, contestants, *case) for case in cases()}
    return [row for (spread, clients), found in rates.items() for row in raw_rows(spread, clients, found)]


def cases() -> Iterator[Case]:
    return ((spread, clients) for spread in SPREADS for clients in CLIENTS)


def warm_up(contestants: Sequence[Contestant]) -> None:
    """Caches, plans and pages, for every process."""
    for contestant in contestants:
        for variants in SPREADS.values():
            contestant.place_for(1.0, clients=max(CLIENTS), variants=variants)


def measure(
    context: Context, contestants: Sequence[Contestant], spread: str, clients: int
) -> dict[str, list[float]]:
    """Orders a second by contestant, one figure a round."""
    context.note(f"orders, {spread}, {clients} clients")
    rates: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(ROUNDS):
        for contestant in contestants:
            sold = contestant.place_for(SECONDS, clients=clients, variants=SPREADS[spread])
            rates[contestant.name].append(sold.per_second)
    return rates


def raw_rows(spread: str, clients: int, rates: dict[str, list[float]]) -> list[Row]:
    return [
        seen(f"orders.{spread}.{clients}.{name}", median(figures), "orders/s")
        for name, figures in rates.items()
    ]
