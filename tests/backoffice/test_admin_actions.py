"""Staff's actions: they ask, call the service once, and say what changed."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from catalog.models import Brand, Listing
from connectors.models import Connection, PushState
from inventory.models import Discrepancy, StockDocument, StockEntry, StockLevel
from loyalty.models import PointAccount, PointTransaction
from omni.outbox.models import Event, Failure
from orders.models import Fulfilment, Order, Return
from organisation.models import ApiKey, User
from organisation.selectors import find_api_key
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place

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


def key_of(client: Client, url: str) -> str:
    """The key that the action's page carries."""
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', client.get(url).content.decode())
    assert found is not None
    return found.group(1)


def act(client: Client, url: str, /, **values: Any) -> Any:
    """Open the action's page, fill it in, submit."""
    return client.post(url, {"key": key_of(client, url), **values})


def save(client: Client, url: str, /, **values: Any) -> Any:
    """Open a change form, fill it in, submit."""
    return client.post(url, {"_key": form_key(client, url), **values})


def form_key(client: Client, url: str) -> str:
    """The key that a change form carries."""
    found = re.search(r'name="_key" value="([0-9a-f-]{36})"', client.get(url).content.decode())
    assert found is not None
    return found.group(1)


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_an_adjustment_moves_the_stock_and_says_before_and_after(office: Client, staff: User) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)

    done = act(
        office,
        page("inventory_stocklevel_adjust", level.pk),
        bucket="ON_HAND",
        delta="-3",
        reason="shrinkage",
        note="shelf",
    )

    level.refresh_from_db()
    entry = StockEntry.objects.order_by("-id")[0]
    assert (level.on_hand, entry.delta, entry.reason, entry.actor) == (7, -3, "shrinkage", f"user:{staff.pk}")
    assert "on hand: 10 → 7" in told(done)


def test_the_second_click_repeats_nothing(office: Client) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)
    url = page("inventory_stocklevel_receive", level.pk)
    values = {"key": key_of(office, url), "quantity": "5", "note": ""}

    office.post(url, values)
    again = office.post(url, values)

    level.refresh_from_db()
    assert level.on_hand == 15
    assert StockDocument.objects.filter(kind="RECEIPT").count() == 1
    assert "already" in told(again)


def test_another_request_under_the_same_key_is_refused(office: Client) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)
    url = page("inventory_stocklevel_receive", level.pk)
    key = key_of(office, url)
    office.post(url, {"key": key, "quantity": "5"})

    refused = office.post(url, {"key": key, "quantity": "6"})

    level.refresh_from_db()
    assert (refused.status_code, level.on_hand) == (422, 15)
    assert "This key was used for another request." in refused.content.decode()


def test_a_form_without_what_it_asks_names_field_and_rule_and_writes_nothing(office: Client) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)

    refused = act(
        office, page("inventory_stocklevel_adjust", level.pk), bucket="ON_HAND", delta="0", reason=""
    )

    assert refused.status_code == 422
    assert refused.context["form"].errors == {
        "delta": ["The change can't be zero."],
        "reason": ["This field is required."],
    }
    assert StockDocument.objects.filter(kind="ADJUSTMENT").count() == 0


def test_what_the_service_refuses_is_told_with_its_figures(office: Client) -> None:
    level = factories.stock(factories.variant(sku="TEA-1"), factories.location(), 2)
    elsewhere = factories.location()

    refused = act(
        office, page("inventory_stocklevel_transfer", level.pk), destination=elsewhere.pk, quantity="3"
    )

    level.refresh_from_db()
    assert (refused.status_code, level.on_hand) == (422, 2)
    text = refused.content.decode()
    assert all(
        part in text for part in ("There is not enough stock.", "TEA-1", "requested: 3", "available: 2")
    )


def test_a_transfer_moves_stock_to_the_other_location(office: Client) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    elsewhere = factories.location()

    act(office, page("inventory_stocklevel_transfer", level.pk), destination=elsewhere.pk, quantity="2")

    level.refresh_from_db()
    assert level.on_hand == 3
    assert StockLevel.objects.get(location=elsewhere).on_hand == 2


