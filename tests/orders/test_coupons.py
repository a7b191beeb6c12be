"""Coupons in carts over HTTP: put in, refused with a code for each reason, shown, taken out."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from orders.models import CartCoupon
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.orders.test_place_api import BUYER, filled_cart, post, shopper

pytestmark = pytest.mark.django_db(transaction=True)


def add(client: APIClient, cart: str, code: str) -> Any:
    return post(client, f"carts/{cart}/coupons/", {"code": code})


def test_a_coupon_is_put_in_quoted_ordered_and_shown_on_the_order() -> None:
    site, guest = Site(), APIClient()
    promotion = factories.promotion(code="welcome", name={"ja": "ようこそ", "en": "Welcome"})
    factories.coupon(promotion, "HELLO10")
    cart = filled_cart(guest, site)

    # In full width, in small letters, with a space.
    added = add(guest, cart, "ｈｅｌｌｏ 10")
    again = add(guest, cart, "HELLO10")
    quote = post(guest, f"carts/{cart}/quote/").json()
    body = {"contact": BUYER, "tender": "deferred", "expected_total": quote["total"]}
    placed = post(guest, f"carts/{cart}/checkout/", body, key="k1").json()
    order = guest.get(f"/api/v1/orders/{placed['number']}/?cart={cart}").json()

    name = {"ja": "ようこそ", "en": "Welcome"}
    assert (added.status_code, again.status_code) == (201, 201)
    assert added.json() == {"code": "HELLO10", "promotion": "welcome", "name": name}
    assert guest.get(f"/api/v1/carts/{cart}/").json()["coupons"] == ["HELLO10"]
    assert (quote["lines_amount"], quote["discount_amount"], quote["total"]) == ("2200", "220", "1980")
    (shown,) = quote["promotions"]
    assert (shown["coupon"], shown["amount"], shown["lines"][0]["amount"]) == ("HELLO10", "220", "220")
    assert (placed["total"], order["discount_amount"]) == ("1980", "220")
    assert order["lines"][0]["discounts"] == [{"code": "welcome", "name": name, "amount": "220"}]
    assert order["promotions"] == [
        {"code": "welcome", "name": name, "coupon": "HELLO10", "amount": "220", "shipping_amount": "0"}
    ]


def test_what_is_missing_is_said_by_the_quote_and_the_coupon_stays() -> None:
    site, guest = Site(), APIClient()
    factories.coupon(factories.promotion(code="big", min_amount=2500), "BIG")
    cart = filled_cart(guest, site)

    added = add(guest, cart, "BIG")
    quote = post(guest, f"carts/{cart}/quote/").json()

    (missed,) = quote["missed"]
    assert (added.status_code, quote["promotions"]) == (201, [])
    assert (missed["coupon"], missed["reason"], missed["missing"]) == ("BIG", "BELOW_AMOUNT", "300")


@pytest.mark.parametrize(
    ("promotion", "coupon", "code", "data"),
    [
        ({"active": False}, {}, "coupon-unknown", {}),
        ({}, {"withdrawn_at": NOW}, "coupon-unknown", {}),
        ({"starts_at": NOW + timedelta(10000)}, {}, "coupon-not-yet", {}),
        ({"ends_at": NOW - timedelta(10)}, {}, "coupon-over", {}),
        ({"most_uses": 1, "uses": 1}, {}, "coupon-used-up", {"by_you": False}),
        ({"channels": ["elsewhere"]}, {}, "coupon-not-for-you", {"rule": "channel"}),
        ({"most_per_person": 1}, {}, "coupon-not-for-you", {"rule": "needs-member"}),
    ],
)
def test_a_coupon_that_cant_be_used_is_refused_and_says_why(
    promotion: dict[str, Any], coupon: dict[str, Any], code: str, data: dict[str, Any]
) -> None:
    site, guest = Site(), APIClient()
    factories.coupon(factories.promotion(**promotion), "CODE", **coupon)
    cart = filled_cart(guest, site)

    refused = add(guest, cart, "code")

    assert (refused.status_code, refused.json()["code"], refused.json()["coupon"]) == (422, code, "CODE")
    assert {name: refused.json()[name] for name in data} == data
    assert CartCoupon.objects.count() == 0


def test_an_unknown_code_is_no_coupon() -> None:
    guest = APIClient()
    cart = filled_cart(guest, Site())

    refused = add(guest, cart, "NOPE")

    assert (refused.status_code, refused.json()["code"]) == (422, "coupon-unknown")


def test_another_persons_coupon_and_one_that_was_had_are_refused() -> None:
    site = Site()
    member, other = site.member(), site.member()
    factories.coupon(factories.promotion(), "THEIRS", customer=other)
    once = factories.coupon(factories.promotion(most_per_person=1), "ONCE")
    client = shopper(member)
    before = site.cart((site.item(), 1), customer=member)
    before.coupons.create(coupon=once)
    place(before, customer=member)
    cart = filled_cart(client, site)

    theirs, again = add(client, cart, "THEIRS").json(), add(client, cart, "ONCE").json()

    assert (theirs["code"], theirs["rule"]) == ("coupon-not-for-you", "personal")
    assert (again["code"], again["by_you"]) == ("coupon-used-up", True)


def test_what_does_not_go_together_names_the_other() -> None:
    site, guest = Site(), APIClient()
    alone, other = factories.promotion(exclusivity="ALONE"), factories.promotion()
    for code, promotion in (("ALONE", alone), ("ONE", other), ("TWO", other)):
        factories.coupon(promotion, code)
    cart = filled_cart(guest, site)
    add(guest, cart, "ONE")

    same, alone_ = add(guest, cart, "TWO").json(), add(guest, cart, "ALONE").json()

    assert (same["code"], same["other"]) == ("coupon-conflicts", "ONE")
    assert (alone_["code"], alone_["other"]) == ("coupon-conflicts", "ONE")
    assert guest.get(f"/api/v1/carts/{cart}/").json()["coupons"] == ["ONE"]


def test_a_coupon_is_taken_out_by_its_code_once() -> None:
    site, guest = Site(), APIClient()
    factories.coupon(factories.promotion(), "CODE")
    cart = filled_cart(guest, site)
    add(guest, cart, "CODE")

    answers = [guest.delete(f"/api/v1/carts/{cart}/coupons/code/").status_code for _ in range(2)]

    assert (answers, CartCoupon.objects.count()) == ([204, 404], 0)


def test_codes_are_not_guessed_at_from_one_address(settings: Settings) -> None:
    settings.COUPON_TRIES_PER_MINUTE = 2
    guest = APIClient(REMOTE_ADDR="203.0.113.77")
    cart = filled_cart(guest, Site())

    answers = [add(guest, cart, f"GUESS{n}").status_code for n in range(5)]

    # A minute of the clock may begin in between.
    assert answers.count(429) >= 1
    assert answers[:2] == [422, 422]
