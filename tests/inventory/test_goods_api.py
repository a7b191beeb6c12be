"""Transfers and purchase orders for devices: who sees which, and what they book."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from inventory import services as inventory
from inventory.models import PurchaseOrder, StockLevel, Transfer
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from organisation.models import Location
from tests import factories
from tests.inventory.test_api import client

pytestmark = pytest.mark.django_db(transaction=True)
CountQueries = Callable[[int], AbstractContextManager[object]]


def context() -> dict[str, Any]:
    claim = Claim.of(actor=SYSTEM, operation="test", key=f"key-{factories.number()}", request={})
    return {"claim": claim, "actor": SYSTEM, "now": timezone.now()}


def requested(origin: Location, destination: Location, lines: list[tuple[Any, int]]) -> str:
    return inventory.request_transfer(
        origin_id=origin.pk,
        destination_id=destination.pk,
        lines=[(variant.pk, units) for variant, units in lines],
        **context(),
    ).number


def ordered(place: Location, lines: list[tuple[Any, int]]) -> str:
    number = inventory.draft_purchase_order(
        supplier_id=factories.supplier(code=f"s-{factories.number()}").pk,
        destination_id=place.pk,
        lines=[inventory.OrderedLine(variant.pk, units, Decimal(700)) for variant, units in lines],
        **context(),
    ).number
    inventory.place_purchase_order(order_id=PurchaseOrder.objects.get(number=number).pk, **context())
    return number


def post(path: str, body: dict[str, Any], by: APIClient, key: str = "k-1") -> Any:
    return by.post(f"/api/v1/stock/{path}/", body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def numbers(by: APIClient, path: str) -> list[str]:
    return [row["number"] for row in by.get(f"/api/v1/stock/{path}").json()["results"]]


@pytest.fixture
def here() -> Location:
    return factories.location(code="here")


@pytest.fixture
def there() -> Location:
    return factories.location(code="there")


def test_a_transfer_is_shipped_by_its_origin_and_received_by_its_destination(
    here: Location, there: Location
) -> None:
    tea = factories.variant(sku="TEA")
    factories.code(tea, "04912345678904", kind="ITF14", quantity=6)
    factories.stock(tea, here, 24)
    number = requested(here, there, [(tea, 18)])
    sender, receiver = client("stock:write", location=here), client("stock:write", location=there)
    sent = {"lines": [{"sku": "04912345678904", "quantity": 2}]}
    arrived = {"complete": True, "lines": [{"sku": "TEA", "received": 10, "damaged": 1}]}

    assert post(f"transfers/{number}/ship", sent, receiver).status_code == 404
    shipped = post(f"transfers/{number}/ship", sent, sender)
    again = post(f"transfers/{number}/ship", sent, sender)
    assert post(f"transfers/{number}/receive", arrived, sender, "k-2").status_code == 404
    received = post(f"transfers/{number}/receive", arrived, receiver, "k-2")

    assert (shipped.status_code, shipped.content) == (200, again.content)
    assert shipped.json()["lines"] == [
        {"sku": "TEA", "quantity": 18, "shipped": 12, "received": 0, "damaged": 0}
    ]
    assert {
        level["location"]: (level["on_hand"], level["incoming"]) for level in shipped.json()["levels"]
    } == {
        "here": (12, 0),
        "there": (0, 12),
    }
    assert (received.status_code, received.json()["status"]) == (200, "RECEIVED")
    assert len(received.json()["discrepancies"]) == 2
    shown = receiver.get(f"/api/v1/stock/transfers/{number}/").json()
    assert (shown["origin"], shown["destination"], shown["status"]) == ("here", "there", "RECEIVED")
    assert shown["lines"] == [
        {"sku": "TEA", "quantity": 18, "shipped": 12, "received": 10, "damaged": 1, "outstanding": 1}
    ]


def test_a_place_sees_the_open_transfers_from_and_to_it(here: Location, there: Location) -> None:
    tea, far = factories.variant(), factories.location(code="far")
    for place in (here, there):
        factories.stock(tea, place, 9)
    out, back, elsewhere = (
        requested(*places, [(tea, 1)]) for places in ((here, there), (there, here), (there, far))
    )
    inventory.cancel_transfer(transfer_id=Transfer.objects.get(number=back).pk, reason="no", **context())

    assert numbers(client("till", location=here), "transfers/") == [out]
    assert numbers(client("stock:read", location=here), "transfers/?status=CANCELLED") == [back]
    assert numbers(client("stock:write"), "transfers/") == [elsewhere, out]
    assert numbers(client("stock:write"), "transfers/?destination=far") == [elsewhere]
    assert client("stock:read", location=here).get(f"/api/v1/stock/transfers/{elsewhere}/").status_code == 404
    assert client().get("/api/v1/stock/transfers/").status_code == 401
    assert client("orders:read").get("/api/v1/stock/transfers/").status_code == 403


def test_a_delivery_is_booked_once_against_the_order_of_ones_own_place(
    here: Location, there: Location
) -> None:
    tea = factories.variant(sku="TEA")
    number = ordered(here, [(tea, 10)])
    device = client("stock:write", location=here)
    body = {"number": "D-1", "lines": [{"sku": "TEA", "received": 4, "damaged": 1}]}

    first, again = (post(f"purchase-orders/{number}/receive", body, device) for _ in range(2))
    other = post(f"purchase-orders/{number}/receive", body, device, "k-2")

    assert (first.status_code, first.content) == (200, again.content)
    assert (first.json()["status"], first.json()["document"]) == ("PARTIALLY_RECEIVED", "D-1")
    assert (other.status_code, other.json()["code"]) == (409, "stock-document-posted")
    level = StockLevel.objects.get()
    assert (level.on_hand, level.incoming, level.damaged) == (5, 5, 1)
    stranger = client("stock:write", location=there)
    assert post(f"purchase-orders/{number}/receive", body, stranger).status_code == 404


def test_what_is_delivered_over_is_refused_with_the_figures(here: Location) -> None:
    tea = factories.variant(sku="TEA")
    path, device = f"purchase-orders/{ordered(here, [(tea, 10)])}/receive", client("stock:write")
    body = {"lines": [{"sku": "TEA", "received": 11}]}

    refused = post(path, body, device)
    taken = post(path, {**body, "over_reason": "they are cheap"}, device)

    assert (refused.status_code, refused.json()["code"]) == (422, "over-delivered")
    assert refused.json()["lines"] == [{"sku": "TEA", "ordered": 10, "arrived": 11, "allowed": 10}]
    assert (taken.status_code, taken.json()["status"]) == (200, "RECEIVED")


def test_orders_are_shown_to_their_place_without_costs_or_drafts(here: Location, there: Location) -> None:
    tea = factories.variant(sku="TEA")
    mine, theirs = ordered(here, [(tea, 10)]), ordered(there, [(tea, 3)])
    draft = inventory.draft_purchase_order(
        supplier_id=factories.supplier().pk,
        destination_id=here.pk,
        lines=[inventory.OrderedLine(tea.pk, 1, Decimal(700))],
        **context(),
    ).number
    device = client("till", location=here)

    assert numbers(device, "purchase-orders/") == [mine]
    assert numbers(client("stock:read"), "purchase-orders/?location=there") == [theirs]
    shown = device.get(f"/api/v1/stock/purchase-orders/{mine}/")
    assert "cost" not in shown.content.decode()
    assert shown.json()["lines"] == [
        {"sku": "TEA", "quantity": 10, "received": 0, "damaged": 0, "outstanding": 10}
    ]
    for strange in (theirs, draft):
        assert device.get(f"/api/v1/stock/purchase-orders/{strange}/").status_code == 404


@pytest.mark.parametrize("path", ["transfers/T1/ship", "transfers/T1/receive", "purchase-orders/P1/receive"])
def test_writes_ask_for_the_scope_and_a_key(path: str) -> None:
    body = {"lines": [{"sku": "TEA", "received": 1, "quantity": 1}]}
    factories.variant(sku="TEA")

    assert post(path, body, client("till", "stock:read")).status_code == 403
    assert post(path, body, client("stock:write")).status_code == 404
    missing = client("stock:write").post(f"/api/v1/stock/{path}/", body, format="json")
    assert missing.status_code in (400, 404)


@pytest.mark.parametrize("rows", [1, 12])
def test_lists_are_constant_in_queries(
    rows: int, here: Location, there: Location, django_assert_num_queries: CountQueries
) -> None:
    variants = [factories.variant() for _ in range(3)]
    for variant in variants:
        factories.stock(variant, here, 100)
    for _ in range(rows):
        requested(here, there, [(variant, 1) for variant in variants])
        ordered(here, [(variant, 1) for variant in variants])
    device = client("stock:read", location=here)
    device.get("/api/v1/stock/levels/")  # notes that the key is in use, once a minute

    for path in ("transfers", "purchase-orders"):
        with django_assert_num_queries(3):  # the key, the rows, their lines
            answer = device.get(f"/api/v1/stock/{path}/?page_size=100").json()["results"]
        assert (len(answer), len(answer[0]["lines"])) == (rows, 3)
