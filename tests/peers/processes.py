"""A peer's server, started on a free port of loopback and ended by its own id."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from omni.embedded.plan import answers

HOST = "127.0.0.1"
# Both build their database before they answer, on a machine that may have other work.
PATIENCE = 300.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    arguments: list[str], *, directory: Path, variables: Mapping[str, str], log: Path, health: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it answers `health` when the block begins."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            arguments,
            cwd=directory,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(process, health, log)
        yield process
    finally:
        end(process)


def wait_for(process: subprocess.Popen[bytes], health: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers(health):
        assert process.poll() is None, f"it stopped as it started:\n{log.read_text()[-4000:]}"
        assert time.monotonic() < deadline, f"it does not answer:\n{log.read_text()[-4000:]}"
        time.sleep(0.2)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(15)
