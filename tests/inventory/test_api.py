"""The endpoints of stock: what they answer, to whom, and in how many queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from inventory.models import StockDocument, StockEntry, StockLevel
from organisation import services as organisation
from organisation.models import Location, OpeningHours, SalesChannel
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CountQueries = Callable[[int], AbstractContextManager[object]]


def client(*scopes: str, location: Location | None = None) -> APIClient:
    made = APIClient()
    if scopes:
        _, key = organisation.create_api_key(
            name="device", scopes=scopes, location=location, now=timezone.now()
        )
        made.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return made


def post(path: str, body: dict[str, Any], by: APIClient, key: str = "k-1") -> Any:
    return by.post(f"/api/v1/stock/{path}/", body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def test_availability_of_a_channel_by_sku() -> None:
    channel, shop = factories.channel(code="ec-one"), factories.location()
    factories.source(channel, shop)
    factories.stock(factories.variant(sku="TEA"), shop, 4)
    factories.variant(sku="CUP")

    answer = client().get("/api/v1/availability/?sku=TEA&sku=CUP&channel=ec-one")

    assert answer.status_code == 200
    assert answer.json() == {
        "channel": "ec-one",
        "items": [
            {"sku": "TEA", "available": 4, "ahead": None},
            {"sku": "CUP", "available": 0, "ahead": None},
        ],
    }


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("channel=ec-one", 400, "invalid"),
        ("sku=NOPE&channel=ec-one", 422, "unknown-sku"),
        ("sku=TEA&channel=nowhere", 404, "not-found"),
        ("sku=TE%00A&channel=ec-one", 400, "invalid"),
    ],
)
def test_availability_refuses(query: str, status: int, code: str) -> None:
    factories.channel(code="ec-one")
    factories.variant(sku="TEA")

    answer = client().get(f"/api/v1/availability/?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("count", [2, 50])
def test_availability_is_constant_in_queries(count: int, django_assert_max_num_queries: CountQueries) -> None:
    factories.channel(code="ec-one")
    query = "&".join(f"sku={factories.variant().sku}" for _ in range(count))
    client().get(f"/api/v1/availability/?{query}&channel=ec-one")

    # Three, and the channel, which is kept for a second: on a busy machine it has passed.
    with django_assert_max_num_queries(4):
        answer = client().get(f"/api/v1/availability/?{query}&channel=ec-one")

    assert len(answer.json()["items"]) == count


def nearest(query: str, channel: SalesChannel | None = None) -> Any:
    code = (channel or factories.channel()).code
    return client().get(f"/api/v1/availability/TEA/locations/?{query}&channel={code}")


def test_shops_near_a_point_that_have_it() -> None:
    variant = factories.variant(sku="TEA")
    shibuya = factories.location(code="shibuya", latitude=35.658, longitude=139.7016)
    factories.location(code="shinjuku", latitude=35.6896, longitude=139.7006)
    factories.stock(variant, shibuya, 3)

    factories.location(code="paused", paused_until=timezone.now() + timedelta(hours=1))
    factories.location(code="franchise", franchise=True)

    near = nearest("near=35.69,139.70").json()
    stocked = nearest("near=35.69,139.70&in_stock=true").json()

    assert [(one["location"]["code"], one["available"]) for one in near["results"]] == [
        ("shinjuku", 0),
        ("shibuya", 3),
    ]
    assert [one["location"]["code"] for one in stocked["results"]] == ["shibuya"]
    assert stocked["results"][0]["distance"] == pytest.approx(3_560, abs=50)


def test_shops_near_a_postal_code() -> None:
    factories.variant(sku="TEA")
    factories.location(code="shibuya", postal_code="150-0043", latitude=35.0, longitude=139.0)

    near = nearest("postal_code=150-0001").json()

    assert (near["estimated"], near["estimated_digits"]) == (True, 5)
    assert (near["latitude"], near["longitude"], near["place"]) == (35.0, 139.0, "東京都渋谷区神宮前")
    assert near["results"][0]["distance"] == 0


def test_a_postal_code_that_there_is_not_is_refused_with_field_and_rule() -> None:
    factories.variant(sku="TEA")
    factories.location(code="shibuya", postal_code="150-0043", latitude=35.0, longitude=139.0)

    refused = nearest("postal_code=150-0099")

    assert refused.status_code == 400
    assert {key: refused.json()[key] for key in ("code", "field", "rule")} == {
        "code": "invalid",
        "field": "postal_code",
        "rule": "known",
    }


def test_shops_near_a_shop() -> None:
    """Measured from where the shop stands: nothing is estimated."""
    factories.variant(sku="TEA")
    factories.location(code="shibuya", latitude=35.658, longitude=139.7016)

    near = nearest("near_location=shibuya").json()

    assert (near["latitude"], near["estimated"], near["estimated_digits"]) == (35.658, False, None)
    assert [(one["location"]["code"], one["distance"]) for one in near["results"]] == [("shibuya", 0)]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("NOPE/locations/?near=35,139", 404, "not-found"),
        ("TEA/locations/", 400, "invalid"),
        ("TEA/locations/?near=95,139", 400, "invalid"),
        ("TEA/locations/?near=here", 400, "invalid"),
        ("TEA/locations/?postal_code=900-0001", 422, "postal-code-unplaced"),
        ("TEA/locations/?postal_code=999-9999", 400, "invalid"),
        ("TEA/locations/?near_location=nowhere", 404, "unknown-location"),
        ("TEA/locations/?near_location=unplaced", 422, "location-unplaced"),
    ],
)
def test_nearest_refuses(path: str, status: int, code: str) -> None:
    channel = factories.channel()
    factories.variant(sku="TEA")
    factories.location(code="unplaced", latitude=None)

    joint = "&" if "?" in path else "?"
    answer = client().get(f"/api/v1/availability/{path}{joint}channel={channel.code}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("shops", [2, 30])
def test_nearest_is_constant_in_queries(shops: int, django_assert_num_queries: CountQueries) -> None:
    channel = factories.channel()
    factories.variant(sku="TEA")
    for _ in range(shops):
        factories.location()

    # The channel, the variant, the nearest, their rows, their hours, their exceptions.
    with django_assert_num_queries(6):
        answer = nearest(f"near=35.659,139.7&limit={shops}", channel)

    assert len(answer.json()["results"]) == shops


@pytest.mark.parametrize("shops", [2, 20])
def test_locations_are_constant_in_queries(shops: int, django_assert_num_queries: CountQueries) -> None:
    for _ in range(shops):
        factories.location()
    factories.location(active=False)

    with django_assert_num_queries(3):
        answer = client().get("/api/v1/locations/?page_size=50")

    assert len(answer.json()["results"]) == shops


def test_locations_are_narrowed_and_paged_by_code() -> None:
    factories.location(code="b-shop", capabilities=["PICKUP"])
    factories.location(code="a-shop", capabilities=["SHIP", "PICKUP"])
    factories.location(code="depot", kind="WAREHOUSE", capabilities=["SHIP"])

    def codes(query: str) -> list[str]:
        return [one["code"] for one in client().get(f"/api/v1/locations/?{query}").json()["results"]]

    assert codes("") == ["a-shop", "b-shop", "depot"]
    assert codes("kind=WAREHOUSE") == ["depot"]
    assert codes("capability=PICKUP") == ["a-shop", "b-shop"]
    first = client().get("/api/v1/locations/?page_size=2").json()
    assert [one["code"] for one in client().get(first["next"]).json()["results"]] == ["depot"]


def test_a_location_by_code() -> None:
    shop = factories.location(code="shibuya")
    factories.location(code="gone", active=False)

    answer = client().get("/api/v1/locations/shibuya/").json()

    assert (answer["code"], answer["company"], answer["name"]) == ("shibuya", shop.company.code, shop.name)
    assert client().get("/api/v1/locations/gone/").status_code == 404


def test_a_location_says_when_it_is_open_and_an_order_ready() -> None:
    """In its own time, New York's, though the platform's is Tokyo's."""
    until = timezone.now() + timedelta(hours=1)
    always = factories.location(
        code="always", time_zone="America/New_York", country="US", pickup_lead_minutes=30
    )
    paused = factories.location(code="paused", paused_until=until)
    factories.location(code="unknown")
    for shop in (always, paused):
        for day in OpeningHours.Day.values[:7]:
            OpeningHours.objects.create(location=shop, day=day, opens_at=time(0), closes_at=time(0))

    open_, closed, unknown = (
        client().get(f"/api/v1/locations/{code}/").json() for code in ("always", "paused", "unknown")
    )

    ready = datetime.fromisoformat(open_["pickup_ready_at"])
    zone = ZoneInfo("America/New_York")
    assert timedelta(minutes=29) < ready - timezone.now() <= timedelta(minutes=30)
    assert ready.utcoffset() == ready.astimezone(zone).utcoffset()
    assert (open_["open_now"], len(open_["hours"]), open_["paused_until"]) == (True, 7, None)
    first = datetime.fromisoformat(open_["hours"][0]["spans"][0]["opens"])
    assert (first.hour, first.utcoffset()) == (0, first.astimezone(zone).utcoffset())
    assert (closed["open_now"], closed["pickup_ready_at"]) == (True, None)
    assert datetime.fromisoformat(closed["paused_until"]) == until
    assert (unknown["open_now"], unknown["next_opening_at"], unknown["hours"]) == (None, None, [])


