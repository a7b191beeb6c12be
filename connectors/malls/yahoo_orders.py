"""
Yahoo's orders: searched by the time they were placed, then read one by one.

`orderList` and `orderInfo`. An order is booked once it is in progress (OrderStatus 2) or done (5), and
may be shipped (ShipStatus 1 to 4); reserved ones (1), held ones (3) and cancelled ones (4) are not.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import httpx

from connectors.errors import PushFailed
from connectors.malls.forms import ZERO, Line, Sold, forms_of, joined
from connectors.malls.windows import Window, next_window
from connectors.malls.xml import element, parsed, text_of
from connectors.ports import Counterpart, OrdersPage
from omni.core import clock

JST = ZoneInfo("Asia/Tokyo")
LONGEST = timedelta(days=62)
# orderList's page; orderInfo tells one order, one a second, so a poll reads so many.
PAGE, MOST_ORDERS = 2000, 30
OPEN_OR_DONE, SHIPPABLE = ("2", "5"), ("1", "2", "3", "4")
STATES = "OrderId,OrderTime,OrderStatus,PayStatus,ShipStatus"
SHIPPING = "OrderId,ShipStatus,ShipInvoiceNumber1,ShipInvoiceNumber2"
FIELDS = (
    "OrderId,OrderTime,OrderStatus,ShipStatus,PayCharge,ShipCharge,GiftWrapCharge,Discount,Adjustments,"
    "UsePoint,GiftCardDiscount,TotalMallCouponDiscount,TotalPrice,LineId,ItemId,SubCode,UnitPrice,Quantity,"
    "BillMailAddress,ShipFirstName,ShipLastName,ShipFirstNameKana,ShipLastNameKana,ShipZipCode,"
    "ShipPrefecture,ShipCity,ShipAddress1,ShipAddress2,ShipPhoneNumber"
)
Call = Callable[..., httpx.Response]
To = Counterpart[Any]


def read(to: To, cursor: str, call: Call) -> OrdersPage:
    """
    The orders that became ready and are not here yet.

    Raises:
        PushFailed
    """
    back = timedelta(days=to.settings.look_back_days)
    window = next_window(to.settings, cursor, now=clock.now(), back=back, longest=LONGEST)
    if window is None:
        return OrdersPage([], cursor)
    numbers = search(to, window, call)
    taken = to.taken(numbers)
    wanted = [number for number in numbers if number not in taken]
    ready = forms_of(
        to.settings, [(each, partial(ready_of, to, each, call)) for each in wanted[:MOST_ORDERS]]
    )
    return OrdersPage(ready, window.cursor if len(wanted) <= MOST_ORDERS else cursor)


def search(to: To, window: Window, call: Call) -> list[str]:
    """The numbers of the orders that were placed in the window and are ready now, the oldest first."""
    numbers: list[str] = []
    seen = 0
    for start in count(1, PAGE):
        found = parsed(call(to, "orderList", searched(to, window, start=start)))
        page = list(found.iter("OrderInfo"))
        numbers += [text_of(each, "OrderId") for each in page if is_ready(each, "ShipStatus")]
        seen += len(page)
        if not page or seen >= int(text_of(found, ".//TotalCount") or 0):
            break
    return numbers


def searched(to: To, window: Window, *, start: int = 1, most: int = PAGE) -> ElementTree.Element:
    asked = element("Search", Result=str(most), Start=str(start), Sort="+order_time", Field=STATES)
    times = {"OrderTimeFrom": window.start, "OrderTimeTo": window.end}
    condition = {name: f"{at.astimezone(JST):%Y%m%d%H%M%S}" for name, at in times.items()}
    asked.insert(3, element("Condition", **condition))
    return asked


def just_now() -> Window:
    now = clock.now()
    return Window(now - timedelta(minutes=1), now, "")


def info(to: To, number: str, fields: str, call: Call) -> ElementTree.Element:
    answer = parsed(call(to, "orderInfo", element("Target", OrderId=number, Field=fields)))
    order = answer.find(".//OrderInfo")
    if order is None:
        raise PushFailed(f"Yahoo tells nothing of order {number}", permanent=True)
    return order


def is_ready(order: ElementTree.Element, shipping: str) -> bool:
    """By `OrderStatus` and the status of shipping, which stands elsewhere in a search's answer."""
    return text_of(order, "OrderStatus") in OPEN_OR_DONE and text_of(order, shipping) in SHIPPABLE


def ready_of(to: To, number: str, call: Call) -> Sold | None:
    """
    Looked at once more: it may have been cancelled since the search.

    Raises:
        PushFailed: Yahoo can't be asked now.
        ValueError: it tells nothing of this order.
    """
    try:
        order = info(to, number, FIELDS, call)
    except PushFailed as error:
        if not error.permanent:
            raise
        raise ValueError(str(error)) from error
    return sold_of(to, order) if is_ready(order, "Ship/ShipStatus") else None


def sold_of(to: To, order: ElementTree.Element) -> Sold:
    """
    `TotalPrice` is what the buyer pays in money, by gift card too: less points and coupons. Yahoo's own
    coupons and the points are paid to the store by Yahoo.
    """
    points = _amount(order, "Detail/UsePoint")
    coupons = _amount(order, "Detail/TotalMallCouponDiscount")
    beside = ("ShipCharge", "PayCharge", "GiftWrapCharge")
    more = max(_amount(order, "Detail/Adjustments"), ZERO)
    return Sold(
        number=text_of(order, "OrderId"),
        placed_at=datetime.fromisoformat(text_of(order, "OrderTime")),
        lines=[_line(to, item) for item in order.findall("Item")],
        total=_amount(order, "Detail/TotalPrice")
        + _amount(order, "Detail/GiftCardDiscount")
        + points
        + coupons,
        shipping=sum((_amount(order, f"Detail/{name}") for name in beside), more),
        points=points,
        coupons=coupons,
        buyer=_buyer(order),
    )


def _line(to: To, item: ElementTree.Element) -> Line:
    code = ":".join(filter(None, (text_of(item, "ItemId"), text_of(item, "SubCode"))))
    quantity = int(text_of(item, "Quantity"))
    return Line(to.settings.sku_of(code), quantity, _amount(item, "UnitPrice") * quantity)


def _buyer(order: ElementTree.Element) -> dict[str, str]:
    def ship(name: str) -> str:
        return text_of(order, f"Ship/Ship{name}")

    return {
        "name": joined(ship("LastName"), ship("FirstName"), by=" "),
        "name_kana": joined(ship("LastNameKana"), ship("FirstNameKana"), by=" "),
        "email": text_of(order, "Pay/BillMailAddress"),
        "phone": ship("PhoneNumber"),
        "postal_code": ship("ZipCode"),
        "prefecture": ship("Prefecture"),
        "city": ship("City"),
        "line1": ship("Address1"),
        "line2": ship("Address2"),
    }


def _amount(parent: ElementTree.Element, path: str) -> Decimal:
    return Decimal(text_of(parent, path) or 0)
