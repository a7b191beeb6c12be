"""
Amazon's orders: searched by when they last changed, each in full.

Orders API 2026-01-01 `searchOrders` and `getOrder`. An order is booked once it waits for shipment
(UNSHIPPED) or is further; PENDING is not paid, CANCELLED is none. What Amazon ships itself has no stock
of ours behind it and is not asked for.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from connectors.errors import PushFailed
from connectors.malls.forms import ZERO, Line, Sold, forms_of, joined
from connectors.malls.windows import Window, next_window
from connectors.ports import Counterpart, OrdersPage, Shipment
from omni.core import clock

PATH = "orders/2026-01-01/orders"
READY = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
DATA = ("BUYER", "RECIPIENT", "PROCEEDS", "FULFILLMENT")
# By the time of the last change, so that no more than the clocks' difference needs to be read twice.
OVERLAP, LONGEST = timedelta(hours=1), timedelta(days=7)
# A window must end two minutes before the request.
AHEAD = -timedelta(seconds=150)
BESIDE = ("SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER")
SpApi = Callable[..., httpx.Response]
To = Counterpart[Any]


def read(to: To, cursor: str, sp_api: SpApi) -> OrdersPage:
    """
    A page of the orders that changed and are not here yet: one request.

    Within a window the cursor holds the next page's token, after it the time up to which all was read.
    A token that has expired begins its window again.

    Raises:
        PushFailed
    """
    read_up_to, end, token = (*cursor.split("|", 2), "", "")[:3]
    if token:
        window: Window | None = Window(_start(to, read_up_to), datetime.fromisoformat(end), end)
    else:
        now = clock.now()
        window = next_window(to.settings, read_up_to, now=now, back=OVERLAP, longest=LONGEST, ahead=AHEAD)
    if window is None:
        return OrdersPage([], cursor)
    try:
        found = search(to, window, token, sp_api)
    except PushFailed as error:
        if token and error.status == 400:
            return OrdersPage([], read_up_to)
        raise
    more = (found.get("pagination") or {}).get("nextToken")
    after = f"{read_up_to}|{window.end.isoformat()}|{more}" if more else window.cursor
    return OrdersPage(_new(to, found.get("orders") or []), after)


def _start(to: To, read_up_to: str) -> datetime:
    """Where the window began that a token goes on in."""
    since: datetime = to.settings.since
    return max(since, datetime.fromisoformat(read_up_to) - OVERLAP) if read_up_to else since


def search(to: To, window: Window, token: str, sp_api: SpApi) -> dict[str, Any]:
    params = {
        "lastUpdatedAfter": _moment(window.start),
        "lastUpdatedBefore": _moment(window.end),
        "marketplaceIds": to.settings.marketplace,
        "fulfilledBy": "MERCHANT",
        "fulfillmentStatuses": ",".join(READY),
        "includedData": ",".join(DATA),
        "maxResultsPerPage": 100,
    }
    more = {"paginationToken": token} if token else {}
    found: dict[str, Any] = sp_api(to, "GET", PATH, "orders", params={**params, **more}).json()
    return found


def get(to: To, number: str, sp_api: SpApi) -> dict[str, Any]:
    found = sp_api(to, "GET", f"{PATH}/{quote(number, safe='')}", "order").json()
    order: dict[str, Any] = found.get("order") or found
    return order


def _new(to: To, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    taken = to.taken(each["orderId"] for each in orders)
    told = [(each["orderId"], partial(ready_of, to, each)) for each in orders if each["orderId"] not in taken]
    return forms_of(to.settings, told)


def ready_of(to: To, order: Mapping[str, Any]) -> Sold | None:
    """Also that it is the merchant's to ship, should a search tell more than was asked for."""
    fulfilment = order.get("fulfillment") or {}
    ours = fulfilment.get("fulfilledBy") == "MERCHANT" and _time(order["createdTime"]) >= to.settings.since
    return sold_of(to, order) if ours and fulfilment.get("fulfillmentStatus") in READY else None