@pytest.mark.parametrize("levels", [2, 40])
def test_levels_are_constant_in_queries(levels: int, django_assert_num_queries: CountQueries) -> None:
    shop = factories.location()
    for _ in range(levels):
        factories.stock(factories.variant(), shop, 3)
    device = client("stock:read")
    device.get("/api/v1/stock/levels/")  # notes the key's use, which the next minute's requests don't

    with django_assert_num_queries(2):  # the key, the levels
        answer = device.get("/api/v1/stock/levels/?page_size=100")

    assert len(answer.json()["results"]) == levels


def test_levels_are_narrowed_by_sku_and_by_the_keys_location() -> None:
    here, there = factories.location(code="here"), factories.location(code="there")
    tea, cup = factories.variant(sku="TEA"), factories.variant(sku="CUP")
    for variant, shop, units in ((tea, here, 3), (tea, there, 4), (cup, here, 5)):
        factories.stock(variant, shop, units, safety_stock=1)

    def seen(by: APIClient, query: str = "") -> set[tuple[str, str, int]]:
        results = by.get(f"/api/v1/stock/levels/?{query}").json()["results"]
        return {(one["sku"], one["location"], one["available"]) for one in results}

    assert seen(client("stock:read"), "sku=TEA") == {("TEA", "here", 2), ("TEA", "there", 3)}
    assert seen(client("stock:read"), "location=here") == {("TEA", "here", 2), ("CUP", "here", 4)}
    assert seen(client("stock:read", location=there)) == {("TEA", "there", 3)}
    assert client().get("/api/v1/stock/levels/").status_code == 401
    assert client("till").get("/api/v1/stock/levels/").status_code == 403


