"""
The `amazon` connector: Amazon.co.jp, by the Selling Partner API, for orders that the merchant ships.

Written from the models in amzn/selling-partner-api-models and developer-docs.amazon.com/sp-api: Listings
Items 2021-08-01, Orders 2026-01-01 (which replaces v0's reading, gone on 2027-03-27), and `confirmShipment`
of Orders v0. What no real account has confirmed is listed in docs/malls.md.

An SKU of ours is the seller SKU.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
from django.utils.translation import gettext_lazy as _

from connectors.errors import PushFailed
from connectors.malls import amazon_orders as orders
from connectors.malls.calling import ask, credentials, fetch_token, with_token
from connectors.malls.carriers import name_of
from connectors.malls.settings import MallSettings, told
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

ROOT = "https://sellingpartnerapi-fe.amazon.com"
TOKEN_URL = "https://api.amazon.com/auth/o2/token"
JAPAN = "A1VC38T7YXB528"
# Published rates, in requests a second. Searching orders has none here: it may burst, and then waits
# for the poll (`poll_seconds`), for it fills up by one request in three minutes.
RATES: Mapping[str, Decimal | None] = {
    "patch": Decimal(5),
    "listings": Decimal(5),
    "order": Decimal("0.5"),
    "confirm": Decimal(2),
    "orders": None,
}
MOST_SEARCHED = 20
DEFAULT = "DEFAULT"  # the merchant's own stock, as against Amazon's warehouses
# An expired token is answered 403.
REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonCredentials:
    client_id: str
    client_secret: str
    refresh_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonSettings(MallSettings):
    seller_id: str = field(metadata={"help": _("the seller's id (merchant token)")})
    marketplace: str = told(JAPAN, _("the marketplace's id"))
    poll_seconds: int = told(180, _("how long to wait before orders are asked for again"))
    token_url: str = told(TOKEN_URL, _("where access tokens are fetched"))


To = Counterpart[AmazonSettings]


class AmazonConnector(Connector[AmazonSettings]):
    label = _("Amazon.co.jp")
    settings = AmazonSettings
    credentials = AmazonCredentials
    needs_url = False
    # An SKU a request, five a second: a push stays within a few seconds.
    batches = {Capability.PUSH_STOCK: 20, Capability.PUSH_LISTINGS: 20}

    def capabilities(self, settings: AmazonSettings) -> frozenset[Capability]:
        lacking = set() if settings.carrier else {Capability.ACKNOWLEDGE_SHIPMENT}
        return capabilities_of(type(self)) - lacking

    def push_stock(self, to: To, items: Sequence[StockItem]) -> None:
        """Merged into what is there, so that restock dates and handling times stay."""
        for item in items:
            available = {"fulfillment_channel_code": DEFAULT, "quantity": item.available}
            patch(to, item.sku, "merge", "fulfillment_availability", available)

    def read_stock(self, to: To) -> Iterator[RemoteStock]:
        for sku, item in found(to, "fulfillmentAvailability"):
            for stock in item.get("fulfillmentAvailability") or []:
                if stock.get("fulfillmentChannelCode") == DEFAULT:
                    yield RemoteStock(sku, int(stock.get("quantity") or 0))

    def push_listings(self, to: To, items: Sequence[ListingItem]) -> None:
        for item in items:
            operation, offer = offer_of(to, item)
            patch(to, item.sku, operation, "purchasable_offer", offer)

    def read_listings(self, to: To) -> Iterator[RemoteListing]:
        for sku, item in found(to, "offers"):
            offers = [each for each in item.get("offers") or [] if each.get("offerType") == "B2C"]
            price = offers[0]["price"] if offers else {}
            amount = Decimal(str(price["amount"])) if price else None
            currency = price.get("currencyCode") or price.get("currency") or "JPY"
            yield RemoteListing(sku, bool(offers), amount, True, currency)

    def read_orders(self, to: To, cursor: str) -> OrdersPage:
        return orders.read(to, cursor, sp_api)

    def acknowledge_shipment(self, to: To, shipment: Shipment) -> None:
        """Under a number of the shipment's own: told again, the same parcel is written again."""
        order = orders.get(to, shipment.order_number, sp_api)
        parcel = {
            "packageReferenceId": str(UUID(shipment.id).int % 10**12 + 1),
            "carrierCode": "Other",
            "carrierName": name_of(shipment.carrier or to.settings.carrier),
            "trackingNumber": shipment.tracking_number,
            "shipDate": shipment.shipped_at.isoformat(),
            "orderItems": orders.items_shipped(to, order, shipment),
        }
        path = f"orders/v0/orders/{quote(shipment.order_number, safe='')}/shipmentConfirmation"
        body = {"marketplaceId": to.settings.marketplace, "packageDetail": parcel}
        sp_api(to, "POST", path, "confirm", json=body)

    def check_health(self, to: To) -> None:
        params = {"marketplaceIds": to.settings.marketplace, "pageSize": 1}
        sp_api(to, "GET", f"listings/2021-08-01/items/{to.settings.seller_id}", "listings", params=params)


