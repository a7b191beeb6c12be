"""
How long is a change of stock on its way to each of five outside shops, of which one is dead and one is slow?

Twenty thousand variants, all of them sold by all five; 100, 500 and 1,000 changes a second. Each rate is
measured in rounds, with the three healthy shops alone and, right before or after, with the two that are not.
A figure is the worst of the three healthy ones, and the median over the rounds; the ratio is taken within a
round, for the 99th percentile of a few seconds is a handful of changes. The shops only acknowledge (`bench.harness.outsiders`): what a
shop makes of what it is told runs elsewhere.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

import psycopg

from bench.harness.context import Context
from bench.harness.daemons import HOST, daemon, free_port
from bench.harness.figures import quantile
from bench.harness.report import Row, at_most, seen
from bench.lag import analyze
from bench.ours.peer import command, database
from bench.ours.running import SECRET, running

VARIANTS = 20_000
HEALTHY, UNWELL = ("first", "second", "third"), ("slow", "dead")
SECONDS, WARM_UP = 6, 2000
# Each round's two halves, the first beside the unwell shops or not: turned about, so that every second
# switch is saved and neither half is always the later.
ROUNDS = ((False, True), (True, False), (False, True))
# Changes a second, and the most that the 99th percentile of the lag may be, in ms.
RATES = {100: 100, 500: 250, 1000: 1000}
MOST_TIMES = 1.2
# Until a connection that was switched on or off has its pusher, or has none.
SETTLING = 3.0
PATIENCE = 60.0
PROGRAMS = ("worker", "relay", "push")
SWITCH = "UPDATE connectors_connection SET active = %(on)s WHERE code = ANY(%(codes)s) AND active <> %(on)s"
LAGS = """
SELECT connection.code, extract(epoch FROM state.lag) * 1000
FROM connectors_pushstate AS state JOIN connectors_connection AS connection ON connection.id = state.connection_id
WHERE state.variant_id IN (SELECT id FROM catalog_variant ORDER BY id OFFSET %(skip)s LIMIT %(changes)s)
  AND connection.code = ANY(%(codes)s)
  AND state.acknowledged_at > %(since)s::timestamptz AND state.dirty_at IS NULL AND state.lease_until IS NULL
"""


@dataclass(frozen=True, slots=True)
class Lag:
    """Of the healthy shop that waits longest, in ms."""

    p50: float
    p99: float


class NeverArrived(Exception):
    """Changes that no acknowledgement came for."""


def run(context: Context) -> list[Row]:
    variables = database(context, "bench_lag_many")
    context.note(f"{VARIANTS:,} variants, {len(HEALTHY)} healthy shops, {len(UNWELL)} that are not")
    command(variables, "widen", str(VARIANTS))
    port = free_port()
    outside = [sys.executable, "-m", "bench.harness.outsiders", str(port)]
    with daemon(outside, environment=variables, log=context.log("outsiders"), port=port):
        command(variables, "connect-all", f"http://{HOST}:{port}/NAME", SECRET, *HEALTHY, *UNWELL)
        with running(context, variables, programs=PROGRAMS):
            return measure(context, variables)


def measure(context: Context, variables: Mapping[str, str]) -> list[Row]:
    switch(variables, on=False)
    worst(variables, skip=0, changes=WARM_UP, per_second=max(RATES))
    analyze(variables)
    rows: list[Row] = []
    for per_second, skip in zip(RATES, starts(), strict=True):
        rounds = [
            {half: half_of(context, variables, half, per_second, skip) for half in halves}
            for halves in ROUNDS
        ]
        rows += rows_of(per_second, rounds)
    return rows


def half_of(context: Context, variables: Mapping[str, str], beside: bool, per_second: int, skip: int) -> Lag:
    switch(variables, on=beside)
    context.note(f"{per_second} changes a second, {'beside a dead and a slow one' if beside else 'alone'}")
    return worst(variables, skip=skip, changes=per_second * SECONDS, per_second=per_second)


def starts() -> list[int]:
    """Where each rate's own variants begin."""
    return list(accumulate((rate * SECONDS for rate in list(RATES)[:-1]), initial=WARM_UP))


def rows_of(per_second: int, rounds: Sequence[Mapping[bool, Lag]]) -> list[Row]:
    name = f"lag.5-connections.{per_second}"
    alone, beside = ([found[half] for found in rounds] for half in (False, True))
    ratio = median(found[True].p99 / found[False].p99 for found in rounds)
    return [
        seen(f"{name}.p50", median(lag.p50 for lag in beside), "ms"),
        at_most(f"{name}.p99", median(lag.p99 for lag in beside), "ms", target=RATES[per_second]),
        seen(f"{name}.alone.p50", median(lag.p50 for lag in alone), "ms"),
        seen(f"{name}.alone.p99", median(lag.p99 for lag in alone), "ms"),
        at_most(f"{name}.p99.beside/alone", ratio, "times", target=MOST_TIMES),
    ]


def switch(variables: Mapping[str, str], *, on: bool) -> None:
    """Connect the shops that are not well, or disconnect them, and let that settle."""
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as connection:
        changed = connection.execute(SWITCH, {"on": on, "codes": list(UNWELL)}).rowcount
    if changed:
        time.sleep(SETTLING)


def worst(variables: Mapping[str, str], *, skip: int, changes: int, per_second: int) -> Lag:
    """Make the changes; the largest median and 99th percentile of any healthy shop, in ms."""
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as connection:
        since = connection.execute("SELECT clock_timestamp()").fetchone()[0]  # type: ignore[index]
        command(variables, "change-in-batches", str(skip), str(changes), str(per_second))
        params = {"skip": skip, "changes": changes, "since": since, "codes": list(HEALTHY)}
        by_shop = arrived(connection, params, expected=changes * len(HEALTHY))
    return Lag(
        p50=max(quantile(lags, 0.5) for lags in by_shop),
        p99=max(quantile(lags, 0.99) for lags in by_shop),
    )


def arrived(
    connection: psycopg.Connection, params: Mapping[str, object], *, expected: int
) -> Sequence[list[float]]:
    """The lags of each healthy shop, ascending, once all are through."""
    deadline = time.monotonic() + PATIENCE
    while len(rows := connection.execute(LAGS, params).fetchall()) < expected:
        if time.monotonic() > deadline:
            raise NeverArrived(f"{expected - len(rows)} of {expected} within {PATIENCE:.0f} s")
        time.sleep(0.5)
    lags: dict[str, list[float]] = defaultdict(list)
    for code, lag in rows:
        lags[code].append(float(lag))
    return [sorted(found) for found in lags.values()]
