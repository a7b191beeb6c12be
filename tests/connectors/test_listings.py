"""Prices and listings out: what is on sale, for how much, under versions of its own."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Listing, TaxRate
from connectors import handlers, services
from connectors.models import Connection, ListingState, PushState
from connectors.services import pushing
from omni.core import db
from omni.outbox.consumers import EventRecord
from omni.outbox.events import ChannelChanged, ConnectionOpened, ListingChanged, Payload
from tests import factories
from tests.conftest import NOW
from tests.connectors.conftest import Link


def tell(payload: Payload) -> None:
    event = EventRecord(1, factories.customer().public_id, "channel:1", payload, NOW, NOW)
    with db.transaction():
        handlers.mark_listings([event])


def listing(link: Link, index: int) -> dict[str, Any]:
    row = link.site.get(f"/api/listings/{link.variants[index].sku}")
    return {name: row[name] for name in ("listed", "price", "tax_inclusive", "currency", "version")}


@pytest.fixture
def told(link: Link) -> Link:
    """Everything has been told once."""
    tell(ConnectionOpened(link.connection.pk))
    link.push()
    return link


def test_a_new_connection_is_told_every_listing(told: Link) -> None:
    shown = {"listed": True, "price": "1000", "tax_inclusive": True, "currency": "JPY", "version": 1}

    assert [listing(told, index) for index in (0, 1)] == [shown, shown]
    states = ListingState.objects.filter(acknowledged_version=1, dirty_at=None, lease_until=None)
    assert states.count() == 2


def test_a_changed_price_is_told_under_the_next_version(told: Link) -> None:
    Listing.objects.filter(variant=told.variants[0]).update(price=1480, tax_inclusive=False)
    tell(ListingChanged(told.channel.pk, (told.variants[0].pk,)))

    assert told.push() == 1

    shown = {"listed": True, "price": "1480", "tax_inclusive": False, "currency": "JPY", "version": 2}
    assert listing(told, 0) == shown
    assert listing(told, 1)["version"] == 1


def test_a_price_that_is_as_it_was_told_is_not_sent(told: Link) -> None:
    tell(ListingChanged(told.channel.pk, tuple(variant.pk for variant in told.variants)))

    assert told.push() == 0
    assert ListingState.objects.filter(version=1, dirty_at=None).count() == 2


def test_what_is_taken_off_sale_is_told_as_not_listed(told: Link) -> None:
    Listing.objects.filter(variant=told.variants[0]).update(valid_until=timezone.now() - timedelta(seconds=1))
    tell(ListingChanged(told.channel.pk, (told.variants[0].pk,)))

    told.push()

    assert (listing(told, 0)["listed"], listing(told, 0)["price"]) == (False, None)
    assert told.shown(told.variants[0]) == 10


def test_a_channel_that_is_switched_off_sells_nothing(told: Link) -> None:
    told.channel.active = False
    told.channel.save()
    tell(ChannelChanged(told.channel.pk))

    told.push()

    assert [listing(told, index)["listed"] for index in (0, 1)] == [False, False]


def test_what_has_no_tax_rate_is_not_listed_and_stops_nothing(told: Link) -> None:
    TaxRate.objects.filter(tax_class=told.variants[0].tax_class).delete()
    Listing.objects.update(price=900)
    tell(ListingChanged(told.channel.pk, tuple(variant.pk for variant in told.variants)))

    told.push()

    assert [listing(told, index)["listed"] for index in (0, 1)] == [False, True]
    assert listing(told, 1)["price"] == "900"


def test_only_the_channels_own_active_connections_are_marked(link: Link) -> None:
    other = factories.channel()
    Connection.objects.create(code="other", name="Other", channel=other, settings=link.connection.settings)
    off = Connection.objects.create(
        code="off", name="Off", channel=link.channel, active=False, settings=link.connection.settings
    )

    tell(ListingChanged(link.channel.pk, (link.variants[0].pk,)))

    marked = ListingState.objects.values_list("connection__code", "variant_id")
    assert list(marked) == [("sandbox-ec", link.variants[0].pk)]
    assert not off.listing_states.exists()


def test_a_comparison_heals_a_price_that_drifted_and_what_should_not_be_sold(
    told: Link, now: datetime
) -> None:
    Listing.objects.filter(variant=told.variants[1]).update(valid_until=timezone.now() - timedelta(seconds=1))
    Listing.objects.filter(variant=told.variants[0]).update(price=700)
    ListingState.objects.update(acknowledged_at=NOW)
    PushState.objects.update(acknowledged_at=NOW)

    compared = services.compare(connection_id=told.connection.pk, now=now)

    assert (compared.listings_compared, compared.listings_drifted, compared.drifted) == (2, 2, 0)
    assert compared.error == ""
    assert [drift["ours"] for drift in compared.detail] == [
        {"listed": True, "price": "700"},
        {"listed": False, "price": None},
    ]
    assert (listing(told, 0)["price"], listing(told, 0)["version"]) == ("700", 2)
    assert listing(told, 1)["listed"] is False
    ListingState.objects.update(acknowledged_at=NOW)
    assert services.compare(connection_id=told.connection.pk, now=now).listings_drifted == 0


def test_a_comparison_tells_what_was_never_told(link: Link, now: datetime) -> None:
    compared = services.compare(connection_id=link.connection.pk, now=now)

    assert compared.listings_drifted == 2
    assert [listing(link, index)["price"] for index in (0, 1)] == ["1000", "1000"]


def test_refused_listings_are_given_up_while_stock_goes_on(told: Link) -> None:
    """The receiver takes no prices: each is given up, the circuit stays closed, stock arrives."""
    tries = pushing.REFUSALS_UNTIL_DEAD - 1
    ListingState.objects.update(told=None, dirty_at=NOW, tries=tries)
    connection = Connection.objects.get()
    told.site.control("fail", status=422, times=2)

    told.push()
    told.set_on_hand(told.variants[0], 4)
    assert told.push() == 1

    assert told.shown(told.variants[0]) == 4
    assert ListingState.objects.exclude(dead_at=None).count() == 2
    connection.refresh_from_db()
    assert (connection.failures, connection.retry_at) == (0, None)
    with db.transaction():
        assert services.replay_dead(connection_id=connection.pk) == 2
    assert told.push() == 2


def test_silence_for_listings_opens_no_circuit(told: Link) -> None:
    Listing.objects.update(price=800)
    tell(ListingChanged(told.channel.pk, tuple(variant.pk for variant in told.variants)))
    told.site.control("fail", status=500, times=1)

    assert told.push() == 0

    state = ListingState.objects.filter(variant=told.variants[0]).get()
    assert (state.tries, state.dead_at, state.error[:8]) == (0, None, "HTTP 500")
    assert state.next_try_at is not None
    assert Connection.objects.get().failures == 0
    ListingState.objects.update(next_try_at=None)
    assert told.push() == 2
    assert listing(told, 0)["price"] == "800"