def offer_of(to: To, item: ListingItem) -> tuple[str, dict[str, Any]]:
    """How an offer changes: replaced by one at its price, or deleted."""
    market = {"marketplace_id": to.settings.marketplace, "currency": item.currency or "JPY"}
    if not item.listed:
        return "delete", market
    if not item.tax_inclusive or item.currency != "JPY" or item.price is None:
        raise PushFailed(f"{item.sku}: its price is not in yen with tax", permanent=True)
    price = {"schedule": [{"value_with_tax": int(item.price)}]}
    return "replace", {**market, "our_price": [price]}


def patch(to: To, sku: str, operation: str, attribute: str, value: dict[str, Any]) -> None:
    """Raises PushFailed: for good, where Amazon finds the change invalid."""
    change = {"op": operation, "path": f"/attributes/{attribute}", "value": [value]}
    params = {"marketplaceIds": to.settings.marketplace, "issueLocale": "ja_JP"}
    body = {"productType": "PRODUCT", "patches": [change]}
    answer = sp_api(to, "PATCH", item_path(to, sku), "patch", params=params, json=body).json()
    if answer.get("status") == "INVALID":
        told_ = "; ".join(str(each.get("message")) for each in answer.get("issues") or [])
        raise PushFailed(f"{sku}: {told_}"[:500], permanent=True)


def found(to: To, data: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """
    What Amazon has of the SKUs that are asked about, by our SKU; `data` is the part that is wanted.

    A search takes twenty, by commas; a code that holds one is read by itself.
    """
    codes = {to.settings.code_of(sku): sku for sku in to.skus}
    plain = [code for code in codes if "," not in code]
    params = {"marketplaceIds": to.settings.marketplace, "includedData": data}
    for start in range(0, len(plain), MOST_SEARCHED):
        named = {"identifiersType": "SKU", "identifiers": ",".join(plain[start : start + MOST_SEARCHED])}
        path = f"listings/2021-08-01/items/{to.settings.seller_id}"
        wanted = {**params, **named, "pageSize": MOST_SEARCHED}
        for item in sp_api(to, "GET", path, "listings", params=wanted).json().get("items") or []:
            if item["sku"] in codes:
                yield codes[item["sku"]], item
    for code in codes.keys() - set(plain):
        try:
            one = sp_api(to, "GET", item_path(to, codes[code]), "listings", params=params)
        except PushFailed as error:
            if error.status != 404:
                raise
        else:
            yield codes[code], one.json()


def item_path(to: To, sku: str) -> str:
    return f"listings/2021-08-01/items/{to.settings.seller_id}/{quote(to.settings.code_of(sku), safe='')}"


def sp_api(to: To, method: str, path: str, operation: str, **options: Any) -> httpx.Response:
    """Raises PushFailed."""

    def send(token: str) -> httpx.Response:
        headers = {"x-amz-access-token": token}
        how: dict[str, Any] = {"operation": operation, "per_second": RATES[operation], "headers": headers}
        return ask(to, ROOT, method, path, **how, **options)

    return with_token(to, lambda: _fetch(to), send, refused=REFUSED)


def _fetch(to: To) -> tuple[str, float]:
    keys = credentials(to, AmazonCredentials)
    data = {
        "grant_type": "refresh_token",
        "refresh_token": keys.refresh_token,
        "client_id": keys.client_id,
        "client_secret": keys.client_secret,
    }
    return fetch_token(to.settings.token_url, data=data)
