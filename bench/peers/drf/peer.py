"""The bare list behind the same server program, with the same workers, as the platform."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.harness.context import Context
from bench.harness.daemons import HOST, daemon, free_port
from bench.harness.workers import ROOT


@contextmanager
def bare_list(context: Context, *, serve: list[str]) -> Iterator[str]:
    """
    Lend the address of a running list of 24 rows.

    `serve` is the server program and its options, but for the address and the application.
    """
    environment = context.environment(
        BENCH_DATABASE_URL=context.create_database("bench_drf"),
        DJANGO_SETTINGS_MODULE="bench.peers.drf.settings",
    )
    subprocess.run([sys.executable, "-m", "bench.peers.drf.wsgi"], cwd=ROOT, env=environment, check=True)
    port = free_port()
    command = [sys.executable, "-m", *serve, "--bind", f"{HOST}:{port}", "bench.peers.drf.wsgi:application"]
    with daemon(command, environment=environment, log=context.log("drf"), port=port):
        yield f"http://{HOST}:{port}/products/"
