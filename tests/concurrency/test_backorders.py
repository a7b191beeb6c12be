"""Selling ahead at any concurrency: no unit is promised twice, and what arrives is who waits for it."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest

from inventory import services as inventory
from inventory.errors import InsufficientStock
from inventory.models import Backlog, StockLevel
from inventory.services import allocating, backlogs, reserving
from inventory.sourcing import Beside
from orders import verification as books
from orders.models import Fulfilment, LinePromise, Order
from orders.services import place as placing
from orders.services.outcome import PlacedOrder
from tests import factories
from tests.orders.aheads import allocate, backlog, context, order_goods, sell_ahead
from tests.orders.ec import Site, place
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, LIMIT, THREADS = 400, 100, 8


def in_turn(carts: list[Any]) -> list[Any]:
    """One buyer after another on one connection; what each was answered."""
    outcomes: list[Any] = []
    for cart in carts:
        try:
            outcomes.append(place(cart))
        except InsufficientStock as error:
            outcomes.append(error)
    return outcomes


def rush(carts: list[Any]) -> tuple[int, int]:
    """All buyers on eight connections; how many were placed, and how many refused."""
    answers = at_once([partial(in_turn, carts[turn::THREADS]) for turn in range(THREADS)])
    assert all(isinstance(each, list) for each in answers), answers
    outcomes = [one for each in answers for one in each]
    placed = [one for one in outcomes if isinstance(one, PlacedOrder)]
    return len(placed), len(outcomes) - len(placed)


def test_four_hundred_buyers_of_two_channels_for_what_a_hundred_units_bring() -> None:
    """Without a number the limit is what comes, and both channels draw on it."""
    site = Site()
    tea = site.item(stock=0)
    other = factories.channel()
    factories.source(other, site.warehouse)
    factories.listing(tea, other)
    sell_ahead(tea, site.channel)
    sell_ahead(tea, other)
    order_goods(site, tea, LIMIT)
    carts = [site.cart((tea, 1)) for _ in range(BUYERS)]
    for cart in carts[::2]:
        cart.channel = other
        cart.save()

    assert rush(carts) == (LIMIT, BUYERS - LIMIT)

    assert backlog(tea) == (LIMIT, LIMIT)
    assert LinePromise.objects.count() == Order.objects.count() == LIMIT
    assert (StockLevel.objects.get().reserved, books.find_drifts()) == (0, [])


def test_four_hundred_buyers_for_a_limit_of_a_hundred() -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel, LIMIT)
    carts = [site.cart((tea, 1)) for _ in range(BUYERS)]

    assert rush(carts) == (LIMIT, BUYERS - LIMIT)

    assert backlog(tea) == (LIMIT, LIMIT)
    assert (LinePromise.objects.count(), books.find_drifts()) == (LIMIT, [])


def test_control_without_the_lock_what_comes_is_promised_to_several(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    tea = site.item(stock=0)
    sell_ahead(tea, site.channel)
    order_goods(site, tea, 1)
    looked, find = Barrier(4), backlogs.find_ahead

    def find_together(**options: Any) -> Any:
        found = find(**options)
        looked.wait(timeout=30)
        return found

    monkeypatch.setattr(backlogs, "LOCK", "SELECT %(variants)s::text")
    monkeypatch.setattr(backlogs, "find_ahead", find_together)

    at_once([partial(place, site.cart((tea, 1))) for _ in range(4)])

    assert backlog(tea) == (4, 4)


WAITERS = 50


def site_with_waiters() -> tuple[Site, Any]:
    site = Site()
    tea = site.item(stock=0)
    policy = sell_ahead(tea, site.channel, WAITERS)
    for _ in range(WAITERS):
        place(site.cart((tea, 1)))
    policy.delete()
    return site, tea


def arrivals(site: Site, tea: Any) -> None:
    for _ in range(10):
        inventory.receive_stock(location_id=site.warehouse.pk, lines=[(tea.pk, 5)], **context())
        allocate()


def test_new_buyers_never_take_what_arrives_for_fifty_who_wait() -> None:
    """Receipts and the handler on one connection, new buyers on six others, all the while."""
    site, tea = site_with_waiters()
    before = set(Order.objects.values_list("pk", flat=True))
    carts = [[site.cart((tea, 1)) for _ in range(25)] for _ in range(6)]

    answers = at_once([partial(arrivals, site, tea), *(partial(in_turn, each) for each in carts)])

    assert answers[0] is None, answers[0]
    taken = [one for each in answers[1:] for one in each if isinstance(one, PlacedOrder)]
    assert taken == []
    served = Fulfilment.objects.filter(status="RESERVED").values_list("order", flat=True)
    assert set(served) == before
    assert list(StockLevel.objects.values_list("on_hand", "reserved")) == [(WAITERS, WAITERS)]
    assert (backlog(tea), books.find_drifts()) == ((0, 0), [])


def test_control_without_the_shield_a_new_buyer_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    site, tea = site_with_waiters()
    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(tea.pk, 5)], **context())
    cart = site.cart((tea, 1))
    assert in_turn([cart])[0].data()["shortages"][0]["available"] == 0
    alone = allocating.SHIPPING_SOURCES.first

    monkeypatch.setattr(allocating, "SHIPPING_SOURCES", Beside(alone, alone))
    chosen = in_turn([cart])[0]
    monkeypatch.setattr(reserving, "RESERVE_BEHIND", reserving.RESERVE)
    [placed] = in_turn([cart])

    assert isinstance(chosen, InsufficientStock)
    assert isinstance(placed, PlacedOrder)
    assert allocate() == 4


def test_the_levels_lock_holds_it_too_where_the_choice_was_made_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A buyer chose a source before anybody waited for it: reserving refuses what is owed by then."""
    site = Site()
    tea = site.item(stock=1)
    chosen = placing.choose_pieces

    def choose_then_wait(*args: Any) -> Any:
        pieces = chosen(*args)
        Backlog.objects.update_or_create(variant=tea, channel=site.channel, defaults={"owed": 1, "ahead": 0})
        return pieces

    monkeypatch.setattr(placing, "choose_pieces", choose_then_wait)

    assert isinstance(in_turn([site.cart((tea, 1))])[0], InsufficientStock)
    assert StockLevel.objects.get().reserved == 0
