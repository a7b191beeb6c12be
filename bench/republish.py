"""
How long until an outside shop that has lost everything has 100,000 variants again?

The full comparison (`manage.py sync heal`) reads what the shop shows, which is nothing, and has all of it
pushed again, by the programs of the demo to its sandbox, which stores it: until the last acknowledgement.
"""

import time

import psycopg

from bench.harness.context import Context
from bench.harness.report import Row, at_most, seen
from bench.ours.peer import command, database
from bench.ours.running import SECRET, running

VARIANTS = 100_000
MOST_SECONDS = 60
PATIENCE = 300.0
CODE = "sandbox-ec"
PROGRAMS = ("sandbox", "relay", "push")
LEFT = """
SELECT %(variants)s - count(*) FROM connectors_pushstate
WHERE acknowledged_at > %(since)s::timestamptz AND dirty_at IS NULL AND lease_until IS NULL
"""


class NeverArrived(Exception):
    """Variants that no acknowledgement came for."""


def run(context: Context) -> list[Row]:
    variables = database(context, "bench_republish")
    context.note(f"{VARIANTS:,} variants")
    command(variables, "widen", str(VARIANTS))
    with running(context, variables, programs=PROGRAMS) as urls:
        command(variables, "connect-all", urls["sandbox"], SECRET, CODE)
        seconds = republish(variables["DATABASE_URL"], variables)
    return [
        at_most("republish.100000", seconds, "s", target=MOST_SECONDS),
        seen("republish.per-second", VARIANTS / seconds, "variants/s"),
    ]


def republish(url: str, variables: dict[str, str]) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        since = connection.execute("SELECT clock_timestamp()").fetchone()[0]  # type: ignore[index]
        began = time.monotonic()
        command(variables, "heal", CODE)
        while left := connection.execute(LEFT, {"variants": VARIANTS, "since": since}).fetchone()[0]:  # type: ignore[index]
            if time.monotonic() - began > PATIENCE:
                raise NeverArrived(f"{left} of {VARIANTS} within {PATIENCE:.0f} s")
            time.sleep(0.2)
        return time.monotonic() - began
