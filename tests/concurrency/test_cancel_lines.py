"""A unit is handed over or cancelled, never both: whoever locks the order first decides."""

from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError

from inventory.models import StockLevel
from orders import errors
from orders.models import Fulfilment, Order, OrderLine
from orders.verification import find_drifts
from tests.concurrency.racing import all_at_once, second_connection
from tests.orders.ec import Site, place
from tests.orders.test_cancel_lines import cancel, ship

pytestmark = pytest.mark.django_db(transaction=True)

# The package gives the function this name.
cancelling = import_module("orders.services.cancel_lines")
REFUSALS = (errors.NotFulfillable, errors.AboveOpenQuantity, errors.UnknownLines, errors.OrderNotCancellable)


def test_what_is_handed_over_is_not_cancelled_too() -> None:
    site = Site()
    placed = [place(site.cart((site.item(1100), 1))) for _ in range(4)]

    for each in placed:
        outcomes = all_at_once(
            [
                partial(ship, each.number, key=each.number),
                partial(cancel, each.number, (1, 1), key=each.number),
            ]
        )
        done = [one for one in outcomes if not isinstance(one, Exception)]
        assert len(done) == 1, outcomes
        assert any(isinstance(one, REFUSALS) for one in outcomes), outcomes

    states = dict(Order.objects.values_list("number", "status"))
    lines = OrderLine.objects.select_related("order")
    assert all(line.fulfilled_quantity + line.cancelled_quantity == 1 for line in lines), states
    assert sum(level.reserved for level in StockLevel.objects.all()) == 0
    assert find_drifts() == []


def test_control_without_the_lock_only_the_constraint_is_left_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was open when it was read is handed over before it is written: a service holds no stock either."""
    site = Site()
    placed = place(site.cart((site.item(1100, stock=None), 2)))

    def look(number: str) -> Order:
        return Order.objects.get(number=number)

    with second_connection() as second:

        def read_then_lose(order: Order, customer: Any) -> list[Fulfilment]:
            parts = list(order.fulfilments.all())
            second.start(lambda: ship(placed.number, (1, 2))).result(timeout=10)
            return parts

        monkeypatch.setattr(cancelling, "lock_by_number", look)
        monkeypatch.setattr(cancelling, "_open_parts", read_then_lose)
        monkeypatch.setattr(cancelling, "_is_whole", lambda order, taken: False)
        monkeypatch.setattr(cancelling, "_waiting_first", _as_read(placed.number))

        with pytest.raises(IntegrityError, match="not_more_done_than_ordered"):
            cancel(placed.number, (1, 1))


def _as_read(number: str) -> Any:
    """The lines as they were before the other came."""
    lines = [
        line
        for part in Fulfilment.objects.filter(order__number=number)
        for line in part.lines.select_related("order_line__variant", "fulfilment")
    ]
    return lambda parts: lines
