"""The `medusa` connector against answers in the form of its Admin API; `make test-peers` has the server."""

from base64 import b64encode
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import PushFailed
from connectors.medusa.admin_api import ADDRESS, chunks
from connectors.medusa.connector import MedusaConnector
from connectors.medusa.settings import MedusaSettings
from connectors.ports import Counterpart, ListingItem, RemoteStock, Shipment, ShipmentLine, StockItem
from tests.connectors.standins import standing_in

KEY = "sk_test"


@dataclass
class Medusa:
    """A server with one product of one variant; what it was told is in `written`."""

    stocked: int = 0
    reserved: int = 0
    managed: bool = True
    required: int = 1
    inclusive: bool = True
    status: str = "published"
    prices: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    written: list[Any] = field(default_factory=list)
    url: str = ""

    def answer(self, method: str, path: str, query: Any, body: Any, headers: Any) -> tuple[int, Any]:
        if headers.get("authorization") != "Basic " + b64encode(f"{KEY}:".encode()).decode():
            return 401, {"message": "Unauthorized"}
        self.asked.append(f"{method} {path.removeprefix('/admin/')}")
        if method == "POST":
            self.written.append(body)
            return 200, self.write(path.removeprefix("/admin/"), body)
        return 200, self.read(path.removeprefix("/admin/"), query)

    def read(self, path: str, query: dict[str, list[str]]) -> Any:
        if path == "product-variants":
            found = [self.variant()] if "TEE" in query.get("sku[]", ["TEE"]) else []
            return {"variants": found, "count": len(found)}
        if path == "products":
            return {
                "products": [{"id": "p", "status": self.status, "variants": [self.variant()]}],
                "count": 1,
            }
        if path == "price-preferences":
            return {"price_preferences": [{"is_tax_inclusive": self.inclusive}]}
        if path == "orders":
            return {"orders": self.orders, "count": len(self.orders)}
        return {"order": self.orders[0]}

    def write(self, path: str, body: Any) -> Any:
        if path == "inventory-items/location-levels/batch":
            level = [*body["create"], *body["update"]][0]
            self.stocked = level["stocked_quantity"]
            done = {"inventory_item_id": "i", "reserved_quantity": self.reserved}
            return {"created": [done], "updated": []}
        if path == "products/p/variants/batch":
            full: dict[str, Any] = {"min_quantity": None, "max_quantity": None, "rules": {}}
            self.prices = [{**full, "id": "new", **price} for price in body["update"][0]["prices"]]
        if path.endswith("/fulfillments"):
            items = [{"line_item_id": one["id"], "quantity": one["quantity"]} for one in body["items"]]
            made = {"id": "f", "shipped_at": None, "canceled_at": None, "metadata": body["metadata"]}
            self.orders[0]["fulfillments"] = [{**made, "items": items}]
        if path.endswith("/shipments"):
            self.orders[0]["fulfillments"][0]["shipped_at"] = "2026-11-22"
        return {}

    def variant(self) -> dict[str, Any]:
        level = {"location_id": "sloc", "stocked_quantity": self.stocked, "reserved_quantity": self.reserved}
        item = {"required_quantity": self.required, "inventory_item_id": "i"}
        return {
            "id": "v",
            "sku": "TEE",
            "product_id": "p",
            "product": {"status": self.status},
            "manage_inventory": self.managed,
            "inventory_items": [{**item, "inventory": {"location_levels": [level]}}],
            "prices": self.prices,
        }


@pytest.fixture
def medusa() -> Iterator[Medusa]:
    shop = Medusa()
    with standing_in(shop.answer) as url:
        shop.url = url
        yield shop


def to(shop: Medusa, *booked: str, key: str = KEY) -> Counterpart[MedusaSettings]:
    def told(numbers: Collection[str]) -> frozenset[str]:
        return frozenset(set(numbers) & set(booked))

    return Counterpart("medusa", shop.url, key, MedusaSettings(stock_location="sloc"), booked=told)


def order(number: str, units: int, *, sent: int = 0, status: str = "pending") -> dict[str, Any]:
    line = {"id": "l", "title": "T", "variant_sku": "TEE", "total": 1480.4 * units}
    return {
        "id": number,
        "created_at": datetime.now(UTC).isoformat(),
        "status": status,
        "currency_code": "jpy",
        "total": 1480.4 * units + 500,
        "shipping_total": 500,
        "email": "h@example.jp",
        "shipping_address": {"last_name": "山田", "first_name": "花子", "city": "渋谷区"},
        "items": [{**line, "detail": {"quantity": units, "fulfilled_quantity": sent}}],
        "fulfillments": [],
    }


def test_stocked_is_what_is_available_and_what_booked_orders_hold(medusa: Medusa) -> None:
    """Five sold there, two of them booked here; a cancelled one holds nothing. Two requests, and the write."""
    medusa.reserved = 5
    medusa.orders = [order("A", 2), order("B", 4, sent=1), order("C", 9, status="canceled")]

    MedusaConnector().push_stock(to(medusa, "A"), [StockItem("TEE", 10, 1)])

    assert (medusa.stocked, medusa.stocked - medusa.reserved) == (12, 10 - 3)
    assert len(medusa.asked) == 3


