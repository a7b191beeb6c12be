"""Buffers learned from counts and rejections: what channels are offered, told, and what a replay says."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Product, Variant
from inventory import errors, selectors
from inventory import services as inventory
from inventory.models import (
    ChannelSource,
    CountLine,
    CountSheet,
    Discrepancy,
    LearnedBuffer,
    StockLevel,
)
from inventory.services import DocumentRef, Movement
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.models import Event
from organisation.models import Location, SalesChannel
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def counted(variant: Variant, location: Location, variance: int, *, at: datetime, books: int = 10) -> None:
    sheet = CountSheet.objects.create(
        number=f"C{factories.number()}", location=location, status="POSTED", assignee=factories.user(),
        opened_at=at, closed_at=at, actor="test",
    )  # fmt: skip
    CountLine.objects.create(
        sheet=sheet, variant=variant, counted=books + variance, counted_at=at, counted_by="user:1",
        expected=books, variance=variance,
    )  # fmt: skip


def refused(variant: Variant, location: Location, units: int, *, at: datetime, **fields: Any) -> None:
    Discrepancy.objects.create(
        **{
            "kind": "REJECTED", "reason": "NOT_IN_STOCK", "variant": variant, "location": location,
            "quantity": units, "source": "order:1:1", "opened_at": at, "actor": "test", **fields,
        }
    )  # fmt: skip


def served(
    variant: Variant, location: Location, units: int, *, at: datetime, kind: str = "FULFILMENT"
) -> None:
    with db.transaction():
        inventory.post_movements(
            document=DocumentRef(kind, f"f-{factories.number()}"),
            movements=[Movement(variant.pk, location.pk, -units, "SALE")],
            actor=SYSTEM,
            occurred_at=at,
            now=at,
        )


class Scene:
    """A tea in a shop whose counts of every ten days found two too few, and in one where they agreed."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.bad, self.good = factories.location(code="bad"), factories.location(code="good")
        self.tea = factories.variant(sku="TEA")
        self.food = factories.category(code="food", path="food")
        leaf = factories.category(code="leaf", path="food/leaf", parent=self.food)
        Product.objects.filter(pk=self.tea.product_id).update(category=leaf)
        for place, variance in ((self.bad, -2), (self.good, 0)):
            factories.stock(self.tea, place, 10)
            # The first comes years after the level was stocked, and is taken for a year.
            for ago in range(100, 9, -10):
                counted(self.tea, place, variance, at=now - timedelta(days=ago))

    def channel(self, place: Location, **fields: Any) -> SalesChannel:
        channel = factories.channel(company=place.company)
        ChannelSource.objects.create(channel=channel, location=place, **{"learned": True, **fields})
        return channel

    def available(self, channel: SalesChannel) -> int:
        found = selectors.channel_availability(channel_id=channel.pk, variant_ids=[self.tea.pk], at=self.now)
        return found[self.tea.pk]

    def buffers(self) -> dict[str, int]:
        return dict(StockLevel.objects.values_list("location__code", "learned_buffer"))


@pytest.fixture
def scene(now: datetime) -> Scene:
    return Scene(now)


def test_counts_teach_each_place_its_own_buffer(scene: Scene) -> None:
    """
    365 + 9 × 10 = 455 days and ten losses, or none: m = 10 / 910 = 1/91, A = m² − m / 455 = 4 / 41405.

    The weight is 1 − (m / 455) / m² = 1 − 1/5, so 1.8 / 91 a day at the bad place and 0.2 / 91 at the good.
    """
    done = inventory.learn_buffers(now=scene.now)

    bad = LearnedBuffer.objects.get(location=scene.bad)
    good = LearnedBuffer.objects.get(location=scene.good)
    assert (bad.department, bad.speed, bad.observed, bad.overstated, bad.units) == (
        scene.food,
        "C",
        10,
        10,
        20,
    )
    assert (bad.exposure_days, bad.size, good.size) == (455, 2.0, 2.0)
    assert (bad.weight, bad.rate, good.rate) == pytest.approx((0.8, 1.8 / 91, 0.2 / 91))
    # Ten days since the last count: 0.198 losses of two units on average, or 0.022. At the bad place
    # none are lost with 0.8205, one with 0.0812, two with 0.0446: more than two with 0.0537 > 0.05.
    assert scene.buffers() == {"bad": 3, "good": 0}
    assert (done.changed, [(line.location, line.department) for line in done.classes]) == (
        1,
        [("bad", "food"), ("good", "food")],
    )


def test_a_buffer_grows_until_the_next_count(scene: Scene) -> None:
    grown = []
    for days in (0, 20, 80):
        inventory.learn_buffers(now=scene.now + timedelta(days=days))
        grown.append(scene.buffers()["bad"])
    assert grown == sorted(grown)
    assert grown[0] < grown[-1] <= 10

    later = scene.now + timedelta(days=80)
    counted(scene.tea, scene.bad, 0, at=later - timedelta(hours=1))
    inventory.learn_buffers(now=later)

    assert scene.buffers()["bad"] == 0


def test_rejections_and_sales_below_zero_count_and_what_was_found_does_not(scene: Scene) -> None:
    at = scene.now - timedelta(days=5)
    refused(scene.tea, scene.good, 1, at=at)
    refused(scene.tea, scene.good, 3, at=at, reason="", kind="BELOW_ZERO")
    refused(scene.tea, scene.good, 7, at=at, remedy="FOUND")
    refused(scene.tea, scene.good, 7, at=at, reason="STORE_CLOSED")

    inventory.learn_buffers(now=scene.now)

    good = LearnedBuffer.objects.get(location=scene.good)
    assert (good.rejected, good.below_zero, good.overstated, good.units) == (1, 1, 2, 4)
    assert good.observed == 12


