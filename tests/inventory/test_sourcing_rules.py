"""How much each location gives each channel: all, a share, or what is above a number of units."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from catalog.models import Variant
from inventory import errors, selectors
from inventory import services as inventory
from inventory.models import ChannelBuffer, ChannelSource, Reservation, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.models import Event
from organisation.models import Location, SalesChannel
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def served(gives: str, amount: int, *, units: int, **fields: Any) -> tuple[SalesChannel, Variant, Location]:
    channel, variant, shop = factories.channel(), factories.variant(sku="TEA"), factories.location(**fields)
    factories.stock(variant, shop, units)
    ChannelSource.objects.create(channel=channel, location=shop, gives=gives, amount=amount)
    return channel, variant, shop


def available(channel: SalesChannel, variant: Variant, at: datetime) -> int:
    return selectors.channel_availability(channel_id=channel.pk, variant_ids=[variant.pk], at=at)[variant.pk]


def reserve(channel: SalesChannel, variant: Variant, quantity: int, now: datetime) -> list[int]:
    """As a checkout does it: allocate, then reserve what was allocated."""
    with db.transaction():
        found = inventory.allocate(channel_id=channel.pk, wants=[(variant.pk, quantity)], now=now)
        wants = [
            inventory.Want(variant_id, location_id, units, "order:1:1", channel_id=channel.pk)
            for variant_id, location_id, units in found
        ]
        return inventory.reserve(wants=wants, expires_at=None, actor=SYSTEM, now=now)


RULES = [
    ("ALL", 0, 7, 7),
    ("SHARE", 50, 7, 3),
    ("SHARE", 100, 7, 7),
    ("SHARE", 0, 7, 0),
    ("SHARE", 99, 1, 0),
    ("ABOVE", 0, 7, 7),
    ("ABOVE", 5, 7, 2),
    ("ABOVE", 9, 7, 0),
    ("SHARE", 50, -3, 0),
]


@pytest.mark.parametrize(("gives", "amount", "units", "given"), RULES)
def test_availability_and_allocation_know_the_same_rule(
    now: datetime, gives: str, amount: int, units: int, given: int
) -> None:
    channel, variant, shop = served(gives, amount, units=units)

    assert available(channel, variant, now) == given
    of_sources = selectors.source_availability(channel_id=channel.pk, variant_ids=[variant.pk], at=now)
    assert of_sources == {(variant.pk, shop.pk): given}
    if given:
        reserve(channel, variant, given, now)
        assert StockLevel.objects.get().reserved == given
    else:
        with pytest.raises(errors.InsufficientStock):
            reserve(channel, variant, 1, now)
        assert Reservation.objects.count() == 0


def test_a_rule_is_of_what_is_free_and_the_buffer_comes_off_the_sum(now: datetime) -> None:
    channel, variant, _shop = served("SHARE", 50, units=20)
    StockLevel.objects.update(safety_stock=3, damaged=2, reserved=5)
    factories.stock(variant, further := factories.location(), 9)
    ChannelSource.objects.create(channel=channel, location=further, gives="ABOVE", amount=4)
    ChannelBuffer.objects.create(channel=channel, quantity=2)

    assert available(channel, variant, now) == (20 - 3 - 2 - 5) // 2 + (9 - 4) - 2


def test_a_share_shrinks_as_units_go(now: datetime) -> None:
    channel, variant, _shop = served("SHARE", 50, units=10)

    taken = []
    while units := available(channel, variant, now):
        reserve(channel, variant, units, now)
        taken.append(units)

    assert taken == [5, 2, 1, 1]


def test_what_is_allocated_is_held_to_the_rule_when_it_is_reserved(now: datetime) -> None:
    """Both were allocated when five could be given; the second finds that only two are left to give."""
    channel, variant, shop = served("SHARE", 50, units=10)
    want = inventory.Want(variant.pk, shop.pk, 5, "order:1:1", channel_id=channel.pk)
    with db.transaction():
        inventory.reserve(wants=[want], expires_at=None, actor=SYSTEM, now=now)

    with pytest.raises(errors.InsufficientStock) as refusal, db.transaction():
        inventory.reserve(wants=[want], expires_at=None, actor=SYSTEM, now=now)

    shortage = {"sku": "TEA", "location": shop.code, "requested": 5, "available": 2}
    assert refusal.value.data() == {"shortages": [shortage]}
    assert StockLevel.objects.get().reserved == 5


def test_who_collects_takes_what_the_shop_has(now: datetime) -> None:
    """The rule is of what is sent for the channel; a shopper chose this shop."""
    _channel, variant, shop = served("SHARE", 0, units=4)

    with db.transaction():
        want = inventory.Want(variant.pk, shop.pk, 4, "order:1:1")
        inventory.reserve(wants=[want], expires_at=None, actor=SYSTEM, now=now)

    assert StockLevel.objects.get().reserved == 4


def test_what_expired_counts_for_the_rule(now: datetime) -> None:
    channel, variant, shop = served("SHARE", 50, units=10)
    with db.transaction():
        held = inventory.Want(variant.pk, shop.pk, 8, "order:1:1")
        inventory.reserve(wants=[held], expires_at=now + timedelta(minutes=1), actor=SYSTEM, now=now)
    later = now + timedelta(minutes=1)

    assert (available(channel, variant, now), available(channel, variant, later)) == (1, 5)
    reserve(channel, variant, 5, later)

    assert StockLevel.objects.get().reserved == 5


@pytest.mark.parametrize("shop", [{"active": False}, {"franchise": True}, {"paused_until": "later"}])
def test_a_share_of_what_serves_nobody_is_nothing(now: datetime, shop: dict[str, Any]) -> None:
    until = {"paused_until": now + timedelta(minutes=1)} if "paused_until" in shop else shop
    channel, variant, _shop = served("SHARE", 50, units=10, **until)

    assert available(channel, variant, now) == 0
    with pytest.raises(errors.InsufficientStock):
        inventory.allocate(channel_id=channel.pk, wants=[(variant.pk, 1)], now=now)


def test_a_pause_ends_by_the_clock_alone(now: datetime) -> None:
    channel, variant, _shop = served("ALL", 0, units=10, paused_until=now + timedelta(minutes=30))

    assert available(channel, variant, now + timedelta(minutes=30) - timedelta(microseconds=1)) == 0
    assert available(channel, variant, now + timedelta(minutes=30)) == 10


@pytest.mark.parametrize(("gives", "amount"), [("ALL", 1), ("SHARE", 101)])
def test_a_rule_without_meaning_is_refused_and_the_database_refuses_it_too(
    now: datetime, gives: str, amount: int
) -> None:
    channel, _variant, shop = served("ABOVE", 3, units=1)

    with pytest.raises(errors.AmountOutOfRange), db.transaction():
        inventory.set_source(
            channel_id=channel.pk, location_id=shop.pk, gives=gives, amount=amount, actor=SYSTEM, now=now
        )
    with pytest.raises(IntegrityError):
        ChannelSource.objects.update(gives=gives, amount=amount)

    assert ChannelSource.objects.values_list("gives", "amount").get() == ("ABOVE", 3)
    assert Event.objects.count() == 0


def race(now: datetime, *, hold_to_rule: bool) -> list[tuple[int, int]]:
    """
    Sixteen buyers of 9 units in two channels that may have 60 and 50 % of 40, who all allocated before anybody reserved.

    Answers (units free before, units reserved) of each reservation, in the order of the locks.
    """
    shop, variant = factories.location(), factories.variant()
    factories.stock(variant, shop, 40)
    channels = [factories.channel(), factories.channel()]
    for channel, share in zip(channels, (60, 50), strict=True):
        ChannelSource.objects.create(channel=channel, location=shop, gives="SHARE", amount=share)

    def buy(number: int) -> Callable[[], None]:
        channel = channels[number % 2]
        [(_, _, units)] = inventory.allocate(channel_id=channel.pk, wants=[(variant.pk, 9)], now=now)
        want = inventory.Want(
            variant.pk, shop.pk, units, f"order:{number}:1", channel_id=channel.pk if hold_to_rule else None
        )

        def go() -> None:
            with db.transaction():
                inventory.reserve(wants=[want], expires_at=None, actor=SYSTEM, now=now)

        return go

    outcomes = at_once([buy(number) for number in range(16)])
    assert {type(outcome) for outcome in outcomes} == {type(None), errors.InsufficientStock}
    assert StockLevel.objects.get().reserved == sum(Reservation.objects.values_list("quantity", flat=True))
    free, seen = 40, []
    for channel_number, units in _reserved():
        seen.append((free * (60, 50)[channel_number] // 100, units))
        free -= units
    return seen


def _reserved() -> list[tuple[int, int]]:
    """(which channel, units) of each reservation, in the order in which they were made."""
    rows = Reservation.objects.order_by("pk").values_list("source", "quantity")
    return [(int(source.split(":")[1]) % 2, units) for source, units in rows]


def test_channels_whose_shares_overlap_never_get_more_than_is_theirs_to_take(now: datetime) -> None:
    reserved = race(now, hold_to_rule=True)

    assert all(units <= given for given, units in reserved), reserved
    # 40 free give either channel 9; so do 31 and 22; of 13 they may have 7 and 6.
    assert [units for _given, units in reserved] == [9, 9, 9]


def test_control_without_the_rule_under_the_lock_they_do(now: datetime) -> None:
    reserved = race(now, hold_to_rule=False)

    assert any(units > given for given, units in reserved), reserved
    assert [units for _given, units in reserved] == [9, 9, 9, 9]
