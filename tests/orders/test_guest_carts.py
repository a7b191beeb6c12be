"""Guests' carts: how many one address may open, and how long an abandoned one stays."""

from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from pytest_django import Settings

from customers import services as customers
from omni.core import valkey
from omni.core.throttling import party_of
from orders import services, tasks
from orders.models import Cart, CartLine, Order
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.stack import free_port

pytestmark = pytest.mark.django_db(transaction=True)
OLD = NOW - timedelta(days=40)
BEFORE = NOW - timedelta(days=30)


@pytest.fixture(autouse=True)
def uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has been counted yet, and it is a quarter past a minute."""
    for key in valkey.client().scan_iter("throttle:*"):
        valkey.client().delete(key)
    monkeypatch.setattr("omni.core.clock.now", lambda: NOW + timedelta(seconds=15.5))


def open_cart(client: Client, **headers: Any) -> Any:
    return client.post("/api/v1/carts/", {"channel": "ec-main"}, content_type="application/json", **headers)


def test_an_address_opens_so_many_carts_a_minute(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GUEST_CARTS_PER_MINUTE = 3
    factories.channel(code="ec-main")

    answers = [open_cart(client) for _ in range(5)]
    elsewhere = open_cart(client, REMOTE_ADDR="192.0.2.1")
    monkeypatch.setattr("omni.core.clock.now", lambda: NOW + timedelta(seconds=60))
    later = open_cart(client)

    assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
    assert (elsewhere.status_code, later.status_code, Cart.objects.count()) == (201, 201, 5)
    refused = answers[3]
    assert (refused["Content-Type"], refused["Retry-After"]) == ("application/problem+json", "45")
    assert refused.json()["code"] == "throttled"


def test_who_signed_in_is_not_counted(client: Client, settings: Settings) -> None:
    settings.GUEST_CARTS_PER_MINUTE = 1
    factories.channel(code="ec-main")
    open_cart(client)
    client.force_login(factories.user(), backend="django.contrib.auth.backends.ModelBackend")

    assert [open_cart(client).status_code for _ in range(2)] == [201, 201]


def test_what_a_client_claims_of_its_address_counts_for_nothing(client: Client, settings: Settings) -> None:
    settings.GUEST_CARTS_PER_MINUTE = 1
    factories.channel(code="ec-main")

    answers = [open_cart(client, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}").status_code for n in range(3)]

    assert answers == [201, 429, 429]


def test_nought_is_no_limit(client: Client, settings: Settings) -> None:
    settings.GUEST_CARTS_PER_MINUTE = 0
    factories.channel(code="ec-main")

    assert {open_cart(client).status_code for _ in range(3)} == {201}


def test_without_valkey_everybody_is_let_in(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    factories.channel(code="ec-main")
    settings.GUEST_CARTS_PER_MINUTE = 1
    gone = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{free_port()}/1"}
    settings.CACHES = {"default": gone}
    valkey.client.cache_clear()
    try:
        answers = [open_cart(client).status_code for _ in range(3)]
    finally:
        valkey.client.cache_clear()

    assert answers == [201, 201, 201]
    assert "throttle.not-counted" in str([record.msg for record in caplog.records])


@pytest.mark.parametrize(
    ("address", "party"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_subscriber_is_counted_as_one(address: str, party: str) -> None:
    assert party_of(address) == party


def aged(cart: Cart, *, touched: datetime = OLD) -> Cart:
    Cart.objects.filter(pk=cart.pk).update(created_at=OLD, updated_at=touched)
    return cart


def test_abandoned_carts_of_guests_go_and_nothing_else(settings: Settings) -> None:
    site = Site()
    tea = site.item(stock=50)
    shopper = customers.ensure_customer_for(user=factories.user(), now=NOW)
    abandoned = [aged(site.cart((tea, 1))) for _ in range(5)]
    ordered = site.cart((tea, 2))
    place(ordered)
    reopened = site.cart((tea, 3))
    place(reopened)
    Cart.objects.filter(pk=reopened.pk).update(status="OPEN")
    kept = {
        aged(ordered).pk,
        aged(reopened).pk,
        aged(site.cart((tea, 1), customer=shopper)).pk,
        aged(site.cart((tea, 1)), touched=BEFORE).pk,
        site.cart((tea, 1)).pk,
    }

    assert services.purge_guest_carts(before=BEFORE, limit=2) == len(abandoned)

    assert set(Cart.objects.values_list("pk", flat=True)) == kept
    assert set(CartLine.objects.values_list("cart_id", flat=True)) == kept
    assert set(Order.objects.values_list("cart_id", flat=True)) == {ordered.pk, reopened.pk}
    assert services.purge_guest_carts(before=BEFORE, limit=2) == 0


def test_the_task_keeps_them_as_long_as_the_setting_says(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omni.core.clock.now", lambda: NOW)
    settings.GUEST_CARTS_KEPT = timedelta(days=40, seconds=-1)
    site = Site()
    aged(site.cart())
    kept, at = site.cart(), OLD + timedelta(seconds=2)
    Cart.objects.filter(pk=kept.pk).update(created_at=at, updated_at=at)

    tasks.purge_guest_carts()

    assert Cart.objects.get().pk == kept.pk


def test_a_cart_that_is_being_ordered_is_neither_waited_for_nor_purged() -> None:
    cart = aged(Site().cart())
    locked, done = Event(), Event()

    def checkout() -> None:
        with transaction.atomic():
            Cart.objects.for_update_by_id(cart.pk)
            locked.set()
            done.wait(20)
            Cart.objects.filter(pk=cart.pk).update(status="ORDERED")
        connections.close_all()

    shopper = Thread(target=checkout)
    shopper.start()
    assert locked.wait(10)
    try:
        purged = services.purge_guest_carts(before=BEFORE)
    finally:
        done.set()
        shopper.join()

    assert purged == 0
    assert Cart.objects.get().status == "ORDERED"
