"""What may be sold: by channel, by location, nearest first; and which locations serve an order."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from inventory import errors, selectors
from inventory import services as inventory
from inventory.models import ChannelBuffer, ChannelSource
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CountQueries = Callable[[int], AbstractContextManager[object]]


def hold(
    variant: int, location: int, quantity: int, now: datetime, expires_at: datetime | None = None
) -> None:
    with db.transaction():
        inventory.reserve(
            wants=[inventory.Want(variant, location, quantity, "order:1:1")],
            expires_at=expires_at,
            actor=SYSTEM,
            now=now,
        )


def test_a_channel_offers_the_sum_of_its_sources_less_its_buffer(now: datetime) -> None:
    channel, variant = factories.channel(), factories.variant()
    warehouse, shop, stranger = (factories.location() for _ in range(3))
    factories.stock(variant, warehouse, 10, safety_stock=2)
    factories.stock(variant, shop, 5, damaged=1)
    factories.stock(variant, stranger, 100)
    factories.source(channel, warehouse)
    factories.source(channel, shop)
    ChannelBuffer.objects.create(channel=channel, quantity=3)
    hold(variant.pk, warehouse.pk, 4, now)

    available = selectors.channel_availability(channel_id=channel.pk, variant_ids=[variant.pk], at=now)

    assert available == {variant.pk: (10 - 2 - 4) + (5 - 1) - 3}


def test_a_variants_own_buffer_overrides_the_channels(now: datetime) -> None:
    channel, shop = factories.channel(), factories.location()
    common, special, scarce = (factories.variant() for _ in range(3))
    factories.source(channel, shop)
    for variant, units in ((common, 10), (special, 10), (scarce, 2)):
        factories.stock(variant, shop, units)
    ChannelBuffer.objects.create(channel=channel, quantity=3)
    ChannelBuffer.objects.create(channel=channel, variant=special, quantity=0)
    never = factories.variant()

    available = selectors.channel_availability(
        channel_id=channel.pk, variant_ids=[common.pk, special.pk, scarce.pk, never.pk], at=now
    )

    assert available == {common.pk: 7, special.pk: 10, scarce.pk: 0, never.pk: 0}


def test_one_oversold_source_takes_nothing_from_the_others(now: datetime) -> None:
    channel, variant = factories.channel(), factories.variant()
    below, above = factories.location(), factories.location()
    factories.stock(variant, below, -4)
    factories.stock(variant, above, 6)
    factories.source(channel, below)
    factories.source(channel, above)

    assert selectors.channel_availability(channel_id=channel.pk, variant_ids=[variant.pk], at=now) == {
        variant.pk: 6
    }


def test_closed_and_others_franchise_shops_give_nothing(now: datetime) -> None:
    ours = factories.company()
    channel, variant = factories.channel(company=ours), factories.variant()
    closed = factories.location(active=False)
    franchise = factories.location(franchise=True)
    own_franchise = factories.location(franchise=True, company=ours)
    resting = factories.location()
    for units, shop in ((1, closed), (10, franchise), (100, own_franchise), (1000, resting)):
        factories.stock(variant, shop, units)
        factories.source(channel, shop)
    ChannelSource.objects.filter(location=resting).update(active=False)

    assert selectors.channel_availability(channel_id=channel.pk, variant_ids=[variant.pk], at=now) == {
        variant.pk: 100
    }


def test_a_closed_channel_offers_nothing(now: datetime) -> None:
    channel, variant, shop = factories.channel(active=False), factories.variant(), factories.location()
    factories.stock(variant, shop, 5)
    factories.source(channel, shop)

    assert selectors.channel_availability(channel_id=channel.pk, variant_ids=[variant.pk], at=now) == {
        variant.pk: 0
    }


def test_an_expired_reservation_blocks_nobody_before_it_is_released(now: datetime) -> None:
    channel, variant, shop = factories.channel(), factories.variant(), factories.location()
    factories.stock(variant, shop, 5)
    factories.source(channel, shop)
    hold(variant.pk, shop.pk, 2, now, expires_at=now + timedelta(minutes=15))
    hold(variant.pk, shop.pk, 1, now)

    def seen(at: datetime) -> tuple[int, int]:
        online = selectors.channel_availability(channel_id=channel.pk, variant_ids=[variant.pk], at=at)
        local = selectors.location_availability(variant_ids=[variant.pk], at=at)
        return online[variant.pk], local[variant.pk, shop.pk]

    assert seen(now + timedelta(minutes=14)) == (2, 2)
    assert seen(now + timedelta(minutes=15)) == (4, 4)


def test_location_availability_is_of_the_levels_asked_for(now: datetime) -> None:
    one, other = factories.variant(), factories.variant()
    here, there = factories.location(), factories.location()
    factories.stock(one, here, 5, quality_control=2)
    factories.stock(one, there, -1)
    factories.stock(other, here, 7)

    everywhere = selectors.location_availability(variant_ids=[one.pk, other.pk])
    here_only = selectors.location_availability(variant_ids=[one.pk], location_ids=[here.pk])

    assert everywhere == {(one.pk, here.pk): 3, (one.pk, there.pk): 0, (other.pk, here.pk): 7}
    assert here_only == {(one.pk, here.pk): 3}


@pytest.mark.parametrize("variants", [1, 40])
def test_availability_is_one_statement(
    variants: int, now: datetime, django_assert_num_queries: CountQueries
) -> None:
    channel, shop = factories.channel(), factories.location()
    factories.source(channel, shop)
    ids = [factories.stock(factories.variant(), shop, 3).variant_id for _ in range(variants)]

    with django_assert_num_queries(1):
        assert selectors.channel_availability(channel_id=channel.pk, variant_ids=ids) == dict.fromkeys(ids, 3)
    with django_assert_num_queries(1):
        assert set(selectors.location_availability(variant_ids=ids).values()) == {3}


def test_allocation_asks_sources_by_priority_and_splits(now: datetime) -> None:
    channel, variant = factories.channel(), factories.variant()
    first, second, third = (factories.location() for _ in range(3))
    for shop, units, priority in ((first, 2, 20), (second, 3, 10), (third, 9, 30)):
        factories.stock(variant, shop, units)
        factories.source(channel, shop, priority)

    chosen = inventory.allocate(channel_id=channel.pk, wants=[(variant.pk, 4), (variant.pk, 2)], now=now)

    assert chosen == [(variant.pk, second.pk, 3), (variant.pk, first.pk, 2), (variant.pk, third.pk, 1)]


def test_allocation_ships_only_from_where_is_shipped(now: datetime) -> None:
    """What a channel is said to have is what can be sent; what the counter has is the counter's number."""
    channel, variant = factories.channel(), factories.variant(sku="TEA")
    factories.source(channel, counter := factories.location(capabilities=["PICKUP"]))
    factories.stock(variant, counter, 9)

    shown = selectors.channel_availability(channel_id=channel.pk, variant_ids=[variant.pk], at=now)
    assert shown == {variant.pk: 0}
    assert selectors.location_availability(variant_ids=[variant.pk]) == {(variant.pk, counter.pk): 9}
    with pytest.raises(errors.InsufficientStock) as refusal:
        inventory.allocate(channel_id=channel.pk, wants=[(variant.pk, 1)], now=now)

    assert refusal.value.data() == {
        "shortages": [{"sku": "TEA", "location": None, "requested": 1, "available": 0}]
    }


def test_allocation_leaves_the_buffer(now: datetime, django_assert_num_queries: CountQueries) -> None:
    channel, variant, shop = factories.channel(), factories.variant(), factories.location()
    factories.source(channel, shop)
    factories.stock(variant, shop, 9)
    ChannelBuffer.objects.create(channel=channel, quantity=5)

    with django_assert_num_queries(1):
        assert inventory.allocate(channel_id=channel.pk, wants=[(variant.pk, 4)], now=now) == [
            (variant.pk, shop.pk, 4)
        ]
    with pytest.raises(errors.InsufficientStock) as refusal:
        inventory.allocate(channel_id=channel.pk, wants=[(variant.pk, 5)], now=now)

    assert refusal.value.data()["shortages"][0]["available"] == 4