def test_safety_stock_is_set(office: Client) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)

    done = act(office, page("inventory_stocklevel_set_safety_stock", level.pk), quantity="4")

    level.refresh_from_db()
    assert level.safety_stock == 4
    assert "safety stock: 0 → 4" in told(done)


def test_a_delivery_is_read_by_jan_and_sku_and_booked_once(office: Client) -> None:
    tea, cup, shop = factories.variant(), factories.variant(sku="CUP-1"), factories.location()
    factories.code(tea, "4901234567894", quantity=6)
    url = page("inventory_stocklevel_receive_delivery")

    done = act(office, url, location=shop.pk, number="D-1", lines="４９０１２３４５６７８９４ 2\nCUP-1,3\n")
    refused = act(office, url, location=shop.pk, number="D-1", lines="CUP-1")

    assert done.status_code == 302
    assert StockLevel.objects.get(variant=tea).on_hand == 12
    assert StockLevel.objects.get(variant=cup).on_hand == 3
    assert "This document has already been posted." in refused.content.decode()


def test_a_delivery_with_an_unknown_code_is_refused_by_name(office: Client) -> None:
    url = page("inventory_stocklevel_receive_delivery")

    refused = act(office, url, location=factories.location().pk, lines="NOBODY 1")

    assert refused.context["form"].errors["lines"] == ["Nothing is known by: NOBODY"]
    assert StockDocument.objects.count() == 0


def test_a_discrepancy_is_resolved_with_what_was_done(office: Client, staff: User) -> None:
    row = Discrepancy.objects.create(
        kind="BELOW_ZERO",
        variant=factories.variant(),
        location=factories.location(),
        quantity=1,
        source="sale:1",
        opened_at=NOW,
        actor="system:test",
    )

    act(office, page("inventory_discrepancy_resolve", row.pk), resolution="counted again")

    row.refresh_from_db()
    assert (row.status, row.resolution, row.actor) == ("RESOLVED", "counted again", f"user:{staff.pk}")


def test_points_are_given_with_a_reason(office: Client, staff: User) -> None:
    factories.programme()
    member = factories.member("2900000000001")

    done = act(
        office,
        page("loyalty_pointaccount_adjust_member"),
        member="2900000000001",
        points="50",
        reason="apology",
    )

    account = PointAccount.objects.get(customer=member)
    posted = PointTransaction.objects.get()
    assert (account.balance, posted.reason, posted.actor) == (50, "apology", f"user:{staff.pk}")
    assert "0 → 50" in told(done)


def test_more_points_than_there_are_can_not_be_taken(office: Client) -> None:
    site = Site()
    account = PointAccount.objects.get(customer=site.member(points=30))

    refused = act(
        office, page("loyalty_pointaccount_adjust_points", account.pk), points="-31", reason="error"
    )

    account.refresh_from_db()
    assert (refused.status_code, account.balance) == (422, 30)
    assert "There are not enough points." in refused.content.decode()


def placed(site: Site, quantity: int = 2) -> Order:
    tea = site.item(1100, stock=10)
    return Order.objects.get(number=place(site.cart((tea, quantity))).number)


def test_an_order_is_shipped_and_comes_back_by_its_number(office: Client) -> None:
    site = Site()
    order = placed(site)
    part = Fulfilment.objects.get(order=order)

    act(office, page("orders_fulfilment_complete", part.pk), line_1="2", tracking_number="4567")
    part.refresh_from_db()
    order.refresh_from_db()
    assert (part.status, part.tracking_number, order.status) == ("COMPLETED", "4567", "COMPLETED")

    found = act(office, page("orders_return_take_back"), number=order.number)
    done = act(
        office,
        found["Location"],
        location=site.warehouse.pk,
        line_1="1",
        restock="yes",
        reason="size",
        note="S",
    )

    returned = Return.objects.get(order=order)
    assert (returned.refund_amount, returned.reason, returned.location) == (1100, "size: S", site.warehouse)
    assert StockLevel.objects.get(location=site.warehouse).on_hand == 9
    assert "refund: ¥1,100" in told(done)


