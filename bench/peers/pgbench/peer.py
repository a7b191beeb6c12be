"""
The ceiling of this machine and server for placing orders: no Python, one statement an order.

`order.sql` is one statement with data-modifying CTEs (conditional stock update, order, line, ledger row,
outbox row), prepared, committed by itself: one round trip and one durable flush.
"""

import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.harness.context import Context
from bench.harness.workers import Round

HERE = Path(__file__).parent
RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class Pgbench:
    name = "pgbench"

    def __init__(self, context: Context) -> None:
        self.program = context.postgres_bin / "pgbench"
        self.url = context.create_database("bench_pgbench")
        with psycopg.connect(self.url) as connection:
            connection.execute((HERE / "schema.sql").read_bytes())

    def place_for(self, seconds: float, *, clients: int, variants: int) -> Round:
        whole = max(1, round(seconds))
        options = [
            "-c",
            str(clients),
            "-j",
            str(min(clients, 2)),
            "-T",
            str(whole),
            "-D",
            f"variants={variants}",
        ]
        result = subprocess.run(
            [
                self.program,
                "--no-vacuum",
                "--protocol=prepared",
                "-f",
                HERE / "order.sql",
                *options,
                *self.address(),
            ],
            env={"PGPASSWORD": urlsplit(self.url).password or ""},
            capture_output=True,
            text=True,
            check=True,
        )
        rate = float(RATE.findall(result.stdout)[0])
        return Round(sold=round(rate * whole), refused=0, seconds=whole)

    def address(self) -> list[str]:
        parts = urlsplit(self.url)
        server = ["-h", parts.hostname or "", "-p", str(parts.port), "-U", parts.username or ""]
        return [*server, parts.path.lstrip("/")]
