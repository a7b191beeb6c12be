"""The PostgreSQL and Valkey of a run: private, new, at default durability; gone when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness.context import Context
from bench.harness.databases import named
from omni.embedded import binaries
from omni.embedded.checkout import Checkout
from omni.embedded.servers import ephemeral


@contextmanager
def servers(root: Path, *, database_url: str | None = None) -> Iterator[Context]:
    """Lend the servers of one run. `database_url` names a PostgreSQL of the user's own instead."""
    given = {"DATABASE_URL": database_url} if database_url else {}
    var = root / "var" / "bench"
    var.mkdir(parents=True, exist_ok=True)
    with ephemeral(Checkout(root), given) as made:
        addresses = {**given, **made}
        yield Context(
            database_url=named(addresses["DATABASE_URL"], "postgres"),
            redis_url=addresses["REDIS_URL"],
            postgres_bin=binaries.in_wheels().postgres.parent,
            var=var,
        )
