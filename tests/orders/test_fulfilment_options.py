"""The ways to get each line of a cart, as the API offers them."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.nearest import Point
from orders.models import Cart
from orders.selectors_options import Option, Whereabouts, list_options
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site
from tests.orders.test_place_delivery import zoned

pytestmark = pytest.mark.django_db

TOKYO = Whereabouts(prefecture="東京都", point=Point(35.66, 139.70))


@pytest.fixture
def site() -> Site:
    """A warehouse that only sends."""
    return Site(warehouse=factories.location(capabilities=["SHIP"]))


def shop(site: Site, *capabilities: str, **fields: Any) -> Any:
    made = factories.location(
        kind="STORE", capabilities=list(capabilities), latitude=35.6581, longitude=139.7017, **fields
    )
    for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"):
        made.opening_hours.create(day=day, opens_at="10:00", closes_at="20:00")
    return made


def options(cart: Cart, where: Whereabouts = TOKYO) -> list[tuple[str | None, tuple[Option, ...]]]:
    found = list_options(cart_id=cart.pk, customer=None, where=where, now=NOW)
    return [(line.problem, line.options) for line in found.lines]


def test_a_line_is_delivered_or_collected_nearby(site: Site) -> None:
    zoned(site)
    tea = site.item(1100, stock=10)
    near = shop(site, "PICKUP", "HOLD")
    factories.stock(tea, near, 3)

    ((problem, (ship, pick_up, hold)),) = options(site.cart((tea, 2)))

    assert problem is None
    assert (ship.kind, ship.amount, ship.available, ship.available_date) == (
        "SHIP",
        550,
        10,
        date(2026, 11, 23),
    )
    (method,) = ship.methods
    assert (method.code, method.amount, len(method.dates)) == ("parcel", 550, 14)
    assert [slot.code for slot in method.slots] == ["am"]
    # It is noon on Sunday in Japan; an hour of opening time passes.
    assert (pick_up.kind, pick_up.location, pick_up.available) == ("PICKUP", near, 3)
    assert pick_up.ready_at == datetime(2026, 11, 22, 13, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert (hold.kind, hold.amount, hold.distance) == ("HOLD", 0, pick_up.distance)


def test_a_shop_that_has_too_few_is_no_way(site: Site) -> None:
    tea = site.item(stock=10)
    factories.stock(tea, shop(site, "PICKUP"), 1)

    ((problem, found),) = options(site.cart((tea, 2)))

    assert (problem, [option.kind for option in found]) == (None, ["SHIP"])


@pytest.mark.parametrize(
    ("where", "stock", "problem"),
    [
        (Whereabouts(prefecture="東京都"), 0, "not-in-stock"),
        (Whereabouts(prefecture="沖縄県"), 10, "not-deliverable"),
    ],
)
def test_a_line_that_there_is_no_way_for_says_why(
    site: Site, where: Whereabouts, stock: int, problem: str
) -> None:
    zoned(site)

    ((told, found),) = options(site.cart((site.item(stock=stock), 1)), where)

    assert (told, found) == (problem, ())


def test_without_a_prefecture_the_cheapest_zone_is_shown_and_no_day(site: Site) -> None:
    zoned(site)

    ((_, (ship,)),) = options(site.cart((site.item(), 1)), Whereabouts())

    assert (ship.amount, ship.available_date, ship.methods[0].dates) == (550, None, ())


def test_who_stands_in_a_shop_carries_it_out(site: Site) -> None:
    tea = site.item(stock=0)
    here = shop(site, "CARRY_OUT")
    factories.stock(tea, here, 1)

    ((_, (carried,)),) = options(site.cart((tea, 1)), Whereabouts(till_id=here.pk))

    assert (carried.kind, carried.location, carried.ready_at) == ("CARRY_OUT", here, NOW)


def test_many_lines_take_as_many_statements_as_one(site: Site) -> None:
    zoned(site)
    near = shop(site, "PICKUP")
    goods = [site.item(1100 + number) for number in range(6)]
    for item in goods:
        factories.stock(item, near, 2)
    few, many = site.cart((goods[0], 1)), site.cart(*((item, 1) for item in goods))

    def statements(cart: Cart) -> int:
        with CaptureQueriesContext(connection) as captured:
            options(cart)
        return len(captured)

    assert statements(few) == statements(many) <= 20


def test_the_api_understands_a_postal_code(site: Site, client: Client) -> None:
    zoned(site)
    cart = site.cart((site.item(1100), 1))

    answer = client.get(
        reverse("cart-fulfilment-options", args=[cart.pk]), {"postal_code": "530-0001"}
    ).json()

    assert answer["prefecture"] == "大阪府"
    (line,) = answer["lines"]
    (ship,) = line["options"]
    assert (ship["kind"], ship["amount"], ship["location"], ship["name"]) == ("SHIP", "770", None, None)
    assert ship["methods"][0]["slots"] == [{"code": "am", "name": {"ja": "午前中"}}]
