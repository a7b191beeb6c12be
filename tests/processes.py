"""The platform's own processes, run for real against the test's database, and killed for real."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def environment(**variables: str) -> dict[str, str]:
    """What a process needs to work on this test's database and broker."""
    database = connection.settings_dict
    url = (
        f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        f"/{database['NAME']}"
    )
    return {
        **os.environ,
        "DATABASE_URL": url,
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "omni.settings",
        "PYTHONPATH": str(ROOT),
        **variables,
    }


def start(*arguments: str, log: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start `python <arguments>`; its output goes to `log`."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def start_worker(log: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start a worker, which is `ready` once its log says `WORKER_READY`."""
    log.unlink(missing_ok=True)
    return spawn_worker(log, "default", threads=4, **variables)


def spawn_worker(log: Path, queues: str, *, threads: int, **variables: str) -> subprocess.Popen[bytes]:
    """Start a worker of these queues, and don't wait until it is ready."""
    return start(
        *("-m", "celery", "-A", "omni", "worker", "--loglevel=INFO", f"--hostname={queues}@%h"),
        *("--pool=threads", f"--concurrency={threads}", f"--queues={queues}"),
        *("--without-gossip", "--without-mingle"),
        log=log,
        **variables,
    )


def start_relay(log: Path, **variables: str) -> subprocess.Popen[bytes]:
    return start("manage.py", "relay", log=log, **variables)


def start_push(log: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start a pusher, which is `ready` once its log says `PUSH_READY`."""
    log.unlink(missing_ok=True)
    return start("manage.py", "push", log=log, **variables)


WORKER_READY, PUSH_READY = b" ready.", b"push.ready"


def ready(process: subprocess.Popen[bytes], log: Path, word: bytes) -> None:
    """Wait until the process has written the word; fails with its log if it ended instead."""
    eventually(lambda: word in log.read_bytes() or process.poll() is not None, within=60)
    assert process.poll() is None, log.read_text()


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End the process with the block, gently at first."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def killed(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Kill the process with the block: what it leaves behind is emptied with the database."""
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def eventually(holds: Callable[[], bool], *, within: float = 20.0) -> float:
    """Wait until it holds; answer the seconds that it took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < within, f"it never came about within {within} s"
        time.sleep(0.02)
    return time.monotonic() - begun
