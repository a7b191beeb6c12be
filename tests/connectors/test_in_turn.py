"""One comparison and one poll of a connection at a time; one that fails again and again is asked less often."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as session
from django.utils import timezone

from connectors import services, tasks
from connectors.errors import ComparisonRunning
from connectors.models import Comparison, Connection
from connectors.services import comparing, polling
from omni.core import clock, locks
from tests import factories, processes
from tests.connectors.standins import standing_in

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Shop:
    """It fails, or has no orders, after waiting a moment for a second question; and counts."""

    status: int = 500
    asked: int = 0
    most: int = 0
    at_once: int = 0
    seconds: float = 0.0
    second: threading.Event = field(default_factory=threading.Event)
    counting: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, *_: Any) -> tuple[int, Any]:
        with self.counting:
            self.asked += 1
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            if self.at_once > 1:
                self.second.set()
        self.second.wait(self.seconds)
        with self.counting:
            self.at_once -= 1
        return self.status, {"orders": [], "count": 0}


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def connection(shop: Shop) -> Iterator[Connection]:
    channel = factories.channel()
    factories.listing(factories.variant(), channel)
    with standing_in(shop.answer) as url:
        yield Connection.objects.create(
            code="medusa", name="M", kind="medusa", channel=channel, url=url, secret="sk_1", settings=MEDUSA
        )


MEDUSA = {"stock_location": "sloc_1"}


def compare(connection_id: int) -> None:
    services.compare(connection_id=connection_id, now=clock.now())


def poll(connection_id: int) -> None:
    services.poll_orders(connection_id=connection_id, now=clock.now())


def at_once(act: Callable[[int], None], connection_id: int) -> list[type[Exception]]:
    """Two real sessions, let go together; what was raised."""
    start, raised = threading.Barrier(2), []

    def run() -> None:
        try:
            start.wait()
            act(connection_id)
        except Exception as error:
            raised.append(type(error))
        finally:
            session.close()

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    return raised


def always_free(*_: int) -> AbstractContextManager[bool]:
    return nullcontext(True)


def test_two_comparisons_at_once_are_one(connection: Connection, shop: Shop) -> None:
    shop.seconds = 0.5

    raised = at_once(compare, connection.pk)

    assert raised == [ComparisonRunning]
    assert shop.most == 1
    assert Comparison.objects.count() == 1


def test_two_polls_at_once_are_one(connection: Connection, shop: Shop) -> None:
    shop.seconds = 0.5

    raised = at_once(poll, connection.pk)

    assert raised == []
    assert shop.most == 1


@pytest.mark.parametrize("act", [compare, poll])
def test_without_the_lock_both_ask(
    connection: Connection, shop: Shop, act: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    shop.seconds = 5
    monkeypatch.setattr(locks, "sole", always_free)

    at_once(act, connection.pk)

    assert shop.most == 2


def test_a_poll_does_not_wait_for_a_comparison(connection: Connection, shop: Shop) -> None:
    with held_elsewhere(comparing.LOCK_CLASS, connection.pk):
        poll(connection.pk)
        assert shop.asked == 1

    with held_elsewhere(polling.LOCK_CLASS, connection.pk):
        compare(connection.pk)
        assert Comparison.objects.count() == 1


def test_the_lock_goes_with_its_holder(connection: Connection, shop: Shop) -> None:
    with held_elsewhere(comparing.LOCK_CLASS, connection.pk) as holder:
        with pytest.raises(ComparisonRunning):
            compare(connection.pk)
        assert (shop.asked, Comparison.objects.count()) == (0, 0)

        holder.set()

        # The server's process ends a moment after its client has gone.
        processes.eventually(lambda: is_free(comparing.LOCK_CLASS, connection.pk))
        compare(connection.pk)
        assert Comparison.objects.count() == 1


def is_free(class_: int, id_: int) -> bool:
    with locks.sole(class_, id_) as alone:
        return alone


@contextmanager
def held_elsewhere(class_: int, id_: int) -> Iterator[threading.Event]:
    """Another session holds the lock until the event is set, and then breaks off."""
    held, end, gone = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with session.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [class_, id_])
        held.set()
        end.wait()
        session.close()
        gone.set()

    class Holder(threading.Event):
        def set(self) -> None:
            end.set()
            gone.wait()

    threading.Thread(target=hold, daemon=True).start()
    held.wait()
    holder = Holder()
    try:
        yield holder
    finally:
        holder.set()


def test_what_a_dead_process_left_is_carried_out(connection: Connection, now: datetime) -> None:
    older, newer = (Comparison.objects.create(connection=connection, started_at=now) for _ in range(2))

    done = services.compare(connection_id=connection.pk, now=now + timedelta(minutes=1))

    older.refresh_from_db()
    assert (done.pk, done.started_at) == (newer.pk, now + timedelta(minutes=1))
    assert done.finished_at is not None
    assert older.error == "Its process ended before it did."
    assert Comparison.objects.count() == 2


def test_a_comparison_that_only_reports_leaves_what_was_asked_for(
    connection: Connection, now: datetime
) -> None:
    asked = Comparison.objects.create(connection=connection, started_at=now)

    reported = services.compare(connection_id=connection.pk, now=now, heal=False)

    asked.refresh_from_db()
    assert (reported.pk == asked.pk, asked.finished_at) == (False, None)


def test_who_fails_again_and_again_is_asked_less_often(
    connection: Connection, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        poll(connection.pk)
    connection.refresh_from_db()
    assert (shop.asked, connection.poll_failures) == (2, 2)
    assert rest_of(connection) == pytest.approx(30, abs=5)

    sent: list[int] = []
    monkeypatch.setattr(tasks.poll, "apply_async", lambda kwargs, expires: sent.append(kwargs))
    tasks.poll_all()
    assert sent == []

    for _ in range(10):
        Connection.objects.update(poll_after=timezone.now() - timedelta(seconds=1))
        poll(connection.pk)
    connection.refresh_from_db()
    assert rest_of(connection) == pytest.approx(120, abs=5)


def test_who_answers_again_is_asked_as_ever(connection: Connection, shop: Shop) -> None:
    Connection.objects.update(poll_failures=7, poll_after=timezone.now() - timedelta(seconds=1))
    shop.status = 200

    poll(connection.pk)

    connection.refresh_from_db()
    assert (shop.asked > 0, connection.poll_failures, connection.poll_after) == (True, 0, None)


def rest_of(connection: Connection) -> float:
    assert connection.poll_after is not None
    return (connection.poll_after - timezone.now()).total_seconds()
