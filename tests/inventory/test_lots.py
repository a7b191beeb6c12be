"""Lots beneath a level: what each way of moving goods writes, what is chosen, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import Discrepancy, Lot, LotEntry, LotStock, StockEntry, StockLevel, Transfer
from inventory.services import DocumentRef, LotUnits, Movement
from omni.core import db, sql
from tests import factories
from tests.inventory.lots import (
    CLERK,
    context,
    day,
    hand_over,
    held,
    level,
    receive,
    reserve,
    rows,
    sell,
    tracked,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    """The database's own: what may be promised is asked of its clock."""
    return datetime.now(UTC)


def test_a_delivery_is_split_by_lot(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now, sku="MILK")

    receive(
        milk,
        shop,
        now,
        LotUnits("A", 6, day(5, now), day(-2, now)),
        LotUnits("B", 4, day(9, now)),
        number="D-1",
    )

    assert held(milk, shop) == {"A": 6, "B": 4}
    assert rows("D-1") == [("A", "ON_HAND", "RECEIPT", 6, 6), ("B", "ON_HAND", "RECEIPT", 4, 4)]
    entry = StockEntry.objects.get(document__number="D-1")
    assert set(LotEntry.objects.values_list("entry_id", flat=True)) == {entry.id}
    lot = Lot.objects.get(number="A")
    assert (lot.expires_on, lot.produced_on) == (day(5, now), day(-2, now))
    assert verification.find_drifts() == []


@pytest.mark.parametrize(
    ("lots", "field", "rule"),
    [
        (lambda now: [], "lots", "required"),
        (lambda now: [LotUnits("A", 9, day(5, now))], "lots", "sum-differs"),
        (lambda now: [LotUnits("A", 5, day(5, now)), LotUnits("A", 5, day(5, now))], "lots", "twice"),
        (lambda now: [LotUnits("A", 10)], "expires_on", "date-required"),
        (lambda now: [LotUnits("A", 10, day(-1, now))], "expires_on", "past-its-day"),
        (lambda now: [LotUnits("OLD", 10, day(8, now))], "expires_on", "date-differs"),
        (lambda now: [LotUnits("BAD", 10)], "lots", "blocked"),
        (lambda now: [LotUnits("", 10)], "lots", "required"),
    ],
)
def test_a_delivery_without_right_lots_is_refused_and_writes_nothing(
    now: datetime, lots: Callable[[datetime], list[LotUnits]], field: str, rule: str
) -> None:
    shop, milk = factories.location(), tracked(now, sku="MILK")
    receive(milk, shop, now, LotUnits("OLD", 1, day(7, now)), LotUnits("BAD", 1, day(7, now)))
    inventory.block_lot(lot_id=Lot.objects.get(number="BAD").pk, reason="recall", **context("b", now))
    before = LotEntry.objects.count()

    with pytest.raises(errors.LotsRefused) as refusal:
        inventory.receive_stock(
            location_id=shop.pk, lines=[(milk.pk, 10)], lots={milk.pk: lots(now)}, **context("r", now)
        )

    data = refusal.value.data()
    assert (data["field"], data["rule"], data["sku"]) == (field, rule, "MILK")
    assert LotEntry.objects.count() == before
    assert level(milk, shop) == (2, 0, 1)
    assert not Lot.objects.filter(number="A").exists()


def test_what_is_good_today_may_be_received(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)

    receive(milk, shop, now, LotUnits("A", 3, day(0, now)))

    assert held(milk, shop) == {"A": 3}


def test_lots_of_what_is_not_tracked_are_refused(now: datetime) -> None:
    shop, cup = factories.location(), factories.variant()

    with pytest.raises(errors.LotsRefused) as refusal:
        receive(cup, shop, now, LotUnits("A", 3))

    assert refusal.value.data()["rule"] == "not-tracked"
    assert not StockLevel.objects.exists()
    assert not StockEntry.objects.exists()


def test_what_expires_first_is_sold_first(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("LATE", 5, day(9, now)))
    receive(milk, shop, now, LotUnits("SOON", 3, day(2, now)))

    sell(milk, shop, 4, now, number="S-1")

    assert rows("S-1") == [("SOON", "ON_HAND", "SALE", -3, 0), ("LATE", "ON_HAND", "SALE", -1, 4)]
    assert held(milk, shop) == {"LATE": 4}
    assert verification.find_drifts() == []


def test_a_named_lot_goes_before_what_expires_first(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("LATE", 5, day(9, now)), LotUnits("SOON", 3, day(2, now)))

    sell(milk, shop, 2, now, LotUnits("LATE", 2))
    hand_over(reserve(milk, shop, 1, now), now, LotUnits("LATE", 1))

    assert held(milk, shop) == {"LATE": 2, "SOON": 3}


