"""
Rakuten's orders: searched by the day they were placed, then read in full.

RakutenPayOrderAPI `searchOrder` and `getOrder`. An order is booked once it waits for shipment (300) or
is further; 100 waits for the shop's confirmation, 200 for Rakuten, 800 and 900 are cancelled.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from connectors.errors import PushFailed
from connectors.malls.forms import ZERO, Line, Sold, forms_of, joined
from connectors.malls.windows import Window, next_window
from connectors.ports import Counterpart, OrdersPage
from omni.core import clock

JST = ZoneInfo("Asia/Tokyo")
READY = (300, 400, 500, 600, 700)
ORDERED = 1  # dateType: the day on which it was placed
# searchOrder takes 63 days and 1,000 numbers a page, getOrder 100 numbers.
LONGEST, NUMBERS, ORDERS = timedelta(days=62), 1000, 100
MOST_ORDERS = 500
# The form of getOrder's answer; SKUs are in it from 7 on.
VERSION = 9
UNSETTLED = -9999
# What stands in a social gift's address until its receiver has written one.
PLACEHOLDER = "入力待ち"
Rms = Callable[..., httpx.Response]
To = Counterpart[Any]


def read(to: To, cursor: str, rms: Rms) -> OrdersPage:
    """
    The orders that became ready and are not here yet.

    Raises:
        PushFailed
    """
    back = timedelta(days=to.settings.look_back_days)
    window = next_window(to.settings, cursor, now=clock.now(), back=back, longest=LONGEST)
    if window is None:
        return OrdersPage([], cursor)
    numbers = search(to, window, rms)
    taken = to.taken(numbers)
    wanted = [number for number in numbers if number not in taken]
    now = wanted[:MOST_ORDERS]
    found = [order for at in range(0, len(now), ORDERS) for order in get(to, now[at : at + ORDERS], rms)]
    told = [(order["orderNumber"], partial(ready_of, to, order)) for order in found]
    ready = forms_of(to.settings, told)
    return OrdersPage(ready, window.cursor if len(wanted) <= MOST_ORDERS else cursor)


def search(to: To, window: Window, rms: Rms) -> list[str]:
    """The numbers of the orders that were placed in the window and are ready now, the oldest first."""
    numbers: list[str] = []
    for page in count(1):
        body = {
            "orderProgressList": READY,
            "dateType": ORDERED,
            "startDatetime": moment(window.start),
            "endDatetime": moment(window.end),
            "PaginationRequestModel": {
                "requestRecordsAmount": NUMBERS,
                "requestPage": page,
                "SortModelList": [{"sortColumn": 1, "sortDirection": 1}],
            },
        }
        answer = accepted(rms(to, "POST", "2.0/order/searchOrder/", "orders", json=body).json())
        numbers += answer.get("orderNumberList") or []
        if page >= ((answer.get("PaginationResponseModel") or {}).get("totalPages") or 0):
            break
    return numbers


def get(to: To, numbers: Sequence[str], rms: Rms) -> list[dict[str, Any]]:
    body = {"orderNumberList": list(numbers), "version": VERSION}
    answer = accepted(rms(to, "POST", "2.0/order/getOrder/", "orders", json=body).json())
    return answer.get("OrderModelList") or []


def accepted(answer: dict[str, Any]) -> dict[str, Any]:
    """Raises PushFailed, for good, where the answer holds an error."""
    messages = answer.get("MessageModelList") or []
    told = [
        f"{each.get('messageCode')} {each.get('message')}"
        for each in messages
        if each.get("messageType") == "ERROR"
    ]
    if told:
        raise PushFailed("; ".join(told)[:500], permanent=True)
    return answer


def ready_of(to: To, order: Mapping[str, Any]) -> Sold | None:
    """Looked at once more: it may have been cancelled since the search."""
    ready = order["orderProgress"] in READY and order["requestPrice"] != UNSETTLED
    return sold_of(to, order) if ready else None


def sold_of(to: To, order: Mapping[str, Any]) -> Sold:
    """
    `requestPrice` is what the buyer pays in money: goods, delivery, wrapping and fees less coupons and
    points. Rakuten's own coupons and the points are paid to the shop by Rakuten.
    """
    points = _amount((order.get("PointModel") or {}).get("usedPoint"))
    coupons = _amount(order.get("couponOtherPrice"))
    total = _amount(order["requestPrice"]) + points + coupons
    lines = [
        _line(to, item)
        for package in order["PackageModelList"]
        for item in package["ItemModelList"]
        if not item.get("deleteItemFlag")
    ]
    goods = sum((line.amount for line in lines), ZERO)
    return Sold(
        number=order["orderNumber"],
        placed_at=datetime.strptime(order["orderDatetime"], "%Y-%m-%dT%H:%M:%S%z"),
        lines=lines,
        total=total,
        # Whatever is no goods: delivery, wrapping, cash on delivery, fees.
        shipping=total + _amount(order.get("couponShopPrice")) - goods,
        points=points,
        coupons=coupons,
        buyer=_buyer(order),
    )


def _line(to: To, item: Mapping[str, Any]) -> Line:
    """Rakuten's own field for the shop's SKU goes first (システム連携用SKU番号)."""
    told = (item.get("SkuModelList") or [{}])[0]
    variant = told.get("variantId") or to.settings.single_variant
    sku = told.get("merchantDefinedSkuId") or to.settings.sku_at(item["manageNumber"], variant)
    return Line(sku, item["units"], _amount(item["priceTaxIncl"]) * item["units"])


def _buyer(order: Mapping[str, Any]) -> dict[str, str]:
    """Who receives it, and the orderer's forwarding address; what is not told yet stays empty."""
    sender = (order["PackageModelList"] or [{}])[0].get("SenderModel") or {}
    told = {name: "" if value == PLACEHOLDER else value for name, value in sender.items()}
    waiting = PLACEHOLDER in sender.values()
    return {
        "name": joined(told.get("familyName"), told.get("firstName"), by=" "),
        "name_kana": joined(told.get("familyNameKana"), told.get("firstNameKana"), by=" "),
        "email": joined((order.get("OrdererModel") or {}).get("emailAddress")),
        "phone": joined(*(told.get(f"phoneNumber{place}") for place in (1, 2, 3)), by="-"),
        "postal_code": "" if waiting else joined(told.get("zipCode1"), told.get("zipCode2"), by="-"),
        "prefecture": joined(told.get("prefecture")),
        "city": joined(told.get("city")),
        "line1": joined(told.get("subAddress")),
    }


def moment(at: datetime) -> str:
    return at.astimezone(JST).strftime("%Y-%m-%dT%H:%M:%S%z")


def _amount(value: Any) -> Decimal:
    """An amount that is not settled is none; an order whose own is not settled is not taken."""
    return ZERO if value in (None, UNSETTLED) else Decimal(str(value))
