"""Prices follow one another without gap or overlap, and channels are told."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps

from catalog import services
from catalog.errors import ListingOverlaps, PriceOverlaps, PriceTooFine
from catalog.models import Listing, Variant
from catalog.services import NewListing
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.outbox.models import Event
from organisation.models import SalesChannel
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def channel() -> SalesChannel:
    return factories.channel()


@pytest.fixture
def variant() -> Variant:
    return factories.variant()


def prices() -> list[Any]:
    return list(Listing.objects.order_by("valid_from").values_list("price", "valid_from", "valid_until"))


def add(*listings: NewListing, now: datetime) -> None:
    with db.transaction():
        services.add_listings(listings=listings, actor=SYSTEM, now=now)


def set_price(*, listing: NewListing, actor: Actor, now: datetime) -> None:
    with db.transaction():
        services.set_price(listing=listing, actor=actor, now=now)


def test_a_new_price_ends_the_old_one(variant: Variant, channel: SalesChannel, now: datetime) -> None:
    add(NewListing(variant.pk, channel.pk, Decimal(1000), now), now=now)

    set_price(listing=NewListing(variant.pk, channel.pk, Decimal(900), now + DAY), actor=SYSTEM, now=now)

    assert prices() == [(1000, now, now + DAY), (900, now + DAY, None)]


def test_after_a_campaign_the_old_price_comes_back(
    variant: Variant, channel: SalesChannel, now: datetime
) -> None:
    add(NewListing(variant.pk, channel.pk, Decimal(1000), now), now=now)

    set_price(
        listing=NewListing(variant.pk, channel.pk, Decimal(700), now + DAY, now + 3 * DAY),
        actor=SYSTEM,
        now=now,
    )

    assert prices() == [
        (1000, now, now + DAY),
        (700, now + DAY, now + 3 * DAY),
        (1000, now + 3 * DAY, None),
    ]


def test_a_price_set_at_the_same_moment_replaces_the_old_one(
    variant: Variant, channel: SalesChannel, now: datetime
) -> None:
    add(NewListing(variant.pk, channel.pk, Decimal(1000), now, now + 5 * DAY), now=now)

    set_price(listing=NewListing(variant.pk, channel.pk, Decimal(900), now), actor=SYSTEM, now=now)

    assert prices() == [(900, now, now + 5 * DAY)]


def test_a_price_that_runs_into_the_next_one_is_refused_and_changes_nothing(
    variant: Variant, channel: SalesChannel, now: datetime
) -> None:
    add(
        NewListing(variant.pk, channel.pk, Decimal(1000), now, now + 2 * DAY),
        NewListing(variant.pk, channel.pk, Decimal(1100), now + 2 * DAY),
        now=now,
    )
    before, told = prices(), Event.objects.count()

    with pytest.raises(PriceOverlaps) as refusal:
        set_price(
            listing=NewListing(variant.pk, channel.pk, Decimal(900), now + DAY, now + 3 * DAY),
            actor=SYSTEM,
            now=now,
        )

    assert refusal.value.data() == {"field": "valid_from", "rule": "overlap"}
    assert (prices(), Event.objects.count()) == (before, told)


def test_overlapping_listings_are_refused(variant: Variant, channel: SalesChannel, now: datetime) -> None:
    add(NewListing(variant.pk, channel.pk, Decimal(1000), now, now + DAY), now=now)

    with pytest.raises(ListingOverlaps):
        add(NewListing(variant.pk, channel.pk, Decimal(900), now + DAY / 2), now=now)

    assert prices() == [(1000, now, now + DAY)]


def test_one_that_begins_as_another_ends_is_not_an_overlap(
    variant: Variant, channel: SalesChannel, now: datetime
) -> None:
    add(NewListing(variant.pk, channel.pk, Decimal(1000), now, now + DAY), now=now)

    add(NewListing(variant.pk, channel.pk, Decimal(900), now + DAY), now=now)

    assert [price for price, *_ in prices()] == [1000, 900]


@pytest.mark.parametrize(("currency", "price"), [("JPY", "99.5"), ("USD", "1.005")])
def test_a_price_finer_than_its_currency_is_refused(
    variant: Variant, now: datetime, currency: str, price: str
) -> None:
    channel = factories.channel(currency=currency)

    with pytest.raises(PriceTooFine) as refusal:
        add(NewListing(variant.pk, channel.pk, Decimal(price), now), now=now)

    assert refusal.value.data() == {
        "field": "price",
        "rule": "currency-unit",
        "value": Decimal(price),
        "currency": currency,
    }
    assert prices() == []


def test_channels_are_told_once_each_whose_prices_changed(now: datetime) -> None:
    first, second = factories.channel(), factories.channel()
    variants = [factories.variant() for _ in range(3)]

    add(*(NewListing(v.pk, c.pk, Decimal(100), now) for c in (first, second) for v in variants), now=now)

    ids = sorted(v.pk for v in variants)
    assert list(Event.objects.order_by("sequence").values_list("type", "aggregate", "payload")) == [
        (
            "catalog.listing-changed.v1",
            f"channel:{channel.pk}",
            {"channel_id": channel.pk, "variant_ids": ids},
        )
        for channel in (first, second)
    ]


def test_history_names_who_changed_a_price(variant: Variant, channel: SalesChannel, now: datetime) -> None:
    add(NewListing(variant.pk, channel.pk, Decimal(1000), now - DAY), now=now)

    set_price(listing=NewListing(variant.pk, channel.pk, Decimal(900), now), actor=Actor.user(7), now=now)

    change = apps.get_model("catalog", "ListingEvent").objects.get()
    assert (change.pgh_label, change.valid_until, change.pgh_context.metadata) == (
        "changed",
        None,
        {"actor": "user:7"},
    )


def test_ending_a_listing_takes_it_off_sale_and_twice_is_fine(
    variant: Variant, channel: SalesChannel, now: datetime
) -> None:
    add(NewListing(variant.pk, channel.pk, Decimal(1000), now - DAY), now=now)

    for _ in range(2):
        with db.transaction():
            services.end_listing(variant_id=variant.pk, channel_id=channel.pk, at=now, actor=SYSTEM, now=now)

    assert prices() == [(1000, now - DAY, now)]
    assert Event.objects.count() == 2
