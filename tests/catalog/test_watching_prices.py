"""Channels are told of prices that the clock begins and ends: once, and of all of them."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from catalog import services
from catalog.models import PriceWatch, Variant
from catalog.services import NewPrice, Scope
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.models import Event
from organisation.models import SalesChannel
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _unwatched() -> None:
    """Not since the migrations ran, whose clock is not the tests'."""
    PriceWatch.objects.all().delete()


@pytest.fixture
def channel() -> SalesChannel:
    return factories.channel(kind="STORE")


@pytest.fixture
def variant(channel: SalesChannel, now: datetime) -> Variant:
    """On sale since long, and reduced from tomorrow for two days."""
    variant = factories.variant()
    factories.listing(variant, channel, 1000)
    schedule(variant, Scope("JPY", channel_id=channel.pk), now)
    services.tell_due(now=now)
    Event.objects.all().delete()
    return variant


def schedule(variant: Variant, scope: Scope, now: datetime) -> None:
    with db.transaction():
        services.set_prices(
            prices=[NewPrice(variant.pk, scope, Decimal(700), now + DAY, now + 3 * DAY, "SALE")],
            actor=SYSTEM,
            now=now,
        )


def told() -> list[Any]:
    return list(Event.objects.order_by("pk").values_list("type", "payload", "occurred_at"))


def event(channel: SalesChannel, variant: Variant, at: datetime) -> Any:
    payload = {"channel_id": channel.pk, "variant_ids": [variant.pk]}
    return ("catalog.listing-changed.v1", payload, at)


def test_what_begins_and_what_ends_is_told_once_each(
    channel: SalesChannel, variant: Variant, now: datetime
) -> None:
    looks = [now + DAY / 2, now + DAY, now + DAY, now + 2 * DAY, now + 4 * DAY, now + 5 * DAY]

    counts = [services.tell_due(now=at) for at in looks]

    assert counts == [0, 1, 0, 0, 1, 0]
    assert told() == [event(channel, variant, now + DAY), event(channel, variant, now + 4 * DAY)]


def test_nothing_is_left_out_while_nobody_looked(
    channel: SalesChannel, variant: Variant, now: datetime
) -> None:
    services.tell_due(now=now + 30 * DAY)

    assert told() == [event(channel, variant, now + 30 * DAY)]


def test_a_clock_that_goes_back_tells_nothing_and_forgets_nothing(
    channel: SalesChannel, variant: Variant, now: datetime
) -> None:
    services.tell_due(now=now + 2 * DAY)

    assert services.tell_due(now=now - DAY) == 0
    assert PriceWatch.objects.get().told_until == now + 2 * DAY


def test_a_shops_sale_is_told_to_the_tills_channels(channel: SalesChannel, now: datetime) -> None:
    services.tell_due(now=now)
    variant, shop = factories.variant(), factories.location()
    factories.channel(kind="EC")
    schedule(variant, Scope("JPY", location_id=shop.pk), now)
    Event.objects.all().delete()

    services.tell_due(now=now + DAY)

    assert told() == [event(channel, variant, now + DAY)]


def test_several_watches_at_once_tell_once(channel: SalesChannel, variant: Variant, now: datetime) -> None:
    counts = at_once([partial(services.tell_due, now=now + DAY)] * 4)

    assert sorted(counts) == [0, 0, 0, 1]
    assert told() == [event(channel, variant, now + DAY)]