def test_a_named_lot_that_is_not_there_is_not_handed_over(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(9, now)), LotUnits("B", 3, day(2, now)))
    promise = reserve(milk, shop, 3, now)

    with pytest.raises(errors.LotNotThere) as refusal:
        hand_over(promise, now, LotUnits("A", 3))

    assert refusal.value.data() == {
        "sku": milk.sku, "lot": "A", "requested": 3, "available": 2, "rule": "not-enough"
    }  # fmt: skip
    assert held(milk, shop) == {"A": 2, "B": 3}


def test_a_till_is_believed_and_the_books_say_that_they_are_not_sure(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 1, day(9, now)), LotUnits("B", 3, day(2, now)))

    sell(milk, shop, 2, now, LotUnits("A", 2), number="S-1")

    assert held(milk, shop) == {"": -1, "B": 3}
    found = Discrepancy.objects.get()
    assert (found.kind, found.quantity, found.source) == ("LOT_UNKNOWN", 1, "sale:S-1")
    assert verification.find_drifts() == []


def test_a_sale_below_zero_is_the_unknown_lots(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 1, day(9, now)))

    sell(milk, shop, 3, now)

    assert held(milk, shop) == {"": -2}
    assert [(one.kind, one.quantity) for one in Discrepancy.objects.all()] == [("BELOW_ZERO", 2)]


def test_what_is_past_its_day_is_sold_by_a_till_alone(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now, dated="USE_BY")
    receive(milk, shop, now, LotUnits("A", 3, day(1, now)))
    promise = reserve(milk, shop, 1, now)
    later = now + timedelta(days=3)

    with pytest.raises(errors.LotNotThere) as refusal:
        hand_over(promise, later)
    sell(milk, shop, 2, later, number="S-1")

    assert refusal.value.data()["rule"] == "past-its-day"
    assert held(milk, shop) == {"A": 1}
    assert [(one.kind, one.quantity) for one in Discrepancy.objects.all()] == [("EXPIRED_SOLD", 2)]


def test_a_return_comes_back_to_the_lots_it_left(now: datetime) -> None:
    shop, other, milk = factories.location(), factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(2, now)), LotUnits("B", 3, day(5, now)))
    sale = sell(milk, shop, 4, now)

    for number, units, bucket in (("R-1", 3, "ON_HAND"), ("R-2", 1, "DAMAGED")):
        back = [Movement(milk.pk, other.pk, units, "RETURN", origins=(sale,))]
        if bucket == "DAMAGED":
            back.append(Movement(milk.pk, other.pk, units, "RETURN", "DAMAGED", "damaged", origins=(sale,)))
        with db.transaction():
            posted = inventory.post_movements(
                document=DocumentRef("RETURN", number), movements=back, actor=CLERK, occurred_at=now, now=now
            )
            inventory.name_origins(document_id=posted.id, origins=[(milk.pk, sale)])

    assert rows("R-1") == [("A", "ON_HAND", "RETURN", 2, 2), ("B", "ON_HAND", "RETURN", 1, 1)]
    assert rows("R-2") == [("B", "ON_HAND", "RETURN", 1, 2), ("B", "DAMAGED", "RETURN", 1, 1)]
    assert held(milk, other, "damaged") == {"B": 1}
    assert verification.find_drifts() == []


def test_a_transfer_arrives_with_the_lots_that_were_sent(now: datetime) -> None:
    origin, shop, milk = factories.location(), factories.location(), tracked(now)
    receive(milk, origin, now, LotUnits("A", 2, day(2, now)), LotUnits("B", 5, day(5, now)))
    inventory.request_transfer(
        origin_id=origin.pk, destination_id=shop.pk, lines=[(milk.pk, 4)], **context("t", now)
    )
    transfer = Transfer.objects.get()

    inventory.ship_transfer(transfer_id=transfer.pk, **context("s", now))
    inventory.receive_transfer(
        transfer_id=transfer.pk, arrivals=[inventory.Arrival(milk.pk, 3)], **context("r1", now)
    )
    inventory.receive_transfer(
        transfer_id=transfer.pk, arrivals=[inventory.Arrival(milk.pk, 0, 1)], **context("r2", now)
    )

    assert held(milk, origin) == {"B": 3}
    assert held(milk, shop) == {"A": 2, "B": 2}
    assert held(milk, shop, "damaged") == {"B": 1}
    assert verification.find_drifts() == []


