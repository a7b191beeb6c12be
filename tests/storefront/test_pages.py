"""Pages: their first content is in Django's HTML, whatever the browser does with it afterwards."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from catalog.models import Variant
from catalog.services import index_products
from orders.models import MethodRate
from organisation import selectors as organisation
from organisation.models import Location, SalesChannel
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organisation, "_channels", {})
    cache.clear()


@pytest.fixture
def channel() -> SalesChannel:
    return factories.channel(code="ec-main", name={"ja": "汐見", "en": "Shiomi"})


@pytest.fixture
def shop(channel: SalesChannel) -> Location:
    shop = factories.location(code="shibuya", name={"ja": "渋谷店", "en": "Shibuya"})
    factories.source(channel, shop)
    return shop


@pytest.fixture
def tea(channel: SalesChannel, shop: Location) -> Variant:
    product = factories.product(
        code="sencha",
        name={"ja": "深蒸し煎茶", "en": "Deep-steamed sencha"},
        description={"ja": "茶師が火入れを決めました。", "en": "Fired by a tea master."},
        category=factories.category(code="tea", path="tea", name={"ja": "お茶", "en": "Tea"}),
    )
    variant = factories.variant(product=product, sku="TEA-100", tax_class=factories.tax_class("0.08"))
    factories.listing(variant, channel, 1080)
    factories.stock(variant, shop, 7)
    index_products(product_ids=[product.pk])
    return variant


def text_of(html: str) -> str:
    """What a reader without scripts sees."""
    shown = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


def get(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers={"Accept-Language": "ja", **headers})
    assert response.status_code == 200, response.content
    return response.content.decode()


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def linked_data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_the_list_shows_products_with_price_points_and_stock(client: Client, tea: Variant) -> None:
    factories.programme()

    html = get(client, "/")

    shown = text_of(html)
    for words in ("すべての商品", "深蒸し煎茶", "¥1,080 税込", "在庫あり", "10ポイント", "お茶"):
        assert words in shown
    assert 'href="/products/sencha/"' in html
    assert [product["code"] for product in data_of(html)["data"]["products"]] == ["sencha"]
    assert linked_data_of(html)["itemListElement"][0]["name"] == "深蒸し煎茶"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=せんちゃ", False),
        ("?q=煎茶", True),
        ("?q=ﾁｬ", False),
        ("?category=tea", True),
        ("?category=no", False),
    ],
)
def test_the_list_is_searched_and_filtered(client: Client, tea: Variant, query: str, found: bool) -> None:
    shown = text_of(get(client, f"/{query}"))

    assert ("深蒸し煎茶" in shown) is found
    assert ("商品が見つかりませんでした" in shown) is not found


@pytest.mark.parametrize(
    "query", ["?cursor=nonsense", "?page_size=0", "?brand=%F0%9F%92%A3", "?q=" + "茶" * 200]
)
def test_a_mistyped_address_shows_the_first_page(client: Client, tea: Variant, query: str) -> None:
    assert "深蒸し煎茶" in text_of(get(client, f"/{query}"))


def test_the_list_goes_on_where_its_page_ends(client: Client, tea: Variant, channel: SalesChannel) -> None:
    for _ in range(24):
        factories.listing(factories.variant(), channel)

    first = get(client, "/")
    cursor = data_of(first)["data"]["next_cursor"]
    address = f"/?{urlencode({'cursor': cursor})}"
    second = get(client, address)

    assert "深蒸し煎茶" not in text_of(first)
    assert f'href="{address}"' in first
    assert [product["code"] for product in data_of(second)["data"]["products"]] == ["sencha"]


def test_a_product_shows_what_it_costs_and_where_it_is(client: Client, tea: Variant) -> None:
    html = get(client, "/products/sencha/")

    shown = text_of(html)
    for words in (
        "深蒸し煎茶",
        "茶師が火入れを決めました。",
        "¥1,080 税込",
        "オンライン",
        "渋谷店",
        "7点",
        "8%",
    ):
        assert words in shown
    assert "<title>深蒸し煎茶｜汐見</title>" in html
    assert '<meta name="description" content="茶師が火入れを決めました。">' in html
    offer = linked_data_of(html)["offers"][0]
    assert (offer["price"], offer["priceCurrency"]) == ("1080", "JPY")
    assert offer["availability"] == "https://schema.org/InStock"
    stock = data_of(html)["data"]["stock"]["TEA-100"]
    assert (stock["channels"], stock["locations"]) == ({"ec-main": 7}, {"shibuya": 7})


def test_nothing_in_the_data_ends_its_script(client: Client, tea: Variant) -> None:
    product = tea.product
    product.name = {"ja": "</script><script>alert(1)</script>"}
    product.save()

    html = get(client, "/products/sencha/")

    assert "<script>alert" not in html
    assert data_of(html)["data"]["product"]["name"] == linked_data_of(html)["name"] == product.name["ja"]


def test_what_is_sold_out_says_so(client: Client, tea: Variant) -> None:
    tea.levels.update(on_hand=0)

    html = get(client, "/products/sencha/")

    assert "在庫なし" in text_of(html)
    assert linked_data_of(html)["offers"][0]["availability"] == "https://schema.org/OutOfStock"


def test_what_shops_only_hand_over_is_offered_for_no_delivery(
    client: Client, tea: Variant, channel: SalesChannel
) -> None:
    """The page shows it at the shop, where it is collected; the list says that it is not to be had online."""
    Location.objects.filter(code="shibuya").update(capabilities=["PICKUP"])

    html = get(client, "/products/sencha/")

    stock = data_of(html)["data"]["stock"]["TEA-100"]
    assert (stock["channels"], stock["locations"]) == ({"ec-main": 0}, {"shibuya": 7})
    assert linked_data_of(html)["offers"][0]["availability"] == "https://schema.org/OutOfStock"
    assert '<button class="button" type="button" disabled>' in html
    product = data_of(html)["data"]["product"]
    assert (product["available"], product["in_stock"]) == (0, False)
    assert "オンライン在庫なし" in text_of(get(client, "/"))


def test_a_product_that_is_not_sold_is_missing(client: Client, channel: SalesChannel) -> None:
    assert client.get("/products/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/cart/", "カート"),
        ("/checkout/", "ご注文手続き"),
        ("/checkout/done/123/", "ご注文ありがとうございます"),
        ("/account/signin/", "ログイン"),
        ("/account/signup/", "新規会員登録"),
        ("/account/password/reset/", "パスワードの再設定"),
        ("/account/password/reset/a:b-c/", "パスワードの再設定"),
        ("/account/verify-email/", "メールアドレスの確認"),
        ("/account/verify-email/NDI:1abc:xyz/", "メールアドレスの確認"),
        ("/law/", "特定商取引法に基づく表記"),
    ],
)
def test_every_page_begins_with_its_heading(
    client: Client, channel: SalesChannel, path: str, heading: str
) -> None:
    html = get(client, path)

    assert f"<h1>{heading}</h1>" in html
    assert f"｜{channel}</title>" in html


@pytest.mark.parametrize("path", ["/account/", "/account/orders/", "/account/orders/1/"])
def test_members_pages_ask_to_sign_in_and_come_back(client: Client, channel: SalesChannel, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response["Location"]) == (
        302,
        f"/account/signin/?next={path.replace('/', '%2F')}",
    )
    client.force_login(factories.user())
    assert "マイページ" in text_of(get(client, path)) or "ご注文 1" in text_of(get(client, path))


def test_the_law_page_tells_the_seller_and_the_charges(client: Client, channel: SalesChannel) -> None:
    company = channel.company
    company.registration_number = "T1180301018771"
    company.save()
    method = factories.shipping_method(channel=channel)
    MethodRate.objects.create(method=method, amount=550)
    MethodRate.objects.create(method=method, from_amount=5500, amount=0)

    shown = text_of(get(client, "/law/"))

    for words in (str(company), "T1180301018771", "送料 ¥550（税込）", "¥5,500以上"):
        assert words in shown


def test_pages_speak_the_language_that_was_chosen(client: Client, tea: Variant) -> None:
    english = get(client, "/products/sencha/?lang=en")
    after = get(client, "/")
    translation.activate("ja")

    assert "Deep-steamed sencha" in text_of(english)
    assert '<html lang="en">' in english
    assert 'hreflang="ja"' in english
    assert "All products" in text_of(after)


def test_pages_load_nothing_that_is_not_ours(client: Client, tea: Variant) -> None:
    response = client.get("/")

    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/))", response.content.decode())
    assert " style=" not in response.content.decode()
    assert not re.search(r"\son\w+=", response.content.decode())


def test_pages_take_a_constant_number_of_statements(
    client: Client, tea: Variant, channel: SalesChannel, shop: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine, what is kept for a second is read once here.
    monkeypatch.setattr("loyalty.selectors.TERMS_KEPT_SECONDS", 3600.0)
    monkeypatch.setattr("organisation.selectors.CHANNEL_KEPT_SECONDS", 3600.0)

    def count(path: str) -> int:
        get(client, path)
        with CaptureQueriesContext(connection) as captured:
            get(client, path)
        return len(captured)

    before = [count("/"), count("/products/sencha/")]
    for _ in range(15):
        other = factories.variant(product=tea.product)
        factories.listing(other, channel)
        factories.stock(other, shop, 3)
        factories.listing(factories.variant(), channel)
    after = [count("/"), count("/products/sencha/")]

    assert before == after
    assert after[0] <= 2
    assert after[1] <= 10


def test_artwork_is_drawn_in_the_variants_colour(client: Client, tea: Variant) -> None:
    factories.variant(product=tea.product, sku="TEA-RED", name={"ja": "茜", "en": "Madder red"})

    first, again = client.get("/art/sencha.svg"), client.get("/art/sencha.svg")
    red = client.get("/art/sencha.svg?sku=TEA-RED")

    assert first["Content-Type"] == "image/svg+xml"
    assert first.content == again.content != red.content
    assert b"#a63d37" in red.content
    assert client.get("/art/nothing.svg").status_code == 404


def test_what_leads_nowhere_is_a_page_for_shoppers_and_a_problem_for_programs(
    client: Client, channel: SalesChannel
) -> None:
    page = client.get("/no/such/page/", headers={"Accept-Language": "ja"})
    problem = client.get("/api/v1/no-such-thing/")

    assert (page.status_code, problem.status_code) == (404, 404)
    assert "商品一覧へ" in text_of(page.content.decode())
    assert problem["Content-Type"] == "application/problem+json"
    assert problem.json()["code"] == "not-found"


def test_before_there_is_a_channel_there_is_no_shop(client: Client) -> None:
    assert [client.get(path).status_code for path in ("/", "/cart/", "/law/")] == [404, 404, 404]


@pytest.mark.parametrize(("language", "label"), [("ja", "当店通常価格"), ("en", "Our regular price")])
def test_a_sale_price_stands_beside_what_was_charged_before(
    client: Client, channel: SalesChannel, language: str, label: str
) -> None:
    variant = factories.variant(product=factories.product(code="shirt"))
    began = timezone.now() - timedelta(days=1)
    factories.listing(variant, channel, 1000, valid_until=began)
    ends = began + timedelta(days=7)
    factories.listing(variant, channel, 800, valid_from=began, valid_until=ends, reduced=True)

    for path in ("/", "/products/shirt/"):
        html = get(client, path, **{"Accept-Language": language})

        assert f'<span class="price__former">{label} <s>¥1,000</s></span>¥800<small>' in html
