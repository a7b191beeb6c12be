"""Orders out: signed, repeated until acknowledged, repeated and reordered when told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Platform, Site, StartSite

Eventually = Callable[..., None]


def _sell(site: Site, times: int, **fields: Any) -> list[str]:
    site.push(("TEE-M", 100, 1))
    return [site.sell("TEE-M", **fields).json()["order_number"] for _ in range(times)]


def _settled(site: Site) -> bool:
    return bool(site.get("/api/stats")["orders_to_deliver"] == 0)


def test_an_order_is_delivered_signed(linked: Site, platform: Platform, eventually: Eventually) -> None:
    linked.push(("TEE-M", 5, 1))

    order = linked.sell("TEE-M", 2).json()

    eventually(lambda: _settled(linked))
    ((path, webhook_id, body),) = platform.received
    assert path == "/api/v1/webhooks/sandbox-ec/orders"
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": webhook_id,
        "source": "/sandbox-ec",
        "type": "omni.order-created.v1",
        "time": order["placed_at"],
        "datacontenttype": "application/json",
        "data": order,
    }
    shown = linked.get("/api/orders/SB-000001")
    assert (shown["attempts"], shown["last_status"], shown["order"]) == (1, 202, order)
    assert shown["acknowledged_at"] is not None


@pytest.mark.parametrize(
    "refusal",
    [(500, {}), (503, {}), (400, {}), (409, {"code": "claim-in-flight"})],
    ids=lambda refusal: str(refusal[0]),
)
def test_a_refused_order_is_sent_again_the_same(
    linked: Site, platform: Platform, eventually: Eventually, refusal: tuple[int, dict[str, Any]]
) -> None:
    platform.answers = [refusal, refusal]

    _sell(linked, 1)

    eventually(lambda: _settled(linked))
    assert len(platform.received) == 3
    assert len(set(platform.received)) == 1
    shown = linked.get("/api/orders/SB-000001")
    assert (shown["attempts"], shown["last_status"]) == (3, 202)
    assert linked.get("/api/stats")["deliveries"] == 3


def test_a_duplicate_is_an_acknowledgement(linked: Site, platform: Platform, eventually: Eventually) -> None:
    platform.answers = [(409, {"code": "duplicate-order"})]

    _sell(linked, 1)

    eventually(lambda: _settled(linked))
    assert linked.stock("TEE-M") == (99, 1, 0)
    assert len(platform.received) == 1


def test_pauses_grow_while_the_platform_refuses(linked: Site, platform: Platform) -> None:
    moments: list[float] = []
    platform.before_answer = lambda: moments.append(time.monotonic())
    platform.answers = [(500, {})] * 3

    _sell(linked, 1)

    platform.wait_for(4)
    first, second, third = (late - early for early, late in pairwise(moments))
    assert (first >= 0.1, second >= 0.2, third >= 0.4) == (True, True, True)


def test_orders_wait_for_a_platform_that_is_down(
    start_site: StartSite, platform: Platform, eventually: Eventually
) -> None:
    site = start_site(PLATFORM_URL=platform.url)
    platform.shutdown()
    platform.server_close()
    numbers = _sell(site, 2)
    eventually(lambda: site.get("/api/orders/SB-000001")["attempts"] >= 1)
    assert site.get("/api/orders/SB-000001")["last_status"] is None

    revived = type(platform)(platform.server_port).start()

    eventually(lambda: _settled(site))
    assert sorted(revived.numbers()) == numbers
    revived.shutdown()
    revived.server_close()


def test_undelivered_orders_survive_a_kill(
    linked: Site, platform: Platform, start_site: StartSite, eventually: Eventually
) -> None:
    linked.control("reorder")
    _sell(linked, 2)
    linked.kill()
    assert platform.received == []

    again = start_site(home=linked.home, PLATFORM_URL=platform.url)

    eventually(lambda: _settled(again))
    assert platform.numbers() == ["SB-000002", "SB-000001"]


def test_an_order_that_is_not_to_be_delivered_waits_to_be_polled(linked: Site, platform: Platform) -> None:
    (number,) = _sell(linked, 1, deliver=False)
    (later,) = [linked.sell("TEE-M").json()["order_number"]]

    platform.wait_for(1)
    assert platform.numbers() == [later]
    listed = [order["order_number"] for order in linked.get("/api/orders")["orders"]]
    assert listed == [number, later]


def test_an_order_is_delivered_again_on_demand(linked: Site, platform: Platform) -> None:
    platform.answers = [(202, {}), (200, {}), (409, {"code": "duplicate"})]
    _sell(linked, 1, deliver=False)

    answer = linked.http.post("/api/orders/SB-000001/deliver", json={"times": 3})

    assert answer.json() == {"order_number": "SB-000001", "statuses": [202, 200, 409]}
    assert len(set(platform.received)) == 1
    assert linked.stock("TEE-M") == (99, 1, 0)


def test_only_a_known_order_is_delivered_again(linked: Site) -> None:
    answers = [
        linked.http.post(f"/api/orders/{number}/deliver", json={"times": 1}).status_code
        for number in ("SB-000009", "nonsense")
    ]

    assert answers == [404, 404]


def test_repeat_sends_every_order_so_often(linked: Site, platform: Platform, eventually: Eventually) -> None:
    linked.control("repeat", times=3)

    _sell(linked, 1)

    platform.wait_for(3)
    eventually(lambda: _settled(linked))
    assert len(platform.received) == 3
    assert len(set(platform.received)) == 1


def test_reorder_holds_orders_until_normal_and_sends_the_last_first(linked: Site, platform: Platform) -> None:
    linked.control("reorder")
    numbers = _sell(linked, 3)
    time.sleep(0.3)  # longer than the courier looks away
    assert platform.received == []

    linked.control("normal")

    platform.wait_for(3)
    assert platform.numbers() == numbers[::-1]


def test_reorder_lets_go_after_so_many(linked: Site, platform: Platform) -> None:
    linked.control("reorder", after=2)

    numbers = _sell(linked, 3)

    platform.wait_for(2)
    time.sleep(0.3)
    assert platform.numbers() == [numbers[1], numbers[0]]
    linked.control("normal")
    platform.wait_for(3)
    assert platform.numbers()[2] == numbers[2]


def test_repeat_and_reorder_combine(linked: Site, platform: Platform) -> None:
    linked.control("repeat", times=2)
    linked.control("reorder")
    first, second = _sell(linked, 2)

    linked.control("normal")

    platform.wait_for(4)
    assert platform.numbers() == [second, first, second, first]


def test_away_holds_orders_back(linked: Site, platform: Platform) -> None:
    linked.control("away")
    numbers = _push_and_sell_while_away(linked)
    time.sleep(0.3)
    assert platform.received == []

    linked.control("normal")

    platform.wait_for(1)
    assert platform.numbers() == numbers


def _push_and_sell_while_away(site: Site) -> list[str]:
    site.control("normal")
    site.push(("TEE-M", 5, 1))
    site.control("away")
    return [site.sell("TEE-M").json()["order_number"]]
