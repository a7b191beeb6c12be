"""What is decided in the admin about who serves whom reaches the outside like a movement of stock."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Variant
from connectors import selectors
from connectors.models import Connection, PushState
from inventory import services as inventory
from inventory.models import ChannelBuffer, ChannelSource
from omni.core import clock, db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.outbox import delivery
from omni.outbox.consumers import consumers_of
from omni.outbox.models import Event
from organisation import services as organisation
from organisation.models import Location
from organisation.tasks import resume_locations
from tests import factories
from tests.admin_forms import save
from tests.conftest import NOW
from tests.connectors.conftest import Link


@pytest.fixture
def office(client: Client, link: Link, settings: Any) -> Client:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def shop(link: Link) -> Location:
    """A second source: it has units of the first variant, and an empty level of the second."""
    made = factories.location()
    factories.source(link.channel, made)
    factories.stock(link.variants[0], made, 4)
    factories.stock(link.variants[1], made, 0)
    elsewhere, unlisted = factories.variant(), factories.variant()
    factories.listing(elsewhere, link.channel)
    factories.stock(elsewhere, link.location, 6)
    factories.stock(unlisted, made, 5)
    link.variants.append(elsewhere)
    link.touch(*link.variants)
    assert link.push() == 3
    return made


def deliver() -> int:
    """Hand what is published to its consumers, as relay and worker do, until nothing is; answer how much was."""
    delivered = 0
    while events := list(Event.objects.filter(finished_at=None).values_list("sequence", "type")):
        due: dict[str, list[int]] = defaultdict(list)
        for sequence, type_ in events:
            for consumer in consumers_of(type_):
                due[consumer].append(sequence)
        delivery.deliver_batch(due)
        delivered += len(events)
    return delivered


def dirty() -> set[tuple[int, int]]:
    return set(PushState.objects.exclude(dirty_at=None).values_list("connection_id", "variant_id"))


def pairs(link: Link, *variants: Variant) -> set[tuple[int, int]]:
    return {(link.connection.pk, variant.pk) for variant in variants}


@pytest.mark.parametrize("changes", [{"active": False}, {"franchise": True}])
def test_a_shop_that_stops_serving_marks_what_it_gave(
    office: Client, link: Link, shop: Location, changes: dict[str, Any]
) -> None:
    save(office, "organisation_location", shop.pk, **changes)

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0]))


def test_a_shop_that_opens_again_marks_what_it_gives(office: Client, link: Link, shop: Location) -> None:
    save(office, "organisation_location", shop.pk, active=False)
    deliver()
    link.push()
    assert link.shown(link.variants[0]) == 10

    save(office, "organisation_location", shop.pk, active=True)

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0]))
    link.push()
    assert link.shown(link.variants[0]) == 14


def test_what_a_shop_gave_is_marked_though_it_was_sold_meanwhile(link: Link, shop: Location) -> None:
    """The sale's own event does so, though it finds the source switched off."""
    with db.transaction():
        inventory.set_source(
            channel_id=link.channel.pk, location_id=shop.pk, active=False, actor=SYSTEM, now=NOW
        )
    with db.transaction():
        inventory.post_movements(
            document=inventory.DocumentRef("SALE", "receipt-1"),
            movements=[inventory.Movement(link.variants[0].pk, shop.pk, -4, "SALE")],
            actor=SYSTEM,
            occurred_at=NOW,
            now=NOW,
        )
    deliver()

    assert dirty() == pairs(link, link.variants[0])


def test_what_a_shop_only_hands_over_is_told_to_nobody(office: Client, link: Link, shop: Location) -> None:
    """Nobody could ship it; from the day on which the shop ships, everybody is told."""
    save(office, "organisation_location", shop.pk, capabilities=["PICKUP"])

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0]))
    link.push()
    assert link.shown(link.variants[0]) == 10

    save(office, "organisation_location", shop.pk, capabilities=["PICKUP", "SHIP_FROM_STORE"])

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0]))
    link.push()
    assert link.shown(link.variants[0]) == 14


def test_a_shop_that_ships_otherwise_changes_no_number(office: Client, link: Link, shop: Location) -> None:
    save(office, "organisation_location", shop.pk, capabilities=["SHIP_FROM_STORE"])

    assert (deliver(), dirty()) == (1, set())


