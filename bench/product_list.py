"""
How many product lists and availabilities a second does the server answer, against a bare DRF list?

Two web workers, eight clients that each wait for their answer before they ask again.
"""

from statistics import median

from bench.harness.context import Context
from bench.harness.http_load import Load, drive
from bench.harness.report import Row, seen
from bench.peers.drf.peer import bare_list

ROUNDS = 3
SECONDS = 3.0
CLIENTS = 8
SERVE = ["gunicorn", "--workers", "2"]


def run(context: Context) -> list[Row]:
    with bare_list(context, serve=SERVE) as bare:
        drive([bare], clients=CLIENTS, seconds=1.0)
        loads = [drive([bare], clients=CLIENTS, seconds=SECONDS) for _ in range(ROUNDS)]
    return load_rows("drf-bare", loads)


def load_rows(name: str, loads: list[Load]) -> list[Row]:
    return [
        seen(f"list.{name}", median(load.per_second for load in loads), "requests/s"),
        seen(f"list.{name}.p99", median(load.p99_ms for load in loads), "ms"),
    ]
