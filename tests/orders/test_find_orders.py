"""The order desk finds an order by whatever somebody has of it, by an index, and within its reach."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from omni.core.text import close_up
from orders.finding import find_orders
from orders.models import Order, OrderContact, Payment
from orders.services.sales import record_sales
from organisation.services import create_api_key
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import CONTACT, Site, place
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)

JAN = "4901234567894"


@pytest.fixture
def numbers() -> dict[str, int]:
    """Two orders on line and one receipt: `hanako`'s has a card; another's has a look-alike phone."""
    site, till = Site(), Till.build(code="shibuya")
    item, other = site.item(1100), site.item(2200)
    factories.code(item, JAN)
    named = {
        "hanako": (item, replace(CONTACT, name_kana="ヤマダ ハナコ", email="Hanako@Example.jp")),
        "jiro": (other, replace(CONTACT, name="佐藤 次郎", phone="080-1234-5678", email="jiro@example.jp")),
    }
    found = {}
    for who, (variant, contact) in named.items():
        placed = place(site.cart((variant, 1)), contact=contact, now=timezone.now())
        found[who] = Order.objects.get(number=placed.number).pk
    member = factories.member("2900000000017", family_name="鈴木", family_name_kana="スズキ")
    sale = replace(till.sale(till.line(other), at=NOW, member=member), receipt_number="T9")
    record_sales(sales=[sale], claim=None, actor=TILL, now=NOW)
    found["suzuki"] = Order.objects.get(number="shibuya.T9").pk
    Order.objects.filter(pk=found["jiro"]).update(external_number="R-77")
    Payment.objects.filter(order=found["hanako"]).update(card_last4="4242")
    return found


@pytest.mark.parametrize(
    ("term", "who", "kind"),
    [
        ("R-77", "jiro", "number"),
        ("T9", "suzuki", "receipt"),
        ("03-1234-5678", "hanako", "phone"),
        ("+81 3 1234 5678", "hanako", "phone"),
        ("０３（１２３４）５６７８", "hanako", "phone"),
        ("08012345678", "jiro", "phone"),
        ("HANAKO@example.jp", "hanako", "e-mail"),
        ("山田花子", "hanako", "name"),
        ("山田　花", "hanako", "name"),
        ("やまだ", "hanako", "name"),
        ("ﾔﾏﾀﾞ ﾊﾅｺ", "hanako", "name"),
        ("すずき", "suzuki", "name"),
        ("鈴木", "suzuki", "name"),
        ("2900000000017", "suzuki", "person"),
        ("4242", "hanako", "card"),
        (JAN, "hanako", "article"),
    ],
)
def test_an_order_is_found_by(numbers: dict[str, int], term: str, who: str, kind: str) -> None:
    found = find_orders(query=term, now=timezone.now())

    assert (found.order_ids, found.kinds) == ((numbers[who],), (kind,))


def test_the_own_number_finds_its_order_and_a_misread_one_says_so(numbers: dict[str, int]) -> None:
    number = Order.objects.get(pk=numbers["hanako"]).number
    misread = number[:-1] + str((int(number[-1]) + 1) % 10)

    right, wrong = (find_orders(query=term, now=NOW) for term in (number, misread))

    assert (right.order_ids, right.misread) == ((numbers["hanako"],), False)
    assert (wrong.order_ids, wrong.misread) == ((), True)


@pytest.mark.parametrize(
    "term", ["", "   ", "・", "9999", "090-1234-5678", "花子", "nobody@example.jp", "\x00"]
)
def test_what_nobody_has_finds_nothing(numbers: dict[str, int], term: str) -> None:
    assert find_orders(query=term, now=NOW).order_ids == ()


def test_what_has_left_is_found_by_article_for_a_month_newest_first(numbers: dict[str, int]) -> None:
    till, sold = Till.build(code="ginza"), factories.variant()
    factories.code(sold, "4900000000009")
    factories.stock(sold, till.location, 9)
    for _ in range(3):
        record_sales(sales=[till.sale(till.line(sold), at=NOW)], claim=None, actor=TILL, now=timezone.now())

    found = find_orders(query="4900000000009", now=timezone.now())

    newest = Order.objects.filter(location=till.location).order_by("-pk").values_list("pk", flat=True)
    assert (found.order_ids, len(found.order_ids)) == (tuple(newest), 3)


def test_the_database_folds_as_search_does() -> None:
    texts = [chr(code) * 2 for code in (*range(0x20, 0x7F), *range(0x3040, 0x3100), *range(0xFF01, 0xFF9F))]
    texts += ["Ａ・ｂ　Ｃ", "ﾔﾏﾀﾞ", "㈱山田", "Straße"]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT core_folded(given) FROM unnest(%s::text[]) WITH ORDINALITY AS g (given, n) ORDER BY n",
            [texts],
        )
        folded = [row[0] for row in cursor.fetchall()]

    assert folded == [close_up(text) for text in texts]


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("core_folded(name) LIKE 'やまだ%'", "contact_name_folded"),
        ("core_folded(name_kana) LIKE 'やまだ%'", "contact_kana_folded"),
        ("lower(email) = 'a@example.jp'", "contact_email"),
        ("right(core_digits(phone), 8) = '12345678'", "contact_phone"),
    ],
)
def test_contacts_are_sought_by_an_index_of_their_own(condition: str, index: str) -> None:
    column = condition.split("(")[-1].split(")")[0].split(",")[0]
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN SELECT order_id FROM orders_ordercontact WHERE NOT ({column} = '') AND {condition}"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")

    assert index in plan


def client_of(till: Till, *scopes: str) -> APIClient:
    _, secret = create_api_key(
        name="desk", scopes=scopes, location=till.location, channel=till.channel, now=timezone.now()
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def find(client: APIClient, term: str) -> list[str]:
    answer: Any = client.get("/api/v1/orders/", {"q": term})
    assert answer.status_code == 200, answer.json()
    return [row["number"] for row in answer.json()["results"]]


def test_a_shops_key_finds_its_own_orders_and_any_by_number(now: datetime) -> None:
    here, there = Till.build(code="here"), Till.build(code="there")
    member = factories.member(family_name="鈴木")
    for till in (here, there):
        sale = till.sale(till.line(factories.variant()), at=now, member=member)
        record_sales(sales=[sale], claim=None, actor=TILL, now=now)
    client = client_of(here, "till")

    assert find(client, "鈴木") == ["here.000001"]
    assert find(client, "there.000001") == ["there.000001"]
    assert find(client, "000001") == ["there.000001", "here.000001"]


def test_who_may_not_read_orders_finds_none(now: datetime) -> None:
    answer = client_of(Till.build(), "stock:read").get("/api/v1/orders/", {"q": "山田"})

    assert answer.status_code == 403


def test_a_term_is_required() -> None:
    assert client_of(Till.build(), "orders:read").get("/api/v1/orders/").status_code == 400


def test_as_many_queries_for_many_as_for_one(
    numbers: dict[str, int], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(Till.build(), "orders:read")
    site = Site()
    for _ in range(3):
        place(site.cart((site.item(), 1)), contact=CONTACT)
    assert OrderContact.objects.count() == 5

    with django_assert_max_num_queries(20):
        client.get("/api/v1/orders/", {"q": "山田"})
