"""The price book in the admin: set, explained, ended, and as a file."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Listing, Price, Variant
from organisation.models import SalesChannel, User
from tests import factories
from tests.backoffice.test_admin_actions import act, page, told
from tests.backoffice.test_admin_sheets import confirm, errors, exported, rows, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(client: Client) -> Client:
    staff: User = factories.user(is_staff=True, is_superuser=True)
    client.force_login(staff)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def tills() -> SalesChannel:
    return factories.channel(code="stores", kind="STORE", name={"en": "Stores", "ja": "店舗"})


@pytest.fixture
def tea(tills: SalesChannel) -> Variant:
    variant = factories.variant(sku="TEA")
    factories.listing(variant, tills, 1000)
    return variant


def decide(office: Client, variant: Variant, **values: Any) -> Any:
    given = {"kind": "REGULAR", "currency": "JPY", "tax_inclusive": "on", **values}
    return act(office, page("catalog_variant_decide_price", variant.pk), **given)


def test_a_variants_page_says_which_price_applies_where_and_why(
    office: Client, tea: Variant, tills: SalesChannel
) -> None:
    shop = factories.location(name={"en": "Ginza", "ja": "銀座"})
    decide(office, tea, price="800", channel=tills.pk, kind="SALE")
    decide(office, tea, price="700", location=shop.pk)

    shown = office.get(page("catalog_variant_change", tea.pk)).content.decode()

    for text in ("Stores / Ginza", "¥800", "¥700", "the channel's own sale", "the shop's own price"):
        assert text.replace("'", "&#x27;") in shown or text in shown
    assert list(Price.objects.order_by("pk").values_list("amount", flat=True)) == [1000, 800, 700]


def test_a_price_needs_one_place_and_its_currency(office: Client, tea: Variant, tills: SalesChannel) -> None:
    factories.channel(currency="USD")
    shop = factories.location()

    both = decide(office, tea, price="800", channel=tills.pk, location=shop.pk)
    other = decide(office, tea, price="8", channel=tills.pk, currency="USD")

    assert "Either a channel or a shop, not both." in both.content.decode()
    assert "Prices there are in JPY." in other.content.decode()
    assert Price.objects.count() == 1


def test_what_the_service_refuses_is_told(office: Client, tea: Variant, tills: SalesChannel) -> None:
    values = {"price": "800", "channel": tills.pk, "kind": "SALE"}
    decide(office, tea, **values)

    again = decide(office, tea, **values)

    assert "There already is a price of this kind at that time." in again.content.decode() + told(again)
    assert Price.objects.count() == 2


def test_a_sale_is_ended_and_the_regular_price_comes_back(
    office: Client, tea: Variant, tills: SalesChannel
) -> None:
    decide(office, tea, price="800", channel=tills.pk, kind="SALE")
    sale = Price.objects.get(kind="SALE")

    act(office, page("catalog_price_end", sale.pk))

    now = timezone.now()
    assert Listing.objects.valid_at(now).get().price == 1000
    assert list(Listing.objects.filter(reduced=True).values_list("price", flat=True)) == [800]
    sale.refresh_from_db()
    assert sale.valid_until is not None
    assert sale.valid_until <= now


def test_prices_go_out_and_come_in_as_a_file(office: Client, tea: Variant, tills: SalesChannel) -> None:
    shop = factories.location(code="ginza")
    begins = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    head = "sku,currency,channel,location,kind,price,tax_inclusive,valid_from,valid_until"
    ends = begins + timedelta(days=7)
    lines = [
        f"TEA,JPY,,,REGULAR,1200,TRUE,{begins.isoformat()},",
        f"TEA,JPY,stores,,SALE,900,TRUE,{begins.isoformat()},{ends.isoformat()}",
        "TEA,JPY,,ginza,REGULAR,950,TRUE,,",
    ]
    preview = upload(office, "catalog_price", "\n".join([head, *lines]).encode())

    confirm(office, "catalog_price", preview)

    assert set(Price.objects.values_list("channel__code", "location__code", "kind", "amount")) == {
        ("stores", None, "REGULAR", Decimal(1000)),
        (None, None, "REGULAR", Decimal(1200)),
        ("stores", None, "SALE", Decimal(900)),
        (None, "ginza", "REGULAR", Decimal(950)),
    }
    assert shop.prices.get().decided_by.startswith("user:")
    # The file that goes out comes in without effect.
    again = exported(office, "catalog_price")
    assert len(rows(again)) == 4
    confirm(office, "catalog_price", upload(office, "catalog_price", again))
    assert Price.objects.count() == 4


def test_a_file_is_refused_by_row_and_column(office: Client, tea: Variant) -> None:
    factories.channel(code="us", currency="USD")
    past = (timezone.now() - timedelta(days=1)).isoformat()
    head = "sku,currency,channel,location,kind,price,valid_from"
    lines = [
        "TEA,JPY,us,,REGULAR,9,",
        "TEA,JPY,,,DEAL,900,",
        f"TEA,JPY,,,REGULAR,900,{past}",
        "TEA,JPY,,,SALE,99.5,",
    ]

    found = errors(upload(office, "catalog_price", "\n".join([head, *lines]).encode()))

    assert {line: list(told_) for line, told_ in found.items()} == {
        1: ["currency"],
        2: ["kind"],
        3: ["valid_from"],
        4: ["price"],
    }
    assert Price.objects.count() == 1