def test_no_more_comes_back_than_was_handed_over(office: Client) -> None:
    site = Site()
    order = placed(site)
    part = Fulfilment.objects.get(order=order)
    act(office, page("orders_fulfilment_complete", part.pk), line_1="1", tracking_number="")

    refused = act(
        office,
        page("orders_order_take_back", order.pk),
        location=site.warehouse.pk,
        line_1="2",
        restock="yes",
        reason="size",
    )

    assert refused.status_code == 422
    assert "line_1" in refused.context["form"].errors
    assert Return.objects.count() == 0


def test_a_placed_order_is_cancelled(office: Client) -> None:
    site = Site()
    order = placed(site)

    done = act(office, page("orders_order_cancel", order.pk), reason="customer")

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("CANCELLED", "customer")
    assert StockLevel.objects.get(location=site.warehouse).reserved == 0
    assert "placed → cancelled" in told(done)


def test_a_key_is_shown_once_and_made_once(office: Client) -> None:
    url = page("organisation_apikey_create")
    values = {"key": key_of(office, url), "name": "till 9", "scopes": ["till"]}

    first, second = office.post(url, values), office.post(url, values)

    secret = re.search(r'omni-secret" lang="en">([\w-]{40,})<', first.content.decode())
    assert secret is not None
    key = find_api_key(secret.group(1))
    assert key is not None
    assert key.name == "till 9"
    assert ApiKey.objects.count() == 1
    assert secret.group(1) not in second.content.decode()
    assert "no-store" in first["Cache-Control"]

    act(office, page("organisation_apikey_revoke", key.pk))
    assert find_api_key(secret.group(1)) is None


def test_a_price_is_set_where_it_is_sold(office: Client) -> None:
    variant, channel = factories.variant(), factories.channel()
    factories.listing(variant, channel, 1000)

    done = act(
        office,
        page("catalog_variant_set_price", variant.pk),
        channel=channel.pk,
        price="900",
        tax_inclusive="on",
    )

    assert Listing.objects.get(variant=variant, valid_until=None).price == 900
    assert "¥1,000 → ¥900" in told(done)


def test_a_code_with_a_wrong_check_digit_is_refused_at_its_field(office: Client) -> None:
    variant = factories.variant()

    refused = act(
        office, page("catalog_variant_add_code", variant.pk), kind="JAN", value="4901234567890", quantity="1"
    )

    assert refused.status_code == 422
    assert "check-digit" in refused.context["form"].errors["value"][0]
    assert variant.codes.count() == 0


def test_dead_pushes_are_replayed(office: Client) -> None:
    connection = Connection.objects.create(
        code="ec", name="EC", channel=factories.channel(), url="http://127.0.0.1:1", secret="whsec_c2VjcmV0"
    )
    state = PushState.objects.create(connection=connection, variant=factories.variant(), dead_at=NOW, tries=8)

    act(office, page("connectors_connection_replay", connection.pk))

    state.refresh_from_db()
    assert (state.dead_at, state.tries) == (None, 0)


def test_a_failed_delivery_is_tried_again_or_given_up(office: Client) -> None:
    event = Event.objects.create(
        type="t.v1", aggregate="a:1", payload={}, occurred_at=NOW, actor="system:test"
    )
    failure = Failure.objects.create(
        event=event, consumer="c", tries=8, error="e", failed_at=NOW, next_try_at=NOW, dead_at=NOW
    )

    act(office, page("outbox_failure_retry", failure.pk))
    failure.refresh_from_db()
    assert (failure.dead_at, failure.tries) == (None, 0)

    act(office, page("outbox_failure_drop", failure.pk))
    failure.refresh_from_db()
    assert failure.dead_at is not None


