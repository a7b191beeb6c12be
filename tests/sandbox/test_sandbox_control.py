"""Every way in which the site is told to misbehave towards the platform's calls."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Site


def test_a_site_is_normal_when_it_starts(site: Site) -> None:
    assert site.get("/control") == {"modes": {}}


def test_slow_answers_late_and_applies(site: Site) -> None:
    site.control("slow", seconds=0.4)
    start = time.monotonic()

    answer = site.push(("A", 3, 1))

    assert time.monotonic() - start >= 0.4
    assert (answer.status_code, site.stock("A")) == (200, (3, 1, 0))


def test_a_slow_push_keeps_nobody_else_waiting(site: Site) -> None:
    site.push(("A", 3, 1))
    site.control("slow", seconds=60)
    body = site.event([{"sku": "A", "available": 2, "version": 2}])
    with pytest.raises(httpx.ReadTimeout):
        site.http.post("/webhooks/stock", content=body, headers=site.sign(body), timeout=0.2)

    start = time.monotonic()

    assert site.sell("A").status_code == 201
    assert time.monotonic() - start < 2


def test_fail_refuses_so_often(site: Site) -> None:
    site.control("fail", status=503, times=2)

    statuses = [site.push(("A", 3, 1)).status_code for _ in range(2)]

    assert (statuses, site.get("/api/stock")["items"]) == ([503, 503], [])
    assert site.get("/control") == {"modes": {}}
    assert site.push(("A", 3, 1)).status_code == 200


def test_fail_without_a_number_refuses_until_normal(site: Site) -> None:
    site.control("fail")

    statuses = [site.push(("A", 3, 1)).status_code for _ in range(5)]
    site.control("normal")

    assert statuses == [500] * 5
    assert site.push(("A", 3, 1)).status_code == 200


def test_away_drops_what_the_platform_asks_without_an_answer(site: Site) -> None:
    site.push(("A", 3, 1))
    site.control("away")

    with pytest.raises(httpx.RemoteProtocolError):
        site.push(("A", 2, 2))
    for path in ("/api/stock", "/api/orders"):
        with pytest.raises(httpx.RemoteProtocolError):
            site.http.get(path)

    # Observers are still answered.
    assert site.stock("A") == (3, 1, 0)
    assert len(site.get("/api/pushes")["pushes"]) == 1
    site.control("normal")
    assert site.push(("A", 2, 2)).json() == {"applied": 1, "stale": 0}


def test_lossy_applies_and_does_not_say_so(site: Site) -> None:
    site.control("lossy")

    with pytest.raises(httpx.RemoteProtocolError):
        site.push(("A", 3, 1))

    assert site.stock("A") == (3, 1, 0)


def test_late_applies_pushes_after_others_and_again(site: Site, eventually: Callable[..., None]) -> None:
    site.control("late", seconds=0.5, times=3)
    with pytest.raises(httpx.RemoteProtocolError):
        site.push(("A", 3, 1))
    site.control("normal")

    assert site.push(("A", 2, 2)).json() == {"applied": 1, "stale": 0}

    eventually(lambda: len(site.get("/api/pushes")["pushes"]) == 4)
    assert site.stock("A") == (2, 2, 0)


def test_forgetful_says_that_it_applied_what_it_drops(site: Site) -> None:
    site.push(("A", 3, 1))
    site.control("forgetful")

    answer = site.push(("A", 2, 2), ("B", 1, 1))

    assert answer.json() == {"applied": 2, "stale": 0}
    assert [item["sku"] for item in site.get("/api/stock")["items"]] == ["A"]
    assert site.stock("A") == (3, 1, 0)


def test_modes_combine(site: Site) -> None:
    site.control("slow", seconds=0.2)
    site.control("fail", status=502, times=1)
    site.control("lossy")
    start = time.monotonic()

    assert site.push(("A", 3, 1)).status_code == 502
    with pytest.raises(httpx.RemoteProtocolError):
        site.push(("A", 3, 1))

    assert time.monotonic() - start >= 0.4
    assert site.get("/control") == {"modes": {"slow": {"seconds": 0.2}, "lossy": {}}}


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "drunk"},
        {"mode": ["slow"]},
        {},
        {"mode": "slow"},
        {"mode": "slow", "seconds": -1},
        {"mode": "slow", "seconds": "1"},
        {"mode": "fail", "status": 200},
        {"mode": "fail", "times": 0},
        {"mode": "repeat", "times": 0},
        {"mode": "late"},
        {"mode": "late", "seconds": 1, "times": 0},
    ],
)
def test_a_bad_change_changes_nothing(site: Site, change: dict[str, Any]) -> None:
    site.control("lossy")

    answer = site.http.post("/control", json=change)

    assert answer.status_code == 400
    assert site.get("/control") == {"modes": {"lossy": {}}}


def test_reset_empties_the_site_and_uses_no_number_twice(site: Site) -> None:
    site.push(("A", 3, 1))
    site.sell("A")
    site.control("lossy")

    site.http.post("/control/reset")

    stats = site.get("/api/stats")
    assert (stats["skus"], stats["orders"], stats["pushes"]) == (0, 0, 0)
    assert site.get("/control") == {"modes": {}}
    assert site.push(("A", 3, 1)).json() == {"applied": 1, "stale": 0}
    assert site.sell("A").json()["order_number"] == "SB-000002"


def test_stats_count_what_is_there(site: Site) -> None:
    site.push(("A", 3, 1), ("B", 4, 1))
    site.control("reorder")
    site.sell("A")

    assert site.get("/api/stats") == {
        "skus": 2,
        "units_available": 6,
        "pushes": 1,
        "orders": 1,
        "orders_unacknowledged": 1,
        "orders_to_deliver": 1,
        "orders_held": 1,
        "deliveries": 0,
        "listed": 0,
        "shipments": 0,
    }
