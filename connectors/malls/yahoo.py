"""
The `yahoo` connector: Yahoo! Shopping (Japan), by its store APIs.

Written from developer.yahoo.co.jp/webapi/shopping (getStock, setStock, updateItems, reservePublish,
orderList, orderInfo, orderShipStatusChange) and YConnect v2, as they read in 2026. What no real account
has confirmed is listed in docs/malls.md.

An SKU of ours is `item_code:sub_code`, or `item_code` alone of an item without sub-codes.
"""

import base64
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.utils.translation import gettext_lazy as _

from connectors.errors import PushFailed
from connectors.malls import yahoo_orders as orders
from connectors.malls.calling import ask, credentials, fetch_token, with_token
from connectors.malls.carriers import number_of
from connectors.malls.settings import MallSettings, told
from connectors.malls.xml import element, parsed, text_of
from connectors.ports import (
    Capability,
    Connector,
    Counterpart,
    ListingItem,
    OrdersPage,
    RemoteStock,
    Shipment,
    StockItem,
    capabilities_of,
)

ROOT = "https://circus.shopping.yahooapis.jp/ShoppingWebService/V1"
TOKEN_URL = "https://auth.login.yahoo.co.jp/yconnect/v2/token"
# One request a second to each address; items a request.
RATE = Decimal(1)
MOST_STOCK, MOST_ITEMS = 1000, 100
SHIPPED = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class YahooCredentials:
    """The public key (PEM) signs order calls; without it their refresh token lasts twelve hours."""

    client_id: str
    client_secret: str
    refresh_token: str
    public_key: str = ""
    public_key_version: str = ""

    def __post_init__(self) -> None:
        if bool(self.public_key) != bool(self.public_key_version):
            raise ValueError("public_key and public_key_version go together")
        if self.public_key:
            _loaded(self.public_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class YahooSettings(MallSettings):
    seller_id: str = field(metadata={"help": _("the store account (ストアアカウント)")})
    token_url: str = told(TOKEN_URL, _("where access tokens are fetched"))


To = Counterpart[YahooSettings]


class YahooConnector(Connector[YahooSettings]):
    label = _("Yahoo! Shopping")
    settings = YahooSettings
    credentials = YahooCredentials
    needs_url = False
    batches = {Capability.PUSH_STOCK: MOST_STOCK, Capability.PUSH_LISTINGS: MOST_ITEMS}

    def capabilities(self, settings: YahooSettings) -> frozenset[Capability]:
        lacking = set() if settings.carrier else {Capability.ACKNOWLEDGE_SHIPMENT}
        return capabilities_of(type(self)) - lacking

    def push_stock(self, to: To, items: Sequence[StockItem]) -> None:
        codes = ",".join(code_of(to, item.sku) for item in items)
        quantities = ",".join(str(item.available) for item in items)
        parsed(post(to, "setStock", {"item_code": codes, "quantity": quantities}))

    def read_stock(self, to: To) -> Iterator[RemoteStock]:
        codes = [code_of(to, sku) for sku in to.skus]
        for start in range(0, len(codes), MOST_STOCK):
            answer = post(to, "getStock", {"item_code": ",".join(codes[start : start + MOST_STOCK])})
            for one in parsed(answer).iter("Result"):
                if text_of(one, "Status") == "1":
                    code = ":".join(filter(None, (text_of(one, "ItemCode"), text_of(one, "SubCode"))))
                    yield RemoteStock(to.settings.sku_of(code), int(text_of(one, "Quantity") or 0))

    def push_listings(self, to: To, items: Sequence[ListingItem]) -> None:
        """A price is an item's, whatever its sub-codes; what was changed is then published."""
        fields = fields_of(to, items)
        form = {f"item{place}": urlencode(each) for place, each in enumerate(fields, start=1)}
        parsed(post(to, "updateItems", form))
        parsed(post(to, "reservePublish", {"mode": "1"}))

    def read_orders(self, to: To, cursor: str) -> OrdersPage:
        return orders.read(to, cursor, order_call)

    def acknowledge_shipment(self, to: To, shipment: Shipment) -> None:
        """An order has room for two parcels' numbers; one that is there already is not told again."""
        number = shipment.tracking_number
        known = orders.info(to, shipment.order_number, orders.SHIPPING, order_call)
        before = [text_of(known, f"Ship/ShipInvoiceNumber{place}") for place in (1, 2)]
        if text_of(known, "Ship/ShipStatus") in (SHIPPED, "4") and (not number or number in before):
            return
        if all(before) and number not in before:
            raise PushFailed("The order has two parcels' numbers already.", permanent=True)
        place = before.index(number) + 1 if number in before else before.index("") + 1
        ship = element("Ship", ShipStatus=SHIPPED)
        ship.append(element("ShipCompanyCode", number_of(shipment.carrier or to.settings.carrier)))
        if number:
            ship.append(element(f"ShipInvoiceNumber{place}", number))
        ship.append(element("ShipDate", f"{shipment.shipped_at.astimezone(orders.JST):%Y%m%d}"))
        order = ElementTree.Element("Order")
        order.append(ship)
        target = element("Target", OrderId=shipment.order_number, IsPointFix="true")
        parsed(order_call(to, "orderShipStatusChange", target, order))

    def check_health(self, to: To) -> None:
        window = orders.searched(to, orders.just_now(), most=1)
        parsed(order_call(to, "orderList", window))


def code_of(to: To, sku: str) -> str:
    """Raises PushFailed, for good: a comma would be read as two codes."""
    code = to.settings.code_of(sku)
    if "," in code:
        raise PushFailed(f"{sku}: a code with a comma can't be told", permanent=True)
    return code


class Wants:
    """
    What was last wanted of each SKU of an item, in this process: its sub-codes are told one by one, and
    must agree. A price that all of them change to is told once the last of them wants it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[tuple[str, str], dict[str, dict[str, str]]] = {}

    def note(self, to: To, code: str, sku: str, wanted: dict[str, str]) -> bool:
        """Note what a SKU wants; answer whether all that is known of its item wants the same."""
        with self._lock:
            known = self._of.setdefault((to.code, code), {})
            known[sku] = wanted
            return all(one == wanted for one in known.values())


wants = Wants()


def fields_of(to: To, items: Sequence[ListingItem]) -> list[dict[str, str]]:
    """
    What `updateItems` is told of each item; a sale price is ended, as it can't be left alone.

    Raises:
        PushFailed: for good, where the sub-codes of an item want different things, or one is to be
            hidden alone.
    """
    found: dict[str, dict[str, str]] = {}
    agreed: dict[str, bool] = {}
    for item in items:
        code, _colon, sub = code_of(to, item.sku).partition(":")
        if not item.listed and sub:
            raise PushFailed(f"{item.sku}: Yahoo can't hide one sub-code of an item", permanent=True)
        found[code] = {"item_code": code, "display": "0"}
        if item.listed:
            found[code] |= {"price": price_of(item), "sale_price": "", "display": "1"}
        agreed[code] = wants.note(to, code, item.sku, found[code])
    if differing := sorted(code for code, same in agreed.items() if not same):
        told_ = ", ".join(differing)
        raise PushFailed(f"Yahoo has one price for all sub-codes of an item: {told_}", permanent=True)
    return list(found.values())


def price_of(item: ListingItem) -> str:
    if not item.tax_inclusive or item.currency != "JPY" or item.price is None:
        raise PushFailed(f"{item.sku}: its price is not in yen with tax", permanent=True)
    return f"{item.price.normalize():f}"


def post(to: To, operation: str, form: dict[str, str]) -> httpx.Response:
    """Raises PushFailed."""
    data = {"seller_id": to.settings.seller_id, **form}
    return _authorised(to, operation, data=data)


def order_call(to: To, operation: str, *parts: ElementTree.Element) -> httpx.Response:
    """Raises PushFailed."""
    request = ElementTree.Element("Req")
    request.extend([*parts, element("SellerId", to.settings.seller_id)])
    content = ElementTree.tostring(request, encoding="utf-8", xml_declaration=True)
    headers = {"Content-Type": "application/xml; charset=utf-8", **signature(to)}
    return _authorised(to, operation, content=content, headers=headers)


def _authorised(
    to: To, operation: str, *, headers: dict[str, str] | None = None, **options: Any
) -> httpx.Response:
    def send(token: str) -> httpx.Response:
        own = {"Authorization": f"Bearer {token}", **(headers or {})}
        how: dict[str, Any] = {"operation": operation, "per_second": RATE, "headers": own}
        return ask(to, ROOT, "POST", operation, **how, **options)

    return with_token(to, lambda: _fetch(to), send)


def _fetch(to: To) -> tuple[str, float]:
    keys = credentials(to, YahooCredentials)
    data = {"grant_type": "refresh_token", "refresh_token": keys.refresh_token}
    return fetch_token(to.settings.token_url, data=data, auth=(keys.client_id, keys.client_secret))


def signature(to: To) -> dict[str, str]:
    """Public-key authentication: the store account and the time, encrypted with the store's key."""
    keys = credentials(to, YahooCredentials)
    if not keys.public_key:
        return {}
    told_ = f"{to.settings.seller_id}:{int(time.time())}".encode()
    sealed = _loaded(keys.public_key).encrypt(told_, padding.PKCS1v15())
    return {
        "X-sws-signature": base64.b64encode(sealed).decode(),
        "X-sws-signature-version": keys.public_key_version,
    }


@cache
def _loaded(pem: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("public_key must be an RSA public key in PEM") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("public_key must be an RSA public key in PEM")
    return key
