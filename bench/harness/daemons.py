"""Background processes of a question: started, waited for, and ended with it, however it ends."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.harness.workers import ROOT
from omni.embedded import processes

PATIENCE = 60.0
HOST = "127.0.0.1"


class DaemonDied(Exception):
    def __init__(self, *, log: Path) -> None:
        super().__init__(f"A background process ended early; its log is {log}.")


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def daemon(
    command: Sequence[str | Path], *, environment: Mapping[str, str], log: Path, port: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in the background; with a port, wait until it listens there."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            preexec_fn=processes.die_with_parent(signal.SIGTERM),
        )  # fmt: skip
    try:
        if port is not None:
            wait_listening(process, port=port, log=log)
        yield process
    finally:
        end(process)


def wait_listening(process: subprocess.Popen[bytes], *, port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise DaemonDied(log=log)
        time.sleep(0.05)


def listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
