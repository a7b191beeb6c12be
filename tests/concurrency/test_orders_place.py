"""Many buyers at once: as many orders as there is stock, and not a row of the others."""

from collections.abc import Callable
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db.models import F

from customers.models import Customer
from inventory.errors import InsufficientStock
from inventory.models import Reservation, StockLevel
from loyalty import selectors as points
from loyalty.errors import InsufficientPoints
from omni.core.idempotency import ClaimInFlight
from orders import errors
from orders.models import Cart, Order
from orders.services.outcome import PlacedOrder
from tests.conftest import NOW
from tests.orders.ec import Site, claim_for, counted, place
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, STOCK = 50, 5


def placed_among(outcomes: list[Any]) -> list[PlacedOrder]:
    return [outcome for outcome in outcomes if isinstance(outcome, PlacedOrder)]


def test_fifty_buyers_for_the_last_five() -> None:
    site = Site()
    tea = site.item(1100, stock=STOCK)
    members = [site.member(points=10) for _ in range(BUYERS)]
    carts = [site.cart((tea, 1), customer=member) for member in members]
    before = counted()

    outcomes = at_once(
        [
            partial(place, cart, customer=member, points=10)
            for cart, member in zip(carts, members, strict=True)
        ]
    )

    placed = placed_among(outcomes)
    refused = [outcome for outcome in outcomes if isinstance(outcome, InsufficientStock)]
    assert (len(placed), len(refused)) == (STOCK, BUYERS - STOCK), outcomes
    assert all(error.data()["shortages"][0]["sku"] == tea.sku for error in refused)
    assert all(error.data()["shortages"][0]["available"] == 0 for error in refused)
    assert StockLevel.objects.get().reserved == STOCK
    assert rows_of(STOCK, before) == counted()
    assert Cart.objects.filter(status="OPEN").count() == BUYERS - STOCK
    spent = sorted(points.balance_of(member.pk, now=NOW).balance for member in members)
    assert spent == [0] * STOCK + [10] * (BUYERS - STOCK)


def rows_of(orders: int, before: dict[str, int]) -> dict[str, int]:
    """What so many one-line orders with points write, and nothing else."""
    each = {
        **dict.fromkeys(before, 1),
        "orders_refund": 0,
        "inventory_discrepancy": 0,
        "orders_orderaddress": 0,
        "orders_orderdelivery": 0,
        "loyalty_pointentry": 2,
        "outbox_event": 3,
    }
    return {table: count + orders * each[table] for table, count in before.items()}


def test_control_without_the_lock_more_is_sold_than_there_is() -> None:
    """The same stock, looked at and then written: the race that `reserve` is there to prevent."""
    site = Site()
    tea = site.item(stock=STOCK)
    looked = Barrier(10)

    outcomes = at_once([partial(look_then_sell, tea.pk, looked)] * 10)

    assert outcomes == [True] * 10
    assert StockLevel.objects.get().on_hand == STOCK - 10


def look_then_sell(variant_id: int, looked: Barrier) -> bool:
    available = StockLevel.objects.get(variant_id=variant_id).on_hand > 0
    looked.wait(timeout=10)
    if available:
        StockLevel.objects.filter(variant_id=variant_id).update(on_hand=F("on_hand") - 1)
    return available


def test_one_person_does_not_spend_the_same_points_twice() -> None:
    site = Site()
    member = site.member(points=100)
    carts = [site.cart((site.item(1100), 1), customer=member) for _ in range(8)]

    outcomes = at_once([partial(place, cart, customer=member, points=60) for cart in carts])

    refused = [outcome for outcome in outcomes if isinstance(outcome, InsufficientPoints)]
    assert (len(placed_among(outcomes)), len(refused)) == (1, 7), outcomes
    assert points.balance_of(member.pk, now=NOW).balance == 40


def test_one_cart_is_ordered_once_whatever_the_keys() -> None:
    site = Site()
    cart = site.cart((site.item(stock=50), 1))

    outcomes = at_once([partial(place, cart) for _ in range(8)])

    refused = [outcome for outcome in outcomes if isinstance(outcome, errors.CartOrdered)]
    [placed] = placed_among(outcomes)
    assert [error.data()["order"] for error in refused] == [placed.number] * 7, outcomes
    assert Reservation.objects.count() == 1


def test_one_key_pressed_at_once_gives_one_order_and_one_answer() -> None:
    site = Site()
    cart = site.cart((site.item(stock=50), 1))
    claim = claim_for(cart)
    press: Callable[[], PlacedOrder] = partial(place, cart, claim=claim)

    outcomes = at_once([press] * 8)

    in_flight = [outcome for outcome in outcomes if isinstance(outcome, ClaimInFlight)]
    placed = placed_among(outcomes)
    assert len(placed) + len(in_flight) == 8, outcomes
    assert set(placed) == {press()}
    assert Order.objects.count() == 1


def test_orders_of_several_lines_do_not_deadlock() -> None:
    site = Site()
    items = [site.item(stock=1000) for _ in range(4)]
    buyers: list[Customer] = [site.member(points=100) for _ in range(4)]
    carts = [
        (site.cart(*((item, 1) for item in items[turn:] + items[:turn]), customer=buyer), buyer)
        for turn in range(4)
        for buyer in buyers
    ]

    outcomes = at_once([partial(place, cart, customer=buyer, points=5) for cart, buyer in carts])

    assert len(placed_among(outcomes)) == 16, outcomes
    assert sorted(StockLevel.objects.values_list("reserved", flat=True)) == [16] * 4
