"""
Orders of a shop that keeps stock of its own: which are to be read, and what of them is not booked here.

Such a shop sells its on-hand less what it holds for its open orders. Our availability lacks the units
of the orders that we have booked, and of no others: so what the shop may sell is our availability
less what it has sold and we have not booked (docs/peers.md).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.ports import Counterpart, OrdersPage
from omni.core import clock

# An order's time is written before it is committed: one that shows up late lies so far back at most.
OVERLAP = timedelta(minutes=1)
PAGE = 100
# Marks a cursor under which only what is still open is taken: the shop's history before the connection.
HISTORY = "open:"


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """
    An order as the shop has it. `open_units` is what it holds for it: neither sent nor cancelled.

    `message` is the order in the form of docs/connectors.md, None where the shop cancelled it.
    """

    number: str
    placed_at: datetime
    open_units: Mapping[str, int]
    message: Mapping[str, Any] | None = None


# The shop's orders placed since then, the oldest first, a page at a time.
ListOrders = Callable[[datetime], Iterator[list[ShopOrder]]]


class Unbooked:
    """
    What shops have sold and we have not booked.

    What lies before the oldest order that is not booked needs no second look: the time from which
    a shop is read moves on with it. Times are the shop's own; a new process begins anew.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], datetime] = {}

    def units(self, to: Counterpart[Any], list_open: ListOrders, look_back: timedelta) -> Counter[str]:
        """SKU → units that the shop holds for orders which are not booked here. Raises PushFailed."""
        key = (to.code, to.url)
        since = self._since.get(key) or clock.now() - look_back
        units: Counter[str] = Counter()
        newest, oldest = since, None
        for page in list_open(since):
            booked = to.booked([order.number for order in page])
            for order in page:
                newest = max(newest, order.placed_at)
                if order.open_units and order.number not in booked:
                    oldest = min(oldest or order.placed_at, order.placed_at)
                    units.update(order.open_units)
        self._since[key] = max(since, (oldest or newest) - OVERLAP)
        return units


def read_page(to: Counterpart[Any], cursor: str, list_placed: ListOrders, look_back: timedelta) -> OrdersPage:
    """
    The orders after a cursor that are not booked here, and the cursor after them.

    The cursor is the time of the newest order that was read; each page begins a minute before it.
    At first only open orders are taken: what the shop has sent before is none of ours. Raises PushFailed.
    """
    history = not cursor or cursor.startswith(HISTORY)
    time = cursor.removeprefix(HISTORY)
    since = datetime.fromisoformat(time) - OVERLAP if time else clock.now() - look_back
    newest = datetime.fromisoformat(time) if time else None
    taken: list[Mapping[str, Any]] = []
    for page in list_placed(since):
        booked = to.booked([order.number for order in page])
        for order in page:
            newest = max(newest or order.placed_at, order.placed_at)
            if order.message and order.number not in booked and (order.open_units or not history):
                taken.append(order.message)
            if len(taken) == PAGE:
                return OrdersPage(taken, (HISTORY if history else "") + newest.isoformat())
    return OrdersPage(taken, newest.isoformat() if newest else cursor)
