"""A shop on a mall: its connection, its channel, a warehouse, and articles in stock."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.models import Variant
from connectors import handlers, services
from connectors.malls import calling, yahoo
from connectors.models import Comparison, Connection, ListingState, PushState
from inventory.models import StockLevel
from omni.core import db
from omni.outbox.consumers import EventRecord
from omni.outbox.events import StockChanged
from orders.models import Fulfilment, Order
from organisation.models import Location, SalesChannel
from tests import factories
from tests.conftest import NOW

# So many times the published limits: tests wait for nothing.
FAST = "100000"
PLACED = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)


@dataclass
class Shop:
    connection: Connection
    channel: SalesChannel
    location: Location
    variants: list[Variant] = field(default_factory=list)

    def article(self, sku: str, on_hand: int, price: int = 1980) -> Variant:
        variant = factories.variant(sku=sku)
        factories.listing(variant, self.channel, price)
        factories.stock(variant, self.location, on_hand)
        self.variants.append(variant)
        return variant

    def touch(self) -> None:
        payload = StockChanged(
            variant_ids=tuple(variant.pk for variant in self.variants),
            location_ids=(self.location.pk,) * len(self.variants),
        )
        event = EventRecord(1, factories.customer().public_id, "stock:1", payload, NOW, NOW)
        with db.transaction():
            handlers.mark_changed([event])

    def list_all(self) -> None:
        with db.transaction():
            services.mark_listings(channel_id=self.channel.pk, variant_ids=None, at=NOW)

    def set_on_hand(self, variant: Variant, on_hand: int) -> None:
        StockLevel.objects.filter(variant=variant).update(on_hand=on_hand)
        self.touch()

    def push(self) -> int:
        """Push what is due, whatever had to wait since it was tried before."""
        Connection.objects.update(retry_at=None)
        PushState.objects.update(next_try_at=None)
        ListingState.objects.update(next_try_at=None)
        return services.push(connection_id=self.connection.pk)

    def poll(self, *, later: timedelta = timedelta(hours=1)) -> list[str]:
        """Poll, as if the last poll had been `later` ago; answer the numbers that are booked."""
        self.connection.refresh_from_db()
        read, bar, rest = self.connection.orders_cursor.partition("|")
        if read:
            before = (datetime.fromisoformat(read) - later).isoformat()
            Connection.objects.update(orders_cursor=f"{before}{bar}{rest}")
        services.poll_orders(connection_id=self.connection.pk, now=datetime.now(UTC))
        return list(Order.objects.order_by("pk").values_list("external_number", flat=True))

    def compare(self) -> Comparison:
        PushState.objects.update(acknowledged_at=None)
        ListingState.objects.update(acknowledged_at=None)
        return services.compare(connection_id=self.connection.pk, now=datetime.now(UTC))

    def ship(self, number: str, tracking: str = "4500-1111-2222") -> Fulfilment:
        """All of an order leaves, and the mall is told."""
        part = Fulfilment.objects.get(order__external_number=number)
        Fulfilment.objects.filter(pk=part.pk).update(
            completed_at=datetime.now(UTC), status="COMPLETED", tracking_number=tracking
        )
        with db.transaction():
            services.note_shipments(fulfilment_ids=[part.pk])
        self.push()
        return part


def open_shop(kind: str, url: str, secret: dict[str, str], **settings: Any) -> Shop:
    calling.tokens, yahoo.wants = calling.Tokens(), yahoo.Wants()
    channel = factories.channel(code=kind, kind="MARKETPLACE")
    location = factories.location()
    factories.source(channel, location)
    connection = Connection.objects.create(
        code=kind,
        name=kind,
        kind=kind,
        channel=channel,
        url=url,
        secret=json.dumps(secret),
        settings={
            "orders_since": (PLACED - timedelta(days=3)).isoformat(),
            "poll_seconds": 0,
            "rate": FAST,
            "carrier": "yamato",
            **settings,
        },
    )
    return Shop(connection, channel, location)


def payments(order: Order) -> dict[str, int]:
    """What an order is settled by, in yen."""
    paid = order.payments.values_list("tender_type__code", "captured_amount")
    return {code: int(amount) for code, amount in paid}
