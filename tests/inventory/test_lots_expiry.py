"""What is past its day, or too near it for a channel; and every drift of lots that can be planted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import errors, selectors, verification
from inventory import services as inventory
from inventory.models import Lot, LotEntry, ShelfLife, StockDocument
from inventory.services import LotUnits
from omni.core import db
from omni.outbox.models import Event
from tests import factories
from tests.inventory.lots import CLERK, context, day, hand_over, held, level, receive, reserve, tracked

pytestmark = pytest.mark.django_db(transaction=True)
CountQueries = Callable[[int], AbstractContextManager[CaptureQueriesContext]]


@pytest.fixture
def now() -> datetime:
    """The database's own: what may be promised is asked of its clock."""
    return datetime.now(UTC)


def test_what_is_past_its_day_is_nobodys_before_any_task_ran(now: datetime) -> None:
    shop, channel, milk = factories.location(), factories.channel(), tracked(now, dated="USE_BY")
    factories.source(channel, shop)
    ago = now - timedelta(days=5)
    receive(milk, shop, ago, LotUnits("OLD", 3, day(-1, now)), LotUnits("NEW", 2, day(0, now)))

    given = selectors.channel_availability(channel_id=channel.pk, variant_ids=[milk.pk])
    at_shop = selectors.location_availability(variant_ids=[milk.pk])
    with pytest.raises(errors.InsufficientStock) as refusal:
        reserve(milk, shop, 3, now)
    reserve(milk, shop, 2, now)

    assert given == {milk.pk: 2}
    assert at_shop == {(milk.pk, shop.pk): 2}
    assert refusal.value.data()["shortages"][0]["available"] == 2


def test_what_is_past_its_day_is_set_aside_once(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now, dated="USE_BY")
    ago = now - timedelta(days=5)
    receive(milk, shop, ago, LotUnits("OLD", 3, day(-1, now)), LotUnits("NEW", 2, day(3, now)))

    first, second = inventory.set_expired_aside(now=now), inventory.set_expired_aside(now=now)

    assert (first, second) == (1, 0)
    assert level(milk, shop) == (5, 0, 3)
    assert held(milk, shop, "quality_control") == {"OLD": 3}
    document = StockDocument.objects.get(kind="ADJUSTMENT")
    assert (document.note, document.actor) == ("expired", "system:omni")
    assert verification.find_drifts() == []


def test_a_day_ends_at_each_locations_own_midnight(now: datetime) -> None:
    tokyo, paris = factories.location(), factories.location(time_zone="Europe/Paris")
    milk = tracked(now, dated="USE_BY")
    ago = datetime(2026, 6, 1, tzinfo=UTC)
    good = date(2026, 6, 10)
    for shop in (tokyo, paris):
        receive(milk, shop, ago, LotUnits("A", 1, good))

    # 00:30 of the 11th in Tokyo, 17:30 of the 10th in Paris.
    assert inventory.set_expired_aside(now=datetime(2026, 6, 10, 15, 30, tzinfo=UTC)) == 1

    assert level(milk, tokyo) == (1, 0, 1)
    assert level(milk, paris) == (1, 0, 0)


def test_a_channel_gets_what_is_good_for_long_enough(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    ec, mall = factories.channel(), factories.channel()
    for channel in (ec, mall):
        factories.source(channel, shop)
    ShelfLife.objects.create(channel=ec, days=4)
    receive(milk, shop, now, LotUnits("SHORT", 5, day(3, now)), LotUnits("LONG", 2, day(4, now)))

    assert selectors.channel_availability(channel_id=ec.pk, variant_ids=[milk.pk]) == {milk.pk: 2}
    assert selectors.channel_availability(channel_id=mall.pk, variant_ids=[milk.pk]) == {milk.pk: 7}
    want = inventory.Want(milk.pk, shop.pk, 3, "order:1:1", channel_id=ec.pk)
    with pytest.raises(errors.InsufficientStock), db.transaction():
        inventory.reserve(wants=[want], expires_at=None, actor=CLERK, now=now)

    hand_over(reserve(milk, shop, 1, now), now, channel_id=ec.pk)
    hand_over(reserve(milk, shop, 1, now), now, channel_id=mall.pk)

    assert held(milk, shop) == {"LONG": 1, "SHORT": 4}


def test_the_nearest_rule_of_days_holds(now: datetime) -> None:
    food, dairy = factories.category(), None
    dairy = factories.category(path=f"{food.path}/dairy", parent=food)
    milk, channel = factories.variant(product=factories.product(category=dairy)), factories.channel()

    def least() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT inventory_days_left_at_least(%s, %s)", [milk.pk, channel.pk])
            return int(cursor.fetchone()[0])

    found = [least()]
    for days, whose in ((1, {}), (2, {"category": food}), (3, {"category": dairy}), (4, {"variant": milk})):
        ShelfLife.objects.create(channel=channel, days=days, **whose)
        found.append(least())

    assert found == [0, 1, 2, 3, 4]


def test_a_lot_that_becomes_too_short_dated_is_told(now: datetime) -> None:
    shop, milk, channel = factories.location(), tracked(now), factories.channel()
    ShelfLife.objects.create(channel=channel, days=4)
    receive(milk, shop, now, LotUnits("A", 1, day(4, now)))

    midnight = datetime.combine(day(0, now), time(), factories.TOKYO)
    told = [inventory.tell_short_dated(now=midnight + timedelta(days=days)) for days in range(3)]

    assert told == [0, 1, 0]
    assert inventory.tell_short_dated(now=midnight + timedelta(days=1, hours=1)) == 0


def test_blocking_tells_who_listens(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(5, now)))
    lot = Lot.objects.get(number="A")

    inventory.block_lot(lot_id=lot.pk, reason="glass", **context("b", now))

    event = Event.objects.get(type="inventory.lot-blocked.v1")
    assert event.payload == {
        "lot_id": lot.pk, "variant_id": milk.pk, "lot": "A", "location_ids": [shop.pk]
    }  # fmt: skip
    lot.refresh_from_db()
    assert (lot.blocked_by, lot.block_reason) == ("user:7", "glass")