def test_a_shop_under_another_name_tells_nothing(office: Client, link: Link, shop: Location) -> None:
    save(office, "organisation_location", shop.pk, name={"ja": "新しい店", "en": "New"})

    assert (deliver(), Location.objects.get(pk=shop.pk).name["en"]) == (0, "New")


def test_a_channel_that_is_switched_off_has_nothing(office: Client, link: Link, shop: Location) -> None:
    sold_out = factories.variant()
    factories.listing(sold_out, link.channel)
    factories.stock(sold_out, link.location, 0)
    link.touch(sold_out)
    link.push()

    save(office, "organisation_saleschannel", link.channel.pk, active=False)

    assert (deliver(), dirty()) == (1, pairs(link, *link.variants))
    link.push()
    assert [link.shown(variant) for variant in link.variants] == [0, 0, 0]


def test_a_source_that_is_switched_off_marks_what_it_gave(office: Client, link: Link, shop: Location) -> None:
    source = ChannelSource.objects.get(location=shop)

    save(office, "inventory_channelsource", source.pk, active=False)

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0]))


def test_a_source_that_is_asked_later_changes_no_number(office: Client, link: Link, shop: Location) -> None:
    source = ChannelSource.objects.get(location=shop)

    save(office, "inventory_channelsource", source.pk, priority=500)

    assert (deliver(), dirty()) == (1, set())


def test_a_rule_marks_exactly_what_it_changes(office: Client, link: Link, shop: Location) -> None:
    """Of the shop's four units half are two; its empty level, and what it does not hold, stay as told."""
    source = ChannelSource.objects.get(location=shop)

    save(office, "inventory_channelsource", source.pk, gives="SHARE", amount=50)

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0]))
    link.push()
    assert link.shown(link.variants[0]) == 12


def test_a_rule_that_changes_no_number_marks_nothing(office: Client, link: Link, shop: Location) -> None:
    source = ChannelSource.objects.get(location=shop)

    save(office, "inventory_channelsource", source.pk, gives="SHARE", amount=100)

    assert (deliver(), dirty()) == (1, set())


def test_a_pause_and_its_end_are_told(link: Link, shop: Location) -> None:
    """The end by the task alone: nobody does anything, and no stock moves."""
    now = clock.now()
    until = now + timedelta(seconds=1)
    claim = Claim.of(actor=SYSTEM, operation="pause", key="pause", request={})
    organisation.pause_location(
        location_id=shop.pk, until=until, reason="BUSY", claim=claim, actor=SYSTEM, now=now
    )
    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0]))
    link.push()
    assert link.shown(link.variants[0]) == 10
    Location.objects.filter(pk=shop.pk).update(paused_until=now)

    resume_locations()

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0]))
    link.push()
    assert link.shown(link.variants[0]) == 14


def test_a_new_source_marks_what_it_gives(office: Client, link: Link, shop: Location) -> None:
    further = factories.location()
    factories.stock(link.variants[1], further, 2)
    factories.stock(factories.variant(), further, 2)
    form = {
        "channel": link.channel.pk,
        "location": further.pk,
        "priority": 9,
        "gives": "ALL",
        "amount": 0,
        "active": "on",
    }

    assert (
        office.post(reverse("admin:inventory_channelsource_add"), {**form, "_key": str(uuid7())}).status_code
        == 302
    )

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[1]))


def test_a_source_is_switched_off_and_never_deleted(office: Client, link: Link) -> None:
    source = ChannelSource.objects.get()

    answer = office.post(reverse("admin:inventory_channelsource_delete", args=[source.pk]), {"post": "yes"})

    assert (answer.status_code, ChannelSource.objects.count(), Event.objects.count()) == (403, 1, 0)


def test_a_buffer_marks_what_is_held_back(office: Client, link: Link, shop: Location) -> None:
    ChannelBuffer.objects.create(channel=link.channel, variant=link.variants[1], quantity=0)
    form = {"channel": link.channel.pk, "variant": "", "quantity": 2}

    assert (
        office.post(reverse("admin:inventory_channelbuffer_add"), {**form, "_key": str(uuid7())}).status_code
        == 302
    )

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[0], link.variants[2]))


