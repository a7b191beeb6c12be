"""
The `webhook` connector: CloudEvents signed by Standard Webhooks, over plain HTTP.

Its counterpart answers under the connection's root: POST webhooks/stock, GET api/stock and
GET api/orders (docs/connectors.md).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connectors.errors import MessageInvalid, PushFailed, SignatureInvalid
from connectors.models import Connection
from connectors.ports import RemoteStock, StockItem
from omni.core.ids import uuid7

TIMEOUT = httpx.Timeout(5.0, connect=1.0)
STOCK_TYPE = "omni.stock-availability.v1"
ORDER_TYPE = "omni.order-created.v1"
PAGE = 1000
# What a receiver would refuse again, however often it were sent.
PERMANENT = {400, 404, 405, 410, 413, 415, 422}


@cache
def client() -> httpx.Client:
    """One pool of kept-alive connections a process."""
    return httpx.Client(timeout=TIMEOUT)


class WebhookConnector:
    def push_stock(self, connection: Connection, items: Sequence[StockItem]) -> None:
        data = {"connection": connection.code, "items": [asdict(item) for item in items]}
        identifier, body = cloud_event(STOCK_TYPE, data)
        headers = sign(connection.secret, identifier, body)
        response = call(connection, "POST", "webhooks/stock", content=body, headers=headers)
        response.read()

    def read_stock(self, connection: Connection) -> Iterator[RemoteStock]:
        after: str | None = ""
        while after is not None:
            page = call(connection, "GET", "api/stock", params={"after": after, "limit": PAGE}).json()
            for item in page["items"]:
                yield RemoteStock(
                    item["sku"], item["available"], item["version"], item.get("sold_unsynced", 0)
                )
            after = page["next"]

    def read_orders(self, connection: Connection, cursor: str) -> tuple[list[dict[str, Any]], str]:
        page = call(connection, "GET", "api/orders", params={"after": cursor, "limit": 100}).json()
        return page["orders"], str(page["next"] or cursor)


def call(connection: Connection, method: str, path: str, **options: Any) -> httpx.Response:
    """
    Raises:
        PushFailed: no answer, or one that is not 2xx.
    """
    try:
        response = client().request(method, f"{connection.url.rstrip('/')}/{path}", **options)
    except httpx.HTTPError as error:
        raise PushFailed(f"{type(error).__name__}: {error}") from error
    if not response.is_success:
        raise PushFailed(
            f"HTTP {response.status_code}: {response.text[:500]}", permanent=response.status_code in PERMANENT
        )
    return response


def cloud_event(event_type: str, data: dict[str, Any]) -> tuple[str, bytes]:
    """A CloudEvents 1.0 message in structured JSON, and its id."""
    identifier = str(uuid7())
    event = {
        "specversion": "1.0",
        "id": identifier,
        "source": "/omni",
        "type": event_type,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return identifier, json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def sign(secret: str, identifier: str, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks."""
    at = datetime.now(UTC)
    return {
        "content-type": "application/cloudevents+json",
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(identifier, at, body.decode()),
    }


def verify(secret: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """
    The data of a signed order message.

    Raises:
        SignatureInvalid, MessageInvalid
    """
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        # A malformed header or a body that isn't UTF-8 is a ValueError of the library's.
        raise SignatureInvalid() from error
    try:
        event = json.loads(body)
    except ValueError as error:
        raise MessageInvalid(field="body", rule="must be JSON") from error
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise MessageInvalid(field="specversion", rule="must be a CloudEvents 1.0 object")
    if event.get("type") != ORDER_TYPE:
        raise MessageInvalid(field="type", rule=f"must be {ORDER_TYPE}")
    if not isinstance(event.get("data"), dict):
        raise MessageInvalid(field="data", rule="must be an object")
    return event["data"]