def test_lots_are_named_where_they_are_shipped_and_where_they_arrive(now: datetime) -> None:
    origin, shop, milk = factories.location(), factories.location(), tracked(now)
    receive(milk, origin, now, LotUnits("A", 2, day(2, now)), LotUnits("B", 5, day(5, now)))
    inventory.request_transfer(
        origin_id=origin.pk, destination_id=shop.pk, lines=[(milk.pk, 4)], **context("t", now)
    )
    transfer = Transfer.objects.get()

    inventory.ship_transfer(transfer_id=transfer.pk, lots={milk.pk: [LotUnits("B", 4)]}, **context("s", now))
    inventory.receive_transfer(
        transfer_id=transfer.pk,
        arrivals=[inventory.Arrival(milk.pk, 3, 1, (LotUnits("B", 3), LotUnits("A", 1, damaged=1)))],
        **context("r", now),
    )

    assert held(milk, origin) == {"A": 2, "B": 1}
    assert held(milk, shop) == {"A": 1, "B": 3}
    assert held(milk, shop, "damaged") == {"A": 1}


def test_carried_across_the_street_in_one_step(now: datetime) -> None:
    origin, shop, milk = factories.location(), factories.location(), tracked(now)
    receive(milk, origin, now, LotUnits("A", 2, day(2, now)), LotUnits("B", 5, day(5, now)))

    inventory.transfer_stock(
        origin_id=origin.pk, destination_id=shop.pk, lines=[(milk.pk, 3)], **context("t", now)
    )

    assert held(milk, shop) == {"A": 2, "B": 1}
    assert held(milk, origin) == {"B": 4}
    assert verification.find_drifts() == []


def test_a_loss_is_of_what_nobody_told_apart_then_of_what_expires_first(now: datetime) -> None:
    shop, milk = factories.location(), factories.variant()
    factories.stock(milk, shop, 2)
    inventory.start_tracking(variant_id=milk.pk, tracks="LOT", dated="BEST_BEFORE", **context("t", now))
    receive(milk, shop, now, LotUnits("B", 5, day(5, now)), LotUnits("A", 2, day(2, now)))
    adjust: dict[str, Any] = {"location_id": shop.pk, "variant_id": milk.pk}

    inventory.adjust_stock(**adjust, delta=-3, reason="shrinkage", **context("a", now))
    inventory.adjust_stock(**adjust, delta=1, reason="correction", **context("b", now))
    inventory.adjust_stock(
        **adjust, delta=2, reason="damaged", bucket="DAMAGED", lots=[LotUnits("B", 2)], **context("c", now)
    )

    assert held(milk, shop) == {"": 1, "A": 1, "B": 5}
    assert held(milk, shop, "damaged") == {"B": 2}
    assert level(milk, shop) == (7, 2, 0)
    assert verification.find_drifts() == []


def test_a_count_by_lot_says_what_is_there_of_each(now: datetime) -> None:
    shop, milk = factories.location(), factories.variant()
    factories.stock(milk, shop, 6)
    inventory.start_tracking(variant_id=milk.pk, tracks="LOT", dated="USE_BY", **context("t", now))
    receive(milk, shop, now, LotUnits("A", 4, day(2, now)))
    where = {"location_id": shop.pk, "variant_id": milk.pk}

    told = inventory.count_lots(
        **where, counted=[LotUnits("A", 3), LotUnits("B", 7, day(4, now))], **context("c1", now)
    )
    short = inventory.count_lots(**where, counted=[LotUnits("B", 6)], **context("c2", now))

    assert rows(told.number) == [
        ("A", "ON_HAND", "COUNT", -1, 3), ("", "ON_HAND", "COUNT", -6, 0), ("B", "ON_HAND", "COUNT", 7, 7)
    ]  # fmt: skip
    assert not StockEntry.objects.filter(document__number=told.number).exists()
    assert StockEntry.objects.get(document__number=short.number).delta == -4
    assert held(milk, shop) == {"B": 6}
    assert verification.find_drifts() == []


def test_tracking_ends_only_when_no_known_lot_is_lost(now: datetime) -> None:
    shop, milk = factories.location(), factories.variant()
    factories.stock(milk, shop, 6, damaged=1)
    inventory.start_tracking(variant_id=milk.pk, tracks="LOT", **context("t", now))
    receive(milk, shop, now, LotUnits("A", 1))

    with pytest.raises(errors.LotsRefused) as refusal:
        inventory.stop_tracking(variant_id=milk.pk, **context("x", now))
    sell(milk, shop, 1, now, LotUnits("A", 1))
    inventory.stop_tracking(variant_id=milk.pk, **context("y", now))
    sell(milk, shop, 1, now)

    assert refusal.value.data() == {"field": "tracks", "rule": "not-empty", "sku": milk.sku, "lot": "A"}
    assert level(milk, shop) == (5, 1, 0)
    assert held(milk, shop) == {}
    assert not LotStock.objects.exclude(on_hand=0).exists()
    assert verification.find_drifts() == []


