"""Shops that keep stock of their own: what of their orders is read, and what of it is not booked here."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors import shop_orders
from connectors.ports import Counterpart, NoSettings, OrdersPage
from connectors.shop_orders import OVERLAP, ShopOrder, Unbooked, read_page

AT = datetime.now(UTC) - timedelta(days=2)
MONTH = timedelta(days=30)


def order(number: int, units: int = 1, *, minutes: int | None = None) -> ShopOrder:
    at = AT + timedelta(minutes=number if minutes is None else minutes)
    return ShopOrder(f"N-{number}", at, {"TEE": units} if units else {}, {"order_number": f"N-{number}"})


class Shop:
    """A shop's orders, and how far back it was asked for them."""

    def __init__(self, *orders: ShopOrder, booked: Collection[str] = ()) -> None:
        self.orders, self.booked, self.asked = list(orders), set(booked), list[datetime]()

    def list_since(self, since: datetime) -> Iterator[list[ShopOrder]]:
        self.asked.append(since)
        found = sorted((one for one in self.orders if one.placed_at > since), key=lambda one: one.placed_at)
        yield from ([one] for one in found)

    @property
    def to(self) -> Counterpart[NoSettings]:
        def booked(numbers: Collection[str]) -> frozenset[str]:
            return frozenset(set(numbers) & self.booked)

        return Counterpart("shop", "http://shop", "", NoSettings(), booked=booked)


def numbers(page: OrdersPage) -> list[str]:
    return [one["order_number"] for one in page.orders]


def test_units_of_orders_that_are_booked_are_not_counted() -> None:
    shop = Shop(order(1, 2), order(2, 3), order(3, 0), booked={"N-1"})

    assert Unbooked().units(shop.to, shop.list_since, MONTH) == {"TEE": 3}


def test_the_time_that_a_shop_is_read_from_moves_on() -> None:
    shop = Shop(order(1), order(20), order(40), booked={"N-1"})
    unbooked = Unbooked()

    unbooked.units(shop.to, shop.list_since, MONTH)
    shop.booked |= {"N-20", "N-40"}
    assert unbooked.units(shop.to, shop.list_since, MONTH) == {}
    unbooked.units(shop.to, shop.list_since, MONTH)

    assert shop.asked[1:] == [AT + timedelta(minutes=20) - OVERLAP, AT + timedelta(minutes=40) - OVERLAP]


def test_what_the_shop_sent_before_the_connection_was_made_is_not_taken() -> None:
    shop = Shop(order(1, 0), order(2))

    page = read_page(shop.to, "", shop.list_since, MONTH)

    assert (numbers(page), page.cursor) == (["N-2"], (AT + timedelta(minutes=2)).isoformat())


def test_what_was_sent_since_is_taken_all_the_same() -> None:
    shop = Shop(order(1), order(2, 0), booked={"N-1"})

    page = read_page(shop.to, order(1).placed_at.isoformat(), shop.list_since, MONTH)

    assert numbers(page) == ["N-2"]


def test_one_that_shows_up_late_is_taken_and_those_that_are_booked_are_not_again() -> None:
    shop = Shop(order(5), ShopOrder("late", order(5).placed_at - OVERLAP / 2, {}, {"order_number": "late"}))
    shop.booked = {"N-5"}
    cursor = order(5).placed_at.isoformat()

    page = read_page(shop.to, cursor, shop.list_since, MONTH)

    assert (numbers(page), page.cursor) == (["late"], cursor)


def test_history_of_several_pages_is_still_history_on_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_orders, "PAGE", 2)
    shop = Shop(order(10), order(20), order(30, 0), order(40))

    first = read_page(shop.to, "", shop.list_since, MONTH)
    shop.booked |= set(numbers(first))
    second = read_page(shop.to, first.cursor, shop.list_since, MONTH)

    assert numbers(first) == ["N-10", "N-20"]
    assert first.cursor == "open:" + order(20).placed_at.isoformat()
    assert (numbers(second), second.cursor) == (["N-40"], order(40).placed_at.isoformat())


def test_an_order_that_the_shop_cancelled_is_passed_by() -> None:
    shop = Shop(ShopOrder("gone", AT, {}, None), order(1))

    page = read_page(shop.to, (AT - timedelta(hours=1)).isoformat(), shop.list_since, MONTH)

    assert numbers(page) == ["N-1"]


def test_an_empty_shop_leaves_the_cursor_as_it_is() -> None:
    assert read_page(Shop().to, "", Shop().list_since, MONTH).cursor == ""
