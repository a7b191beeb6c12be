"""
How long is a change of stock on its way, from its commit to the acknowledgement of an outside shop?

Through the programs that the demo runs: relay, push, HTTP, the sandbox; the workers serve the open pages meanwhile. Each change is of another
variant, so that the database keeps the lag of each: from the event's record, just before the commit, until the
answer was recorded, by the database's clock. First a hundred changes a second; then five thousand at once.
"""

import time
from collections.abc import Mapping

import psycopg

from bench.harness.context import Context
from bench.harness.figures import quantile
from bench.harness.report import Row, at_most, seen
from bench.ours.peer import command, database
from bench.ours.running import SECRET, running

WARM_UP, STEADY, BURST = 300, 3000, 5000
PER_SECOND = 100
PATIENCE = 60.0
LAGS = """
SELECT extract(epoch FROM state.lag) * 1000
FROM connectors_pushstate AS state
WHERE state.variant_id IN (SELECT id FROM catalog_variant ORDER BY id OFFSET %(skip)s LIMIT %(changes)s)
  AND state.acknowledged_at > %(since)s::timestamptz AND state.dirty_at IS NULL AND state.lease_until IS NULL
"""
PROGRAMS = ("sandbox", "worker", "outside", "beat", "relay", "push")


class NeverArrived(Exception):
    """Changes that no acknowledgement came for."""


def run(context: Context) -> list[Row]:
    variables = database(context, "bench_lag")
    with running(context, variables, programs=PROGRAMS) as urls:
        command(variables, "connect", urls["sandbox"], SECRET)
        steadily(variables, skip=0, changes=WARM_UP)
        analyze(variables)
        context.note(f"{STEADY} changes, {PER_SECOND} a second")
        steady = steadily(variables, skip=WARM_UP, changes=STEADY)
        context.note(f"{BURST} changes at once")
        burst = lags(variables, "change-at-once", skip=WARM_UP + STEADY, changes=BURST)
    return [
        at_most("lag.steady.p50", quantile(steady, 0.5), "ms", target=20),
        seen("lag.steady.p95", quantile(steady, 0.95), "ms"),
        at_most("lag.steady.p99", quantile(steady, 0.99), "ms", target=100),
        seen("lag.steady.most", steady[-1], "ms"),
        at_most("lag.burst.drained", burst[-1] / 1000, "s", target=5),
    ]


def analyze(variables: Mapping[str, str]) -> None:
    """
    As autovacuum does within a minute of a database's first work: until then sessions keep plans that were
    made for empty tables.
    """
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("ANALYZE outbox_event, outbox_receipt, connectors_pushstate")


def steadily(variables: Mapping[str, str], *, skip: int, changes: int) -> list[float]:
    return lags(variables, "change-steadily", str(PER_SECOND), skip=skip, changes=changes)


def lags(variables: Mapping[str, str], how: str, *arguments: str, skip: int, changes: int) -> list[float]:
    """Make the changes; the lag of each in ms, ascending, once all are through."""
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as connection:
        since = connection.execute("SELECT clock_timestamp()").fetchone()[0]  # type: ignore[index]
        command(variables, how, str(skip), str(changes), *arguments)
        deadline = time.monotonic() + PATIENCE
        while True:
            params = {"skip": skip, "changes": changes, "since": since}
            rows = connection.execute(LAGS, params).fetchall()
            if len(rows) == changes:
                return sorted(float(row[0]) for row in rows)
            if time.monotonic() > deadline:
                raise NeverArrived(f"{changes - len(rows)} of {changes} within {PATIENCE:.0f} s")
            time.sleep(0.5)
