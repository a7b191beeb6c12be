"""Numbers that no column holds are refused with 400, field and rule, and write nothing."""

from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from catalog import services as catalog
from catalog.models import Listing, VariantCode
from catalog.services import NewListing
from inventory import services as inventory
from inventory.models import ChannelBuffer, StockDocument, StockLevel
from loyalty import services as loyalty
from loyalty.models import PointTransaction
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.limits import MOST_AMOUNT
from omni.core.models import Claim as SettledClaim
from orders.models import Order
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site
from tests.orders.test_sale_api import JAN, bento, client_of, post
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)
HUGE = 10**30


def sale(client: APIClient, **changes: Any) -> Any:
    body = {"receipt_number": "A-1", "lines": [{"code": JAN}], "tenders": [{"tender": "cash"}], **changes}
    return post(client, "till/sales/", body)


def case_of(till: Till, units: int, price: int = 540) -> str:
    """A code that stands for so many units of the bento."""
    return factories.code(bento(till, price), "CASE", kind="SUPPLIER", quantity=units).value


def shopper() -> APIClient:
    client = APIClient()
    client.force_login(factories.user(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("value", [HUGE, 2**63, 2**31, "1e400", -HUGE])
@pytest.mark.parametrize("field", ["quantity", "points"])
def test_a_sale_names_the_number_that_is_too_great(field: str, value: Any) -> None:
    till = Till.build()
    bento(till)
    changes = {"points": value} if field == "points" else {"lines": [{"code": JAN, "quantity": value}]}

    answer = sale(client_of(till), **changes)

    assert answer.status_code == 400
    errors = answer.json()["errors"]
    assert errors["points"] if field == "points" else errors["lines"]["0"]["quantity"]
    assert not Order.objects.exists()


@pytest.mark.parametrize("amount", ["1e30", "123456789012345678901", "99999999999", "NaN", "Infinity"])
def test_a_sale_names_the_amount_that_is_too_great(amount: str) -> None:
    till = Till.build()
    bento(till)
    client = client_of(till)

    priced = sale(client, lines=[{"code": JAN, "unit_price": amount, "reason": "damaged"}])
    tendered = sale(client, tenders=[{"tender": "cash", "amount": amount}])

    assert (priced.status_code, tendered.status_code) == (400, 400)
    assert list(priced.json()["errors"]["lines"]["0"]) == ["unit_price"]
    assert list(tendered.json()["errors"]["tenders"]["0"]) == ["amount"]
    assert not Order.objects.exists()


def test_a_sale_whose_units_multiply_beyond_counting_is_refused() -> None:
    till = Till.build()
    code = case_of(till, 200_000)

    answer = sale(client_of(till), lines=[{"code": code, "quantity": 9_999}])

    refused = answer.json()
    assert (answer.status_code, refused["field"], refused["rule"]) == (400, "quantity", "at-most")
    assert (refused["most"], refused["value"]) == (10**9, 1_999_800_000)
    assert not Order.objects.exists()


@pytest.mark.parametrize("lines", [1, 100])
def test_a_sale_that_sums_up_beyond_an_amount_is_refused(lines: int) -> None:
    till = Till.build()
    code = case_of(till, 100_000 if lines == 1 else 24, price=99_999_999)
    line = {"code": code, "quantity": 9_999}

    answer = sale(client_of(till), lines=[line] * lines)

    refused = answer.json()
    assert (answer.status_code, refused["field"], refused["rule"]) == (400, "lines", "at-most")
    assert refused["most"] == str(MOST_AMOUNT)
    assert (Order.objects.count(), SettledClaim.objects.count()) == (0, 0)


def test_a_cart_that_comes_to_more_than_an_amount_is_refused() -> None:
    site = Site()
    cart = site.cart((site.item(10**14, stock=2_000), 900))
    client = APIClient()

    quoted = client.post(f"/api/v1/carts/{cart.pk}/quote/", {}, format="json")
    ordered = client.post(
        f"/api/v1/carts/{cart.pk}/checkout/",
        {"contact": {"name": "山田 花子", "email": "h@example.jp"}, "tender": "deferred"},
        format="json",
        headers={"Idempotency-Key": "k"},
    )

    for answer in (quoted, ordered):
        assert (answer.status_code, answer.json()["field"], answer.json()["rule"]) == (
            400,
            "lines",
            "at-most",
        )
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("stock/receipts/", {"lines": [{"sku": "CASE", "quantity": 10**9}]}),
        ("stock/receipts/", {"lines": [{"sku": "TEA", "quantity": 10**9}] * 2}),
        ("stock/receipts/", {"lines": [{"sku": "TEA", "quantity": HUGE}]}),
        ("stock/adjustments/", {"sku": "TEA", "delta": HUGE, "reason": "correction"}),
        ("stock/adjustments/", {"sku": "TEA", "delta": -(2**63), "reason": "correction"}),
        ("stock/transfers/", {"lines": [{"sku": "CASE", "quantity": 10**9}]}),
    ],
)
def test_stock_is_not_moved_beyond_counting(path: str, body: dict[str, Any]) -> None:
    till = Till.build(code="shibuya")
    factories.location(code="umeda")
    variant = factories.variant(sku="TEA")
    factories.code(variant, "CASE", kind="SUPPLIER", quantity=2**31 - 1)
    places = {"origin": "shibuya", "destination": "umeda"} if "transfers" in path else {"location": "shibuya"}

    answer = post(client_of(till, "stock:write"), path, {**places, **body})

    refused = answer.json()
    assert answer.status_code == 400
    assert refused.get("rule") == "at-most" or refused["errors"]
    assert not StockLevel.objects.exists()
    assert not StockDocument.objects.exists()


