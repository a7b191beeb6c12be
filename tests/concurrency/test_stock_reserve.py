"""Many buyers at once: exactly what is there is promised, and nobody deadlocks."""

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import F, Sum

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import Reservation, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def buy(levels: Sequence[StockLevel], quantity: int, now: datetime, **options: Any) -> list[int]:
    with db.transaction():
        return inventory.reserve(
            wants=[
                inventory.Want(level.variant_id, level.location_id, quantity, "order:1:1") for level in levels
            ],
            actor=SYSTEM,
            now=now,
            **{"expires_at": None, "publish": False, **options},
        )


def promised() -> int:
    held = Reservation.objects.filter(status__in=Reservation.OPEN).aggregate(total=Sum("quantity"))
    return held["total"] or 0


def test_the_last_five_go_to_five_of_fifty(now: datetime) -> None:
    level = factories.stock(factories.variant(sku="TEA"), factories.location(code="shibuya"), 5)

    outcomes = at_once([partial(buy, [level], 1, now)] * 50)

    refusals = [outcome for outcome in outcomes if isinstance(outcome, errors.InsufficientStock)]
    assert (len(outcomes) - len(refusals), len(refusals)) == (5, 45)
    assert all(
        refusal.data()["shortages"] == [{"sku": "TEA", "location": "shibuya", "requested": 1, "available": 0}]
        for refusal in refusals
    )
    level.refresh_from_db()
    assert (level.reserved, promised()) == (5, 5)


def naive_buy(level: StockLevel, all_have_looked: Barrier, now: datetime) -> None:
    """What `reserve` would be without its lock: look, then write what was seen plus one."""
    with db.transaction():
        seen = StockLevel.objects.with_available().get(pk=level.pk)
        all_have_looked.wait(timeout=30)
        if seen.available < 1:
            raise errors.InsufficientStock(shortages=[])
        StockLevel.objects.filter(pk=level.pk).update(reserved=seen.reserved + 1)
        Reservation.objects.create(
            variant_id=level.variant_id, location_id=level.location_id, quantity=1, source="x", created_at=now
        )


def test_without_the_lock_the_last_one_is_promised_eight_times(now: datetime) -> None:
    """The negative control: the race is real, and verification tells of it."""
    level = factories.stock(factories.variant(), factories.location(), 1)

    outcomes = at_once([partial(naive_buy, level, Barrier(8), now)] * 8)

    assert outcomes == [None] * 8
    level.refresh_from_db()
    assert (level.reserved, promised()) == (1, 8)
    assert [(drift.kind, drift.by) for drift in verification.find_drifts()] == [("stock-reserved", -7)]


def test_the_database_refuses_a_promise_too_many_whoever_asks() -> None:
    level = factories.stock(factories.variant(), factories.location(), 1)

    with pytest.raises(Exception, match="has not enough available"):
        StockLevel.objects.filter(pk=level.pk).update(reserved=F("reserved") + 2)


BUYER = """
import sys
import django
django.setup()
from datetime import UTC, datetime
from inventory import errors, services
from omni.core import db
from omni.core.actor import SYSTEM
variant_id, location_id, tries = (int(value) for value in sys.argv[1:])
print("ready", flush=True)
sys.stdin.readline()
sold = 0
for _ in range(tries):
    try:
        with db.transaction():
            services.reserve(wants=[services.Want(variant_id, location_id, 1, "order:1:1")],
                             expires_at=None, actor=SYSTEM, now=datetime.now(UTC), publish=False)
        sold += 1
    except errors.InsufficientStock:
        pass
print(sold, flush=True)
"""


def test_processes_sell_exactly_what_is_there() -> None:
    level = factories.stock(factories.variant(), factories.location(), 100)
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    environment = {**os.environ, "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}"}
    buyers = [
        subprocess.Popen(
            [sys.executable, "-c", BUYER, str(level.variant_id), str(level.location_id), "50"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for buyer in buyers:
        assert buyer.stdout is not None
        assert buyer.stdout.readline() == "ready\n"
    for buyer in buyers:
        assert buyer.stdin is not None
        buyer.stdin.write("go\n")
        buyer.stdin.flush()

    sold = [int(buyer.communicate(timeout=120)[0]) for buyer in buyers]

    level.refresh_from_db()
    assert sum(sold) == 100
    assert (level.reserved, promised()) == (100, 100)


def test_overlapping_sets_in_any_order_never_deadlock(now: datetime) -> None:
    shop = factories.location()
    levels = [factories.stock(factories.variant(), shop, 40) for _ in range(8)]

    def shop_around(seed: int) -> int:
        chance, bought = random.Random(seed), 0
        for _ in range(25):
            basket = chance.sample(levels, chance.randint(2, 6))
            try:
                ids = buy(basket, 1, now, expires_at=now + timedelta(minutes=chance.choice([-1, 15])))
            except errors.InsufficientStock:
                continue
            bought += 1
            if chance.random() < 0.4:
                with db.transaction():
                    chance.shuffle(ids)
                    inventory.release(reservation_ids=ids, actor=SYSTEM, now=now)
        return bought

    def sweep() -> int:
        return sum(inventory.expire_reservations(now=now, limit=7) for _ in range(40))

    outcomes = at_once([*(partial(shop_around, seed) for seed in range(12)), sweep, sweep])

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert all(level.free >= 0 for level in StockLevel.objects.all())
    assert verification.find_drifts() == []


def take_one_by_one(levels: Sequence[StockLevel], both_hold_one: Barrier) -> None:
    """What `reserve` would be without an order of locks: a level after another, as they come."""
    with db.transaction():
        for position, level in enumerate(levels):
            StockLevel.objects.filter(pk=level.pk).update(reserved=F("reserved") + 1)
            if position == 0:
                both_hold_one.wait(timeout=30)


def test_without_an_order_of_locks_two_baskets_deadlock() -> None:
    """The negative control of the test above."""
    shop = factories.location()
    levels = [factories.stock(factories.variant(), shop, 9) for _ in range(2)]
    barrier = Barrier(2)

    outcomes = at_once(
        [partial(take_one_by_one, levels, barrier), partial(take_one_by_one, levels[::-1], barrier)]
    )

    [deadlock] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(deadlock, OperationalError)
    assert "deadlock detected" in str(deadlock)


def test_one_reservation_is_released_or_fulfilled_but_not_both(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 30)
    held = [buy([level], 1, now)[0] for _ in range(10)]

    def hand_over(reservation_id: int) -> str:
        with db.transaction():
            inventory.fulfil(
                reservation_ids=[reservation_id],
                document=inventory.DocumentRef("FULFILMENT", f"F-{reservation_id}"),
                actor=SYSTEM,
                occurred_at=now,
                now=now,
            )
        return "fulfilled"

    def give_back(reservation_id: int) -> str:
        with db.transaction():
            freed = inventory.release(reservation_ids=[reservation_id], actor=SYSTEM, now=now)
        return "released" if freed else "too late"

    outcomes = at_once([partial(act, pk) for pk in held for act in (hand_over, give_back)])

    pairs = list(zip(outcomes[::2], outcomes[1::2], strict=True))
    assert all(
        pair == ("fulfilled", "too late")
        or (isinstance(pair[0], errors.ReservationNotOpen) and pair[1] == "released")
        for pair in pairs
    )
    fulfilled = sum(pair[0] == "fulfilled" for pair in pairs)
    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (30 - fulfilled, 0)
    assert verification.find_drifts() == []
