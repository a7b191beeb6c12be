"""
The `rakuten` connector: Rakuten Ichiba, by RMS WEB SERVICE.

Written from public copies of its reference, which stands behind a login: InventoryAPI 2.x, ItemAPI 2.0,
RakutenPayOrderAPI. What no real account has confirmed is listed in docs/malls.md.

An SKU of ours is `manageNumber/variantId`, or `manageNumber` alone of an item without variants.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
from django.utils.translation import gettext_lazy as _

from connectors.errors import PushFailed
from connectors.malls import rakuten_orders as orders
from connectors.malls.calling import ask, credentials
from connectors.malls.carriers import number_of
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

ROOT = "https://api.rms.rakuten.co.jp/es"
# Published limits, in requests a second, and in items a request.
RATES = {"stock": Decimal(1), "stock-read": Decimal(5), "items": Decimal(1), "orders": Decimal(1)}
MOST_STOCK, MOST_STOCK_READ, MOST_QUANTITY, PAGE = 400, 1000, 99_999, 100
JST = orders.JST


@dataclass(frozen=True, slots=True, kw_only=True)
class RakutenCredentials:
    service_secret: str
    license_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RakutenSettings(MallSettings):
    single_variant: str = told(
        "normal-inventory", _("Rakuten's variant id of an item without variants (SKU管理番号)")
    )

    def place_of(self, sku: str) -> tuple[str, str]:
        """The manage number and variant id of our SKU; Rakuten writes manage numbers in lower case."""
        number, _slash, variant = self.code_of(sku).partition("/")
        return number.lower(), variant or self.single_variant

    def sku_at(self, number: str, variant: str) -> str:
        return self.sku_of(number if variant == self.single_variant else f"{number}/{variant}")


To = Counterpart[RakutenSettings]


class RakutenConnector(Connector[RakutenSettings]):
    label = _("Rakuten Ichiba")
    settings = RakutenSettings
    credentials = RakutenCredentials
    needs_url = False
    batches = {Capability.PUSH_STOCK: MOST_STOCK, Capability.PUSH_LISTINGS: 20}

    def capabilities(self, settings: RakutenSettings) -> frozenset[Capability]:
        lacking = set() if settings.carrier else {Capability.ACKNOWLEDGE_SHIPMENT}
        return capabilities_of(type(self)) - lacking

    def push_stock(self, to: To, items: Sequence[StockItem]) -> None:
        """An SKU that Rakuten doesn't know is no error there: the comparison shows it."""
        inventories = []
        for item in items:
            number, variant = to.settings.place_of(item.sku)
            quantity = min(item.available, MOST_QUANTITY)
            inventories.append(
                {"manageNumber": number, "variantId": variant, "mode": "ABSOLUTE", "quantity": quantity}
            )
        rms(to, "POST", "2.1/inventories/bulk-upsert", "stock", json={"inventories": inventories})

    def read_stock(self, to: To) -> Iterator[RemoteStock]:
        skus = {to.settings.place_of(sku): sku for sku in to.skus}
        places = [{"manageNumber": number, "variantId": variant} for number, variant in skus]
        for start in range(0, len(places), MOST_STOCK_READ):
            wanted = {"inventories": places[start : start + MOST_STOCK_READ]}
            found = rms(to, "POST", "2.1/inventories/bulk-get", "stock-read", json=wanted).json()
            for one in found["inventories"]:
                sku = skus.get((one["manageNumber"].lower(), one["variantId"]))
                if sku is not None:
                    yield RemoteStock(sku, int(one["quantity"]))

    def push_listings(self, to: To, items: Sequence[ListingItem]) -> None:
        """An item a request, with all its variants that are told."""
        variants: dict[str, dict[str, Any]] = {}
        for item in items:
            number, variant = to.settings.place_of(item.sku)
            variants.setdefault(number, {})[variant] = variant_of(item)
        for number, changed in variants.items():
            path = f"2.0/items/manage-numbers/{quote(number, safe='')}"
            rms(to, "PATCH", path, "items", json={"variants": changed})

    def read_listings(self, to: To) -> Iterator[RemoteListing]:
        for item in all_items(to):
            inclusive = bool((item.get("payment") or {}).get("taxIncluded", True))
            for variant, told_ in (item.get("variants") or {}).items():
                listed = not (item.get("hideItem") or told_.get("hidden"))
                price = told_.get("standardPrice")
                sku = to.settings.sku_at(item["manageNumber"], variant)
                yield RemoteListing(
                    sku, listed, None if price is None else Decimal(str(price)), inclusive, "JPY"
                )

    def read_orders(self, to: To, cursor: str) -> OrdersPage:
        return orders.read(to, cursor, rms)

    def acknowledge_shipment(self, to: To, shipment: Shipment) -> None:
        """Told once: a parcel that is there under its number is not added again."""
        order = orders.get(to, [shipment.order_number], rms)
        if not order:
            raise PushFailed(f"Rakuten knows no order {shipment.order_number}", permanent=True)
        parcel = {
            "deliveryCompany": number_of(shipment.carrier or to.settings.carrier),
            "shippingNumber": shipment.tracking_number,
            "shippingDate": shipment.shipped_at.astimezone(JST).date().isoformat(),
        }
        packages = order[0]["PackageModelList"]
        told_before = [sent for package in packages for sent in package.get("ShippingModelList") or []]
        if any(sent.get("shippingNumber") == parcel["shippingNumber"] for sent in told_before):
            return
        body = {
            "orderNumber": shipment.order_number,
            "BasketidModelList": [{"basketId": packages[0]["basketId"], "ShippingModelList": [parcel]}],
        }
        orders.accepted(rms(to, "POST", "2.0/order/updateOrderShipping/", "orders", json=body).json())

    def check_health(self, to: To) -> None:
        rms(to, "GET", "2.0/items/search", "items", params={"hits": 1})


def variant_of(item: ListingItem) -> dict[str, Any]:
    """Raises PushFailed, for good, of a price without tax: Rakuten's are the item's own, tax included."""
    if not item.listed:
        return {"hidden": True}
    if not item.tax_inclusive or item.currency != "JPY" or item.price is None:
        raise PushFailed(f"{item.sku}: its price is not in yen with tax", permanent=True)
    return {"hidden": False, "standardPrice": f"{item.price.normalize():f}"}


def all_items(to: To) -> Iterator[dict[str, Any]]:
    mark, before = "*", ""
    while mark and mark != before:
        page = rms(to, "GET", "2.0/items/search", "items", params={"hits": PAGE, "cursorMark": mark}).json()
        yield from (each.get("item", each) for each in page.get("results") or [])
        mark, before = page.get("nextCursorMark") or "", mark


def rms(to: To, method: str, path: str, operation: str, **options: Any) -> httpx.Response:
    """Raises PushFailed."""
    keys = credentials(to, RakutenCredentials)
    key = base64.b64encode(f"{keys.service_secret}:{keys.license_key}".encode()).decode()
    headers = {"Authorization": f"ESA {key}"}
    rate = RATES[operation]
    return ask(to, ROOT, method, path, operation=operation, per_second=rate, headers=headers, **options)
