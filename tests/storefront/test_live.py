"""The stream over real HTTP and real Valkey; its server runs in a thread of the test."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from catalog.models import Variant
from inventory.models import StockLevel
from omni.core import db, valkey
from omni.core.actor import SYSTEM
from omni.outbox import delivery
from omni.outbox.consumers import CONSUMERS, EventRecord
from omni.outbox.events import StockChanged
from omni.outbox.models import Event
from organisation import services as organisation
from organisation.models import Location, SalesChannel
from storefront import live, stock_states
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(live, "hub", live.Hub())
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        running = uvicorn.Server(uvicorn.Config(live.application, log_level="warning", lifespan="on"))
        thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[listener])))
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
        running.should_exit = running.force_exit = True
        thread.join(10)


@pytest.fixture
def shelf() -> tuple[Variant, Location]:
    channel, shop = factories.channel(code="ec-main"), factories.location(code="shibuya")
    factories.source(channel, shop)
    variant = factories.variant()
    factories.listing(variant, channel)
    factories.stock(variant, shop, 5)
    return variant, shop


class Listener:
    """A browser's `EventSource`, as far as the test needs it."""

    def __init__(self, url: str, *skus: str) -> None:
        self.client = httpx.Client(timeout=10)
        params = [("sku", sku) for sku in skus]
        self.stream = self.client.stream("GET", f"{url}/stream/stock", params=params)
        self.lines = self.stream.__enter__().iter_lines()

    def next(self) -> dict[str, Any]:
        for line in self.lines:
            if line.startswith("data: "):
                return dict(json.loads(line.removeprefix("data: ")))
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self.stream.__exit__(None, None, None)
        self.client.close()


def change(variant: Variant, shop: Location, on_hand: int) -> None:
    StockLevel.objects.filter(variant=variant, location=shop).update(on_hand=on_hand)
    payload = StockChanged(variant_ids=(variant.pk,), location_ids=(shop.pk,))
    event = EventRecord(1, factories.customer().public_id, "stock:1", payload, NOW, NOW)
    with db.transaction():
        CONSUMERS["browsers"].handle([event, event])


def test_a_browser_gets_the_present_state_and_then_each_change(
    server: str, shelf: tuple[Variant, Location]
) -> None:
    variant, shop = shelf
    browser = Listener(server, variant.sku)

    first = browser.next()
    change(variant, shop, 4)
    second = browser.next()
    browser.close()

    assert (first["sku"], first["channels"], first["locations"]) == (
        variant.sku,
        {"ec-main": 5},
        {"shibuya": 5},
    )
    assert (second["channels"], second["locations"]) == ({"ec-main": 4}, {"shibuya": 4})


def test_a_browser_sees_a_shop_or_a_channel_close(server: str, shelf: tuple[Variant, Location]) -> None:
    variant, shop = shelf
    browser = Listener(server, variant.sku)
    browser.next()

    with db.transaction():
        organisation.save_location(location=close(shop), actor=SYSTEM, now=NOW)
    deliver()
    shop_closed = browser.next()
    with db.transaction():
        organisation.save_location(location=close(shop, active=True), actor=SYSTEM, now=NOW)
    deliver()
    shop_open = browser.next()
    channel = SalesChannel.objects.get()
    with db.transaction():
        organisation.save_channel(channel=close(channel), actor=SYSTEM, now=NOW)
    deliver()
    channel_closed = browser.next()
    browser.close()

    assert [
        (state["channels"], state["locations"]) for state in (shop_closed, shop_open, channel_closed)
    ] == [
        ({"ec-main": 0}, {}),
        ({"ec-main": 5}, {"shibuya": 5}),
        ({"ec-main": 0}, {"shibuya": 5}),
    ]


def close(row: Any, *, active: bool = False) -> Any:
    row.active = active
    return row


def deliver() -> None:
    sequences = list(Event.objects.filter(finished_at=None).values_list("sequence", flat=True))
    delivery.deliver(consumer="browsers", sequences=sequences)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_states_a_slow_browser_gets_the_later_however_they_came(order: tuple[int, int]) -> None:
    states = [{"sku": "A", "at": f"2026-11-22T03:00:0{second}+00:00"} for second in (1, 2)]
    browser = live.Browser(["A"])

    for place in order:
        browser.put(states[place])

    assert browser.take() == [states[1]]


def test_a_browser_is_told_of_nothing_that_it_did_not_ask_for(
    server: str, shelf: tuple[Variant, Location]
) -> None:
    variant, shop = shelf
    other = factories.variant()
    factories.stock(other, shop, 1)
    browser = Listener(server, variant.sku)
    browser.next()

    change(other, shop, 0)
    change(variant, shop, 3)

    assert browser.next()["sku"] == variant.sku
    browser.close()


def test_after_valkey_lost_us_every_browser_gets_its_state_anew(
    server: str, shelf: tuple[Variant, Location]
) -> None:
    variant = shelf[0]
    browser = Listener(server, variant.sku)
    browser.next()
    StockLevel.objects.filter(variant=variant).update(on_hand=2)

    valkey.client().execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    assert browser.next()["channels"] == {"ec-main": 2}
    browser.close()


@pytest.mark.parametrize(
    ("path", "status"), [("/stream/health", 200), ("/stream/stock", 400), ("/other", 404)]
)
def test_other_requests_are_answered_plainly(server: str, path: str, status: int) -> None:
    assert httpx.get(server + path).status_code == status


def test_too_many_skus_are_refused(server: str) -> None:
    params = [("sku", str(number)) for number in range(live.MOST_SKUS + 1)]

    assert httpx.get(f"{server}/stream/stock", params=params).status_code == 400


def test_an_unknown_sku_has_no_state(server: str, shelf: tuple[Variant, Location]) -> None:
    variant, _ = shelf
    browser = Listener(server, "no-such-thing", variant.sku)

    assert browser.next()["sku"] == variant.sku
    browser.close()


def test_states_are_read_in_a_constant_number_of_statements(
    shelf: tuple[Variant, Location], django_assert_num_queries: Any
) -> None:
    variant, shop = shelf
    many = [variant, *(factories.variant() for _ in range(20))]
    for each in many[1:]:
        factories.stock(each, shop, 1)

    with django_assert_num_queries(5):
        stock_states.read([variant.pk])
    with django_assert_num_queries(5):
        states = stock_states.read([each.pk for each in many])

    assert len(states) == 21