def test_a_connection_that_is_switched_on_is_told_what_it_missed(
    office: Client, link: Link, shop: Location
) -> None:
    save(office, "connectors_connection", link.connection.pk, active=False)
    link.set_on_hand(link.variants[1], 8)
    assert (deliver(), dirty()) == (0, set())

    save(office, "connectors_connection", link.connection.pk, active=True)

    assert (deliver(), dirty()) == (1, pairs(link, link.variants[1]))
    assert link.push() == 1 + 3  # the stock that changed, and listings: it was never told any
    assert link.shown(link.variants[1]) == 16


def test_a_new_connection_is_told_all_that_its_channel_lists(
    office: Client, link: Link, shop: Location
) -> None:
    form = {
        "code": "second",
        "name": "Second",
        "kind": "webhook",
        "channel": link.channel.pk,
        "url": "http://127.0.0.1:9/",
        "secret": "whsec_c2Vjb25k",
        "active": "on",
        "pushes_per_second": 200,
        "batch_size": 200,
    }

    assert (
        office.post(reverse("admin:connectors_connection_add"), {**form, "_key": str(uuid7())}).status_code
        == 302
    )

    second = Connection.objects.get(code="second")
    assert deliver() == 1
    assert dirty() == {(second.pk, variant.pk) for variant in link.variants}


def test_what_another_channel_is_told_stays(office: Client, link: Link, shop: Location) -> None:
    other = factories.channel()
    factories.source(other, link.location)
    factories.listing(link.variants[0], other)
    Connection.objects.create(code="other", name="Other", channel=other, url="http://127.0.0.1:9/")

    save(office, "organisation_location", shop.pk, active=False)
    deliver()

    assert dirty() == pairs(link, link.variants[0])


def test_what_is_in_flight_is_marked_again(link: Link, shop: Location) -> None:
    """Whoever sends it may have read the number before the shop closed."""
    link.set_on_hand(link.variants[1], 2)
    PushState.objects.filter(variant=link.variants[1]).update(dirty_at=None, lease_until=NOW)
    change = selectors.SourcingChange(link.channel.pk)

    told_otherwise = selectors.list_told_otherwise({change: NOW})

    assert told_otherwise.pairs == [(link.connection.pk, link.variants[1].pk, NOW)]
    assert told_otherwise.left == {}


def test_a_refused_change_tells_nothing(link: Link, shop: Location) -> None:
    shop.active = False
    shop.currency = "TOO LONG"

    with pytest.raises(Exception, match="too long"), db.transaction():
        organisation.save_location(location=shop, actor=SYSTEM, now=NOW)

    assert (Event.objects.count(), Location.objects.get(pk=shop.pk).active) == (0, True)


def test_a_closed_shop_is_pushed_at_once_and_alone(office: Client, link: Link, shop: Location) -> None:
    before = link.site.get("/api/stats")["pushes"]

    save(office, "organisation_location", shop.pk, active=False)
    deliver()
    link.push()

    assert [link.shown(variant) for variant in link.variants] == [10, 3, 6]
    assert link.site.get("/api/stats")["pushes"] == before + 1
    states = [link.state(variant) for variant in link.variants]
    assert [(state.version, state.acknowledged_version) for state in states] == [(2, 2), (1, 1), (1, 1)]
    assert states[0].lag is not None
    assert states[0].lag < timedelta(seconds=1)


def test_a_repeated_delivery_pushes_nothing(office: Client, link: Link, shop: Location) -> None:
    save(office, "organisation_location", shop.pk, active=False)
    deliver()
    link.push()
    before = link.site.get("/api/stats")["pushes"]

    Event.objects.update(finished_at=None)
    deliver()
    link.push()

    assert link.site.get("/api/stats")["pushes"] == before


@pytest.mark.parametrize(("page", "pages"), [(4, 1), (2, 2)])
def test_a_change_is_marked_page_by_page_each_in_a_transaction_of_its_own(
    link: Link, shop: Location, monkeypatch: pytest.MonkeyPatch, page: int, pages: int
) -> None:
    monkeypatch.setattr(selectors, "PAGE", page)
    with db.transaction():
        inventory.set_buffer(channel_id=link.channel.pk, quantity=1, actor=SYSTEM, now=NOW)

    with CaptureQueriesContext(database) as captured:
        assert deliver() == pages

    ran = [query["sql"] for query in captured]
    assert dirty() == pairs(link, *link.variants)
    assert sum("LEFT JOIN connectors_pushstate" in statement for statement in ran) == pages
    assert sum("INSERT INTO connectors_pushstate" in statement for statement in ran) == pages
