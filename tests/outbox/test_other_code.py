"""
A deploy: old and new code run together, and what one of them doesn't know it leaves to the other.

"Old" and "new" are two sets of consumers, each put in force for one act, as two processes have them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox import consumers, delivery, events, relay, subscriptions
from omni.outbox.consumers import EventRecord
from omni.outbox.events import OrderPaid, Payload
from omni.outbox.models import Event, Failure, Receipt, Subscription
from omni.outbox.publish import publish
from tests.outbox.test_outbox import expire_leases

pytestmark = pytest.mark.django_db(transaction=True)


class Code:
    """A version of the code: its consumers, and the events that it knows."""

    def __init__(self) -> None:
        self.consumers: dict[str, consumers.Consumer] = {}
        self.types = dict(events.BY_TYPE)
        self.taken: list[tuple[str, Any]] = []

    def takes(self, name: str, *payloads: type[Payload], prompt: bool = False) -> "Code":
        def handle(batch: Sequence[EventRecord]) -> None:
            self.taken += [(name, event.payload) for event in batch]

        types = frozenset(payload.type for payload in payloads)
        self.consumers[name] = consumers.Consumer(name, types, handle, prompt)
        return self


@contextmanager
def running(code: Code) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (consumers, delivery, subscriptions):
            patch.setattr(module, "CONSUMERS", code.consumers)
        for module in (consumers, delivery):
            patch.setattr(module, "BY_TYPE", code.types)
        yield


@pytest.fixture(autouse=True)
def nobody_yet() -> None:
    Subscription.objects.all().delete()


def starts(*versions: Code) -> None:
    for code in versions:
        with running(code):
            subscriptions.note()


def relays(code: Code, *, to: Code) -> None:
    """One version's relay leases what is due, and another's worker takes what it hands over."""
    handed: list[relay.Batch] = []
    with running(code):
        relay.relay_batch(dispatch=handed.append)
    with running(to):
        for batch in handed:
            delivery.deliver_batch(batch)
    expire_leases()


def pay(now: datetime) -> None:
    with db.transaction():
        publish("order:1", OrderPaid(order_id=1, number="1"), at=now, actor=SYSTEM)


def finished() -> bool:
    return Event.objects.get().finished_at is not None


def test_old_code_finishes_nothing_that_a_new_consumer_waits_for(now: datetime) -> None:
    old = Code().takes("mail", OrderPaid)
    new = Code().takes("mail", OrderPaid).takes("points", OrderPaid)
    starts(old, new)
    pay(now)

    relays(old, to=old)
    assert ([name for name, _ in old.taken], finished()) == (["mail"], False)
    relays(old, to=new)

    assert [name for name, _ in new.taken] == ["points"]
    assert finished()


def test_without_the_note_the_new_consumer_never_has_it(now: datetime) -> None:
    """The negative control: who goes by its own consumers alone finishes what another waits for."""
    old = Code().takes("mail", OrderPaid)
    new = Code().takes("mail", OrderPaid).takes("points", OrderPaid)
    pay(now)

    relays(old, to=old)
    relays(new, to=new)

    assert finished()
    assert new.taken == []


def test_an_event_of_a_type_that_old_code_does_not_know_waits_for_new_code(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BY_TYPE", dict(events.BY_TYPE))

    @dataclass(frozen=True, slots=True)
    class OrderPaidAnew(Payload):
        type = "orders.order-paid.v2"
        order_id: int

    old = Code().takes("mail", OrderPaid)
    old.types.pop(OrderPaidAnew.type, None)
    new = Code().takes("mail", OrderPaid, OrderPaidAnew)
    new.types[OrderPaidAnew.type] = OrderPaidAnew
    starts(old, new)
    with db.transaction():
        publish("order:1", OrderPaidAnew(order_id=7), at=now, actor=SYSTEM)

    for _ in range(12):
        relays(old, to=old)
        relays(new, to=old)
    assert (Receipt.objects.count(), Failure.objects.count(), finished()) == (0, 0, False)
    relays(old, to=new)

    assert new.taken == [("mail", OrderPaidAnew(order_id=7))]
    assert finished()


def test_a_batch_for_an_unknown_consumer_takes_nothing_from_the_known_one(now: datetime) -> None:
    old, new = Code().takes("mail", OrderPaid), Code().takes("mail", OrderPaid)
    new.takes("aa-first", OrderPaid, prompt=True)
    starts(new)
    pay(now)
    sequence = Event.objects.get().sequence

    with running(old):
        delivery.deliver_batch({"aa-first": [sequence], "mail": [sequence]})

    assert [name for name, _ in old.taken] == ["mail"]
    assert list(Receipt.objects.values_list("consumer", flat=True)) == ["mail"]


def test_a_field_that_only_new_code_has_is_left_out_by_old_code(now: datetime) -> None:
    """An additive change: published with a field more, it is read without."""
    old = Code().takes("mail", OrderPaid)
    pay(now)
    Event.objects.update(payload={"order_id": 1, "number": "1", "tip": "300"})

    relays(old, to=old)

    assert old.taken == [("mail", OrderPaid(order_id=1, number="1"))]
    assert finished()


def test_a_consumer_that_is_gone_is_waited_for_until_it_is_retired(now: datetime) -> None:
    old = Code().takes("mail", OrderPaid).takes("fax", OrderPaid)
    new = Code().takes("mail", OrderPaid)
    starts(old, new)
    pay(now)
    relays(new, to=new)
    assert not finished()

    with running(new):
        told = StringIO()
        call_command("outbox", "list", stdout=told)
        with pytest.raises(CommandError, match="fax"):
            call_command("outbox", "retire", "--consumer", "mail")
        call_command("outbox", "retire", "--consumer", "fax", stdout=StringIO())
    relays(new, to=new)

    assert "waits for fax, a consumer of other code" in told.getvalue()
    assert finished()


def test_migrating_and_a_relay_that_starts_write_down_what_this_code_takes() -> None:
    call_command("migrate", "outbox", verbosity=0)

    noted = set(Subscription.objects.values_list("type", "consumer"))
    assert noted == set(consumers.subscriptions())
    assert ("inventory.stock-changed.v1", "connectors") in noted
    Subscription.objects.all().delete()

    stops = iter([False, True])
    relay.run(dispatch=lambda batch: None, backlog=lambda: 0, stopped=lambda: next(stops))

    assert set(Subscription.objects.values_list("type", "consumer")) == noted
