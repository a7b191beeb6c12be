from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import NoTransaction
from omni.outbox import consumers, delivery, relay, tasks
from omni.outbox.consumers import EventRecord
from omni.outbox.events import DiscrepancyOpened, OrderPaid
from omni.outbox.models import Event, Failure, Receipt, Subscription
from omni.outbox.publish import publish
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


class Consumer:
    """Counts the effects of events, in the database as a real handler does."""

    def __init__(self) -> None:
        self.poison: set[str] = set()
        self.batches: list[int] = []

    def handle(self, events: Sequence[EventRecord]) -> None:
        self.batches.append(len(events))
        for event in events:
            if event.payload.number in self.poison:
                raise ValueError(f"can't take {event.payload.number}")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO effects VALUES (%s)", [(event.sequence,) for event in events])


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Consumer]:
    made = Consumer()
    monkeypatch.setattr(consumers, "CONSUMERS", {})
    monkeypatch.setattr(delivery, "CONSUMERS", consumers.CONSUMERS)
    Subscription.objects.all().delete()
    consumers.register("counter", payloads=[OrderPaid], handle=made.handle)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE effects (sequence bigint)")
    yield made
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE effects")


def pay(now: datetime, *numbers: str) -> list[int]:
    with db.transaction():
        for number in numbers:
            publish(f"order:{number}", OrderPaid(order_id=1, number=number), at=now, actor=SYSTEM)
    return list(Event.objects.order_by("sequence").values_list("sequence", flat=True))


def effects() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequence FROM effects ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def expire_leases() -> None:
    Event.objects.filter(leased_until__isnull=False).update(leased_until=datetime(2020, 1, 1).astimezone())


def finished() -> int:
    return Event.objects.exclude(finished_at=None).count()


def test_publishing_outside_a_transaction_is_refused(now: datetime) -> None:
    with pytest.raises(NoTransaction):
        publish("order:1", OrderPaid(order_id=1, number="1"), at=now, actor=SYSTEM)


def test_an_event_goes_with_its_change(now: datetime) -> None:
    def fail_after_publishing() -> None:
        with db.transaction():
            publish("order:1", OrderPaid(order_id=1, number="1"), at=now, actor=SYSTEM)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_publishing()

    assert Event.objects.count() == 0


def test_a_delivered_event_is_finished(now: datetime, consumer: Consumer) -> None:
    sequences = pay(now, "a", "b", "c")

    relay.relay_batch(dispatch=lambda batch: tasks.deliver(batch=batch))

    assert effects() == sequences
    assert finished() == 3
    assert consumer.batches == [3]


def test_an_event_without_consumers_is_finished_by_the_relay(now: datetime, consumer: Consumer) -> None:
    with db.transaction():
        payload = DiscrepancyOpened(discrepancy_id=1, variant_id=1, location_id=1, quantity=1)
        publish("discrepancy:1", payload, at=now, actor=SYSTEM)

    relay.relay_batch(dispatch=lambda batch: pytest.fail("nobody wants it"))

    assert finished() == 1


def test_a_leased_event_is_not_handed_over_twice_until_its_lease_runs_out(
    now: datetime, consumer: Consumer
) -> None:
    handed: list[list[int]] = []
    sequences = pay(now, "a")

    relay.relay_batch(dispatch=lambda batch: handed.append(batch["counter"]))
    relay.relay_batch(dispatch=lambda batch: handed.append(batch["counter"]))
    expire_leases()
    relay.relay_batch(dispatch=lambda batch: handed.append(batch["counter"]))

    assert handed == [sequences, sequences]


def test_a_delivery_that_is_repeated_has_its_effect_once(now: datetime, consumer: Consumer) -> None:
    sequences = pay(now, "a", "b")

    for _ in range(3):
        delivery.deliver(consumer="counter", sequences=sequences)

    assert effects() == sequences


def test_deliveries_at_once_have_their_effect_once(now: datetime, consumer: Consumer) -> None:
    sequences = pay(now, *[str(n) for n in range(50)])

    answers = at_once([lambda: delivery.deliver(consumer="counter", sequences=sequences)] * 8)

    assert answers == [None] * 8
    assert effects() == sequences


