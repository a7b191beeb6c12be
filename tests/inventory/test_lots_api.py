"""Lots and serial numbers as devices name them: received, moved, counted, sold, taken back, listed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import LotEntry
from inventory.services import LotUnits
from tests import factories
from tests.inventory.lots import day, held, receive, tracked
from tests.inventory.test_api import client, post
from tests.orders.test_sale_api import client_of
from tests.orders.test_sale_api import post as ring
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def line(sku: str, quantity: int, **lots: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, **lots}


def lot(number: str, quantity: int, good_until: date) -> dict[str, Any]:
    return {"number": number, "quantity": quantity, "expires_on": good_until.isoformat()}


def test_lots_are_received_moved_and_counted(now: datetime) -> None:
    shop, other = factories.location(code="a"), factories.location(code="b")
    milk, by = tracked(now, sku="MILK"), client("stock:write", "stock:read")
    until = day(5, now)

    received = post(
        "receipts", {"location": "a", "lines": [line("MILK", 5, lots=[lot("A", 3, until), lot("B", 2, until)])]},
        by, "1",
    )  # fmt: skip
    moved = post(
        "transfers",
        {"origin": "a", "destination": "b",
         "lines": [line("MILK", 1, lots=[{"number": "B", "quantity": 1}])]},
        by, "2",
    )  # fmt: skip
    counted = post(
        "lots/counts", {"location": "a", "sku": "MILK", "lots": [{"number": "A", "quantity": 3}]}, by, "3"
    )
    refused = post("receipts", {"location": "a", "lines": [line("MILK", 5)]}, by, "4")
    silent = post("lots/counts", {"location": "a", "sku": "MILK"}, by, "5")

    answers = (received, moved, counted, refused, silent)
    assert [one.status_code for one in answers] == [201, 201, 201, 400, 400]
    assert held(milk, shop) == {"A": 3}
    assert held(milk, other) == {"B": 1}
    problem = refused.json()
    assert (problem["code"], problem["field"], problem["rule"], problem["sku"]) == (
        "lots-refused", "lots", "required", "MILK"
    )  # fmt: skip


@pytest.mark.parametrize("lots", [2, 12])
def test_stock_by_lot_is_listed_in_as_many_statements(lots: int, now: datetime) -> None:
    shop, milk = factories.location(code="a"), tracked(now, sku="MILK")
    receive(milk, shop, now, *[LotUnits(f"L{place:02}", 1, day(place + 1, now)) for place in range(lots)])
    until = day(1, now).isoformat()
    by = client("stock:read")

    with CaptureQueriesContext(connection) as captured:
        listed = by.get("/api/v1/stock/lots/?location=a").json()["results"]
    asked = len(captured)
    soon = by.get(f"/api/v1/stock/lots/?expires_until={until}").json()["results"]

    assert len(listed) == lots
    assert asked == 6
    assert soon == [
        {"sku": "MILK", "location": "a", "lot": "L00", "expires_on": until, "produced_on": None,
         "blocked": False, "on_hand": 1, "damaged": 0, "quality_control": 0}
    ]  # fmt: skip


def test_a_till_scans_serial_numbers_out_and_in_again(now: datetime) -> None:
    till = Till.build()
    watch = tracked(now - timedelta(days=1), tracks="SERIAL", dated="NONE", sku="WATCH")
    factories.listing(watch, till.channel, 1000)
    receive(watch, till.location, now, LotUnits("S1"), LotUnits("S2"), LotUnits("S3"))
    by = client_of(till)

    sold = ring(
        by, "till/sales/",
        {"receipt_number": "R-1", "lines": [{"code": "WATCH", "quantity": 2, "serials": ["S3", "S1"]}],
         "tenders": [{"tender": "cash"}]},
        "1",
    )  # fmt: skip
    back = ring(
        by, "till/returns/",
        {"order": sold.json()["number"], "reason": "faulty",
         "lines": [{"sku": "WATCH", "quantity": 1, "serials": ["S3"]}]},
        "2",
    )  # fmt: skip

    assert (sold.status_code, back.status_code) == (201, 201)
    assert held(watch, till.location) == {"S2": 1, "S3": 1}
    gone = LotEntry.objects.filter(lot__number="S3", bucket="ON_HAND").order_by("id")
    assert list(gone.values_list("kind", "delta")) == [("RECEIPT", 1), ("SALE", -1), ("RETURN", 1)]
