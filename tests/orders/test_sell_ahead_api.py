"""What shoppers are told over HTTP of what is sold ahead: availability, product, cart and order."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from omni.core import clock
from tests.orders.aheads import order_goods, sell_ahead
from tests.orders.ec import Site
from tests.orders.test_place_api import BUYER, post

pytestmark = pytest.mark.django_db(transaction=True)
PREORDER_FOR = timedelta(days=30)


def filled(guest: APIClient, site: Site, sku: str, quantity: int) -> str:
    cart = post(guest, "carts/", {"channel": site.channel.code}).json()["id"]
    assert post(guest, f"carts/{cart}/lines/", {"sku": sku, "quantity": quantity}).status_code == 201
    return str(cart)


def in_days(days: int) -> Any:
    return clock.business_date(clock.now(), settings.TIME_ZONE) + timedelta(days=days)


def told(site: Site, sku: str) -> Any:
    (item,) = (
        APIClient().get("/api/v1/availability/", {"channel": site.channel.code, "sku": sku}).json()["items"]
    )
    return item["available"], item["ahead"]


def test_availability_tells_how_many_are_sold_ahead_and_for_when() -> None:
    site = Site()
    tea, cup = site.item(stock=1), site.item(stock=4)
    sell_ahead(tea, site.channel)
    order_goods(site, tea, 5, in_days(6))

    assert told(site, tea.sku) == (
        1,
        {"kind": "BACKORDER", "units": 5, "promised_date": str(in_days(6)), "release_at": None},
    )
    assert told(site, cup.sku) == (4, None)


def test_a_preorder_has_no_stock_to_sell_and_tells_its_release() -> None:
    site = Site()
    game = site.item(stock=9)
    release = clock.now() + PREORDER_FOR
    sell_ahead(game, site.channel, 3, release_at=release)

    available, ahead = told(site, game.sku)

    assert (available, ahead["kind"], ahead["units"]) == (0, "PREORDER", 3)
    assert datetime.fromisoformat(ahead["release_at"]) == release
    assert ahead["promised_date"] == str(clock.business_date(release, settings.TIME_ZONE))


def test_a_product_of_the_list_tells_the_same() -> None:
    site = Site()
    tea, cup = site.item(stock=0), site.item(stock=4)
    sell_ahead(tea, site.channel, 2)
    query = {"channel": site.channel.code}

    found = APIClient().get("/api/v1/products/", query).json()["results"]

    shown = {variant["sku"]: variant["ahead"] for product in found for variant in product["variants"]}
    assert shown == {
        tea.sku: {"kind": "BACKORDER", "units": 2, "promised_date": None, "release_at": None},
        cup.sku: None,
    }
    detail = APIClient().get(f"/api/v1/products/{tea.product.code}/", query).json()
    assert [variant["ahead"] for variant in detail["variants"]] == [shown[tea.sku]]


def test_a_cart_and_its_order_tell_what_of_a_line_waits_and_until_when() -> None:
    site, guest = Site(), APIClient()
    tea, cup = site.item(stock=2), site.item(stock=4)
    sell_ahead(tea, site.channel)
    order_goods(site, tea, 5, in_days(6))
    cart = filled(guest, site, tea.sku, 5)
    post(guest, f"carts/{cart}/lines/", {"sku": cup.sku, "quantity": 1})

    lines = guest.get(f"/api/v1/carts/{cart}/").json()["lines"]
    placed = post(guest, f"carts/{cart}/checkout/", {"contact": BUYER, "tender": "deferred"}, key="k-1")
    order = guest.get(f"/api/v1/orders/{placed.json()['number']}/", {"cart": cart}).json()

    assert [(line["ahead"], line["waits"], line["promised_date"]) for line in lines] == [
        ("BACKORDER", 3, str(in_days(6))),
        (None, 0, None),
    ]
    parts = sorted(
        (part["status"], line["position"], line["quantity"], line["ahead"], line["promised_date"])
        for part in order["fulfilments"]
        for line in part["lines"]
    )
    first = min(part[1] for part in parts)
    assert parts == [
        ("PROPOSED", first, 3, "BACKORDER", str(in_days(6))),
        ("RESERVED", first, 2, None, None),
        ("RESERVED", first + 1, 1, None, None),
    ]


def test_a_cart_beyond_the_limit_says_so_when_it_is_ordered() -> None:
    site, guest = Site(), APIClient()
    tea = site.item(stock=1)
    sell_ahead(tea, site.channel, 2)
    cart = filled(guest, site, tea.sku, 4)

    (line,) = guest.get(f"/api/v1/carts/{cart}/").json()["lines"]
    refused = post(guest, f"carts/{cart}/checkout/", {"contact": BUYER, "tender": "deferred"}, key="k-1")

    assert (line["ahead"], line["waits"]) == (None, 0)
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient-stock")
    assert refused.json()["shortages"] == [{"sku": tea.sku, "location": None, "requested": 4, "available": 3}]


def test_an_order_of_many_waiting_lines_takes_no_more_queries_than_one_of_one() -> None:
    site, guest = Site(), APIClient()
    counts = []
    for lines in (1, 4):
        teas = [site.item(stock=0) for _ in range(lines)]
        for tea in teas:
            sell_ahead(tea, site.channel, 5)
        cart = filled(guest, site, teas[0].sku, 1)
        for tea in teas[1:]:
            post(guest, f"carts/{cart}/lines/", {"sku": tea.sku, "quantity": 1})
        with CaptureQueriesContext(connection) as of_cart:
            guest.get(f"/api/v1/carts/{cart}/")
        placed = post(
            guest, f"carts/{cart}/checkout/", {"contact": BUYER, "tender": "deferred"}, key=f"k-{lines}"
        )
        with CaptureQueriesContext(connection) as of_order:
            shown = guest.get(f"/api/v1/orders/{placed.json()['number']}/", {"cart": cart}).json()
        assert len(shown["fulfilments"][0]["lines"]) == lines
        counts.append((len(of_cart), len(of_order)))

    assert counts[0] == counts[1]