def test_an_untracked_sale_asks_no_more_than_before(
    now: datetime, django_assert_num_queries: CountQueries
) -> None:
    shop, cup = factories.location(), factories.variant()
    factories.stock(cup, shop, 5)
    movement = inventory.Movement(cup.pk, shop.pk, -1, "SALE")

    with db.transaction(), django_assert_num_queries(1):
        inventory.post_movements(
            document=inventory.DocumentRef("SALE", "S-1"), movements=[movement], actor=CLERK,
            occurred_at=now, now=now, publish=False,
        )  # fmt: skip


@pytest.mark.parametrize("variants", [1, 12])
def test_a_tracked_sale_asks_as_much_whatever_its_size(
    variants: int, now: datetime, django_assert_num_queries: CountQueries
) -> None:
    shop = factories.location()
    goods = [tracked(now) for _ in range(variants)]
    for one in goods:
        receive(one, shop, now, LotUnits("A", 2, day(5, now)))
    movements = [inventory.Movement(one.pk, shop.pk, -1, "SALE") for one in goods]

    # Post; tracking, zones, unknown lots, stock; the lot ledger and its stock.
    with db.transaction(), django_assert_num_queries(7):
        inventory.post_movements(
            document=inventory.DocumentRef("SALE", "S-1"), movements=movements, actor=CLERK,
            occurred_at=now, now=now, publish=False,
        )  # fmt: skip


PLANTED: list[tuple[str, str]] = [
    ("lots-tracked", "UPDATE inventory_stocklevel SET tracked = false"),
    ("lots-of-level", "UPDATE inventory_lotstock SET on_hand = on_hand + 1"),
    ("lot-counter", "UPDATE inventory_lotstock SET damaged = damaged + 1"),
    ("lot-balance", "UPDATE inventory_lotentry SET balance_after = balance_after + 1"),
    ("lot-entry", "UPDATE inventory_lotentry SET entry_id = entry_id + 1000"),
    ("lot-relabelled", "UPDATE inventory_lotentry SET entry_id = NULL"),
]


@pytest.mark.parametrize(("kind", "statement"), PLANTED, ids=[kind for kind, _ in PLANTED])
def test_a_planted_drift_is_found(now: datetime, kind: str, statement: str) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(5, now)))
    assert verification.find_drifts() == []

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")

    assert kind in {drift.kind for drift in verification.find_drifts()}


def test_lots_that_do_not_add_up_are_not_committed(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(5, now)))

    for statement in (
        "UPDATE inventory_stocklevel SET on_hand = on_hand + 1",
        "UPDATE inventory_lotstock SET on_hand = on_hand - 1",
        "DELETE FROM inventory_lotstock",
    ):
        with pytest.raises(Exception, match="do not add up"), db.transaction(), connection.cursor() as cursor:
            cursor.execute(statement)

    assert level(milk, shop) == (2, 0, 0)
    assert held(milk, shop) == {"A": 2}


def test_the_lot_ledger_is_never_changed(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(5, now)))

    with pytest.raises(Exception, match="never changed"), connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_lotentry SET delta = 3")

    assert LotEntry.objects.get().delta == 2