def test_without_receipts_deliveries_at_once_repeat_the_effect(now: datetime, consumer: Consumer) -> None:
    """The negative control: the same race, with the handler called bare."""
    [sequence] = pay(now, "a")
    record = EventRecord(sequence, Event.objects.get().id, "order:a", OrderPaid(1, "a"), now, now)

    at_once([lambda: consumer.handle([record])] * 8)

    assert effects() == [sequence] * 8


def test_several_relays_lease_each_event_once(now: datetime, consumer: Consumer) -> None:
    sequences = pay(now, *[str(n) for n in range(200)])
    handed: list[int] = []

    at_once([lambda: relay.relay_batch(dispatch=lambda batch: handed.extend(batch["counter"]))] * 4)

    assert sorted(handed) == sequences


def test_one_bad_event_does_not_hold_up_its_batch(now: datetime, consumer: Consumer) -> None:
    consumer.poison = {"bad"}
    sequences = pay(now, "a", "bad", "c", "d")

    delivery.deliver(consumer="counter", sequences=sequences)

    assert effects() == [sequences[0], sequences[2], sequences[3]]
    failure = Failure.objects.get()
    assert (failure.event_id, failure.tries, failure.dead_at) == (sequences[1], 1, None)
    assert failure.error == "ValueError: can't take bad"
    assert finished() == 3


def test_an_event_that_keeps_failing_becomes_a_dead_letter_and_can_be_retried(
    now: datetime, consumer: Consumer, settings: pytest.FixtureRequest
) -> None:
    settings.OUTBOX_MAX_TRIES = 3
    consumer.poison = {"bad"}
    [sequence] = pay(now, "bad")
    for _ in range(3):
        delivery.deliver(consumer="counter", sequences=[sequence])
    assert Failure.objects.get().dead_at is not None
    assert finished() == 1
    with pytest.raises(SystemExit):
        call_command("outbox", "list", stdout=StringIO())

    consumer.poison = set()
    call_command("outbox", "retry", "--all", stdout=StringIO())
    relay.relay_batch(dispatch=lambda batch: tasks.deliver(batch=batch))

    assert effects() == [sequence]
    assert finished() == 1


def test_a_failed_event_waits_before_it_is_tried_again(now: datetime, consumer: Consumer) -> None:
    consumer.poison = {"bad"}
    pay(now, "bad")
    relay.relay_batch(dispatch=lambda batch: tasks.deliver(batch=batch))
    expire_leases()
    Failure.objects.update(next_try_at=datetime(2999, 1, 1).astimezone())

    relay.relay_batch(dispatch=lambda batch: pytest.fail("too early"))

    assert finished() == 0


def test_dropping_gives_up_for_good(now: datetime, consumer: Consumer) -> None:
    consumer.poison = {"bad"}
    [sequence] = pay(now, "bad")
    delivery.deliver(consumer="counter", sequences=[sequence])

    call_command("outbox", "drop", "--event", str(sequence), stdout=StringIO())
    consumer.poison = set()
    delivery.deliver(consumer="counter", sequences=[sequence])

    assert effects() == []
    assert finished() == 1
    assert Receipt.objects.count() == 0


def test_sequences_grow_in_the_order_of_publishing(now: datetime, consumer: Consumer) -> None:
    pay(now, "a", "b", "c")

    aggregates = list(Event.objects.order_by("sequence").values_list("aggregate", flat=True))

    assert aggregates == ["order:a", "order:b", "order:c"]


def test_purge_keeps_what_is_recent_or_failed(now: datetime, consumer: Consumer) -> None:
    sequences = pay(now, "old", "new", "open")
    Event.objects.filter(pk=sequences[0]).update(finished_at=now - timedelta(days=9999))
    Event.objects.filter(pk=sequences[1]).update(finished_at=datetime(2999, 1, 1).astimezone())

    tasks.purge()

    assert list(Event.objects.order_by("pk").values_list("pk", flat=True)) == sequences[1:]
