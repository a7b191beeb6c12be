"""What a webhook counterpart says that it doesn't take is not marked, sent, compared or given up."""

from datetime import datetime
from typing import Any

import pytest

from connectors import registry, selectors, services
from connectors.errors import SettingInvalid
from connectors.models import Connection, ListingState, PushState, ShipmentNotice
from connectors.ports import Capability
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.events import ConnectionOpened, ListingChanged
from omni.outbox.models import Event
from orders.models import Order
from tests import factories
from tests.conftest import NOW
from tests.connectors.conftest import Link
from tests.connectors.test_listings import tell
from tests.connectors.test_shipments import note, order, shipped

__all__ = ["order"]

pytestmark = pytest.mark.django_db(transaction=True)


def switch(link: Link, **settings: Any) -> None:
    link.connection = Connection.objects.get(pk=link.connection.pk)
    link.connection.settings = settings
    with db.transaction():
        services.save_connection(connection=link.connection, actor=SYSTEM, now=NOW)


def test_nothing_is_on_unless_it_is_switched_on(link: Link) -> None:
    switch(link)

    beside = {Capability.PUSH_LISTINGS, Capability.READ_LISTINGS, Capability.ACKNOWLEDGE_SHIPMENT}
    assert registry.capabilities(link.connection) == set(Capability) - beside - {
        Capability.RECEIVE_TILL_BATCH,
        Capability.FINISH_PUSHES,
    }


def test_a_setting_of_another_type_is_refused(link: Link) -> None:
    with pytest.raises(SettingInvalid) as refused:
        switch(link, listings="yes")

    assert refused.value.field == "settings.listings"
    assert Connection.objects.get().settings == {"listings": True, "shipments": True}


def test_without_listings_none_is_marked_and_a_comparison_reads_none(link: Link, now: datetime) -> None:
    switch(link, shipments=True)
    link.push()
    PushState.objects.update(acknowledged_at=NOW)

    tell(ListingChanged(link.channel.pk, (link.variants[0].pk,)))
    compared = services.compare(connection_id=link.connection.pk, now=now)

    assert not ListingState.objects.exists()
    assert (compared.compared, compared.listings_compared, compared.error) == (2, 0, "")


def test_what_waited_goes_when_listings_are_switched_off(link: Link) -> None:
    tell(ConnectionOpened(link.connection.pk))
    ListingState.objects.filter(variant=link.variants[0]).update(dead_at=NOW, tries=5, error="HTTP 404")

    switch(link, shipments=True)

    health = selectors.get_health(connection_id=link.connection.pk)
    assert (health.listings_waiting, health.listings_dead, health.waiting) == (0, 0, 2)


def test_all_listings_are_told_once_they_are_switched_on(link: Link) -> None:
    switch(link)
    tell(ConnectionOpened(link.connection.pk))
    assert not ListingState.objects.exists()
    Event.objects.all().delete()

    switch(link, listings=True)

    assert Event.objects.get().type == ConnectionOpened.type
    tell(ConnectionOpened(link.connection.pk))
    assert ListingState.objects.exclude(dirty_at=None).count() == 2


def test_without_shipments_no_notice_is_kept(link: Link, order: Order) -> None:
    switch(link, listings=True)

    note(shipped(order))

    assert not ShipmentNotice.objects.exists()


def test_another_connection_of_the_channel_keeps_its_own(link: Link) -> None:
    factories.source(factories.channel(), link.location)
    plain = Connection.objects.create(code="plain", name="Plain", channel=link.channel)

    tell(ListingChanged(link.channel.pk, (link.variants[0].pk,)))

    assert list(ListingState.objects.values_list("connection__code", flat=True)) == ["sandbox-ec"]
    assert not registry.lacks(plain, Capability.PUSH_STOCK)
