"""The till's HTTP endpoints: receipts, replays, members, hand-overs and returns."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import Price
from inventory.models import StockLevel
from orders.models import LineDiscount, Order, Payment
from orders.services.tenders import Handed, settle
from organisation.services import create_api_key
from tests import factories
from tests.orders.ec import Site, place
from tests.orders.tills import Till
from tests.tills.tills import Counter

pytestmark = pytest.mark.django_db(transaction=True)

JAN = "2000000000015"


def client_of(till: Till, *scopes: str, name: str = "till") -> APIClient:
    _, secret = create_api_key(
        name=name,
        scopes=scopes or ("till",),
        location=till.location,
        channel=till.channel,
        now=timezone.now(),
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def post(client: APIClient, path: str, body: dict[str, Any], key: str = "key-1") -> Any:
    return client.post(f"/api/v1/{path}", body, format="json", headers={"Idempotency-Key": key})


def manned(till: Till) -> APIClient:
    """A registered till with its day open, and a manager signed in."""
    counter = Counter.at(till, now=timezone.now())
    counter.open(now=timezone.now())
    return counter.signed_in(now=timezone.now())


def bento(till: Till, price: int = 540, stock: int = 10) -> Any:
    """Food at 8 % taken out and 10 % eaten in, with a JAN, on sale and in stock."""
    food = factories.tax_class("0.08")
    food.rates.filter(service_mode="EAT_IN").update(rate=Decimal("0.10"))
    variant = factories.variant(tax_class=food)
    factories.code(variant, JAN)
    factories.listing(variant, till.channel, price)
    factories.stock(variant, till.location, stock)
    return variant


def test_a_sale_is_answered_with_its_receipt() -> None:
    till = Till.build()
    variant, member = bento(till), factories.member("2900000000017")

    answer = post(
        client_of(till),
        "till/sales/",
        {
            "receipt_number": "A-1",
            "member": "2900000000017",
            "lines": [
                {"code": JAN, "quantity": 2},
                {"code": variant.sku, "quantity": 1, "service_mode": "EAT_IN"},
            ],
            "tenders": [{"tender": "cash", "amount": "2000"}],
        },
    )

    receipt = answer.json()
    assert answer.status_code == 201, receipt
    assert receipt["number"] == f"{till.location.code}.A-1"
    assert receipt["seller"]["registration_number"] == "T1180301018771"
    assert (receipt["total"], receipt["change"], receipt["tax_amount"]) == ("1620", "380", "129")
    assert [line["name"] for line in receipt["lines"]] == [variant.name, variant.name]
    assert [(tax["rate"], tax["amount"], tax["tax"]) for tax in receipt["taxes"]] == [
        ("0.0800", "1080", "80"),
        ("0.1000", "540", "49"),
    ]
    assert receipt["tenders"] == [{"tender": "cash", "amount": "1620", "tendered": "2000", "change": "380"}]
    assert (receipt["points_earned"], receipt["points_balance"]) == (16, 16)
    assert StockLevel.objects.get(variant=variant).on_hand == 7
    assert Order.objects.get().customer_id == member.pk


def test_a_shops_own_price_is_asked_and_told_at_its_till_alone() -> None:
    till = Till.build()
    other = Till.of(till, factories.location(company=till.location.company))
    variant = bento(till)
    Price.objects.create(
        variant=variant, currency="JPY", location=till.location, amount=500, valid_from=factories.EARLY
    )
    body = {"receipt_number": "A-1", "lines": [{"code": JAN}], "tenders": [{"tender": "cash"}]}

    for at, price in ((till, "500"), (other, "540")):
        client = client_of(at)
        assert post(client, "till/sales/", body).json()["total"] == price
        assert client.get(f"/api/v1/variants/{JAN}/").json()["price"] == price

    public = APIClient().get(f"/api/v1/variants/{JAN}/", {"channel": till.channel.code})
    assert public.json()["price"] == "540"


def test_the_same_request_gets_the_same_bytes_and_books_once() -> None:
    till = Till.build()
    bento(till)
    client = client_of(till)
    body = {"receipt_number": "A-1", "lines": [{"code": JAN}], "tenders": [{"tender": "cash"}]}

    first, second = post(client, "till/sales/", body), post(client, "till/sales/", body)
    other = post(client, "till/sales/", {**body, "receipt_number": "A-2"})
    again = post(client, "till/sales/", body, key="key-2")

    assert (first.status_code, first.content) == (201, second.content)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert (again.status_code, again.json()["code"]) == (409, "sale-already-recorded")
    assert Order.objects.count() == 1


def test_an_override_below_the_price_is_a_discount_with_its_reason() -> None:
    till = Till.build()
    bento(till)
    client = manned(till)
    line = {"code": JAN, "quantity": 2, "unit_price": "400"}
    body = {"receipt_number": "A-1", "tenders": [{"tender": "cash"}]}

    unexplained = post(client, "till/sales/", {**body, "lines": [line]}, key="a")
    explained = post(client, "till/sales/", {**body, "lines": [{**line, "reason": "expiring"}]}, key="b")

    assert (unexplained.status_code, unexplained.json()["code"]) == (400, "field-missing")
    assert explained.json()["total"] == "800"
    assert LineDiscount.objects.values_list("code", "amount").get() == (
        "override:expiring",
        Decimal(280),
    )


def test_a_variant_without_a_name_goes_by_its_product_s() -> None:
    till = Till.build()
    variant = bento(till)
    variant.name = {}
    variant.save()
    body = {"receipt_number": "A-1", "lines": [{"code": JAN}], "tenders": [{"tender": "cash"}]}

    receipt = post(client_of(till), "till/sales/", body).json()

    assert receipt["lines"][0]["name"] == variant.product.name


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": [{"code": "nothing"}]}, 422, "unknown-sku"),
        ({"tenders": []}, 422, "tenders-do-not-add-up"),
        ({"tenders": [{"tender": "shells"}]}, 422, "tender-unknown"),
        ({"tenders": [{"tender": "cash", "amount": "100"}]}, 422, "tenders-do-not-add-up"),
        ({"member": "2900000000099"}, 404, "no-such-member"),
        ({"points": 5}, 422, "points-need-member"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, 400, "invalid"),
        ({"receipt_number": "A 1"}, 400, "invalid"),
    ],
)
def test_what_can_not_be_is_refused_and_not_written(change: dict[str, Any], status: int, code: str) -> None:
    till = Till.build()
    bento(till)
    body = {"receipt_number": "A-1", "lines": [{"code": JAN}], "tenders": [{"tender": "cash"}], **change}

    answer = post(client_of(till), "till/sales/", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Order.objects.count() == 0


def test_only_a_till_of_a_shop_sells() -> None:
    till = Till.build()
    _, homeless = create_api_key(name="homeless", scopes=["till"], now=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {homeless}")
    body = {"receipt_number": "A-1", "lines": [{"code": JAN}], "tenders": []}

    assert post(client, "till/sales/", body).json()["code"] == "till-without-shop"
    assert post(client_of(till, "stock:read"), "till/sales/", body).status_code == 403
    assert APIClient().post("/api/v1/till/sales/", body, format="json").status_code == 401


def test_points_as_a_tender_leave_the_price_and_its_tax() -> None:
    till = Till.build()
    till.programme.reduces_price = False
    till.programme.save()
    factories.tender("points", "POINTS", refund_route="NONE")
    bento(till, price=10_800)
    client, member = client_of(till), factories.member("2900000000017")
    body = {"lines": [{"code": JAN}], "tenders": [{"tender": "cash"}], "member": "2900000000017"}
    post(client, "till/sales/", {**body, "receipt_number": "A-1"}, key="a")

    answer = post(client, "till/sales/", {**body, "receipt_number": "A-2", "points": 100}, key="b").json()

    assert (answer["total"], answer["points_amount"], answer["tax_amount"]) == ("10800", "0", "800")
    assert [(tender["tender"], tender["amount"]) for tender in answer["tenders"]] == [
        ("points", "100"),
        ("cash", "10700"),
    ]
    assert (answer["points_earned"], answer["points_balance"]) == (107, 108 - 100 + 107)

    back = post(
        client,
        "till/returns/",
        {"order": answer["number"], "reason": "size", "lines": [{"sku": JAN, "quantity": 1}]},
    ).json()
    assert (back["refund_amount"], back["points_restored"], back["points_clawed_back"]) == ("10700", 100, 107)
    assert member.pk


def test_a_return_by_sku_goes_over_the_lines_that_sold_it() -> None:
    till = Till.build()
    variant = bento(till)
    client = client_of(till)
    sale = post(
        client,
        "till/sales/",
        {"receipt_number": "A-1", "lines": [{"code": JAN}, {"code": JAN}], "tenders": [{"tender": "cash"}]},
    ).json()
    body = {"order": sale["number"], "reason": "size", "lines": [{"sku": variant.sku, "quantity": 2}]}

    first, second = (post(client, "till/returns/", body, key="r-1") for _ in range(2))
    third = post(client, "till/returns/", body, key="r-2")

    assert (first.status_code, first.json()["refund_amount"]) == (201, "1080")
    assert first.content == second.content
    assert (third.status_code, third.json()["code"]) == (422, "above-returnable")
    assert list(Order.objects.get().lines.values_list("returned_quantity", flat=True)) == [1, 1]
    assert StockLevel.objects.get(variant=variant).on_hand == 10


def test_a_till_sees_and_hands_over_what_was_ordered_online() -> None:
    site, till = Site(), Till.build()
    factories.source(site.channel, till.location)
    tea = site.item(1100, stock=None, keeps_stock=True)
    factories.stock(tea, till.location, 5)
    number = place(site.cart((tea, 1), kind="PICKUP", location=till.location)).number
    client = client_of(till)

    shown = client.get(f"/api/v1/till/orders/{number}/").json()
    done = post(
        client,
        f"till/orders/{number}/hand-over/",
        {"tenders": [{"tender": "cash", "amount": "1100"}]},
    )

    assert (shown["due"], shown["lines"][0]["open"], shown["lines"][0]["returnable"]) == ("1100", 1, 0)
    assert (shown["fulfilments"][0]["kind"], shown["fulfilments"][0]["location"]) == (
        "PICKUP",
        till.location.code,
    )
    assert (done.status_code, done.json()["status"], done.json()["paid"]) == (200, "COMPLETED", "1100")
    assert client.get(f"/api/v1/till/orders/{number}/").json()["due"] == "0"
    assert client.get("/api/v1/till/orders/none/").status_code == 404


def test_a_packer_completes_a_fulfilment_in_two_parts() -> None:
    site, till = Site(), Till.build()
    tea = site.item(1100, stock=5)
    number = place(site.cart((tea, 3))).number
    client = client_of(replace(till, location=site.warehouse), "orders:read", "orders:write")
    (part,) = client.get(f"/api/v1/orders/{number}/fulfilments/").json()["results"]
    path = f"orders/{number}/fulfilments/{part['id']}/complete/"

    first = post(client, path, {"lines": [{"position": 1, "quantity": 2}], "tracking_number": "Y1"}, key="a")
    second = post(client, path, {"tracking_number": "Y2"}, key="b")
    third = post(client, path, {}, key="c")

    assert (first.status_code, first.json()["status"]) == (200, "PLACED")
    assert (second.json()["status"], second.json()["fulfilment_ids"]) == ("COMPLETED", [part["id"]])
    assert (third.status_code, third.json()["code"]) == (409, "not-fulfillable")
    results = client.get(f"/api/v1/orders/{number}/fulfilments/").json()["results"]
    assert [(each["tracking_number"], each["lines"][0]["quantity"]) for each in results] == [
        ("Y2", 1),
        ("Y1", 2),
    ]


def test_a_packer_completes_nothing_that_leaves_from_elsewhere() -> None:
    site, till = Site(), Till.build()
    number = place(site.cart((site.item(1100, stock=5), 1))).number
    client = client_of(till, "orders:read", "orders:write")
    (part,) = client.get(f"/api/v1/orders/{number}/fulfilments/").json()["results"]

    refused = post(client, f"orders/{number}/fulfilments/{part['id']}/complete/", {})

    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert Order.objects.get(number=number).status == "PLACED"


def test_an_order_is_shown_in_as_many_statements_however_long_it_is() -> None:
    site, till = Site(), Till.build()
    client = client_of(till)

    def statements(lines: int) -> int:
        number = place(site.cart(*((site.item(100, stock=5), 1) for _ in range(lines)))).number
        # Notes the key's use, which the next minute's requests don't.
        client.get(f"/api/v1/till/orders/{number}/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/api/v1/till/orders/{number}/").status_code == 200
        return len(queries)

    assert statements(1) == statements(8)


def test_tenders_settle_one_after_another() -> None:
    cash = factories.tender("cash", "CASH", gives_change=True)
    voucher = factories.tender("voucher", "COUPON")
    handed = [Handed("voucher", Decimal(500)), Handed("cash", Decimal(1000))]

    def parts(due: int) -> list[tuple[int, int, int]]:
        settled = settle(handed, Decimal(due), total=Decimal(due))
        return [(tender.pk, int(each.amount), int(each.tendered)) for tender, each in settled]

    assert parts(1200) == [(voucher.pk, 500, 500), (cash.pk, 700, 1000)]
    assert parts(300) == [(voucher.pk, 300, 500)]
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("former", [False, True])
def test_a_sale_is_looked_up_and_taken_back_by_the_printed_number(former: bool) -> None:
    till = Till.build(code="a-1")
    bento(till)
    client = client_of(till, "till", "orders:read")
    body = {"receipt_number": "T1-7", "lines": [{"code": JAN}], "tenders": [{"tender": "cash"}]}
    number = post(client, "till/sales/", body).json()["number"]
    assert number == "a-1.T1-7"
    if former:
        number = "a-1-T1-7"
        Order.objects.update(number=number)

    shown = client.get(f"/api/v1/till/orders/{number}/")
    parts = client.get(f"/api/v1/orders/{number}/fulfilments/")
    returned = post(
        client,
        "till/returns/",
        {"order": number, "reason": "size", "lines": [{"position": 1, "quantity": 1}]},
        key="r",
    )

    assert (shown.status_code, shown.json()["number"]) == (200, number)
    assert (parts.status_code, len(parts.json()["results"])) == (200, 1)
    assert (returned.status_code, returned.json()["number"]) == (201, f"{number}-R1")


@pytest.mark.parametrize("receipt", ["A.1", "A 1", "1" * 31])
def test_a_receipt_number_of_another_form_is_named(receipt: str) -> None:
    till = Till.build()
    bento(till)
    body = {"receipt_number": receipt, "lines": [{"code": JAN}], "tenders": [{"tender": "cash"}]}

    answer = post(client_of(till), "till/sales/", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["receipt_number"])
    assert not Order.objects.exists()
