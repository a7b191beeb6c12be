"""The short way to consumers that can't wait, and the tasks of the others, which gather."""

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

import pytest

from omni.core import db, valkey
from omni.core.actor import SYSTEM
from omni.outbox import consumers, delivery, prompt, relay
from omni.outbox.consumers import EventRecord
from omni.outbox.events import OrderPaid
from omni.outbox.models import Event, Receipt, Subscription
from omni.outbox.publish import publish
from tests import processes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A prompt consumer and one that isn't; the sequences that the prompt one was handed."""
    sequences: list[int] = []

    def take(events: Sequence[EventRecord]) -> None:
        sequences.extend(event.sequence for event in events)

    monkeypatch.setattr(consumers, "CONSUMERS", {})
    monkeypatch.setattr(delivery, "CONSUMERS", consumers.CONSUMERS)
    Subscription.objects.all().delete()
    consumers.register("quick", payloads=[OrderPaid], handle=take, prompt=True)
    consumers.register("patient", payloads=[OrderPaid], handle=lambda events: None)
    valkey.client().delete(prompt.QUEUE)
    yield sequences
    valkey.client().delete(prompt.QUEUE)


def pay(now: datetime, *numbers: str) -> list[int]:
    with db.transaction():
        for number in numbers:
            publish(f"order:{number}", OrderPaid(order_id=1, number=number), at=now, actor=SYSTEM)
    return list(Event.objects.order_by("sequence").values_list("sequence", flat=True))


def test_prompt_consumers_get_their_events_past_the_task_queue(now: datetime, taken: list[int]) -> None:
    dispatched: list[relay.Batch] = []
    sequences = pay(now, "a", "b")

    assert relay.relay_batch(dispatch=dispatched.append) == 2

    assert dispatched == [{"patient": sequences}]
    assert prompt.take(seconds=1) == {"quick": sequences}
    assert prompt.take(seconds=0.1) is None


def test_what_was_taken_and_lost_is_handed_over_again_to_who_has_no_receipt(
    now: datetime, taken: list[int]
) -> None:
    dispatched: list[relay.Batch] = []
    sequences = pay(now, "a")
    relay.relay_batch(dispatch=delivery.deliver_batch)
    assert prompt.take(seconds=1) == {"quick": sequences}
    Event.objects.update(leased_until=datetime(2020, 1, 1).astimezone())

    relay.relay_batch(dispatch=dispatched.append)

    assert dispatched == []
    assert prompt.take(seconds=1) == {"quick": sequences}


def test_the_short_way_delivers_once_and_finishes(now: datetime, taken: list[int]) -> None:
    sequences = pay(now, "a", "b")
    relay.relay_batch(dispatch=delivery.deliver_batch)
    prompt.hand_over({"quick": sequences})
    stopping = threading.Event()
    runner = threading.Thread(target=deliver_until, args=(stopping,))
    runner.start()

    processes.eventually(lambda: not Event.objects.filter(finished_at=None).exists())
    stopping.set()
    runner.join()

    assert taken == sequences
    assert Receipt.objects.filter(consumer="quick").count() == 2


def deliver_until(stopping: threading.Event) -> None:
    from django.db import connections

    try:
        prompt.run(stopped=stopping.is_set)
    finally:
        connections.close_all()


def test_where_nobody_takes_them_old_batches_make_room(
    taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt, "MOST_WAITING", 2)

    for sequence in range(4):
        prompt.hand_over({"quick": [sequence]})

    assert [prompt.take(seconds=1), prompt.take(seconds=1)] == [{"quick": [2]}, {"quick": [3]}]


def test_tasks_follow_at_once_after_a_pause_and_gather_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "TASK_SECONDS", 0.5)
    dispatched: list[relay.Batch] = []
    gathered = relay.Gathered(dispatched.append, backlog=lambda: 0)
    for sequence in range(3):
        gathered.add({sequence: ["patient"]})
        gathered.hand_over_if_due()
    assert dispatched == [{"patient": [0]}]
    assert 0 < gathered.seconds_left() <= relay.TASK_SECONDS

    time.sleep(relay.TASK_SECONDS)
    gathered.hand_over_if_due()

    assert dispatched == [{"patient": [0]}, {"patient": [1, 2]}]
    assert gathered.seconds_left() == relay.POLL_SECONDS


def test_while_workers_are_busy_events_gather_for_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.2)
    dispatched: list[relay.Batch] = []
    gathered = relay.Gathered(dispatched.append, backlog=lambda: 7)
    gathered.add({1: ["patient"]})
    gathered.hand_over_if_due()
    assert dispatched == []

    time.sleep(relay.POLL_SECONDS)
    gathered.hand_over_if_due()

    assert dispatched == [{"patient": [1]}]
