"""Counting by handheld: what is told of a count, to whom, and that uploads land once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from inventory import services as inventory
from inventory.models import CountLine, CountRecord, Scan, StockLevel
from organisation.models import Location, User
from tests import factories
from tests.inventory.counting import by, generous, staff
from tests.inventory.test_api import client

pytestmark = pytest.mark.django_db(transaction=True)
CountQueries = Callable[[int], AbstractContextManager[object]]
AGO = timedelta(minutes=20)


def post(path: str, body: dict[str, Any], device: APIClient, key: str = "k-1") -> Any:
    return device.post(f"/api/v1/stock/{path}/", body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def sheet(*levels: StockLevel, blind: bool = True) -> str:
    return inventory.open_count_sheet(
        location_id=levels[0].location_id,
        variant_ids=[level.variant_id for level in levels],
        blind=blind,
        **by(now=timezone.now() - AGO),
    ).number


def take(shop: Location, *sections: str) -> str:
    return inventory.open_stock_take(
        location_id=shop.pk,
        business_date=date(2026, 11, 22),
        sections=[inventory.SectionSpec(name) for name in sections],
        **by(now=timezone.now() - AGO),
    ).number


def test_a_handheld_counts_a_sheet_offline_and_uploads_it_once() -> None:
    generous()
    shop = factories.location(code="shibuya")
    tea = factories.stock(factories.variant(sku="TEA"), shop, 50)
    factories.code(tea.variant, "4901234567894", quantity=24)
    number, device = sheet(tea), client("stock:write", location=shop)
    seen = (timezone.now() - timedelta(minutes=10)).isoformat()
    body = {"device": "D-1", "records": [{"sku": "4901234567894", "quantity": 2, "counted_at": seen}]}

    first, again = (post(f"counts/{number}/records", body, device) for _ in range(2))
    done = post(f"counts/{number}/submit", {}, device)

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.json() == {
        "number": number,
        "location": "shibuya",
        "status": "OPEN",
        "lines": 1,
        "counted": 1,
        "unheeded": [],
    }
    assert CountRecord.objects.get().quantity == 48
    assert (
        done.json()["status"] == device.get(f"/api/v1/stock/counts/{number}/").json()["status"] == "COUNTED"
    )
    [line] = device.get(f"/api/v1/stock/counts/{number}/lines/").json()["results"]
    assert (line["sku"], line["counted"], line["book"], line["difference"]) == ("TEA", 48, 50, -2)


def test_a_blind_sheet_tells_nothing_of_the_books_while_it_is_counted() -> None:
    """Not by any figure in any answer: the level is one that stands nowhere else."""
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 74_321)
    cup = factories.stock(factories.variant(sku="CUP"), shop, 74_321)
    number, device = sheet(tea, cup), client("stock:write", location=shop)
    body = {"records": [{"sku": "TEA", "quantity": 5, "counted_at": timezone.now().isoformat()}]}

    answers = [
        device.get("/api/v1/stock/counts/"),
        device.get(f"/api/v1/stock/counts/{number}/"),
        device.get(f"/api/v1/stock/counts/{number}/lines/"),
        post(f"counts/{number}/records", body, device),
        device.get(f"/api/v1/stock/counts/{number}/lines/"),
    ]
    inventory.submit_count_sheet(number=number, leave_uncounted=True, **by(now=timezone.now()))
    inventory.request_recount(number=number, variant_ids=[tea.variant_id], **by(now=timezone.now()))
    answers.append(device.get(f"/api/v1/stock/counts/{number}/lines/"))

    assert [answer.status_code for answer in answers] == [200, 200, 200, 201, 200, 200]
    for answer in answers:
        text = answer.content.decode()
        assert "74321" not in text
        assert "74316" not in text
    assert all(line["book"] is None and line["difference"] is None for line in answers[-1].json()["results"])


def test_a_sheet_that_is_not_blind_says_what_the_books_say() -> None:
    shop = factories.location()
    tea = factories.stock(factories.variant(), shop, 7)
    number = sheet(tea, blind=False)

    [line] = (
        client("stock:write", location=shop).get(f"/api/v1/stock/counts/{number}/lines/").json()["results"]
    )

    assert (line["book"], line["difference"]) == (7, None)


def test_a_key_counts_at_its_own_location_only() -> None:
    shop, elsewhere = factories.location(), factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 7)
    number, taken = sheet(tea), take(shop, "1")
    stranger, homeless = client("stock:write", location=elsewhere), client("stock:write")
    body = {"records": [{"sku": "TEA", "quantity": 5, "counted_at": timezone.now().isoformat()}]}
    scans = {
        "device": "D",
        "scans": [{"sequence": 1, "code": "TEA", "quantity": 1, "scanned_at": timezone.now().isoformat()}],
    }

    assert stranger.get("/api/v1/stock/counts/").json()["results"] == []
    assert stranger.get("/api/v1/stock/takes/").json()["results"] == []
    assert stranger.get(f"/api/v1/stock/counts/{number}/lines/").status_code == 404
    assert post(f"counts/{number}/records", body, stranger).status_code == 404
    assert post(f"counts/{number}/submit", {}, stranger).status_code == 404
    assert post(f"takes/{taken}/sections/1/scans", scans, stranger).status_code == 404
    assert homeless.get("/api/v1/stock/counts/").status_code == 403
    assert client("stock:read", location=shop).get("/api/v1/stock/counts/").status_code == 403
    assert (CountRecord.objects.count(), Scan.objects.count()) == (0, 0)


def test_scans_of_an_offline_device_land_once_whatever_is_resent() -> None:
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 7)
    number, device = take(shop, "1"), client("stock:write", location=shop)
    at = (timezone.now() - timedelta(minutes=5)).isoformat()

    def batch(*sequences: int) -> dict[str, Any]:
        scans = [{"sequence": one, "code": "TEA", "quantity": 1, "scanned_at": at} for one in sequences]
        return {"device": "D-1", "scans": scans}

    path = f"takes/{number}/sections/1/scans"
    answers = [
        post(path, batch(1, 2), device, "a"),
        post(path, batch(1, 2), device, "a"),
        post(path, batch(2, 3), device, "b"),
        post(path, batch(3, 1), device, "c"),
    ]
    done = post(f"takes/{number}/sections/1/submit", {}, device)

    assert [(one.json()["scans"], one.json()["new"]) for one in answers] == [(2, 2), (2, 2), (3, 1), (3, 0)]
    assert done.json()["status"] == "SUBMITTED"
    [shown] = device.get("/api/v1/stock/takes/").json()["results"]
    assert shown["sections"] == [
        {
            "number": "1",
            "name": "",
            "selling": True,
            "rounds": [{"round": 1, "status": "SUBMITTED", "scans": 3}],
        }
    ]
    late = post(path, batch(9), device, "d")
    assert (late.status_code, late.json()["code"]) == (409, "count-not-open")


def test_who_counted_is_named_by_the_device_and_known() -> None:
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 7)
    clerk, stranger = staff("CLERK", shop), staff("CLERK", factories.location())
    number, device = sheet(tea), client("stock:write", location=shop)

    def record(actor: Any, key: str) -> Any:
        body = {
            "counter": User.objects.get(pk=actor.key).email,
            "records": [{"sku": "TEA", "quantity": 5, "counted_at": timezone.now().isoformat()}],
        }
        return post(f"counts/{number}/records", body, device, key)

    refused, done = record(stranger, "a"), record(clerk, "b")

    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-counter")
    assert done.status_code == 201
    assert CountLine.objects.get().counted_by == str(clerk)


@pytest.mark.parametrize("size", [2, 40])
def test_lists_for_handhelds_are_constant_in_queries(
    size: int, django_assert_num_queries: CountQueries
) -> None:
    shop = factories.location()
    levels = [factories.stock(factories.variant(), shop, 1) for _ in range(size)]
    number = sheet(*levels)
    for _ in range(size - 1):
        sheet(levels[0])
    take(shop, *(str(one) for one in range(size)))
    device = client("stock:write", location=shop)
    device.get("/api/v1/stock/takes/")  # notes the key's use, which the next minute's requests don't

    with django_assert_num_queries(2):
        sheets = device.get("/api/v1/stock/counts/?page_size=100").json()["results"]
    with django_assert_num_queries(3):
        lines = device.get(f"/api/v1/stock/counts/{number}/lines/?page_size=100").json()["results"]
    with django_assert_num_queries(4):
        [shown] = device.get("/api/v1/stock/takes/").json()["results"]

    assert len(sheets) == len(lines) == len(shown["sections"]) == size
