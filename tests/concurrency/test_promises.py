"""Promises that change hands while others buy: nothing is free in between, nothing is promised twice."""

from datetime import datetime, timedelta
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import F

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import Reservation, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.concurrency.racing import second_connection
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def buy(level: StockLevel, now: datetime, expires_at: datetime | None = None) -> int:
    want = inventory.Want(level.variant_id, level.location_id, 1, "order:1:1")
    with db.transaction():
        return inventory.reserve(wants=[want], expires_at=expires_at, actor=SYSTEM, now=now)[0]


def act(operation: Any, now: datetime, **options: Any) -> Any:
    with db.transaction():
        return operation(actor=SYSTEM, now=now, **options)


def sold(outcomes: list[Any]) -> int:
    unexpected = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, errors.InsufficientStock | errors.ReservationNotOpen) for one in unexpected)
    return len(outcomes) - len(unexpected)


def convert_by_hand(pk: int, freed: Event, bought: Event, now: datetime) -> None:
    """What `convert` would be in two steps: let go, then reserve anew."""
    with db.transaction():
        inventory.release(reservation_ids=[pk], actor=SYSTEM, now=now)
    freed.set()
    bought.wait(timeout=30)
    buy(StockLevel.objects.get(), now)


def test_a_conversion_lets_nobody_in_between(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 1)
    pk = buy(level, now, now + HOUR)
    convert = partial(act, inventory.convert, now, conversions=[inventory.Conversion(pk, "order:2:1")])

    first, *others = at_once([convert, *[partial(buy, level, now)] * 8])

    assert not isinstance(first, Exception)
    assert sold(others) == 0
    assert Reservation.objects.get().source == "order:2:1"


def test_in_two_steps_a_buyer_gets_in_between(now: datetime) -> None:
    """The negative control."""
    level = factories.stock(factories.variant(), factories.location(), 1)
    pk, freed, bought = buy(level, now, now + HOUR), Event(), Event()

    def buy_between() -> int:
        freed.wait(timeout=30)
        try:
            return buy(level, now)
        finally:
            bought.set()

    converted, got = at_once([partial(convert_by_hand, pk, freed, bought, now), buy_between])

    assert isinstance(converted, errors.InsufficientStock)
    assert isinstance(got, int)


def test_moves_both_ways_and_buyers_never_promise_too_much(now: datetime) -> None:
    shops, tea = [factories.location() for _ in range(2)], factories.variant()
    levels = [factories.stock(tea, shop, 10) for shop in shops]
    held = [[buy(level, now) for _ in range(6)] for level in levels]
    moves = [
        partial(act, inventory.move, now, reservation_ids=[pk], location_id=shops[1 - side].pk)
        for side in (0, 1)
        for pk in held[side]
    ]

    outcomes = at_once([*moves, *(partial(buy, level, now) for level in levels for _ in range(6))])

    sold(outcomes)
    assert all(level.free >= 0 for level in StockLevel.objects.all())
    assert verification.find_drifts() == []
    total = sum(Reservation.objects.values_list("quantity", flat=True))
    assert total == sum(StockLevel.objects.values_list("reserved", flat=True)) <= 20


def move_by_hand(here: StockLevel, there: StockLevel, both: Barrier) -> None:
    """What `move` would be if it locked where it comes from, and then where it goes."""
    with db.transaction():
        StockLevel.objects.filter(pk=here.pk).update(reserved=F("reserved") - 1)
        both.wait(timeout=30)
        StockLevel.objects.filter(pk=there.pk).update(reserved=F("reserved") + 1)


def test_without_an_order_of_levels_two_moves_deadlock(now: datetime) -> None:
    """The negative control of the test above."""
    tea, both = factories.variant(), Barrier(2)
    one, other = (factories.stock(tea, factories.location(), 5) for _ in range(2))
    for level in (one, other):
        buy(level, now)

    outcomes = at_once([partial(move_by_hand, one, other, both), partial(move_by_hand, other, one, both)])

    [deadlock] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(deadlock, OperationalError)
    assert "deadlock detected" in str(deadlock)


def test_an_extension_and_the_sweep_are_of_one_mind(now: datetime) -> None:
    """Whichever comes first: the units are held for longer, or they are free; never both."""
    level = factories.stock(factories.variant(), factories.location(), 20)
    held = [buy(level, now, now + HOUR) for _ in range(10)]
    due = now + HOUR
    extend = [
        partial(
            act, inventory.extend, due - timedelta(seconds=1), reservation_ids=[pk], expires_at=due + HOUR
        )
        for pk in held
    ]

    outcomes = at_once([*extend, *[partial(inventory.expire_reservations, now=due)] * 3])

    extended, swept = sold(outcomes[:10]), sum(outcomes[10:])
    assert Reservation.objects.filter(status="ACTIVE").count() == extended
    assert Reservation.objects.filter(status="EXPIRED").count() == swept == 10 - extended
    level.refresh_from_db()
    assert (level.reserved, verification.find_drifts()) == (extended, [])


def test_who_waits_for_a_hold_reads_it_anew(now: datetime) -> None:
    """A split waits for the one before it, and then finds less than it saw: it is refused."""
    level = factories.stock(factories.variant(), factories.location(), 5)
    want = inventory.Want(level.variant_id, level.location_id, 5, "order:1:1")
    [pk] = act(inventory.reserve, now, wants=[want], expires_at=None)
    split = partial(act, inventory.split, now, reservation_id=pk, quantity=3)

    with second_connection() as second:
        with db.transaction():
            inventory.split(reservation_id=pk, quantity=3, actor=SYSTEM, now=now)
            waiting = second.start(split)
            assert not waiting.done()
        with pytest.raises(errors.SplitLeavesNothing):
            waiting.result(timeout=10)

    assert sorted(Reservation.objects.values_list("quantity", flat=True)) == [2, 3]


def split_by_hand(pk: int, all_have_looked: Barrier) -> None:
    """What `split` would be without its lock."""
    row = Reservation.objects.get(pk=pk)
    all_have_looked.wait(timeout=30)
    Reservation.objects.filter(pk=pk).update(quantity=row.quantity - 3)
    Reservation.objects.create(**row.terms(), quantity=3)


def test_without_the_lock_a_split_makes_units(now: datetime) -> None:
    """The negative control of the test above."""
    level = factories.stock(factories.variant(), factories.location(), 5)
    want = inventory.Want(level.variant_id, level.location_id, 5, "order:1:1")
    [pk] = act(inventory.reserve, now, wants=[want], expires_at=None)

    at_once([partial(split_by_hand, pk, Barrier(2))] * 2)

    assert sorted(Reservation.objects.values_list("quantity", flat=True)) == [2, 3, 3]
    assert [drift.kind for drift in verification.find_drifts()] == ["stock-reserved"]
