"""Stock, a connection to a real site, and a relay, a pusher and a worker that can be killed."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import pytest

from omni.core import valkey
from tests import processes
from tests.connectors.conftest import Link, link
from tests.sandbox.conftest import start_site

__all__ = ["link", "start_site"]


@pytest.fixture
def empty_broker() -> Iterator[None]:
    flush_broker()
    yield
    flush_broker()


def flush_broker() -> None:
    """Empty the broker's database and the cache's: nothing durable lives there."""
    import redis
    from django.conf import settings

    redis.Redis.from_url(settings.CELERY_BROKER_URL).flushdb()
    valkey.client().flushdb()


class Machinery:
    """A relay, a pusher and maybe a worker, each a process."""

    def __init__(self, logs: Path, stack: ExitStack, *, worker: bool = True) -> None:
        self.logs, self.stack = logs, stack
        self.start_relay()
        self.spawn_push()
        if worker:
            self.spawn_worker()
            self.worker_ready()
        self.push_ready()

    def start_relay(self) -> None:
        self.relay = self._keep(processes.start_relay(self.logs / "relay.log"))

    def start_push(self) -> None:
        self.spawn_push()
        self.push_ready()

    def start_worker(self) -> None:
        self.spawn_worker()
        self.worker_ready()

    def spawn_push(self) -> None:
        self.push = self._keep(processes.start_push(self.logs / "push.log"))

    def spawn_worker(self) -> None:
        self.worker = self._keep(processes.start_worker(self.logs / "worker.log"))

    def push_ready(self) -> None:
        processes.ready(self.push, self.logs / "push.log", processes.PUSH_READY)

    def worker_ready(self) -> None:
        processes.ready(self.worker, self.logs / "worker.log", processes.WORKER_READY)

    def _keep(self, process: Popen[bytes]) -> Popen[bytes]:
        return self.stack.enter_context(processes.killed(process))


@pytest.fixture
def machinery(tmp_path: Path, empty_broker: None, link: Link) -> Iterator[Machinery]:
    with ExitStack() as stack:
        yield Machinery(tmp_path, stack)
