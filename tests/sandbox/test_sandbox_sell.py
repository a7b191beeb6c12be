"""Selling: never more than there is, and an honest number while the platform does not know."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Platform, Site, StartSite

SELLS_BLINDLY = """
import sandbox.orders as orders
orders._TAKE = orders._TAKE.replace("AND available >= ?1", "")
from sandbox.__main__ import main
main()
"""


def test_a_sale_takes_the_units_and_writes_the_order(site: Site) -> None:
    site.push(("TEE-M", 5, 1))
    buyer = {"name": "山田 太郎", "email": "taro@example.com"}

    answer = site.sell("TEE-M", 2, unit_price="3300", shipping="550", buyer=buyer)

    order = answer.json()
    placed_at = datetime.fromisoformat(order.pop("placed_at"))
    assert answer.status_code == 201
    assert placed_at.tzinfo is not None
    assert abs((datetime.now(UTC) - placed_at).total_seconds()) < 10
    blank = dict.fromkeys(("name_kana", "phone", "postal_code", "prefecture", "city", "line1"), "")
    assert order == {
        "order_number": "SB-000001",
        "currency": "JPY",
        "total": "7150",
        "shipping": "550",
        "lines": [{"line": 1, "sku": "TEE-M", "quantity": 2, "unit_price": "3300", "amount": "6600"}],
        "buyer": {**buyer, **blank},
        "fulfilment": "SHIP",
    }
    assert site.stock("TEE-M") == (3, 1, 2)


def test_a_buyer_is_made_up_where_none_is_given(site: Site) -> None:
    site.push(("TEE-M", 5, 1))

    order = site.sell("TEE-M").json()

    assert (order["total"], order["lines"][0]["unit_price"]) == ("1980", "1980")
    assert (order["buyer"]["name"], order["buyer"]["postal_code"]) == ("佐藤 花子", "150-0002")


def test_more_than_there_is_is_refused(site: Site) -> None:
    site.push(("TEE-M", 2, 1))

    answer = site.sell("TEE-M", 3)

    assert answer.status_code == 409
    assert answer.json() == {"code": "not-enough", "sku": "TEE-M", "available": 2}
    assert site.stock("TEE-M") == (2, 1, 0)
    assert site.get("/api/orders") == {"orders": [], "next": None}


def test_what_is_not_sold_here_is_refused(site: Site) -> None:
    assert site.sell("NOPE").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"sku": ""},
        {"quantity": 0},
        {"quantity": "1"},
        {"quantity": True},
        {"unit_price": 19.8},
        {"unit_price": "19.5"},
        {"unit_price": "-1"},
        {"unit_price": "NaN"},
        {"buyer": "Taro"},
    ],
)
def test_a_bad_sale_is_refused(site: Site, fields: dict[str, Any]) -> None:
    site.push(("TEE-M", 5, 1))

    answer = site.sell(**{"sku": "TEE-M", "quantity": 1, **fields})

    assert answer.status_code == 400
    assert site.stock("TEE-M") == (5, 1, 0)


def _fifty_buyers(site: Site) -> list[int]:
    gate = Barrier(50)

    def buy(_: int) -> int:
        with httpx.Client(base_url=site.url, timeout=30, trust_env=False) as client:
            gate.wait()
            return client.post("/api/sell", json={"sku": "LAST", "quantity": 1}).status_code

    with ThreadPoolExecutor(50) as pool:
        return sorted(pool.map(buy, range(50)))


def test_fifty_buyers_get_the_last_five(site: Site) -> None:
    site.push(("LAST", 5, 1))

    statuses = _fifty_buyers(site)

    assert statuses == [201] * 5 + [409] * 45
    assert site.stock("LAST") == (0, 1, 5)
    assert len(site.get("/api/orders")["orders"]) == 5


def test_fifty_buyers_would_oversell_without_the_guard(start_site: StartSite) -> None:
    """The negative control: the same buyers, at a site that takes without looking."""
    site = start_site(code=SELLS_BLINDLY)
    site.push(("LAST", 5, 1))

    assert _fifty_buyers(site) == [201] * 50


def test_a_number_pushed_before_the_order_is_known_is_lowered_by_it(site: Site) -> None:
    site.push(("TEE-M", 10, 1))
    site.sell("TEE-M", 2)

    site.push(("TEE-M", 7, 2))

    assert site.stock("TEE-M") == (5, 2, 2)


def test_the_number_shown_never_falls_below_zero(site: Site) -> None:
    site.push(("TEE-M", 2, 1))
    site.sell("TEE-M", 2)

    site.push(("TEE-M", 1, 2))

    assert site.stock("TEE-M") == (0, 2, 2)
    assert site.sell("TEE-M").json()["available"] == 0


def test_an_acknowledged_sale_stays_taken_until_the_next_number(
    linked: Site, eventually: Callable[..., None]
) -> None:
    linked.push(("TEE-M", 10, 1))

    linked.sell("TEE-M")

    eventually(lambda: linked.stock("TEE-M") == (9, 1, 0))
    linked.push(("TEE-M", 9, 2))
    assert linked.stock("TEE-M") == (9, 2, 0)


def test_a_number_that_overtakes_the_acknowledgement_is_not_lowered_for_good(
    linked: Site, platform: Platform, eventually: Callable[..., None]
) -> None:
    """The platform books the order and pushes 9 before its answer to the order arrives."""
    linked.push(("TEE-M", 10, 1))
    seen = []

    def push_first() -> None:
        linked.push(("TEE-M", 9, 2))
        seen.append(linked.stock("TEE-M"))

    platform.before_answer = push_first
    linked.sell("TEE-M")

    eventually(lambda: linked.stock("TEE-M") == (9, 2, 0))
    assert seen == [(8, 2, 1)]


def test_a_number_that_follows_an_unknown_outcome_may_include_the_sale(
    linked: Site, platform: Platform, eventually: Callable[..., None]
) -> None:
    """The first delivery was booked though it was answered 500; the second finds it there."""
    linked.push(("TEE-M", 10, 1))
    platform.answers = [(500, {})]
    linked.sell("TEE-M")
    platform.wait_for(1)

    linked.push(("TEE-M", 9, 2))

    eventually(lambda: linked.stock("TEE-M") == (9, 2, 0))
    assert len(platform.received) == 2


def test_a_number_pushed_before_the_order_was_offered_stays_lowered(site: Site) -> None:
    """That number can't include the sale: only the next one may end the subtraction."""
    site.push(("TEE-M", 10, 1))
    site.sell("TEE-M")
    site.push(("TEE-M", 7, 2))

    cursor = site.get("/api/orders")["next"]
    site.get("/api/orders", after=cursor)

    assert site.stock("TEE-M") == (6, 2, 0)
    site.push(("TEE-M", 6, 3))
    assert site.stock("TEE-M") == (6, 3, 0)


def test_polling_past_an_order_acknowledges_it(site: Site) -> None:
    site.push(("TEE-M", 10, 1))
    numbers = [site.sell("TEE-M", deliver=False).json()["order_number"] for _ in range(3)]

    first = site.get("/api/orders", limit=2)
    unknown = site.stock("TEE-M")
    second = site.get("/api/orders", limit=2, after=first["next"])
    last = site.get("/api/orders", after=second["next"])

    assert [order["order_number"] for order in first["orders"]] == numbers[:2]
    assert [order["order_number"] for order in second["orders"]] == numbers[2:]
    assert last == {"orders": [], "next": None}
    assert (unknown, site.stock("TEE-M")) == ((7, 1, 3), (7, 1, 0))


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "٣"])
def test_a_cursor_that_was_never_given_out_is_refused(site: Site, after: str) -> None:
    assert site.http.get("/api/orders", params={"after": after}).status_code == 400