def test_a_serial_number_is_one_unit_in_one_place(now: datetime) -> None:
    shop, other = factories.location(), factories.location()
    watch = tracked(now, tracks="SERIAL", dated="NONE")
    receive(watch, shop, now, LotUnits("S1"), LotUnits("S2"))

    with pytest.raises(errors.LotsRefused) as elsewhere:
        receive(watch, other, now, LotUnits("S1"))
    with pytest.raises(errors.LotsRefused) as here:
        receive(watch, shop, now, LotUnits("S2"))
    with pytest.raises(errors.LotsRefused) as two:
        receive(watch, shop, now, LotUnits("S3", 2))
    with pytest.raises(errors.LotsRefused) as nameless:
        hand_over(reserve(watch, shop, 1, now), now)

    rules = [one.value.data()["rule"] for one in (elsewhere, here, two, nameless)]
    assert rules == ["serial-in-stock", "serial-in-stock", "serial-is-one-unit", "required"]
    assert held(watch, shop) == {"S1": 1, "S2": 1}
    assert held(watch, other) == {}


def test_a_serial_number_moves_between_places(now: datetime) -> None:
    shop, other = factories.location(), factories.location()
    watch = tracked(now, tracks="SERIAL", dated="NONE")
    receive(watch, shop, now, LotUnits("S1"), LotUnits("S2"))

    inventory.transfer_stock(
        origin_id=shop.pk, destination_id=other.pk, lines=[(watch.pk, 1)],
        lots={watch.pk: [LotUnits("S2")]}, **context("t", now),
    )  # fmt: skip
    sell(watch, other, 1, now, LotUnits("S2"))

    assert held(watch, shop) == {"S1": 1}
    assert held(watch, other) == {}
    assert verification.find_drifts() == []


def test_a_till_that_scans_no_serial_number_says_not_which_is_gone(now: datetime) -> None:
    shop, watch = factories.location(), tracked(now, tracks="SERIAL", dated="NONE")
    receive(watch, shop, now, LotUnits("S1"), LotUnits("S2"))

    sell(watch, shop, 1, now)

    assert held(watch, shop) == {"": -1, "S1": 1, "S2": 1}
    assert [(one.kind, one.quantity) for one in Discrepancy.objects.all()] == [("LOT_UNKNOWN", 1)]


def test_a_blocked_lot_is_set_aside_everywhere_and_as_it_comes_back(now: datetime) -> None:
    shop, other, milk = factories.location(code="a"), factories.location(code="b"), tracked(now)
    receive(milk, shop, now, LotUnits("A", 5, day(5, now)), LotUnits("B", 1, day(6, now)))
    receive(milk, other, now, LotUnits("A", 2))
    sale = sell(milk, shop, 1, now, LotUnits("A", 1))
    lot = Lot.objects.get(number="A")

    blocked = inventory.block_lot(lot_id=lot.pk, reason="glass", **context("b", now))
    again = inventory.block_lot(lot_id=lot.pk, reason="glass", **context("b", now))
    with db.transaction():
        inventory.post_movements(
            document=DocumentRef("RETURN", "R-1"),
            movements=[Movement(milk.pk, shop.pk, 1, "RETURN", origins=(sale,))],
            actor=CLERK, occurred_at=now, now=now,
        )  # fmt: skip

    assert (blocked.units, blocked.locations) == (6, ("a", "b"))
    assert again == blocked
    assert level(milk, shop) == (6, 0, 5)
    assert level(milk, other) == (2, 0, 2)
    assert held(milk, shop, "quality_control") == {"A": 5}
    assert verification.find_drifts() == []


def test_what_a_till_sells_out_of_quality_control_is_no_longer_there(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(5, now)))
    inventory.block_lot(lot_id=Lot.objects.get(number="A").pk, reason="glass", **context("b", now))

    sell(milk, shop, 1, now, LotUnits("A", 1))

    assert level(milk, shop) == (1, 0, 1)
    assert held(milk, shop, "quality_control") == {"A": 1}
    assert verification.find_drifts() == []


def test_levels_of_many_variants_keep_a_bounded_number_of_locks() -> None:
    shop, first = factories.location(), factories.variant()
    variants = type(first).objects.bulk_create(
        type(first)(product=first.product, sku=f"MANY-{number}", tax_class=first.tax_class)
        for number in range(500)
    )

    with db.transaction():
        inventory.create_levels([(variant.pk, shop.pk) for variant in variants])
        kept = sql.fetch_all(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )

    assert kept == [(64,)]
    assert StockLevel.objects.filter(tracked=False).count() == 500