def test_only_posted_counts_that_hold_teach(scene: Scene) -> None:
    CountSheet.objects.filter(location=scene.bad).update(status="CANCELLED")
    CountLine.objects.filter(sheet__location=scene.good).update(superseded=True)

    assert inventory.learn_buffers(now=scene.now).classes == ()


@pytest.mark.parametrize(
    ("fields", "offered"),
    [
        ({}, 7),
        ({"learned": False}, 10),
        ({"gives": "SHARE", "amount": 50}, 5),
        ({"gives": "SHARE", "amount": 90}, 7),
        ({"gives": "ABOVE", "amount": 2}, 7),
        ({"gives": "ABOVE", "amount": 5}, 5),
    ],
)
def test_the_larger_withholding_wins_and_reserving_holds_it(
    scene: Scene, fields: dict[str, Any], offered: int
) -> None:
    channel = scene.channel(scene.bad, **fields)
    StockLevel.objects.filter(location=scene.bad).update(learned_buffer=3)

    assert scene.available(channel) == offered

    def reserve(units: int) -> None:
        want = inventory.Want(scene.tea.pk, scene.bad.pk, units, "order:1:1", channel_id=channel.pk)
        with db.transaction():
            inventory.reserve(wants=[want], expires_at=None, actor=SYSTEM, now=scene.now)

    with pytest.raises(errors.InsufficientStock):
        reserve(offered + 1)
    reserve(offered)
    assert StockLevel.objects.get(location=scene.bad).reserved == offered
    allocated = factories.channel(company=scene.bad.company)
    assert scene.available(allocated) == 0


def test_channels_are_told_of_what_changed_and_nothing_else(scene: Scene) -> None:
    kit = factories.bundle((scene.tea, 2))
    minding, other = scene.channel(scene.bad), scene.channel(scene.bad, learned=False)
    scene.channel(scene.good)
    told = Event.objects.filter(type="inventory.sourcing-changed.v1")

    inventory.learn_buffers(now=scene.now)

    assert [row.payload for row in told] == [
        {"channel_id": minding.pk, "variant_ids": [scene.tea.pk, kit.pk], "location_id": None}
    ]
    assert (scene.available(minding), scene.available(other)) == (7, 10)
    assert inventory.learn_buffers(now=scene.now).changed == 0
    assert told.count() == 1


def test_a_dry_run_writes_nothing(scene: Scene) -> None:
    out = StringIO()
    call_command("learn_buffers", "--dry-run", "--json", stdout=out)

    told = json.loads(out.getvalue())
    assert {line["location"]: line["overstated"] for line in told["classes"]} == {"bad": 10, "good": 0}
    assert not LearnedBuffer.objects.exists()
    assert scene.buffers() == {"bad": 0, "good": 0}


def test_a_replay_says_what_would_have_been_avoided_and_withheld(scene: Scene) -> None:
    """
    Ten days after the last count three units are kept back at the bad place, none at the good one.

    Served from 10 with 7 to offer: nothing is withheld of 7, but both of the two from 3. With 1 in the
    books the order that the shop had to refuse is not offered at all.
    """
    start, books = scene.now, scene.bad
    for place in (scene.bad, scene.good):
        served(scene.tea, place, 7, at=start + timedelta(hours=1))
        served(scene.tea, place, 2, at=start + timedelta(hours=2))
        served(scene.tea, place, 1, at=start + timedelta(days=40), kind="SALE")
    refused(scene.tea, books, 1, at=start + timedelta(hours=3))
    refused(scene.tea, scene.good, 1, at=start + timedelta(hours=3))

    done = inventory.backtest_buffers(since=start, until=start + timedelta(days=1))

    assert [(row.location, row.oversold, row.avoided, row.served, row.withheld) for row in done] == [
        ("bad", 1, 1, 9, 2),
        ("good", 1, 0, 9, 0),
    ]
    assert (done[0].oversold_with, done[0].served_with) == (0, 7)
    assert inventory.backtest_buffers(since=start, until=start + timedelta(days=1)) == done
    assert scene.buffers() == {"bad": 0, "good": 0}


def test_a_replay_learns_from_nothing_that_came_after(scene: Scene) -> None:
    start = scene.now - timedelta(days=365)
    refused(scene.tea, scene.bad, 1, at=start + timedelta(days=1))

    done = inventory.backtest_buffers(since=start, until=scene.now)

    assert [(row.oversold, row.avoided) for row in done] == [(1, 0)]


def test_the_command_prints_both_and_refuses_a_time_that_ends_before_it_begins(scene: Scene) -> None:
    refused(scene.tea, scene.good, 1, at=scene.now)
    out = StringIO()

    call_command("backtest_buffers", "--from", "2026-11-22", "--until", "2026-11-23", stdout=out)

    assert "good: oversold 1 without, 1 with buffers (0 avoided); served 0 without" in out.getvalue()
    with pytest.raises(CommandError, match="before the last"):
        call_command("backtest_buffers", "--from", "2026-11-22", "--until", "2026-11-22")
    with pytest.raises(CommandError, match="no date"):
        call_command("backtest_buffers", "--from", "yesterday", "--until", "2026-11-22")
