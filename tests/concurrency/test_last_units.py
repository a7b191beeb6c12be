"""200 buyers for 50 units that lie in three places, through three channels: 50 are sold, and none is short."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db.models import F, Sum

from backoffice import verification
from inventory.errors import InsufficientStock
from inventory.models import ChannelSource, StockEntry, StockLevel
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from orders.models import Cart, Fulfilment, Order
from orders.services.fulfil import complete_fulfilment
from orders.services.outcome import PlacedOrder
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, LIE = 200, (17, 17, 16)


def carts_of_one() -> list[Cart]:
    """Three channels, each of which asks the three places in an order of its own."""
    site = Site()
    tea = site.item(1100, stock=LIE[0])
    places = [site.warehouse, *(factories.location() for _ in LIE[1:])]
    for place_, units in zip(places[1:], LIE[1:], strict=True):
        factories.stock(tea, place_, units)
    channels = [site.channel, factories.channel(), factories.channel()]
    ChannelSource.objects.all().delete()
    for turn, channel in enumerate(channels):
        if turn:
            factories.listing(tea, channel, 1100)
        for priority, place_ in enumerate(places[turn:] + places[:turn]):
            factories.source(channel, place_, priority)
    carts = [site.cart((tea, 1)) for _ in range(BUYERS)]
    for number, cart in enumerate(carts):
        cart.channel = channels[number % 3]
        cart.save()
    return carts


def ship(part: Fulfilment) -> None:
    claim = Claim.of(actor=SYSTEM, operation="ship", key=str(part.pk), request={})
    complete_fulfilment(number=part.order.number, fulfilment_id=part.pk, claim=claim, actor=SYSTEM, now=NOW)


def drifts() -> list[Any]:
    return [drift for _, found in verification.find_all() for drift in found]


def test_two_hundred_buyers_for_fifty_units_in_three_places_through_three_channels() -> None:
    carts = carts_of_one()

    outcomes = at_once([partial(place, cart) for cart in carts])

    placed = [one for one in outcomes if isinstance(one, PlacedOrder)]
    refused = [one for one in outcomes if isinstance(one, InsufficientStock)]
    assert (len(placed), len(refused)) == (50, 150), outcomes
    levels = list(StockLevel.objects.order_by("pk").values_list("on_hand", "reserved"))
    assert levels == [(units, units) for units in LIE]
    assert Order.objects.filter(status="PLACED").count() == 50
    for part in Fulfilment.objects.select_related("order"):
        ship(part)
    sold = StockEntry.objects.filter(kind="SALE").aggregate(units=Sum("delta"))["units"]
    assert sold == -50
    assert list(StockLevel.objects.values_list("on_hand", "reserved")) == [(0, 0)] * 3
    assert drifts() == []


def look_then_take(levels: list[int], all_have_looked: Barrier) -> bool:
    """What it would be without the lock: the first place that has one, and one less written there."""
    seen = list(StockLevel.objects.filter(pk__in=levels, on_hand__gt=0).order_by("pk"))
    all_have_looked.wait(timeout=30)
    if seen:
        StockLevel.objects.filter(pk=seen[0].pk).update(on_hand=F("on_hand") - 1)
    return bool(seen)


def test_without_the_lock_every_buyer_takes_the_last_unit() -> None:
    """The negative control: thirty see three units in three places, and thirty are sold."""
    tea = factories.variant()
    levels = [factories.stock(tea, factories.location(), 1).pk for _ in range(3)]
    barrier = Barrier(30)

    outcomes = at_once([partial(look_then_take, levels, barrier)] * 30)

    assert outcomes == [True] * 30
    assert StockLevel.objects.get(pk=levels[0]).on_hand == 1 - 30
    assert {drift.kind for drift in drifts()} == {"stock-counter"}