def test_more_sold_than_there_is_leaves_nothing_and_nothing_negative(medusa: Medusa) -> None:
    medusa.reserved, medusa.orders = 3, [order("A", 8)]

    MedusaConnector().push_stock(to(medusa), [StockItem("TEE", 3, 1)])

    assert medusa.stocked == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"managed": False}, "TEE: Medusa does not manage its inventory: it is sold without limit"),
        ({"required": 2}, "TEE: in Medusa it is a kit, whose stock is that of its parts"),
    ],
)
def test_what_has_no_stock_of_its_own_there_is_refused(
    medusa: Medusa, changes: dict[str, Any], told: str
) -> None:
    for name, value in changes.items():
        setattr(medusa, name, value)

    with pytest.raises(PushFailed) as failed:
        MedusaConnector().push_stock(to(medusa), [StockItem("TEE", 3, 1)])

    assert (str(failed.value), failed.value.permanent, medusa.written) == (told, True, [])


def test_an_unknown_sku_is_refused_and_the_others_are_told(medusa: Medusa) -> None:
    items = [StockItem("TEE", 10, 1), StockItem("CAP", 1, 1)]

    with pytest.raises(PushFailed, match=r"^Medusa has no variant with the SKU CAP$") as failed:
        MedusaConnector().push_stock(to(medusa), items)

    assert (failed.value.permanent, medusa.stocked) == (True, 10)


def test_a_wrong_key_is_refused_for_good(medusa: Medusa) -> None:
    with pytest.raises(PushFailed, match=r"^Medusa refuses the API key") as failed:
        MedusaConnector().check_health(to(medusa, key="other"))

    assert failed.value.permanent


def test_what_is_not_booked_is_still_to_settle(medusa: Medusa) -> None:
    medusa.stocked, medusa.reserved, medusa.orders = 10, 3, [order("A", 2), order("B", 1)]

    assert list(MedusaConnector().read_stock(to(medusa, "B"))) == [RemoteStock("TEE", 7, 0, unsettled=2)]


def test_a_price_goes_to_the_base_price_and_leaves_the_others(medusa: Medusa) -> None:
    base = {"id": "1", "currency_code": "jpy", "amount": 1000, "min_quantity": None, "rules": {}}
    medusa.prices = [base, {**base, "id": "2", "amount": 900, "min_quantity": 10}]

    MedusaConnector().push_listings(to(medusa), [ListingItem("TEE", True, Decimal(1480), True, "JPY", 1)])

    [told] = medusa.written
    assert told["update"][0]["prices"] == [
        {"id": "2", "currency_code": "jpy", "min_quantity": 10, "amount": 900},
        {"id": "1", "currency_code": "jpy", "amount": 1480},
    ]


def test_what_is_not_listed_loses_its_price_and_its_product_is_a_draft(medusa: Medusa) -> None:
    base = {"id": "1", "currency_code": "jpy", "amount": 1000, "min_quantity": None, "rules": {}}
    medusa.prices = [base]

    MedusaConnector().push_listings(to(medusa), [ListingItem("TEE", False, None, True, "", 1)])

    assert medusa.written == [
        {"update": [{"id": "v", "prices": []}]},
        {"update": [{"id": "p", "status": "draft"}]},
    ]


def test_a_price_of_the_other_sort_is_refused(medusa: Medusa) -> None:
    medusa.inclusive = False

    with pytest.raises(PushFailed, match=r"exclusive of tax, and this one is not$") as failed:
        MedusaConnector().push_listings(to(medusa), [ListingItem("TEE", True, Decimal(1), True, "JPY", 1)])

    assert (failed.value.permanent, medusa.written) == (True, [])


def test_an_order_is_read_in_whole_yen(medusa: Medusa) -> None:
    medusa.orders = [order("A", 1), order("B", 1, status="canceled")]

    [message] = MedusaConnector().read_orders(to(medusa), "").orders

    assert {name: message[name] for name in ("order_number", "currency", "total", "lines", "buyer")} == {
        "order_number": "A",
        "currency": "JPY",
        "total": "1980",
        "lines": [{"sku": "TEE", "quantity": 1, "amount": "1480"}],
        "buyer": {"name": "山田 花子", "email": "h@example.jp", "city": "渋谷区"},
    }


def test_a_shipment_told_twice_is_one(medusa: Medusa) -> None:
    medusa.orders = [order("A", 2)]
    part = Shipment("0199", "A", "1", datetime.now(UTC), "", "45-1", (ShipmentLine("TEE", 2),))

    MedusaConnector().acknowledge_shipment(to(medusa), part)
    MedusaConnector().acknowledge_shipment(to(medusa), part)

    fulfilled, shipped = medusa.written
    assert (fulfilled["items"], fulfilled["metadata"]) == (
        [{"id": "l", "quantity": 2}],
        {"omni_shipment": "0199"},
    )
    assert [label["tracking_number"] for label in shipped["labels"]] == ["45-1"]


def test_more_than_the_order_has_open_is_refused(medusa: Medusa) -> None:
    medusa.orders = [order("A", 2, sent=1)]
    part = Shipment("0199", "A", "1", datetime.now(UTC), "", "45-1", (ShipmentLine("TEE", 2),))

    with pytest.raises(PushFailed, match=r"^Medusa's order A has not 2 TEE open$") as failed:
        MedusaConnector().acknowledge_shipment(to(medusa), part)

    assert (failed.value.permanent, medusa.written) == (True, [])


def test_so_many_skus_are_asked_for_as_an_address_holds() -> None:
    skus = [f"{number:060d}" for number in range(130)]

    asked = list(chunks(skus))

    assert [sku for chunk in asked for sku in chunk] == skus
    assert all(sum(len(f"sku%5B%5D={sku}&") for sku in chunk) <= ADDRESS for chunk in asked)
    assert len(asked) == 3
