"""
The `webhook` connector: CloudEvents signed by Standard Webhooks, over plain HTTP.

Its counterpart answers under the connection's root: POST webhooks/stock, webhooks/listings and
webhooks/shipments, GET api/stock, api/listings, api/orders and health (docs/connectors.md).
"""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from standardwebhooks.webhooks import Webhook

from connectors.errors import MessageInvalid
from connectors.http import call
from connectors.ports import (
    Capability,
    Connector,
    Counterpart,
    ListingItem,
    OrdersPage,
    RemoteListing,
    RemoteStock,
    Shipment,
    StockItem,
    capabilities_of,
)
from omni.core import clock, codec
from omni.core.errors import SignatureInvalid
from omni.core.ids import uuid7

STOCK_TYPE = "omni.stock-availability.v1"
LISTING_TYPE = "omni.listing-changed.v1"
SHIPMENT_TYPE = "omni.order-shipped.v1"
ORDER_TYPE = "omni.order-created.v1"
PAGE = 1000
ORDERS_PAGE = 100
# How old a signature may be, or how far ahead.
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What a counterpart answers beside stock and orders; what it doesn't, it is never asked."""

    listings: bool = field(
        default=False, metadata={"help": _("it takes and shows listings (webhooks/listings, api/listings)")}
    )
    shipments: bool = field(
        default=False, metadata={"help": _("it takes shipments of its orders (webhooks/shipments)")}
    )


To = Counterpart[WebhookSettings]


class WebhookConnector(Connector[WebhookSettings]):
    label = _("signed webhooks")
    settings = WebhookSettings

    def capabilities(self, settings: WebhookSettings) -> frozenset[Capability]:
        lacking = set()
        if not settings.listings:
            lacking |= {Capability.PUSH_LISTINGS, Capability.READ_LISTINGS}
        if not settings.shipments:
            lacking.add(Capability.ACKNOWLEDGE_SHIPMENT)
        return capabilities_of(type(self)) - lacking

    def push_stock(self, to: To, items: Sequence[StockItem]) -> None:
        send(to, "webhooks/stock", STOCK_TYPE, {"items": [asdict(item) for item in items]})

    def read_stock(self, to: To) -> Iterator[RemoteStock]:
        for item in pages(to, "api/stock"):
            yield RemoteStock(item["sku"], item["available"], item["version"], item.get("sold_unsynced", 0))

    def push_listings(self, to: To, items: Sequence[ListingItem]) -> None:
        listings = [codec.encode(item) for item in items]
        send(to, "webhooks/listings", LISTING_TYPE, {"items": listings})

    def read_listings(self, to: To) -> Iterator[RemoteListing]:
        for item in pages(to, "api/listings"):
            price = None if item["price"] is None else Decimal(item["price"])
            yield RemoteListing(
                item["sku"], item["listed"], price, item["tax_inclusive"], item["currency"], item["version"]
            )

    def acknowledge_shipment(self, to: To, shipment: Shipment) -> None:
        send(to, "webhooks/shipments", SHIPMENT_TYPE, codec.encode(shipment), identifier=shipment.id)

    def read_orders(self, to: To, cursor: str) -> OrdersPage:
        page = call(to, "GET", "api/orders", params={"after": cursor, "limit": ORDERS_PAGE}).json()
        return OrdersPage(page["orders"], str(page["next"] or cursor))

    def receive_order(self, to: To, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
        return verify(to.secret, body, headers, ORDER_TYPE)

    def check_health(self, to: To) -> None:
        call(to, "GET", "health")


def send(to: To, path: str, event_type: str, data: dict[str, Any], *, identifier: str | None = None) -> None:
    """Post a signed CloudEvent; a 2xx answer acknowledges it. Raises PushFailed."""
    identifier, body = cloud_event(event_type, {"connection": to.code, **data}, identifier)
    call(to, "POST", path, content=body, headers=sign(to.secret, identifier, body))


def pages(to: To, path: str) -> Iterator[dict[str, Any]]:
    """The items of a list that the counterpart gives page by page. Raises PushFailed."""
    after: str | None = ""
    while after is not None:
        page = call(to, "GET", path, params={"after": after, "limit": PAGE}).json()
        yield from page["items"]
        after = page["next"]


def cloud_event(event_type: str, data: dict[str, Any], identifier: str | None = None) -> tuple[str, bytes]:
    """A CloudEvents 1.0 message in structured JSON, and its id: a new one, unless it has one."""
    identifier = identifier or str(uuid7())
    event = {
        "specversion": "1.0",
        "id": identifier,
        "source": "/omni",
        "type": event_type,
        "time": clock.now().isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return identifier, json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def sign(secret: str, identifier: str, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks."""
    at = clock.now()
    return {
        "content-type": "application/cloudevents+json",
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(identifier, at, body.decode()),
    }


def verify_signature(secret: str, body: bytes, headers: Mapping[str, str]) -> None:
    """
    Standard Webhooks, by our clock: the library's `verify` goes by the machine's, which may be off.

    Raises SignatureInvalid.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        seconds = int(given["webhook-timestamp"])
        at = datetime.fromtimestamp(seconds, UTC)
        expected = Webhook(secret).sign(given["webhook-id"], at, body.decode())
        signatures = given["webhook-signature"].split(" ")
    except (KeyError, ValueError, OverflowError, OSError) as error:
        raise SignatureInvalid() from error
    proved = [hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures]
    if not any(proved) or abs(clock.now() - at) > TOLERANCE:
        raise SignatureInvalid()


def verify(secret: str, body: bytes, headers: Mapping[str, str], event_type: str) -> dict[str, Any]:
    """
    The data of a signed message.

    Raises:
        SignatureInvalid, MessageInvalid
    """
    verify_signature(secret, body, headers)
    try:
        event = json.loads(body)
    except ValueError as error:
        raise MessageInvalid(field="body", rule="must be JSON") from error
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise MessageInvalid(field="specversion", rule="must be a CloudEvents 1.0 object")
    if event.get("type") != event_type:
        raise MessageInvalid(field="type", rule=f"must be {event_type}")
    if not isinstance(event.get("data"), dict):
        raise MessageInvalid(field="data", rule="must be an object")
    return event["data"]
