"""Orders of a Vendure server, in the form of docs/connectors.md."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.ports import OrdersPage
from connectors.shop_orders import ListOrders, ShopOrder, read_page
from connectors.vendure.admin_api import pages
from connectors.vendure.money import amount_of, precision_of
from connectors.vendure.settings import To
from omni.core.money import quantize

# An order that is one of these holds nothing any more.
ENDED = ["Shipped", "Delivered", "Cancelled"]

OPEN = """
query ($options: OrderListOptions) {
  orders(options: $options) {
    totalItems
    items {
      code orderPlacedAt state
      lines { quantity productVariant { sku } fulfillmentLines { quantity fulfillment { state } } }
    }
  }
}
"""
PLACED = """
query ($options: OrderListOptions) {
  orders(options: $options) {
    totalItems
    items {
      code orderPlacedAt state currencyCode totalWithTax shippingWithTax
      customer { firstName lastName emailAddress phoneNumber }
      shippingAddress { fullName streetLine1 streetLine2 city province postalCode phoneNumber }
      lines {
        quantity proratedLinePriceWithTax productVariant { sku }
        fulfillmentLines { quantity fulfillment { state } }
      }
    }
  }
}
"""

Order = Mapping[str, Any]


def read_orders(to: To, cursor: str) -> OrdersPage:
    precision = precision_of(to)

    def message(order: Order) -> Mapping[str, Any] | None:
        return None if order["state"] == "Cancelled" else message_of(order, precision)

    return read_page(to, cursor, lister(to, PLACED, {}, message), to.settings.look_back)


def list_open(to: To) -> ListOrders:
    """The orders that Vendure may hold units for."""
    return lister(to, OPEN, {"state": {"notIn": ENDED}}, lambda order: None)


def lister(
    to: To, query: str, filters: Mapping[str, Any], message: Callable[[Order], Mapping[str, Any] | None]
) -> ListOrders:
    def list_since(since: datetime) -> Iterator[list[ShopOrder]]:
        placed = {"orderPlacedAt": {"after": since.isoformat()}, **filters}
        for page in pages(to, query, "orders", filter=placed, sort={"orderPlacedAt": "ASC"}):
            yield [shop_order(order, message(order)) for order in page]

    return list_since


def shop_order(order: Order, message: Mapping[str, Any] | None) -> ShopOrder:
    at = datetime.fromisoformat(order["orderPlacedAt"])
    units: Counter[str] = Counter()
    for line in order["lines"] if order["state"] not in ENDED else ():
        units[line["productVariant"]["sku"]] += open_units(line)
    return ShopOrder(order["code"], at, +units, message)


def open_units(line: Order) -> int:
    """What of a line is still to be fulfilled: the quantity lacks what was cancelled."""
    sent = (one for one in line["fulfillmentLines"] or () if one["fulfillment"]["state"] != "Cancelled")
    return int(line["quantity"]) - sum(one["quantity"] for one in sent)


def message_of(order: Order, precision: int) -> Mapping[str, Any]:
    """Amounts have the server's decimals, in every currency: they are rounded to ours."""
    currency = order["currencyCode"]

    def money(value: int) -> str:
        return str(quantize(amount_of(value, precision), currency))

    return {
        "order_number": order["code"],
        "placed_at": order["orderPlacedAt"],
        "currency": currency,
        "total": money(order["totalWithTax"]),
        "shipping": money(order["shippingWithTax"]),
        "lines": [
            {
                "sku": line["productVariant"]["sku"],
                "quantity": line["quantity"],
                "amount": money(line["proratedLinePriceWithTax"]),
            }
            for line in order["lines"]
            if line["quantity"]
        ],
        "buyer": buyer_of(order["customer"] or {}, order["shippingAddress"] or {}),
    }


def buyer_of(customer: Order, address: Order) -> dict[str, str]:
    name = " ".join(filter(None, (customer.get("lastName"), customer.get("firstName"))))
    found = {
        "name": address.get("fullName") or name,
        "email": customer.get("emailAddress"),
        "phone": address.get("phoneNumber") or customer.get("phoneNumber"),
        "postal_code": address.get("postalCode"),
        "prefecture": address.get("province"),
        "city": address.get("city"),
        "line1": address.get("streetLine1"),
        "line2": address.get("streetLine2"),
    }
    return {name: value for name, value in found.items() if value}