def test_a_secret_never_comes_out_and_stays_when_left_empty(office: Client) -> None:
    connection = Connection.objects.create(
        code="ec", name="EC", channel=factories.channel(), url="http://127.0.0.1:1", secret="whsec_c2VjcmV0"
    )
    url = page("connectors_connection_change", connection.pk)
    assert "whsec_c2VjcmV0" not in office.get(url).content.decode()

    values = {
        "code": "ec",
        "name": "New",
        "kind": "webhook",
        "channel": connection.channel_id,
        "url": "http://127.0.0.1:1",
        "secret": "",
        "active": "on",
        "pushes_per_second": "10",
        "batch_size": "10",
    }
    done = save(office, url, **values)

    connection.refresh_from_db()
    assert (done.status_code, connection.name, connection.secret) == (302, "New", "whsec_c2VjcmV0")


def test_names_are_edited_language_by_language(office: Client) -> None:
    brand = Brand.objects.create(code="b", name={"ja": "旧", "en": "Old"})
    url = page("catalog_brand_change", brand.pk)
    text = office.get(url).content.decode()
    assert 'name="name_ja" value="旧"' in text
    assert 'name="name_en" value="Old"' in text

    refused = save(office, url, code="b", name_ja="", name_en="New")
    save(office, url, code="b", name_ja="新", name_en="")

    brand.refresh_from_db()
    assert refused.status_code == 200
    assert brand.name == {"ja": "新"}


def test_a_product_that_is_saved_is_found_by_its_new_name(office: Client) -> None:
    product = factories.product()
    values = {
        "name_ja": "抹茶ラテ",
        "name_en": "",
        "kana": "マッチャラテ",
        "brand": product.brand_id,
        "category": "",
        "variants-TOTAL_FORMS": "0",
        "variants-INITIAL_FORMS": "0",
        "description_ja": "",
        "description_en": "",
    }

    saved = save(office, page("catalog_product_change", product.pk), **values)

    assert saved.status_code == 302
    assert urlsplit(saved["Location"]).path == page("catalog_product_changelist")
    for term in ("抹茶", "ﾏｯﾁｬ", "まっちゃらて"):
        found = office.get(page("catalog_product_changelist"), {"q": term}).context["cl"].result_list
        assert [row.pk for row in found] == [product.pk], term


def connection_values(connection: Connection, **changes: str) -> dict[str, object]:
    return {
        "code": connection.code,
        "name": "New",
        "kind": connection.kind,
        "channel": connection.channel_id,
        "url": connection.url,
        "secret": "",
        "settings": "{}",
        "active": "on",
        "pushes_per_second": "10",
        "batch_size": "10",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"settings": '{"warehouse": "main"}'}, "settings", "warehouse"),
        ({"settings": "no JSON"}, "settings", "JSON"),
        ({"kind": "nowhere"}, "kind", "nowhere"),
        ({"url": ""}, "url", ""),
    ],
)
def test_what_a_kind_does_not_take_is_said_at_its_field(
    office: Client, changes: dict[str, str], field: str, told: str
) -> None:
    connection = Connection.objects.create(
        code="ec", name="EC", channel=factories.channel(), url="http://127.0.0.1:1", secret="whsec_c2VjcmV0"
    )
    url = page("connectors_connection_change", connection.pk)

    refused = save(office, url, **connection_values(connection, **changes))

    errors = refused.context["adminform"].form.errors
    connection.refresh_from_db()
    assert (refused.status_code, list(errors), connection.name) == (200, [field], "EC")
    assert told in str(errors[field])


def test_a_connection_is_paused_for_a_reason_and_resumed(office: Client) -> None:
    connection = Connection.objects.create(
        code="ec", name="EC", channel=factories.channel(), url="http://127.0.0.1:1", secret="whsec_c2VjcmV0"
    )
    url = page("connectors_connection_pause", connection.pk)
    assert act(office, url, reason="").status_code == 422

    act(office, url, reason="their stock-take")
    assert (connection.pauses.get().reason, connection.pauses.get().resumed_at) == ("their stock-take", None)

    act(office, page("connectors_connection_resume", connection.pk))
    assert connection.pauses.get().resumed_at is not None
