"""Orders of a Medusa server, in the form of docs/connectors.md."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.medusa.admin_api import pages
from connectors.medusa.settings import To
from connectors.ports import OrdersPage
from connectors.shop_orders import ListOrders, ShopOrder, read_page
from omni.core.money import quantize

OPEN = "id,created_at,status,items.variant_sku,items.detail.quantity,items.detail.fulfilled_quantity"
PLACED = ",".join(
    [
        OPEN,
        "currency_code,total,shipping_total,email,items.total,items.title",
        "*shipping_address,sales_channel_id",
    ]
)

Order = Mapping[str, Any]


def read_orders(to: To, cursor: str) -> OrdersPage:
    def message(order: Order) -> Mapping[str, Any] | None:
        return None if order["status"] == "canceled" else message_of(order)

    return read_page(to, cursor, lister(to, PLACED, message), to.settings.look_back)


def list_open(to: To) -> ListOrders:
    """The orders that Medusa may have reserved units for."""
    return lister(to, OPEN, lambda order: None)


def lister(to: To, fields: str, message: Callable[[Order], Mapping[str, Any] | None]) -> ListOrders:
    def list_since(since: datetime) -> Iterator[list[ShopOrder]]:
        params = [("fields", fields), ("order", "created_at"), ("created_at[$gt]", since.isoformat())]
        if to.settings.sales_channel:
            params.append(("sales_channel_id[]", to.settings.sales_channel))
        for page in pages(to, "orders", "orders", params):
            yield [shop_order(order, message(order)) for order in page if order["status"] != "draft"]

    return list_since


def shop_order(order: Order, message: Mapping[str, Any] | None) -> ShopOrder:
    units: Counter[str] = Counter()
    for line in order["items"] if order["status"] != "canceled" else ():
        if line["variant_sku"]:
            units[line["variant_sku"]] += open_units(line)
    return ShopOrder(order["id"], datetime.fromisoformat(order["created_at"]), +units, message)


def open_units(line: Order) -> int:
    """What of a line is still to be fulfilled."""
    return quantity_of(line) - int(line["detail"]["fulfilled_quantity"])


def quantity_of(line: Order) -> int:
    return int(line["detail"]["quantity"])


def message_of(order: Order) -> Mapping[str, Any]:
    """Amounts are in whole currency units, with as many decimals as tax makes them: rounded to ours."""
    currency = order["currency_code"].upper()

    def money(value: Any) -> str:
        return str(quantize(Decimal(value), currency))

    return {
        "order_number": order["id"],
        "placed_at": order["created_at"],
        "currency": currency,
        "total": money(order["total"]),
        "shipping": money(order["shipping_total"]),
        "lines": [
            {
                "sku": line["variant_sku"] or line["title"],
                "quantity": quantity_of(line),
                "amount": money(line["total"]),
            }
            for line in order["items"]
            if quantity_of(line)
        ],
        "buyer": buyer_of(order, order["shipping_address"] or {}),
    }


def buyer_of(order: Order, address: Order) -> dict[str, str]:
    found = {
        "name": " ".join(filter(None, (address.get("last_name"), address.get("first_name")))),
        "email": order["email"],
        "phone": address.get("phone"),
        "postal_code": address.get("postal_code"),
        "prefecture": address.get("province"),
        "city": address.get("city"),
        "line1": address.get("address_1"),
        "line2": address.get("address_2"),
    }
    return {name: value for name, value in found.items() if value}