@pytest.mark.parametrize("number", [2**31, 2**63, HUGE])
def test_ids_beyond_their_column_are_not_found(number: int) -> None:
    till, site = Till.build(), Site()
    bento(till)
    cart = site.cart((site.item(), 1))
    client = client_of(till, "till", "orders:read", "orders:write")
    order = sale(client).json()["number"]

    answers = [
        APIClient().patch(f"/api/v1/carts/{cart.pk}/lines/{number}/", {"quantity": 1}, format="json"),
        APIClient().delete(f"/api/v1/carts/{cart.pk}/lines/{number}/"),
        post(client, f"orders/{order}/fulfilments/{number}/complete/", {}, key="c"),
        shopper().delete(f"/api/v1/me/addresses/{number}/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4


@pytest.mark.parametrize("position", [str(HUGE), "-1", "abc", "2026-01-01", "\x00"])
@pytest.mark.parametrize("path", ["stock/levels/", "me/orders/"])
def test_a_cursor_that_was_never_given_breaks_nothing(path: str, position: str) -> None:
    client = shopper() if path == "me/orders/" else client_of(Till.build(), "stock:read")
    cursor = quote(b64encode(f"p={quote(position)}".encode()))

    answer = client.get(f"/api/v1/{path}?cursor={cursor}")

    assert answer.status_code in (200, 404), answer.content[:300]


def asked() -> dict[str, Any]:
    claim = Claim.of(actor=SYSTEM, operation="test", key=str(factories.number()), request={})
    return {"claim": claim, "actor": SYSTEM, "now": NOW}


def within(block: Callable[[], object]) -> Callable[[], None]:
    """A building block in a transaction of its own."""

    def call() -> None:
        with db.transaction():
            block()

    return call


def test_services_that_forms_call_refuse_them_too() -> None:
    shop, tea, channel = factories.location(), factories.variant(), factories.channel()
    member, place = factories.member(), {"location_id": shop.pk, "variant_id": tea.pk}
    factories.programme()
    price = NewListing(tea.pk, channel.pk, Decimal("1e30"), NOW)
    case = {"variant_id": tea.pk, "kind": "SUPPLIER", "value": "C"}
    calls = [
        ("delta", lambda: inventory.adjust_stock(**place, delta=HUGE, reason="correction", **asked())),
        ("quantity", lambda: inventory.set_safety_stock(**place, quantity=HUGE, **asked())),
        ("lines", lambda: inventory.receive_stock(location_id=shop.pk, lines=[(tea.pk, HUGE)], **asked())),
        (
            "quantity",
            within(
                lambda: inventory.set_buffer(channel_id=channel.pk, quantity=2**31, actor=SYSTEM, now=NOW)
            ),
        ),
        ("points", lambda: loyalty.adjust_points(customer_id=member.pk, points=-HUGE, reason="x", **asked())),
        ("price", within(lambda: catalog.set_price(listing=price, actor=SYSTEM, now=NOW))),
        ("quantity", within(lambda: catalog.add_code(**case, quantity=2**31, actor=SYSTEM))),
    ]

    for field, call in calls:
        with pytest.raises(InvalidField) as refusal:
            call()
        assert (refusal.value.field, refusal.value.rule) == (field, "at-most")

    written = (StockLevel, ChannelBuffer, PointTransaction, Listing, VariantCode, SettledClaim)
    assert [model.__name__ for model in written if model.objects.exists()] == []
