"""A second click, or a form sent again, does nothing twice."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from kombu import Connection as Connecting

from catalog.models import Brand, Category, Component, Listing, Price, Product, Variant, VariantCode
from connectors import tasks
from connectors.models import Comparison, Connection, PushState
from inventory.models import ChannelSource
from omni.core.models import Claim
from omni.outbox.models import Event, Failure
from organisation.models import User
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff() -> User:
    return factories.user(is_staff=True, is_superuser=True)


@pytest.fixture
def office(client: Client, staff: User) -> Client:
    client.force_login(staff)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def twice(client: Client, url: str, /, **values: Any) -> tuple[Any, Any]:
    """Open a page once, and send what it asks for two times."""
    found = re.search(r'name="(_?key)" value="([0-9a-f-]{36})"', client.get(url).content.decode())
    assert found is not None, url
    sent = {found.group(1): found.group(2), **values}
    return client.post(url, sent), client.post(url, sent)


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def history_of(model: str) -> int:
    return int(apps.get_model("catalog", f"{model}Event").objects.count())


PRODUCT = {"kana": "", "category": "", "name_en": "", "description_ja": "", "description_en": ""}
NO_ROWS = {
    f"{prefix}-{name}_FORMS": "0"
    for prefix in ("variants", "codes", "components", "listings", "prices")
    for name in ("TOTAL", "INITIAL")
}


def test_a_product_is_made_once_and_changed_once(office: Client, staff: User) -> None:
    brand = Brand.objects.create(code="b", name={"ja": "銘"})
    values = {**PRODUCT, "code": "tea", "name_ja": "煎茶", "brand": str(brand.pk)}

    made, again = twice(office, page("catalog_product_add"), **values)
    product = Product.objects.get()
    assert (made.status_code, again.status_code) == (302, 302)
    assert made["Location"] == again["Location"]
    assert told(again)[-1] == "Nothing changed: this had been done already."

    changed = {**values, **NO_ROWS, "name_ja": "玉露"}
    twice(office, page("catalog_product_change", product.pk), **changed)
    product.refresh_from_db()
    assert (product.name, history_of("Product")) == ({"ja": "玉露"}, 1)
    claims = Claim.objects.filter(operation="save-catalog.product")
    assert list(claims.values_list("principal", flat=True)) == [f"user:{staff.pk}"] * 2


def test_the_key_of_a_form_serves_one_request(office: Client) -> None:
    brand = Brand.objects.create(code="b", name={"ja": "旧"})
    url = page("catalog_brand_change", brand.pk)
    (first, _again) = twice(office, url, code="b", name_ja="新", name_en="")
    key = Claim.objects.get().key

    refused = office.post(url, {"_key": key, "code": "b", "name_ja": "別", "name_en": ""})
    without = office.post(url, {"code": "b", "name_ja": "別", "name_en": ""})

    brand.refresh_from_db()
    assert (first.status_code, brand.name) == (302, {"ja": "新"})
    assert told(refused)[-1] == "This key was used for another request."
    assert without.status_code == 400


def test_a_refused_form_leaves_no_claim_and_can_be_mended(office: Client) -> None:
    url = page("catalog_brand_add")
    refused, _again = twice(office, url, code="b", name_ja="", name_en="New")
    assert (refused.status_code, Claim.objects.count(), Brand.objects.count()) == (200, 0, 0)

    key = refused.context["form_key"]
    mended = office.post(url, {"_key": key, "code": "b", "name_ja": "新", "name_en": "New"})

    assert (mended.status_code, Brand.objects.get().name) == (302, {"ja": "新", "en": "New"})


def test_a_category_is_hung_elsewhere_once(office: Client) -> None:
    food, tea = factories.category(), factories.category()

    twice(office, page("catalog_category_change", tea.pk), name_ja="茶", name_en="", parent=str(food.pk))

    moved = Category.objects.get(pk=tea.pk)
    assert (moved.parent, moved.path) == (food, f"{food.path}/{tea.code}")
    assert Claim.objects.count() == 1


def test_a_source_is_set_and_said_once(office: Client) -> None:
    channel, shop = factories.channel(), factories.location()

    values = {
        "channel": channel.pk,
        "location": shop.pk,
        "priority": "3",
        "active": "on",
        "gives": "ALL",
        "amount": "0",
    }
    twice(office, page("inventory_channelsource_add"), **values)

    assert ChannelSource.objects.get().priority == 3
    assert Event.objects.filter(type="inventory.sourcing-changed.v1").count() == 1


Case = tuple[str, Any, dict[str, Any], Callable[[], Any], Any]


def catalogue_actions() -> dict[str, Case]:
    """For each action: its page, what it asks, what it leaves behind, and that once."""
    variant, channel = factories.variant(sku="TEA"), factories.channel(code="ec")
    tax = variant.tax_class_id
    code = factories.code(variant, "4901777018884")
    told_ = Event.objects.filter(type="catalog.listing-changed.v1")
    return {
        "add_code": (
            "variant",
            variant,
            {"kind": "JAN", "value": "4901777018891", "quantity": "1"},
            VariantCode.objects.count,
            2,
        ),
        "set_price": (
            "variant",
            variant,
            {"channel": channel.pk, "price": "900", "tax_inclusive": "on"},
            lambda: (Listing.objects.count(), told_.count()),
            (1, 1),
        ),
        "decide_price": (
            "variant",
            variant,
            {"kind": "SALE", "currency": "JPY", "price": "700", "tax_inclusive": "on"},
            lambda: Price.objects.filter(kind="SALE", amount=700, channel=None).count(),
            1,
        ),
        "end_listing": ("variant", variant, {"channel": channel.pk}, told_.count, 2),
        "archive": ("variant", variant, {}, lambda: history_of("Variant"), 1),
        "add_variant": (
            "product",
            variant.product,
            {"sku": "TEA-2", "name_ja": "", "name_en": "", "tax_class": tax},
            Variant.objects.count,
            2,
        ),
        "archive_product": ("product", variant.product, {}, lambda: history_of("Product"), 1),
        "remove": ("variantcode", code, {}, lambda: history_of("VariantCode"), 1),
    }


def test_each_action_on_the_catalogue_is_done_once(office: Client) -> None:
    for name, (model, row, values, left, expected) in catalogue_actions().items():
        url = page(f"catalog_{model}_{name.removesuffix('_product')}", row.pk)

        first, second = twice(office, url, **values)

        assert (first.status_code, second.status_code) == (302, 302), name
        assert left() == expected, name
        assert len(set(told(second)[-1:])) == 1


@pytest.fixture
def ec() -> Connection:
    return Connection.objects.create(
        code="ec", name="EC", channel=factories.channel(), url="http://127.0.0.1:1", secret="whsec_c2VjcmV0"
    )


RUNNING = "It is being compared; what comes of it stands here under “last comparison”."


def test_a_comparison_is_asked_for_once_and_run_elsewhere(office: Client, ec: Connection) -> None:
    first, second = twice(office, page("connectors_connection_compare", ec.pk))

    comparison = Comparison.objects.get()
    assert (comparison.finished_at, ec.compared_at) == (None, None)
    assert told(first)[-1] == told(second)[-1] == RUNNING
    shown = office.get(page("connectors_connection_change", ec.pk)).content.decode()
    assert "running since" in shown


def test_a_click_on_what_has_ended_tells_how(office: Client, ec: Connection) -> None:
    url = page("connectors_connection_compare", ec.pk)
    twice(office, url)
    asked = Comparison.objects.get()

    tasks.compare(connection_id=ec.pk)
    again = office.post(url, {"key": Claim.objects.get().key})

    ended = Comparison.objects.get()
    assert (ended.pk, ended.finished_at is None) == (asked.pk, False)
    assert told(again)[-1].startswith("The other side could not be read:")
    shown = office.get(page("connectors_connection_change", ec.pk)).content.decode()
    assert "The other side could not be read:" in shown


def test_another_click_joins_the_comparison_that_runs(office: Client, ec: Connection) -> None:
    url = page("connectors_connection_compare", ec.pk)

    twice(office, url)
    twice(office, url)

    assert Comparison.objects.count() == 1
    assert Claim.objects.filter(operation="compare").count() == 2


def test_a_comparison_can_be_asked_for_while_the_queue_is_away(
    office: Client, ec: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Connecting("redis://127.0.0.1:1/0", transport_options={"max_retries": 0}) as away:
        monkeypatch.setattr(tasks.compare, "apply_async", partial(tasks.compare.apply_async, connection=away))

        first, _second = twice(office, page("connectors_connection_compare", ec.pk))

    assert told(first)[-1] == RUNNING
    assert Comparison.objects.get().finished_at is None


def test_dead_letters_are_replayed_once(office: Client, ec: Connection) -> None:
    state = PushState.objects.create(connection=ec, variant=factories.variant(), dead_at=NOW, tries=8)
    url = page("connectors_connection_replay", ec.pk)

    first, _second = twice(office, url)
    assert told(first)[-1] == "1 push is tried again."
    # It failed again since: the first page's key does not replay that.
    PushState.objects.filter(pk=state.pk).update(dead_at=NOW, tries=8)
    again = office.post(url, {"key": Claim.objects.get().key})

    state.refresh_from_db()
    assert (again.status_code, state.dead_at, state.tries) == (302, NOW, 8)


@pytest.mark.parametrize(("action", "left"), [("retry", (0, None)), ("drop", (8, "dead"))])
def test_a_failed_delivery_is_settled_once(office: Client, action: str, left: tuple[int, Any]) -> None:
    event = Event.objects.create(
        type="t.v1", aggregate="a:1", payload={}, occurred_at=NOW, actor="system:test"
    )
    failure = Failure.objects.create(
        event=event, consumer="c", tries=8, error="e", failed_at=NOW, next_try_at=NOW
    )
    url = page(f"outbox_failure_{action}", failure.pk)

    twice(office, url)
    failure.refresh_from_db()
    assert (failure.tries, failure.dead_at and "dead") == left
    # What happened since is not undone by the first page's key.
    Failure.objects.filter(pk=failure.pk).update(tries=5, dead_at=None)
    office.post(url, {"key": Claim.objects.get().key})

    failure.refresh_from_db()
    assert (failure.tries, failure.dead_at) == (5, None)


def options_of(client: Client, variant: Variant, *rows: tuple[str, str]) -> Any:
    values = {
        "name_ja": "紺",
        "name_en": "",
        "tax_class": variant.tax_class_id,
        "keeps_stock": "on",
        "stock_unit": "piece",
        "temperature": "AMBIENT",
        "position": "0",
        "options-name": [name for name, _value in rows],
        "options-value": [value for _name, value in rows],
    }
    return twice(client, page("catalog_variant_change", variant.pk), **NO_ROWS, **values)[0]


def test_options_are_edited_row_by_row(office: Client) -> None:
    variant = factories.variant()

    done = options_of(office, variant, ("colour", " NV "), ("size", "M"), ("", ""))

    variant.refresh_from_db()
    assert (done.status_code, variant.options) == (302, {"colour": "NV", "size": "M"})
    text = office.get(page("catalog_variant_change", variant.pk)).content.decode()
    assert 'name="options-name" value="colour"' in text
    assert "{&quot;colour" not in text
    options_of(office, variant, ("size", "L"), ("", ""))
    variant.refresh_from_db()
    assert variant.options == {"size": "L"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [("size", "M"), ("colour", "")],
            "Row 2 (colour): the value must be text of 1 to 100 characters without ;.",
        ),
        ([("", "M")], "Row 1 (–): the name must be text of 1 to 32 characters without = and ;."),
        ([("a=b", "M")], "Row 1 (a=b): the name must be text of 1 to 32 characters without = and ;."),
        ([("size", "M"), ("size", "L")], "Row 2 (size): this name stands there twice."),
        ([("size", "M"), ("ＳＩＺＥ", "L")], "Row 2 (ＳＩＺＥ): this name stands there twice."),
        ([(f"n{n}", "x") for n in range(11)], "Row 11 (n10): there are more than 10."),
    ],
)
def test_an_option_that_breaks_a_rule_is_named_with_it(
    office: Client, rows: list[tuple[str, str]], message: str
) -> None:
    variant = factories.variant()

    refused = options_of(office, variant, *rows)

    variant.refresh_from_db()
    assert refused.context["adminform"].form.errors["options"] == [message]
    assert (variant.options, Claim.objects.count()) == ({}, 0)
    # What was typed is still there.
    assert f'value="{rows[0][1]}"' in refused.content.decode()


def test_a_bundle_is_made_once(office: Client, staff: User) -> None:
    tea, cup, box = factories.variant(sku="TEA"), factories.variant(sku="CUP"), factories.variant()
    factories.code(cup, "4901234567894", quantity=6)
    url = page("catalog_variant_set_components", box.pk)

    twice(office, url, components="TEA 2\n4901234567894")

    rows = Component.objects.order_by("pk").values_list("bundle", "component", "quantity")
    assert list(rows) == [(box.pk, tea.pk, 2), (box.pk, cup.pk, 6)]
    claims = Claim.objects.filter(operation="set-components")
    assert list(claims.values_list("principal", flat=True)) == [f"user:{staff.pk}"]
    assert office.get(url).context["form"]["components"].value() == "CUP 6\nTEA 2"


def test_a_bundle_of_bundles_is_refused_in_the_form(office: Client) -> None:
    box, chest = factories.bundle((factories.variant(), 1), sku="BOX"), factories.variant()

    refused, _again = twice(office, page("catalog_variant_set_components", chest.pk), components="BOX 1")

    assert refused.status_code == 422
    assert "BOX" in str(refused.context["form"].non_field_errors())
    assert list(Component.objects.values_list("bundle", flat=True)) == [box.pk]
