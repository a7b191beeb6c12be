"""A connection whose server takes half a minute for every answer, as processes: it costs nobody else anything."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors import tasks
from connectors.models import Comparison, Connection
from omni.core import clock
from omni.outbox.events import StockChanged
from omni.outbox.models import Event, Receipt
from orders.models import Order
from tests import factories, processes
from tests.connectors.conftest import Link
from tests.connectors.standins import standing_in
from tests.faults.test_events_survive import sell_one

# As soon as on an idle machine; a call to the slow one ends after thirty.
SOON = 8.0
TICKS = 3


@dataclass
class Slow:
    """It answers nobody until it is let go, or half a minute is over."""

    released: threading.Event = field(default_factory=threading.Event)
    counting: threading.Lock = field(default_factory=threading.Lock)
    open: int = 0
    most: int = 0

    def answer(self, *_: Any) -> tuple[int, Any]:
        with self.counting:
            self.open += 1
            self.most = max(self.most, self.open)
        self.released.wait(30)
        with self.counting:
            self.open -= 1
        return 503, {}


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.released.set()


@pytest.fixture
def slow_one(slow: Slow, transactional_db: None) -> Iterator[Connection]:
    channel = factories.channel()
    factories.listing(factories.variant(), channel)
    with standing_in(slow.answer) as url:
        yield Connection.objects.create(
            code="slow",
            name="Slow",
            kind="medusa",
            channel=channel,
            url=url,
            secret="sk_1",
            settings={"stock_location": "sloc_1"},
        )
        slow.released.set()


Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path, empty_broker: None) -> Iterator[Start]:
    """Start workers of these queues, beside no pusher: stock is not what this is about."""
    with ExitStack() as stack:

        def start(queues: str, *, threads: int) -> subprocess.Popen[bytes]:
            worker = processes.spawn_worker(tmp_path / f"{queues}.log", queues, threads=threads)
            stack.callback(worker.wait)
            stack.callback(worker.kill)
            return worker

        yield start


@pytest.fixture
def relay(tmp_path: Path, link: Link, empty_broker: None) -> Iterator[None]:
    link.push()
    with processes.killed(processes.start_relay(tmp_path / "relay.log")):
        yield


def tick(connection: Connection) -> None:
    """As the clock does, at once rather than every so often."""
    for task in (tasks.compare, tasks.poll):
        task.apply_async(kwargs={"connection_id": connection.pk})


def hold_up(slow: Slow, connection: Connection) -> None:
    """Many ticks, of which the slow one gets both its calls."""
    for _ in range(TICKS):
        tick(connection)
    processes.eventually(lambda: slow.open == 2, within=60)


def finished(connection: Connection) -> int:
    return Comparison.objects.filter(connection=connection).exclude(finished_at=None).count()


def delivered() -> bool:
    """Whether the worker has handed over every event, to one that takes all of these."""
    return (
        Receipt.objects.filter(consumer="browsers").count()
        == Event.objects.filter(type=StockChanged.type).count()
    )


def test_the_others_keep_their_pace(
    link: Link, relay: None, start: Start, slow: Slow, slow_one: Connection
) -> None:
    start("default", threads=2)
    start("outside", threads=4)
    hold_up(slow, slow_one)
    sell_one(link, clock.now(), 0)
    processes.eventually(delivered, within=60)

    for number in range(1, 4):
        assert link.site.sell(link.variants[1].sku, 1).status_code == 201
        sell_one(link, clock.now(), number)
        tick(link.connection)

        processes.eventually(delivered, within=SOON)
        processes.eventually(lambda number=number: finished(link.connection) == number, within=SOON)
        processes.eventually(lambda number=number: Order.objects.count() == number, within=SOON)
    assert (slow.open, slow.most, finished(slow_one)) == (2, 2, 0)


def test_in_one_pool_the_others_wait(
    link: Link, relay: None, start: Start, slow: Slow, slow_one: Connection
) -> None:
    """The negative control: two threads for everything, and the slow one has both."""
    start("default,outside", threads=2)
    hold_up(slow, slow_one)
    tick(link.connection)
    sell_one(link, clock.now(), 1)

    with pytest.raises(AssertionError, match="never came about"):
        processes.eventually(lambda: delivered() or finished(link.connection) > 0, within=3)
    assert slow.open == 2

    slow.released.set()
    processes.eventually(lambda: delivered() and finished(link.connection) == 1, within=30)


def test_a_killed_workers_comparison_is_carried_out_by_the_next(
    start: Start, slow: Slow, slow_one: Connection
) -> None:
    worker = start("outside", threads=4)
    hold_up(slow, slow_one)
    begun = Comparison.objects.get()

    worker.kill()
    worker.wait()
    slow.released.set()
    start("outside", threads=4)
    tick(slow_one)

    processes.eventually(lambda: finished(slow_one) == 1, within=60)
    assert Comparison.objects.earliest("pk").pk == begun.pk
    assert not Comparison.objects.filter(finished_at=None).exists()
