"""What articles are called and what postal codes say, over HTTP."""

from typing import Any

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db


def test_articles_are_named_with_their_products(client: Client, django_assert_num_queries: Any) -> None:
    tee = factories.product(code="tee", name={"ja": "天竺Tシャツ", "en": "T-shirt"})
    for sku in ("TEE-M", "TEE-L"):
        factories.variant(product=tee, sku=sku, name={"ja": f"紺 {sku[-1]}"})

    with django_assert_num_queries(1):
        answer = client.get(
            "/api/v1/articles/?sku=TEE-M&sku=TEE-L&sku=nothing", headers={"Accept-Language": "ja"}
        )

    assert [(one["sku"], one["name"], one["product_name"]) for one in answer.json()["items"]] == [
        ("TEE-L", "紺 L", "天竺Tシャツ"),
        ("TEE-M", "紺 M", "天竺Tシャツ"),
    ]


def test_articles_have_to_be_named(client: Client) -> None:
    assert client.get("/api/v1/articles/").status_code == 400


@pytest.mark.parametrize("code", ["150-0002", "1500002", "１５０ー０００２"])
def test_a_postal_code_begins_an_address(client: Client, code: str) -> None:
    place = client.get(f"/api/v1/postal-codes/{code}/").json()

    assert (place["prefecture"], place["city"], place["neighborhood"]) == ("東京都", "渋谷区", "渋谷")


@pytest.mark.parametrize("code", ["0000000", "12", "abcdefg", "1008798"])
def test_what_japan_posts_list_lacks_is_not_found(client: Client, code: str) -> None:
    answer = client.get(f"/api/v1/postal-codes/{code}/")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-postal-code")
