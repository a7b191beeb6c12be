"""The shopper's API: carts, checkout and orders over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from customers.models import Customer
from orders.models import Order
from tests import factories
from tests.orders.ec import CONTACT, Site, place

pytestmark = pytest.mark.django_db(transaction=True)
BUYER = {
    "name": CONTACT.name,
    "email": CONTACT.email,
    "postal_code": CONTACT.postal_code,
    "city": CONTACT.city,
    "line1": CONTACT.line1,
}


def shopper(customer: Customer | None = None) -> APIClient:
    client = APIClient()
    user = factories.user()
    if customer is not None:
        factories.account(customer, user)
    client.force_login(user)
    return client


def post(client: APIClient, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/{path}", body or {}, format="json", headers=headers)


def filled_cart(client: APIClient, site: Site, price: int = 1100) -> str:
    cart = post(client, "carts/", {"channel": site.channel.code}).json()["id"]
    added = post(client, f"carts/{cart}/lines/", {"sku": site.item(price).sku, "quantity": 2})
    assert added.status_code == 201, added.content
    return str(cart)


def test_a_guest_fills_a_cart_orders_it_and_sees_the_order() -> None:
    site, guest = Site(), APIClient()
    cart = filled_cart(guest, site)

    shown = guest.get(f"/api/v1/carts/{cart}/").json()
    placed = post(guest, f"carts/{cart}/checkout/", {"contact": BUYER, "tender": "deferred"}, key="k-1")
    order = guest.get(f"/api/v1/orders/{placed.json()['number']}/", {"cart": cart})

    assert (shown["amount"], shown["lines"][0]["unit_price"]) == ("2200", "1100")
    assert placed.status_code == 201
    assert placed.json() == {
        "number": Order.objects.get().number,
        "status": "PLACED",
        "total": "2200",
        "currency": "JPY",
        "points_spent": 0,
        "points_to_earn": 0,
        "payment_status": "PENDING",
        "action": None,
    }
    assert (order.status_code, order.json()["total"], order.json()["tax_amount"]) == (200, "2200", "200")
    assert order.json()["contact"]["email"] == CONTACT.email
    assert order.json()["fulfilments"][0]["location"] == site.warehouse.code


def test_a_second_click_gets_the_same_bytes() -> None:
    site, guest = Site(), APIClient()
    cart, body = filled_cart(guest, site), {"contact": BUYER, "tender": "deferred"}

    first = post(guest, f"carts/{cart}/checkout/", body, key="k-1")
    second = post(guest, f"carts/{cart}/checkout/", body, key="k-1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert Order.objects.count() == 1


def test_another_key_is_told_the_orders_number() -> None:
    site, guest = Site(), APIClient()
    cart, body = filled_cart(guest, site), {"contact": BUYER, "tender": "deferred"}
    number = post(guest, f"carts/{cart}/checkout/", body, key="k-1").json()["number"]

    refused = post(guest, f"carts/{cart}/checkout/", body, key="k-2")

    assert (refused.status_code, refused.json()["code"], refused.json()["order"]) == (
        409,
        "cart-ordered",
        number,
    )
    assert refused["Content-Type"] == "application/problem+json"


def test_a_checkout_needs_a_key() -> None:
    site, guest = Site(), APIClient()
    cart = filled_cart(guest, site)

    refused = post(guest, f"carts/{cart}/checkout/", {"contact": BUYER, "tender": "deferred"})

    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-missing")


def test_a_signed_in_cart_is_its_owners_alone() -> None:
    site = Site()
    owner, stranger = shopper(), shopper()
    cart = filled_cart(owner, site)

    for other in (stranger, APIClient()):
        assert other.get(f"/api/v1/carts/{cart}/").status_code == 404
        assert post(other, f"carts/{cart}/quote/").status_code == 404
        asked = post(other, f"carts/{cart}/checkout/", {"contact": BUYER, "tender": "deferred"}, key="k")
        assert asked.status_code == 404
    assert owner.get(f"/api/v1/carts/{cart}/").status_code == 200


def test_signing_in_keeps_the_guests_cart() -> None:
    site, guest = Site(), APIClient()
    cart = filled_cart(guest, site)
    member = shopper()

    quoted = post(member, f"carts/{cart}/quote/", {"points": 0})

    assert (quoted.status_code, quoted.json()["total"], quoted.json()["points_to_earn"]) == (200, "2200", 22)
    assert guest.get(f"/api/v1/carts/{cart}/").status_code == 404


def test_what_is_wrong_with_a_line_is_named() -> None:
    site, guest = Site(), APIClient()
    cart = post(guest, "carts/", {"channel": site.channel.code}).json()["id"]

    unknown = post(guest, f"carts/{cart}/lines/", {"sku": "NONE", "quantity": 1})
    shapeless = post(guest, f"carts/{cart}/lines/", {"sku": "NONE", "quantity": 0})

    assert (unknown.status_code, unknown.json()["code"], unknown.json()["field"]) == (
        422,
        "unknown-sku",
        "sku",
    )
    assert (shapeless.status_code, list(shapeless.json()["errors"])) == (400, ["quantity"])


def test_a_line_is_changed_and_removed_and_the_cart_thrown_away() -> None:
    site, guest = Site(), APIClient()
    cart = filled_cart(guest, site)
    line = guest.get(f"/api/v1/carts/{cart}/").json()["lines"][0]["id"]

    changed = guest.patch(f"/api/v1/carts/{cart}/lines/{line}/", {"quantity": 5}, format="json")
    removed = guest.delete(f"/api/v1/carts/{cart}/lines/{line}/")
    thrown = guest.delete(f"/api/v1/carts/{cart}/")

    assert (changed.json()["quantity"], removed.status_code, thrown.status_code) == (5, 204, 204)
    assert guest.get(f"/api/v1/carts/{cart}/").status_code == 404


def test_a_shortage_says_what_is_left() -> None:
    site, guest = Site(), APIClient()
    cart = site.cart((site.item(stock=1), 2))

    refused = post(guest, f"carts/{cart.pk}/checkout/", {"contact": BUYER, "tender": "deferred"}, key="k")

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient-stock")
    assert [(short["requested"], short["available"]) for short in refused.json()["shortages"]] == [(2, 1)]


def test_my_orders_are_mine_and_can_be_cancelled() -> None:
    site = Site()
    member = site.member(points=100)
    mine, other = shopper(member), shopper(site.member())
    number = place(site.cart((site.item(1100), 1), customer=member), customer=member, points=100).number

    listed = mine.get("/api/v1/me/orders/").json()["results"]
    hidden = other.get(f"/api/v1/me/orders/{number}/")
    refused = post(other, f"me/orders/{number}/cancel/", key="c-1")
    first = post(mine, f"me/orders/{number}/cancel/", {"reason": "too late"}, key="c-1")
    second = post(mine, f"me/orders/{number}/cancel/", {"reason": "too late"}, key="c-1")

    assert [order["number"] for order in listed] == [number]
    assert (hidden.status_code, refused.status_code) == (404, 404)
    assert (first.status_code, first.json()["points_restored"], first.json()["status"]) == (
        200,
        100,
        "CANCELLED",
    )
    assert first.content == second.content
    assert mine.get(f"/api/v1/me/orders/{number}/").json()["cancelled_at"] is not None


def test_guests_have_no_orders_of_their_own() -> None:
    assert APIClient().get("/api/v1/me/orders/").status_code in (401, 403)


def test_an_order_needs_its_own_cart_to_be_seen() -> None:
    site = Site()
    number = place(site.cart((site.item(), 1))).number

    assert APIClient().get(f"/api/v1/orders/{number}/", {"cart": str(uuid4())}).status_code == 404
    assert APIClient().get(f"/api/v1/orders/{number}/").status_code == 400


@pytest.mark.parametrize("path", ["me/orders/", "carts/{cart}/"])
def test_a_list_asks_as_often_however_long_it_is(path: str) -> None:
    site = Site()
    member = site.member()
    client = shopper(member)
    cart = site.cart((site.item(), 1), customer=member)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/api/v1/{path.format(cart=cart.pk)}")
        assert answer.status_code == 200
        return len(queries)

    place(site.cart((site.item(), 1), customer=member), customer=member)
    count()
    few = count()
    for _ in range(4):
        place(site.cart((site.item(), 1), (site.item(), 1), customer=member), customer=member)
        cart.lines.create(variant=site.item(), quantity=1)

    assert count() == few
