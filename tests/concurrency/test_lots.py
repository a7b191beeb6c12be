"""Lots under load: two pickers for the last units, one serial number sold twice, a recall amid a delivery."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import IntegrityError

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import Lot, LotEntry, LotStock
from inventory.services import LotUnits
from omni.core import db, sql
from tests import factories
from tests.inventory.lots import CLERK, context, day, hand_over, held, receive, reserve, tracked
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    """The database's own: what may be promised is asked of its clock."""
    return datetime.now(UTC)


def test_two_pickers_share_the_last_units_of_a_lot(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 4, day(20, now)), LotUnits("B", 8, day(30, now)))
    promises = [reserve(milk, shop, 3, now) for _ in range(4)]

    outcomes = at_once([partial(hand_over, promise, now) for promise in promises])

    assert all(isinstance(one, str) for one in outcomes), outcomes
    assert held(milk, shop) == {}
    sold = LotEntry.objects.filter(kind="SALE").values_list("lot__number", "delta")
    assert sum(delta for lot, delta in sold if lot == "A") == -4
    assert sum(delta for lot, delta in sold if lot == "B") == -8
    assert verification.find_drifts() == []


def test_the_last_units_of_a_named_lot_go_to_one(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(20, now)), LotUnits("B", 8, day(30, now)))
    promises = [reserve(milk, shop, 2, now) for _ in range(4)]

    outcomes = at_once([partial(hand_over, promise, now, LotUnits("A", 2)) for promise in promises])

    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert sum(isinstance(one, errors.LotNotThere) for one in outcomes) == 3
    assert held(milk, shop) == {"B": 8}


def take_without_the_lock(stock_id: int, read: Barrier) -> int:
    """What picking would be if lots were read and written without the level's lock."""
    with db.transaction():
        stock = LotStock.objects.get(pk=stock_id)
        read.wait(timeout=30)
        stock.on_hand -= 2
        stock.save()
    return stock.on_hand


def test_without_the_levels_lock_both_take_them(now: datetime) -> None:
    """The negative control: each reads 5 and writes 3; the sum that is compared at commit tells."""
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 5, day(20, now)))
    read, stock = Barrier(2), LotStock.objects.get(lot__number="A")

    outcomes: list[Any] = at_once([partial(take_without_the_lock, stock.pk, read)] * 2)

    assert all(isinstance(one, IntegrityError) for one in outcomes)
    assert all("lots_add_up_to_their_level" in str(one) or "do not add up" in str(one) for one in outcomes)
    assert held(milk, shop) == {"A": 5}


def test_a_serial_number_is_sold_once(now: datetime) -> None:
    shop, watch = factories.location(), tracked(now, tracks="SERIAL", dated="NONE")
    receive(watch, shop, now, *[LotUnits(f"S{place}") for place in range(4)])
    promises = [reserve(watch, shop, 1, now) for _ in range(4)]

    outcomes = at_once([partial(hand_over, promise, now, LotUnits("S1")) for promise in promises])

    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert sum(isinstance(one, errors.LotNotThere) for one in outcomes) == 3
    assert held(watch, shop) == {"S0": 1, "S2": 1, "S3": 1}


def test_a_serial_number_is_received_once(now: datetime) -> None:
    shops, watch = [factories.location() for _ in range(4)], tracked(now, tracks="SERIAL", dated="NONE")

    outcomes = at_once([partial(receive, watch, shop, now, LotUnits("S1")) for shop in shops])

    assert sum(one is None for one in outcomes) == 1
    assert sum(isinstance(one, errors.LotsRefused) for one in outcomes) == 3
    assert LotStock.objects.filter(on_hand=1).count() == 1


def test_a_lot_is_blocked_once_however_often_it_is_clicked(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 4, day(20, now)))
    lot = Lot.objects.get(number="A")

    outcomes = at_once(
        [
            partial(inventory.block_lot, lot_id=lot.pk, reason="glass", **context(f"b{key}", now))
            for key in range(4)
        ]
    )

    assert sorted(one.units for one in outcomes) == [0, 0, 0, 4]
    assert held(milk, shop, "quality_control") == {"A": 4}


def deliver(variant: Any, shop: Any, now: datetime, booked: Event, wait: Callable[[], object]) -> None:
    """Book three units of lot A, and commit when it may."""
    with db.transaction():
        inventory.post_movements(
            document=inventory.DocumentRef("RECEIPT", "D-1"),
            movements=[inventory.Movement(variant.pk, shop.pk, 3, "RECEIPT", lots=(LotUnits("A", 3),))],
            actor=CLERK,
            occurred_at=now,
            now=now,
        )
        booked.set()
        wait()


def until_somebody_waits() -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if sql.fetch_all("SELECT FROM pg_locks WHERE NOT granted"):
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits for the delivery")


@pytest.mark.parametrize("known", [True, False], ids=["a level", "a new level"])
def test_a_delivery_that_is_being_booked_is_blocked_with_the_rest(now: datetime, known: bool) -> None:
    shop, other, milk = factories.location(), factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 4, day(20, now)))
    if known:
        receive(milk, other, now, LotUnits("B", 1, day(20, now)))
    lot, booked = Lot.objects.get(number="A"), Event()

    def block() -> Any:
        booked.wait(30)
        return inventory.block_lot(lot_id=lot.pk, reason="glass", **context("b", now))

    delivered, blocked = at_once([partial(deliver, milk, other, now, booked, until_somebody_waits), block])

    assert (delivered, blocked.units) == (None, 7)
    assert held(milk, shop, "quality_control") == {"A": 4}
    assert held(milk, other, "quality_control") == {"A": 3}
    assert verification.find_drifts() == []


def test_without_the_levels_lock_the_delivery_is_missed(now: datetime) -> None:
    """The negative control: the mark is set, and what is just being booked lies on the shelf."""
    shop, other, milk = factories.location(), factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 4, day(20, now)))
    lot, booked, marked = Lot.objects.get(number="A"), Event(), Event()

    def mark_without_the_lock() -> list[int]:
        booked.wait(30)
        Lot.objects.filter(pk=lot.pk).update(blocked_at=now)
        seen = list(LotStock.objects.filter(lot=lot).values_list("on_hand", flat=True))
        marked.set()
        return seen

    delivered, seen = at_once(
        [partial(deliver, milk, other, now, booked, partial(marked.wait, 30)), mark_without_the_lock]
    )

    assert (delivered, seen) == (None, [4])
    assert held(milk, other) == {"A": 3}
    assert held(milk, other, "quality_control") == {}


def test_a_level_born_as_tracking_starts_is_tracked(now: datetime) -> None:
    shops, milk = [factories.location() for _ in range(6)], factories.variant()

    def sell(shop: Any) -> None:
        with db.transaction():
            inventory.post_movements(
                document=inventory.DocumentRef("SALE", f"S-{shop.pk}"),
                movements=[inventory.Movement(milk.pk, shop.pk, -1, "SALE")],
                actor=CLERK,
                occurred_at=now,
                now=now,
            )

    start = partial(inventory.start_tracking, variant_id=milk.pk, tracks="LOT", **context("t", now))
    outcomes = at_once([start, *[partial(sell, shop) for shop in shops]])

    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert verification.find_drifts() == []
    assert sum(LotStock.objects.values_list("on_hand", flat=True)) == -6