def test_a_receipt_is_booked_once_whatever_is_repeated() -> None:
    factories.location(code="shibuya")
    tea = factories.variant(sku="TEA")
    factories.code(tea, "04912345678904", kind="ITF14", quantity=24)
    device = client("stock:write")
    body = {
        "location": "shibuya",
        "lines": [{"sku": "TEA", "quantity": 1}, {"sku": "04912345678904", "quantity": 2}],
    }

    first, again = (post("receipts", body, device) for _ in range(2))

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.json()["levels"][0]["on_hand"] == 49
    assert StockLevel.objects.get().on_hand == 49
    other = post("receipts", {**body, "note": "another"}, device)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_writes_ask_for_a_key() -> None:
    factories.location(code="shibuya")
    factories.variant(sku="TEA")
    body = {"location": "shibuya", "lines": [{"sku": "TEA", "quantity": 1}]}

    answer = client("stock:write").post("/api/v1/stock/receipts/", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")
    assert not StockDocument.objects.exists()


def test_writes_ask_for_the_scope() -> None:
    body = {"location": "shibuya", "lines": [{"sku": "TEA", "quantity": 1}]}

    assert post("receipts", body, client()).status_code == 401
    assert post("receipts", body, client("stock:read")).status_code == 403


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"location": "nowhere"}, 404, "unknown-location"),
        ({"lines": []}, 400, "invalid"),
        ({"lines": [{"sku": "TEA", "quantity": 0}]}, 400, "invalid"),
        ({"lines": [{"sku": "NOPE", "quantity": 1}]}, 422, "unknown-sku"),
        ({"lines": [{"sku": "BAG", "quantity": 1}]}, 422, "keeps-no-stock"),
    ],
)
def test_a_refused_receipt_writes_nothing(change: dict[str, Any], status: int, code: str) -> None:
    factories.location(code="shibuya")
    factories.variant(sku="TEA")
    factories.variant(sku="BAG", keeps_stock=False)
    body = {"location": "shibuya", "lines": [{"sku": "TEA", "quantity": 1}], **change}

    answer = post("receipts", body, client("stock:write"))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not StockEntry.objects.exists()


def test_an_adjustment_and_a_transfer_by_a_shops_own_key() -> None:
    here, there = factories.location(code="here"), factories.location(code="there")
    factories.stock(factories.variant(sku="TEA"), here, 9)
    device = client("stock:write", location=here)
    counted = {"location": "here", "sku": "TEA", "delta": -1, "reason": "cycle_count"}
    moved = {"origin": "here", "destination": "there", "lines": [{"sku": "TEA", "quantity": 3}]}

    adjusted = post("adjustments", counted, device, "k-1")
    transferred = post("transfers", moved, device, "k-2")

    assert (adjusted.status_code, transferred.status_code) == (201, 201)
    assert {level["location"]: level["on_hand"] for level in transferred.json()["levels"]} == {
        "here": 5,
        "there": 3,
    }
    strange = post("adjustments", {**counted, "location": "there"}, device, "k-3")
    taken = post("transfers", {**moved, "origin": "there", "destination": "here"}, device, "k-4")
    assert (strange.status_code, taken.status_code) == (404, 404)
    assert StockLevel.objects.get(location=there).on_hand == 3


def test_a_transfer_of_too_much_is_refused_with_the_figures() -> None:
    factories.stock(factories.variant(sku="TEA"), factories.location(code="here"), 2)
    factories.location(code="there")
    body = {"origin": "here", "destination": "there", "lines": [{"sku": "TEA", "quantity": 3}]}

    answer = post("transfers", body, client("stock:write"))

    assert answer.status_code == 409
    assert answer.json()["shortages"] == [{"sku": "TEA", "location": "here", "requested": 3, "available": 2}]


def test_an_adjustment_of_nothing_is_no_adjustment() -> None:
    factories.stock(factories.variant(sku="TEA"), factories.location(code="here"), 2)
    body = {"location": "here", "sku": "TEA", "delta": 0, "reason": "other"}

    answer = post("adjustments", body, client("stock:write"))

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", "delta")
