"""Consumers see what they pay: prices that are kept without tax are shown with it (総額表示)."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import TaxRate, Variant
from catalog.taxing import with_tax
from omni.core.money import Rounding
from organisation import selectors as organisation
from organisation.models import SalesChannel
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> SalesChannel:
    return factories.channel(code="ec-main")


def get(client: Client, path: str = "/api/v1/products/") -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return json.loads(response.content)


def sell(channel: SalesChannel, price: int | str, rate: str = "0.10", **fields: Any) -> Variant:
    """On sale at a price without tax."""
    variant = factories.variant(tax_class=factories.tax_class(rate), **fields)
    factories.listing(variant, channel, price, tax_inclusive=False)
    return variant


def shown(product: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(product[each] for each in ("price_from", "price_to", "price_from_without_tax"))


def test_a_price_without_tax_is_told_with_it(client: Client, channel: SalesChannel) -> None:
    tea = factories.product(code="tea")
    sell(channel, 999, "0.08", product=tea, position=1)
    sell(channel, 1280, "0.08", product=tea, position=2)

    (product,) = get(client)["results"]
    detail = get(client, "/api/v1/products/tea/")

    # 999 × 0.08 = 79.92 and 1,280 × 0.08 = 102.4, rounded down as the company does.
    assert shown(product) == ("1078", "1382", "999")
    assert [(v["price"], v["price_with_tax"], v["tax_inclusive"]) for v in product["variants"]] == [
        ("999", "1078", False),
        ("1280", "1382", False),
    ]
    assert shown(detail) == shown(product)


def test_of_variants_kept_either_way_the_one_that_costs_least_counts(
    client: Client, channel: SalesChannel
) -> None:
    cup = factories.product(code="cup")
    sell(channel, 1000, product=cup)
    factories.listing(factories.variant(product=cup), channel, 1050)

    (product,) = get(client)["results"]

    assert shown(product) == ("1050", "1100", None)


@pytest.mark.parametrize(
    ("price", "rate", "down", "half_up", "up"),
    [
        (1000, "0.10", "1100", "1100", "1100"),
        (1250, "0.08", "1350", "1350", "1350"),
        (1005, "0.10", "1105", "1106", "1106"),
        (1001, "0.10", "1101", "1101", "1102"),
        (995, "0.08", "1074", "1075", "1075"),
        (1001, "0.08", "1081", "1081", "1082"),
    ],
)
def test_tax_is_rounded_as_the_company_rounds(
    client: Client, channel: SalesChannel, price: int, rate: str, down: str, half_up: str, up: str
) -> None:
    sell(channel, price, rate, product=factories.product(code="one"))

    told = []
    for rounding in (Rounding.FLOOR, Rounding.HALF_UP, Rounding.CEILING):
        channel.company.tax_rounding = rounding
        channel.company.save()
        organisation._channels.clear()
        (variant,) = get(client, "/api/v1/products/one/")["variants"]
        told.append(variant["price_with_tax"])

    assert told == [down, half_up, up]


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize(
    ("price", "rate"),
    [("0", "0.08"), ("995", "0.08"), ("1005", "0.10"), ("12.5", "0.08"), ("12.55", "0.10")],
)
@pytest.mark.parametrize("currency", ["JPY", "USD"])
def test_the_database_rounds_as_the_domain_does(
    client: Client, channel: SalesChannel, rounding: Rounding, price: str, rate: str, currency: str
) -> None:
    channel.currency, channel.company.tax_rounding = currency, rounding
    channel.save()
    channel.company.save()
    sell(channel, price, rate)

    (product,) = get(client)["results"]

    asked = with_tax(Decimal(price), Decimal(rate), inclusive=False, currency=currency, rounding=rounding)
    assert product["price_from"] == str(asked)


def test_a_former_price_is_struck_through_with_tax(client: Client, channel: SalesChannel) -> None:
    variant = factories.variant(product=factories.product(code="shirt"))
    began = timezone.now() - timedelta(days=1)
    kept: dict[str, Any] = {"tax_inclusive": False}
    factories.listing(
        variant, channel, 1000, valid_from=began - timedelta(days=60), valid_until=began, **kept
    )
    ends = began + timedelta(days=7)
    factories.listing(variant, channel, 799, valid_from=began, valid_until=ends, reduced=True, **kept)

    (product,) = get(client)["results"]
    page = client.get("/products/shirt/").content.decode()
    cards = client.get("/").content.decode()

    assert (product["price_from"], product["former_price"]) == ("878", "1100")
    (told,) = product["variants"]
    assert (told["former_price"], told["former_price_with_tax"]) == ("1000", "1100")
    for markup in (page, cards):
        assert "<s>¥1,100</s></span>¥878<small>税込</small>" in markup
        assert '<small class="price__without">税抜 ¥799</small>' in markup
    assert '"price": "878", "priceCurrency": "JPY"' in page


def test_prices_are_filtered_as_they_are_shown(client: Client, channel: SalesChannel) -> None:
    for code, price in (("a", 1000), ("b", 1001)):
        sell(channel, price, product=factories.product(code=code))
    factories.listing(factories.variant(product=factories.product(code="c")), channel, 1100)

    def found(query: str) -> list[str]:
        return sorted(one["code"] for one in get(client, f"/api/v1/products/?{query}")["results"])

    assert found("price_max=1100") == ["a", "c"]
    assert found("price_min=1101") == ["b"]
    assert found("price_max=1099") == []


def test_points_are_of_what_is_paid(client: Client, channel: SalesChannel) -> None:
    factories.programme(amount_per_point=100)
    sell(channel, 1000)

    (product,) = get(client)["results"]

    assert (product["points_from"], product["variants"][0]["points"]) == (11, 11)


def test_what_has_no_rate_today_cannot_be_shown_and_is_not(client: Client, channel: SalesChannel) -> None:
    variant = sell(channel, 1000, product=factories.product(code="gone"))
    TaxRate.objects.filter(tax_class=variant.tax_class).update(valid_until=timezone.now().date())

    assert get(client)["results"] == []
    assert client.get("/api/v1/products/gone/").status_code == 404


def post(client: Client, path: str, key: str, data: dict[str, Any]) -> Any:
    response = client.post(
        f"/api/v1/{path}", data, "application/json", headers={"Idempotency-Key": f"{key}-{path}"}
    )
    assert response.status_code in (200, 201), response.content
    return response.json()


def fill_cart(client: Client, channel: SalesChannel, wanted: dict[Variant, int]) -> str:
    """A cart of these variants, all in stock."""
    location = factories.location()
    factories.source(channel, location)
    cart: str = post(client, "carts/", "", {"channel": channel.code})["id"]
    for variant, quantity in wanted.items():
        factories.stock(variant, location, quantity)
        line = {"sku": variant.sku, "quantity": quantity, "kind": "SHIP"}
        post(client, f"carts/{cart}/lines/", variant.sku, line)
    return cart


def test_a_cart_tells_its_lines_with_tax(client: Client, channel: SalesChannel) -> None:
    cart = fill_cart(client, channel, {sell(channel, 333): 3})

    (line,) = get(client, f"/api/v1/carts/{cart}/")["lines"]

    assert (line["amount"], line["tax_inclusive"], line["amount_with_tax"]) == ("999", False, "1098")


def test_each_price_is_rounded_alone_and_an_order_once_for_each_rate(
    client: Client, channel: SalesChannel
) -> None:
    cart = fill_cart(client, channel, {sell(channel, 105): 1, sell(channel, 105): 1})

    lines = get(client, f"/api/v1/carts/{cart}/")["lines"]
    quote = post(client, f"carts/{cart}/quote/", "", {})

    # 10.5 yen of tax on each, but 21 on both.
    assert [line["amount_with_tax"] for line in lines] == ["115", "115"]
    assert (quote["lines_amount"], quote["tax_added"], quote["total"]) == ("210", "21", "231")
