"""A connection to a real sandbox site, with two variants in stock."""

from dataclasses import dataclass, field

import pytest

from catalog.models import Variant
from connectors import handlers, services
from connectors.models import Connection, PushState
from inventory.models import StockLevel
from omni.core import db
from omni.outbox.consumers import EventRecord
from omni.outbox.events import StockChanged
from organisation.models import Location, SalesChannel
from tests import factories
from tests.conftest import NOW
from tests.sandbox.conftest import SECRET, Site, StartSite, start_site

__all__ = ["start_site"]


@dataclass
class Link:
    """A connection, the site at its other end, and what is sold over it."""

    connection: Connection
    site: Site
    channel: SalesChannel
    location: Location
    variants: list[Variant] = field(default_factory=list)

    def set_on_hand(self, variant: Variant, on_hand: int) -> None:
        """Change the level and mark it, as a stock event would."""
        StockLevel.objects.filter(variant=variant).update(on_hand=on_hand)
        self.touch(variant)

    def touch(self, *variants: Variant) -> None:
        payload = StockChanged(
            variant_ids=tuple(variant.pk for variant in variants),
            location_ids=(self.location.pk,) * len(variants),
        )
        event = EventRecord(1, factories.customer().public_id, "stock:1", payload, NOW, NOW)
        with db.transaction():
            handlers.mark_changed([event])

    def push(self) -> int:
        return services.push(connection_id=self.connection.pk)

    def state(self, variant: Variant) -> PushState:
        return PushState.objects.get(connection=self.connection, variant=variant)

    def shown(self, variant: Variant) -> int:
        return self.site.stock(variant.sku)[0]


@pytest.fixture
def link(start_site: StartSite, transactional_db: None) -> Link:
    site = start_site()
    channel, location = factories.channel(code="sandbox-ec"), factories.location()
    factories.source(channel, location)
    connection = Connection.objects.create(
        code="sandbox-ec",
        name="Sandbox",
        channel=channel,
        url=site.url,
        secret=SECRET,
        settings={"listings": True, "shipments": True},
    )
    made = Link(connection, site, channel, location)
    for on_hand in (10, 3):
        variant = factories.variant()
        factories.listing(variant, channel)
        factories.stock(variant, location, on_hand)
        made.variants.append(variant)
    made.touch(*made.variants)
    return made