def sold_of(to: To, order: Mapping[str, Any]) -> Sold:
    """`proceeds` is what the seller is paid; what Amazon pays for itself is not told apart in it."""
    proceeds = order.get("proceeds") or {}
    items = [item for item in order["orderItems"] if item["quantityOrdered"]]
    of_order = _by_type(proceeds)
    taxed_goods = sum((_item_tax(item) for item in items), ZERO)
    beside = sum((of_order.get(name, ZERO) for name in BESIDE), ZERO)
    return Sold(
        number=order["orderId"],
        placed_at=_time(order["createdTime"]),
        lines=[_line(to, item) for item in items],
        total=_money(proceeds["grandTotal"]),
        shipping=beside + max(of_order.get("TAX", ZERO) - taxed_goods, ZERO),
        buyer=_buyer(order),
    )


def _line(to: To, item: Mapping[str, Any]) -> Line:
    """Goods with their tax: `ITEM`, and of `TAX` what is the item's, where it is told apart."""
    by_type = _by_type(item.get("proceeds") or {})
    if "ITEM" in by_type:
        amount = by_type["ITEM"] + _item_tax(item)
    else:
        unit = (item["product"].get("price") or {}).get("unitPrice")
        amount = _money(unit) * item["quantityOrdered"]
    return Line(to.settings.sku_of(item["product"]["sellerSku"]), item["quantityOrdered"], amount)


def _item_tax(item: Mapping[str, Any]) -> Decimal:
    taxes = [
        each for each in (item.get("proceeds") or {}).get("breakdowns") or [] if each.get("type") == "TAX"
    ]
    details = [one for tax in taxes for one in tax.get("detailedBreakdowns") or []]
    return sum((_money(one.get("value")) for one in details if one.get("subtype") == "ITEM"), ZERO)


def _by_type(proceeds: Mapping[str, Any]) -> dict[str, Decimal]:
    return {each["type"]: _money(each.get("subtotal")) for each in proceeds.get("breakdowns") or []}


def _buyer(order: Mapping[str, Any]) -> dict[str, str]:
    """Empty without the role that shows addresses, and once Amazon no longer does."""
    address = (order.get("recipient") or {}).get("deliveryAddress") or {}
    return {
        "name": joined(address.get("name") or (order.get("buyer") or {}).get("buyerName")),
        "email": joined((order.get("buyer") or {}).get("buyerEmail")),
        "phone": joined(address.get("phone")),
        "postal_code": joined(address.get("postalCode")),
        "prefecture": joined(address.get("stateOrRegion")),
        "city": joined(address.get("city")),
        "line1": joined(address.get("addressLine1")),
        "line2": joined(
            *(address.get(f"addressLine{n}") for n in (2, 3)), address.get("companyName"), by=" "
        ),
    }


def items_shipped(to: To, order: Mapping[str, Any], shipment: Shipment) -> list[dict[str, Any]]:
    """
    Which of the order's items a parcel holds; Amazon may have an SKU on several of them.

    Raises:
        PushFailed: for good, where the parcel holds what the order does not.
    """
    left = {item["orderItemId"]: item["quantityOrdered"] for item in order["orderItems"]}
    told = []
    for line in shipment.lines:
        rest, code = line.quantity, to.settings.code_of(line.sku)
        for item in order["orderItems"]:
            name = item["orderItemId"]
            units = min(rest, left[name]) if item["product"].get("sellerSku") == code else 0
            if units:
                told.append({"orderItemId": name, "quantity": units})
                left[name] -= units
                rest -= units
        if rest:
            raise PushFailed(f"{line.sku}: the order has fewer of it than were shipped", permanent=True)
    return told


def _money(value: Mapping[str, Any] | None) -> Decimal:
    return Decimal(str((value or {}).get("amount") or 0))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
