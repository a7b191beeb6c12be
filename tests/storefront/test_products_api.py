"""Products for shoppers: what is shown is what the domain says, in one statement, in pages."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from catalog import services as catalog
from catalog.models import Category, Variant
from inventory import selectors as inventory
from inventory.models import ChannelBuffer, Reservation
from loyalty import selectors as loyalty
from loyalty.terms import points_for
from organisation.models import Location, SalesChannel
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> SalesChannel:
    return factories.channel(code="ec-main")


@pytest.fixture
def shop(channel: SalesChannel) -> Location:
    location = factories.location()
    factories.source(channel, location)
    return location


def sell(
    channel: SalesChannel, shop: Location, price: int = 1000, on_hand: int = 5, **fields: Any
) -> Variant:
    variant = factories.variant(**fields)
    factories.listing(variant, channel, price)
    factories.stock(variant, shop, on_hand)
    return variant


def get(client: Client, path: str = "/api/v1/products/", **headers: str) -> Any:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.content
    return json.loads(response.content)


def codes(client: Client, query: str) -> list[str]:
    return [product["code"] for product in get(client, f"/api/v1/products/?{query}")["results"]]


def costs(price: str) -> dict[str, str]:
    """A price that has tax inside."""
    return {"price": price, "price_with_tax": price}


@pytest.fixture
def sencha(channel: SalesChannel, shop: Location) -> None:
    """A product of two variants, the small one in stock and with a code."""
    factories.programme(amount_per_point=100)
    tea = factories.category(code="tea", name={"ja": "お茶", "en": "Tea"})
    product = factories.product(code="sencha", name={"ja": "煎茶", "en": "Sencha"}, category=tea)
    product.brand.code, product.brand.name = "sato", {"ja": "里"}
    product.brand.save()
    food = factories.tax_class("0.08")
    small = sell(
        channel, shop, 1250, 3, product=product, sku="S", name={"ja": "小"}, tax_class=food, position=1
    )
    sell(channel, shop, 2480, 0, product=product, sku="L", name={"ja": "大"}, tax_class=food, position=2)
    factories.code(small, "2100000000012", "IN_STORE")


def test_a_product_shows_its_price_its_points_and_what_there_is(client: Client, sencha: None) -> None:
    page = get(client)

    variant: dict[str, Any] = {
        "name": "小",
        "options": {},
        "former_price": None,
        "former_price_with_tax": None,
        "tax_inclusive": True,
        "tax_rate": "0.0800",
        "keeps_stock": True,
        "ahead": None,
    }
    assert page == {
        "next": None,
        "previous": None,
        "results": [
            {
                "code": "sencha",
                "name": "煎茶",
                "brand": {"code": "sato", "name": "里"},
                "category": {"code": "tea", "name": "お茶"},
                "currency": "JPY",
                "price_from": "1250",
                "price_to": "2480",
                "price_from_without_tax": None,
                "former_price": None,
                "points_from": 12,
                "available": 3,
                "in_stock": True,
                "variants": [
                    {**variant, "sku": "S", **costs("1250"), "points": 12, "available": 3},
                    {**variant, "sku": "L", "name": "大", **costs("2480"), "points": 24, "available": 0},
                ],
            }
        ],
    }


def test_its_page_says_all_that_the_list_says_and_more(client: Client, sencha: None) -> None:
    page = get(client)

    detail = get(client, "/api/v1/products/sencha/")

    assert detail["categories"] == [{"code": "tea", "name": "お茶"}]
    assert detail["description"] == ""
    assert detail["variants"][0]["stock_unit"] == "piece"
    assert [v["codes"] for v in detail["variants"]] == [
        [{"kind": "IN_STORE", "value": "2100000000012", "quantity": 1}],
        [],
    ]
    assert {key: detail[key] for key in page["results"][0] if key != "variants"} == {
        key: value for key, value in page["results"][0].items() if key != "variants"
    }


def test_names_follow_the_readers_language(client: Client, channel: SalesChannel, shop: Location) -> None:
    sell(channel, shop, product=factories.product(name={"ja": "煎茶", "en": "Sencha"}), name={"ja": "小"})

    product = get(client, **{"Accept-Language": "en"})["results"][0]

    assert (product["name"], product["variants"][0]["name"]) == ("Sencha", "小")


def test_availability_is_the_channels_own_to_the_unit(client: Client, channel: SalesChannel) -> None:
    first, second, closed = (factories.location() for _ in range(3))
    for priority, location in enumerate((first, second, closed)):
        factories.source(channel, location, priority)
    closed.active = False
    closed.save()
    franchise = factories.location(franchise=True)
    factories.source(channel, franchise)
    now = timezone.now()
    variants = [factories.variant() for _ in range(6)]
    for n, variant in enumerate(variants):
        factories.listing(variant, channel)
        factories.stock(variant, first, n * 2, damaged=n % 2, safety_stock=n % 3)
        factories.stock(variant, second, 1 if n % 2 else 9)
        factories.stock(variant, closed, 100)
        factories.stock(variant, franchise, 100)
    level = variants[5].levels.get(location=first)
    level.reserved = 4
    level.save()
    for expires_at, quantity in ((now - timedelta(minutes=1), 3), (now + timedelta(minutes=9), 1)):
        Reservation.objects.create(
            variant=variants[5],
            location=first,
            quantity=quantity,
            status="ACTIVE",
            source="order:1:1",
            expires_at=expires_at,
            created_at=now,
        )
    ChannelBuffer.objects.create(channel=channel, quantity=1)
    ChannelBuffer.objects.create(channel=channel, variant=variants[2], quantity=4)

    shown = {
        variant["sku"]: variant["available"]
        for product in get(client)["results"]
        for variant in product["variants"]
    }

    expected = inventory.channel_availability(channel_id=channel.pk, variant_ids=[v.pk for v in variants])
    assert shown == {variant.sku: expected[variant.pk] for variant in variants}
    assert sorted(shown.values()) == [0, 5, 6, 7, 8, 15]
    assert codes(client, "in_stock=true") == [
        variant.product.code for variant in reversed(variants) if expected[variant.pk]
    ]


def test_a_bundle_has_what_its_scarcest_component_allows(
    client: Client, channel: SalesChannel, shop: Location
) -> None:
    tea, cup = factories.variant(), factories.variant()
    factories.stock(tea, shop, 7)
    cups = factories.stock(cup, shop, 9)
    box = factories.bundle((tea, 2), (cup, 1))
    factories.listing(box, channel, 1100)

    product = get(client, "/api/v1/products/?in_stock=true")["results"][0]

    expected = inventory.channel_availability(channel_id=channel.pk, variant_ids=[box.pk])
    assert (product["available"], product["in_stock"], expected) == (3, True, {box.pk: 3})
    type(cups).objects.filter(pk=cups.pk).update(on_hand=0)
    assert get(client, "/api/v1/products/?in_stock=true")["results"] == []


def test_goods_without_stock_keeping_never_run_out(
    client: Client, channel: SalesChannel, shop: Location
) -> None:
    service = factories.variant(keeps_stock=False)
    factories.listing(service, channel, 500)

    product = get(client, "/api/v1/products/?in_stock=true")["results"][0]

    assert (product["available"], product["in_stock"], product["variants"][0]["available"]) == (0, True, None)


@pytest.mark.parametrize("rounding", ["FLOOR", "HALF_UP", "CEILING"])
def test_points_are_what_the_programme_gives(
    client: Client, channel: SalesChannel, shop: Location, rounding: str
) -> None:
    factories.programme(amount_per_point="33", rounding=rounding)
    prices = [0, 16, 17, 33, 49, 50, 99, 100, 1000, 99_999]
    for price in prices:
        sell(channel, shop, price)
    now = timezone.now()
    terms = loyalty.get_terms(channel_id=channel.pk, at=now)

    shown = {
        int(variant["price"]): variant["points"]
        for product in get(client)["results"]
        for variant in product["variants"]
    }

    assert shown == {
        price: points_for(programme=terms, channel_id=channel.pk, amount=Decimal(price), at=now)
        for price in prices
    }


def test_without_a_programme_nothing_is_earned(client: Client, channel: SalesChannel, shop: Location) -> None:
    sell(channel, shop, 1000)

    assert get(client)["results"][0]["points_from"] == 0


def test_prices_have_their_currencys_decimals(client: Client) -> None:
    channel = factories.channel(code="ec-main", currency="USD")
    factories.listing(factories.variant(), channel, "12.5")

    assert get(client)["results"][0]["price_from"] == "12.50"


def test_filters_narrow_and_combine(client: Client, channel: SalesChannel, shop: Location) -> None:
    food = factories.category(code="food", path="food")
    tea = factories.category(code="tea", path="food/tea", parent=food)
    foodless = factories.category(code="food-2", path="food-2")
    rows: list[tuple[str, Category | None, int, int]] = [
        ("a", tea, 100, 5), ("b", food, 200, 0), ("c", foodless, 300, 5), ("d", None, 400, 5)
    ]  # fmt: skip
    for code, category, price, on_hand in rows:
        sell(channel, shop, price, on_hand, product=factories.product(code=code, category=category))
    brand = Variant.objects.get(product__code="c").product.brand.code
    other = factories.channel(code="other")
    factories.listing(Variant.objects.get(product__code="a"), other, 999)

    assert codes(client, "") == ["d", "c", "b", "a"]
    assert codes(client, "category=food") == ["b", "a"]
    assert codes(client, "category=tea") == ["a"]
    assert codes(client, "category=none") == []
    assert codes(client, f"brand={brand}") == ["c"]
    assert codes(client, "price_min=200&price_max=300") == ["c", "b"]
    assert codes(client, "in_stock=true") == ["d", "c", "a"]
    assert codes(client, "category=food&in_stock=true") == ["a"]
    assert codes(client, "channel=other") == ["a"]
    assert get(client, "/api/v1/products/?channel=other")["results"][0]["price_from"] == "999"


def test_one_variant_has_to_meet_all_that_is_asked(
    client: Client, channel: SalesChannel, shop: Location
) -> None:
    product = factories.product()
    sell(channel, shop, 100, 0, product=product)
    sell(channel, shop, 900, 5, product=product)

    assert codes(client, "price_max=500&in_stock=true") == []


def test_words_fragments_and_codes_are_searched_for(
    client: Client, channel: SalesChannel, shop: Location
) -> None:
    for code, name in (("green", "深蒸し緑茶"), ("black", "和紅茶")):
        variant = sell(
            channel, shop, product=factories.product(code=code, name={"ja": name}), sku=f"TEA-{code}"
        )
        factories.code(variant, "2100000000012" if code == "green" else "2100000000029", "IN_STORE")
    catalog.index_products()

    assert codes(client, "q=緑茶") == ["green"]
    assert codes(client, "q=%E8%8C%B6") == ["black", "green"]
    assert codes(client, "q=２１０００００００００２９") == ["black"]
    assert codes(client, "q=TEA-green") == ["green"]
    assert codes(client, "q=TEA") == ["black", "green"]
    assert codes(client, "q=珈琲") == []


def test_what_is_not_on_sale_now_is_not_shown(
    client: Client, channel: SalesChannel, shop: Location, now: datetime
) -> None:
    gone, archived, unlisted = (factories.product(code=code) for code in ("gone", "archived", "unlisted"))
    past = timezone.now() - timedelta(days=1)
    factories.listing(factories.variant(product=gone), channel, valid_until=past)
    sell(channel, shop, product=archived)
    archived.archived_at = past
    archived.save()
    factories.variant(product=unlisted)

    assert codes(client, "") == []
    for code in ("gone", "archived", "unlisted", "no-such"):
        response = client.get(f"/api/v1/products/{code}/")
        assert (response.status_code, response.json()["code"]) == (404, "product-not-found")


def test_pages_follow_one_another_both_ways(client: Client, channel: SalesChannel, shop: Location) -> None:
    made = [sell(channel, shop, product=factories.product(code=f"p{n}")).product.code for n in range(7)]
    made.reverse()

    first = get(client, "/api/v1/products/?page_size=3")
    second = get(client, first["next"])
    third = get(client, second["next"])
    back = get(client, third["previous"])
    start = get(client, back["previous"])

    pages = [[p["code"] for p in page["results"]] for page in (first, second, third, back, start)]
    assert pages == [made[0:3], made[3:6], made[6:7], made[3:6], made[0:3]]
    assert (first["previous"], third["next"], start["previous"]) == (None, None, None)


def test_a_page_that_is_exactly_full_is_the_last(
    client: Client, channel: SalesChannel, shop: Location
) -> None:
    for _ in range(3):
        sell(channel, shop)

    assert get(client, "/api/v1/products/?page_size=3")["next"] is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page_size=0", "invalid"),
        ("page_size=101", "invalid"),
        ("price_min=x", "invalid"),
        ("price_min=NaN", "invalid"),
        ("q=%00", "invalid"),
        ("brand=a/b", "invalid"),
        ("cursor=???", "invalid-cursor"),
        ("cursor=YTk5OTk5OTk5OTk5OTk5OTk5OTk5", "invalid-cursor"),
        ("cursor=eDE=", "invalid-cursor"),
    ],
)
def test_a_malformed_query_is_refused(client: Client, channel: SalesChannel, query: str, code: str) -> None:
    response = client.get(f"/api/v1/products/?{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert response["Content-Type"] == "application/problem+json"


def test_an_unknown_or_closed_channel_is_not_found(client: Client) -> None:
    factories.channel(code="closed", active=False)

    for query in ("channel=closed", "channel=none", ""):
        assert client.get(f"/api/v1/products/?{query}").status_code == 404


def test_an_etag_spares_the_body_until_something_changes(
    client: Client, channel: SalesChannel, shop: Location
) -> None:
    variant = sell(channel, shop)
    etag = client.get("/api/v1/products/")["ETag"]

    again = client.get("/api/v1/products/", headers={"If-None-Match": etag})
    variant.levels.update(on_hand=4)
    changed = client.get("/api/v1/products/", headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200
    assert changed["ETag"] != etag
    assert "Accept-Language" in changed["Vary"]


@pytest.mark.parametrize("count", [2, 20])
def test_pages_cost_one_statement_whatever_their_size(
    client: Client, channel: SalesChannel, shop: Location, count: int, django_assert_num_queries: Any
) -> None:
    factories.programme()
    variants = [sell(channel, shop) for _ in range(count)]
    get(client)  # The channel and the terms are kept for a second.

    with django_assert_num_queries(1):
        assert len(get(client)["results"]) == count
    with django_assert_num_queries(1):
        get(client, f"/api/v1/products/{variants[0].product.code}/")


def test_what_is_answered_is_what_the_schema_promises(
    client: Client, channel: SalesChannel, shop: Location
) -> None:
    variant = sell(channel, shop, product=factories.product(category=factories.category()))
    factories.code(variant, "2100000000012", "IN_STORE")
    factories.listing(factories.variant(keeps_stock=False), channel)
    schema = SchemaGenerator().get_schema(request=None, public=True)

    for path, name in (
        ("/api/v1/products/", "ProductPage"),
        (f"/api/v1/products/{variant.product.code}/", "ProductDetail"),
    ):
        validator = Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": schema["components"]}
        )
        assert list(validator.iter_errors(get(client, path))) == []


def reduce(variant: Variant, channel: SalesChannel, price: int, *, lasted: int) -> None:
    """Sold for some days at 1,000, and reduced for a week since yesterday."""
    began = timezone.now() - timedelta(days=1)
    factories.listing(variant, channel, valid_from=began - timedelta(days=lasted), valid_until=began)
    ends = began + timedelta(days=7)
    factories.listing(variant, channel, price, valid_from=began, valid_until=ends, reduced=True)


def test_a_former_price_is_told_where_it_may_be_shown(client: Client, channel: SalesChannel) -> None:
    shirt, bag = factories.product(code="shirt"), factories.product(code="bag")
    small, large, bags = (factories.variant(product=each) for each in (shirt, shirt, bag))
    reduce(small, channel, 800, lasted=60)
    reduce(large, channel, 800, lasted=60)
    # One day short of two weeks.
    reduce(bags, channel, 700, lasted=13)

    found = {product["code"]: product for product in get(client)["results"]}
    detail = get(client, "/api/v1/products/shirt/")

    assert [found[code]["former_price"] for code in ("shirt", "bag")] == ["1000", None]
    assert [v["former_price"] for v in found["shirt"]["variants"]] == ["1000", "1000"]
    assert [v["former_price"] for v in found["bag"]["variants"]] == [None]
    assert (detail["former_price"], detail["variants"][0]["former_price"]) == ("1000", "1000")
    validator = Draft202012Validator(
        {
            "$ref": "#/components/schemas/ProductDetail",
            "components": SchemaGenerator().get_schema(request=None, public=True)["components"],
        }
    )
    assert list(validator.iter_errors(detail)) == []


def test_products_whose_variants_cost_differently_have_no_former_price_of_their_own(
    client: Client, channel: SalesChannel
) -> None:
    shirt = factories.product(code="shirt")
    small, large = factories.variant(product=shirt), factories.variant(product=shirt)
    reduce(small, channel, 800, lasted=60)
    reduce(large, channel, 750, lasted=60)

    (product,) = get(client)["results"]

    assert product["former_price"] is None
    assert [v["former_price"] for v in product["variants"]] == ["1000", "1000"]
