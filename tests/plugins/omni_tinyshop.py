"""A connector for Tinyshop, an EC site with a REST API, an API key, and no versions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.http import call
from connectors.ports import (
    Connector,
    Counterpart,
    ListingItem,
    OrdersPage,
    RemoteListing,
    RemoteStock,
    Shipment,
    StockItem,
)


@dataclass(frozen=True, slots=True)
class TinyshopSettings:
    warehouse: str = field(metadata={"help": "Tinyshop's code of the warehouse that stock is shown in"})
    orders_a_page: int = 50

    def __post_init__(self) -> None:
        if not 0 < self.orders_a_page <= 100:
            raise ValueError("orders_a_page must be from 1 to 100")


To = Counterpart[TinyshopSettings]


class TinyshopConnector(Connector[TinyshopSettings]):
    label = "Tinyshop"
    settings = TinyshopSettings

    def push_stock(self, to: To, items: Sequence[StockItem]) -> None:
        levels = {item.sku: item.available for item in items}
        ask(to, "PUT", f"warehouses/{to.settings.warehouse}/levels", json=levels)

    def read_stock(self, to: To) -> Iterator[RemoteStock]:
        for sku, level in ask(to, "GET", f"warehouses/{to.settings.warehouse}/levels").items():
            yield RemoteStock(sku, level)

    def push_listings(self, to: To, items: Sequence[ListingItem]) -> None:
        prices = {item.sku: str(item.price) if item.listed else None for item in items}
        ask(to, "PUT", "prices", json=prices)

    def read_listings(self, to: To) -> Iterator[RemoteListing]:
        for sku, price in ask(to, "GET", "prices").items():
            yield RemoteListing(sku, price is not None, Decimal(price) if price else None, True, "JPY")

    def read_orders(self, to: To, cursor: str) -> OrdersPage:
        found = ask(to, "GET", "orders", params={"after": cursor, "limit": to.settings.orders_a_page})
        return OrdersPage([order_from(each) for each in found], found[-1]["no"] if found else cursor)

    def acknowledge_shipment(self, to: To, shipment: Shipment) -> None:
        parcel = {"id": shipment.id, "tracking": shipment.tracking_number}
        parcel |= {"lines": {line.sku: line.quantity for line in shipment.lines}}
        ask(to, "POST", f"orders/{shipment.order_number}/parcels", json=parcel)

    def check_health(self, to: To) -> None:
        ask(to, "GET", "prices")


def ask(to: To, method: str, path: str, **options: Any) -> Any:
    return call(to, method, path, headers={"x-api-key": to.secret}, **options).json()


def order_from(each: dict[str, Any]) -> dict[str, Any]:
    """Tinyshop's order in the form of docs/connectors.md."""
    lines = [{"sku": one["sku"], "quantity": one["qty"], "amount": one["sum"]} for one in each["items"]]
    return {
        "order_number": each["no"],
        "placed_at": each["at"],
        "currency": "JPY",
        "total": each["sum"],
        "shipping": each["postage"],
        "lines": lines,
        "buyer": {"name": each["name"], "postal_code": each["zip"]},
    }
