"""Any sequence of selling ahead, arrivals, allocation and cancellations keeps the queue: against a model."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inventory import services as inventory
from inventory.errors import InsufficientStock
from inventory.models import Discrepancy, StockLevel
from orders import verification as books
from orders.models import FulfilmentLine, Order
from tests.conftest import NOW
from tests.orders.aheads import allocate, backlog, cancel, context, sell_ahead
from tests.orders.ec import Site, place

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 6
units = st.integers(1, 4)


@dataclass
class Bought:
    """An order of the model: what it has, and what it waits for."""

    number: str
    held: int
    waits: int


class Queue(RuleBasedStateMachine):
    """One variant with a limit on what is sold ahead. Who came first is served first; nobody jumps it."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.on_hand = 0
        self.orders: list[Bought] = []
        self.open = True

    @initialize(stock=st.integers(0, 3))
    def open_site(self, stock: int) -> None:
        self.site = Site()
        self.tea = self.site.item(stock=stock)
        self.on_hand = stock
        sell_ahead(self.tea, self.site.channel, MOST)

    @property
    def waiting(self) -> int:
        return sum(order.waits for order in self.orders)

    @property
    def for_sale(self) -> int:
        """What is there for who comes now: all that nobody has or waits for."""
        return max(0, self.on_hand - sum(order.held for order in self.orders) - self.waiting)

    @rule(quantity=units)
    def buy(self, quantity: int) -> None:
        self.now += timedelta(minutes=1)
        held = min(quantity, self.for_sale)
        ahead = quantity - held
        cart = self.site.cart((self.tea, quantity))
        if ahead and (not self.open or self.waiting + ahead > MOST):
            with pytest.raises(InsufficientStock):
                place(cart, now=self.now)
        else:
            self.orders.append(Bought(place(cart, now=self.now).number, held, ahead))

    @rule(quantity=units)
    def arrive(self, quantity: int) -> None:
        inventory.receive_stock(
            location_id=self.site.warehouse.pk, lines=[(self.tea.pk, quantity)], **context(self.now)
        )
        self.on_hand += quantity

    @rule()
    def serve(self) -> None:
        free, served = self.on_hand - sum(order.held for order in self.orders), 0
        for order in self.orders:
            taken = min(order.waits, free - served)
            order.held, order.waits, served = order.held + taken, order.waits - taken, served + taken
        assert allocate(self.now) == served

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def give_up(self, data: Any) -> None:
        gone = data.draw(st.sampled_from(self.orders))
        cancel(gone.number)
        self.orders.remove(gone)

    @rule()
    def change_policy(self) -> None:
        self.open = not self.open
        sell_ahead(self.tea, self.site.channel, MOST, active=self.open)

    @invariant()
    def the_books_agree(self) -> None:
        if not hasattr(self, "tea"):
            return
        level = StockLevel.objects.get(variant=self.tea)
        assert (level.on_hand, level.reserved) == (self.on_hand, sum(order.held for order in self.orders))
        assert backlog(self.tea) == (self.waiting, self.waiting)
        assert self.waiting <= MOST
        assert {order.number: parts_of(order.number) for order in self.orders} == {
            order.number: (order.held, order.waits) for order in self.orders
        }
        assert Order.objects.filter(channel=self.site.channel, status="PLACED").count() == len(self.orders)
        assert (books.find_drifts(), Discrepancy.objects.count()) == ([], 0)

    def teardown(self) -> None:
        """Another example begins with other goods; what waits here would be its queue's too."""
        for order in self.orders:
            cancel(order.number)


def parts_of(number: str) -> tuple[int, int]:
    """(units held, units that wait) of an order, as the books have them."""
    lines = FulfilmentLine.objects.filter(fulfilment__order__number=number).select_related("fulfilment")
    held = sum(line.quantity for line in lines if line.fulfilment.location_id is not None)
    return held, sum(line.quantity for line in lines) - held


def test_any_sequence_keeps_the_queue() -> None:
    run_state_machine_as_test(
        Queue,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
