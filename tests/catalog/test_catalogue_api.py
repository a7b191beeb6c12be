"""Brands, categories and scanned codes over HTTP."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from organisation import selectors as organisation
from organisation import services
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    organisation._channels.clear()


def test_brands_come_in_the_readers_language_and_in_pages(client: Client) -> None:
    for code in ("b", "a", "c"):
        brand = factories.product().brand
        brand.code, brand.name = code, {"ja": f"銘柄{code}", "en": f"Brand {code}"}
        brand.save()

    first = client.get("/api/v1/brands/?page_size=2", headers={"Accept-Language": "en"}).json()
    second = client.get(first["next"]).json()

    assert first["results"] == [{"code": "a", "name": "Brand a"}, {"code": "b", "name": "Brand b"}]
    assert second["results"] == [{"code": "c", "name": "銘柄c"}]


def test_the_tree_comes_from_its_roots_and_may_be_narrowed_to_a_branch(client: Client) -> None:
    food = factories.category(code="food", path="food", name={"ja": "食品"})
    tea = factories.category(code="tea", path="food/tea", parent=food, name={"ja": "お茶"})
    factories.category(code="food-2", path="food-2", name={"ja": "別"})

    def listed(query: str) -> list[str]:
        return [row["path"] for row in client.get(f"/api/v1/categories/{query}").json()["results"]]

    assert listed("") == ["food", "food-2", "food/tea"] or listed("") == ["food", "food/tea", "food-2"]
    assert listed("?within=food") == ["food", "food/tea"]
    assert listed("?within=none") == []
    row = client.get("/api/v1/categories/?within=tea").json()["results"][0]
    assert row == {"code": tea.code, "name": "お茶", "parent": "food", "path": "food/tea"}


def test_a_scanned_case_names_its_article_and_how_many(client: Client) -> None:
    channel, variant = factories.channel(code="ec-main"), factories.variant(sku="TEA", name={"ja": "緑茶"})
    factories.listing(variant, channel, 150)
    factories.code(variant, "14901777018881", "ITF14", quantity=24)

    answer = client.get("/api/v1/variants/14901777018881/")

    assert answer.json() == {
        "sku": "TEA",
        "quantity": 24,
        "name": "緑茶",
        "price": "150",
        "currency": "JPY",
        "tax_inclusive": True,
        "take_out_rate": "0.1000",
        "eat_in_rate": "0.1000",
        "keeps_stock": True,
    }


def test_a_tills_key_asks_for_its_own_channels_price(client: Client) -> None:
    variant = factories.variant(sku="TEA")
    for code, price in (("ec-main", 150), ("stores", 140)):
        factories.listing(variant, factories.channel(code=code), price)
    _, key = services.create_api_key(
        name="till", scopes=["till"], channel=organisation.get_channel("stores"), now=timezone.now()
    )

    def shown_price(**headers: str) -> str:
        shown: str = client.get("/api/v1/variants/TEA/", headers=headers).json()["price"]
        return shown

    assert shown_price() == "150"
    assert shown_price(Authorization=f"Bearer {key}") == "140"


@pytest.mark.parametrize("code", ["nothing", "%00", "%E3%81%82"])
def test_an_unknown_code_is_not_found(client: Client, code: str) -> None:
    factories.channel(code="ec-main")

    response = client.get(f"/api/v1/variants/{code}/")

    assert (response.status_code, response.json()["code"]) == (404, "code-not-found")


def test_what_the_channel_does_not_sell_is_refused_by_name(client: Client) -> None:
    factories.channel(code="ec-main")
    factories.variant(sku="TEA")

    response = client.get("/api/v1/variants/TEA/")

    assert (response.status_code, response.json()["code"]) == (422, "not-listed")
    assert response.json()["skus"] == ["TEA"]


def test_reads_carry_an_etag(client: Client) -> None:
    factories.category()
    etag = client.get("/api/v1/categories/")["ETag"]

    assert client.get("/api/v1/categories/", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("count", [2, 20])
@pytest.mark.parametrize("path", ["brands", "categories"])
def test_lists_cost_one_query_at_any_size(
    client: Client, path: str, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        factories.category()
        factories.product()

    with django_assert_num_queries(1):
        assert len(client.get(f"/api/v1/{path}/").json()["results"]) == count
