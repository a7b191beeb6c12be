"""
How many one-line orders a second, on one hot variant and on 1,000? And how much slower is the hot one?

Every contestant runs in every round, one after another, so that a ratio compares neighbours in time; the
report's ratios are medians over rounds of ratios within a round.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from statistics import median
from typing import Protocol

from bench.harness.context import Context
from bench.harness.figures import paired_ratio, quantile
from bench.harness.report import Row, at_least, at_most, seen
from bench.harness.workers import Round
from bench.ours.peer import Platform
from bench.peers.oscar.peer import Oscar
from bench.peers.pgbench.peer import Pgbench

ROUNDS = 3
SECONDS = 3.0
CLIENTS = (1, 4, 8)
SPREADS = {"hot": 1, "spread": 1000}
Case = tuple[str, int]
MOST_ROUND_TRIPS = 10
# At this many clients, at least so many times the peer's rate.
JUDGED_AT = 4
TARGETS = {"django-oscar": 10.0, "pgbench": 0.1}
# Of one variant's orders a second by 1,000's, at the most clients; and of their 95th percentiles.
LEAST_HOT, MOST_HOT_P95 = 0.6, 2.0


class Contestant(Protocol):
    @property
    def name(self) -> str: ...

    def place_for(self, seconds: float, *, clients: int, variants: int) -> Round: ...


def run(context: Context) -> list[Row]:
    with (
        closing(Platform(context, processes=max(CLIENTS))) as platform,
        closing(Oscar(context, processes=max(CLIENTS))) as oscar,
    ):
        contestants = (platform, oscar, Pgbench(context))
        warm_up(contestants)
        rates = {case: measure(context, contestants, *case) for case in cases()}
        hot = contend(context, platform)
        trips = (platform.count_queries(), oscar.count_queries())
    return [
        *(row for case, found in rates.items() for row in (*raw_rows(case, found), *ratio_rows(case, found))),
        *hot,
        at_most("orders.round-trips.omni", trips[0], "statements", target=MOST_ROUND_TRIPS),
        seen("orders.round-trips.django-oscar", trips[1], "statements"),
    ]


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


def contend(context: Context, platform: Platform) -> list[Row]:
    """Everybody wants one variant, and right after that 1,000: by round, so that the two are neighbours."""
    clients = max(CLIENTS)
    context.note(f"orders, hot against spread, {clients} clients")
    rounds = [
        [platform.place_for(SECONDS, clients=clients, variants=variants) for variants in SPREADS.values()]
        for _ in range(ROUNDS)
    ]
    hot, spread = zip(*rounds, strict=True)
    rate = paired_ratio((sold.per_second for sold in hot), (sold.per_second for sold in spread))
    p95 = paired_ratio(map(ninety_fifth, hot), map(ninety_fifth, spread))
    return [
        at_least(f"orders.{clients}.hot/spread", rate, "times", target=LEAST_HOT),
        at_most(f"orders.{clients}.hot/spread.p95", p95, "times", target=MOST_HOT_P95),
    ]


def ninety_fifth(sold: Round) -> float:
    return quantile(sold.latencies_ms, 0.95)


def raw_rows(case: Case, rates: dict[str, list[float]]) -> list[Row]:
    return [seen(row_name(case, name), median(figures), "orders/s") for name, figures in rates.items()]


def ratio_rows(case: Case, rates: dict[str, list[float]]) -> list[Row]:
    return [ratio_row(case, peer, paired_ratio(rates[Platform.name], rates[peer])) for peer in TARGETS]


def ratio_row(case: Case, peer: str, ratio: float) -> Row:
    name, unit = row_name(case, f"omni/{peer}"), "times"
    return (
        at_least(name, ratio, unit, target=TARGETS[peer]) if case[1] == JUDGED_AT else seen(name, ratio, unit)
    )


def row_name(case: Case, what: str) -> str:
    return f"orders.{case[0]}.{case[1]}.{what}"
