"""Stock, a connection to a real site, and a relay, a pusher and a worker that can be killed."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

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
    """A relay, a pusher and a worker, each a process."""

    def __init__(self, logs: Path, stack: ExitStack) -> None:
        self.logs, self.stack = logs, stack
        self.start_relay()
        self.start_push()
        self.start_worker()

    def start_relay(self) -> None:
        self.relay = self.stack.enter_context(processes.ended(processes.start_relay(self.logs / "relay.log")))

    def start_push(self) -> None:
        self.push = self.stack.enter_context(processes.ended(processes.start_push(self.logs / "push.log")))

    def start_worker(self) -> None:
        log = self.logs / "worker.log"
        log.unlink(missing_ok=True)
        self.worker = self.stack.enter_context(processes.ended(processes.start_worker(log)))


@pytest.fixture
def machinery(tmp_path: Path, empty_broker: None, link: Link) -> Iterator[Machinery]:
    with ExitStack() as stack:
        yield Machinery(tmp_path, stack)
