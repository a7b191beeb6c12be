"""Staff see the locations and functions of their roles, nothing else; books can't be touched."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from inventory.models import StockDocument, StockEntry, StockLevel
from omni.core.admin import ReadOnlyAdmin
from organisation.models import Location, StaffAssignment
from organisation.roles import reach
from tests import factories
from tests.backoffice.scene import order_of, populate

pytestmark = pytest.mark.django_db


KEY = "01931d9e-0000-7000-8000-000000000000"
# At the own shop: what each role is given, so that a 404 elsewhere is not everywhere.
ALLOWED = {
    ("CLERK", "receive"): 200,
    **{("CLERK", action): 403 for action in ("adjust", "transfer", "set_safety_stock")},
    **{("MANAGER", action): 200 for action in ("adjust", "receive", "transfer", "set_safety_stock")},
}


def signed_in(client: Client, role: str, location: Location | None) -> Client:
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role=role, location=location)
    client.force_login(user)
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def listed(client: Client, name: str) -> set[int]:
    return {row.pk for row in client.get(page(f"{name}_changelist")).context["cl"].result_list}


def test_a_clerk_sees_the_stock_of_her_shop_alone(client: Client) -> None:
    mine, theirs = factories.location(), factories.location()
    level, other = (factories.stock(factories.variant(), place, 5) for place in (mine, theirs))
    signed_in(client, "CLERK", mine)

    assert listed(client, "inventory_stocklevel") == {level.pk}
    assert listed(client, "inventory_stockentry") == set(
        StockEntry.objects.filter(location=mine).values_list("pk", flat=True)
    )
    assert client.get(page("inventory_stocklevel_change", level.pk)).status_code == 200
    assert client.get(page("inventory_stocklevel_change", other.pk)).status_code == 404


@pytest.mark.parametrize("action", ["adjust", "receive", "transfer", "set_safety_stock"])
@pytest.mark.parametrize("role", ["CLERK", "MANAGER"])
def test_nobody_moves_stock_of_another_shop_by_any_url(client: Client, role: str, action: str) -> None:
    mine, theirs = factories.location(), factories.location()
    other = factories.stock(factories.variant(), theirs, 5)
    signed_in(client, role, mine)
    url = page(f"inventory_stocklevel_{action}", other.pk)
    values = {
        "key": KEY,
        "bucket": "ON_HAND",
        "delta": "1",
        "quantity": "1",
    }

    own = factories.stock(factories.variant(), mine, 5)

    answers = {client.get(url).status_code, client.post(url, {**values, "reason": "other"}).status_code}

    other.refresh_from_db()
    assert answers == {404}
    assert client.get(page(f"inventory_stocklevel_{action}", own.pk)).status_code == ALLOWED[role, action]
    assert (other.on_hand, StockDocument.objects.exclude(kind="OPENING").count()) == (5, 0)


def test_a_clerk_may_not_do_what_is_the_managers(client: Client) -> None:
    shop = factories.location()
    level = factories.stock(factories.variant(), shop, 5)
    signed_in(client, "CLERK", shop)
    url = page("inventory_stocklevel_set_safety_stock", level.pk)

    assert client.get(url).status_code == 403
    assert client.post(url, {"quantity": "1"}).status_code == 403
    assert (
        "set-safety-stock" not in client.get(page("inventory_stocklevel_change", level.pk)).content.decode()
    )


def test_deliveries_are_received_at_ones_own_shop(client: Client) -> None:
    mine, theirs = factories.location(), factories.location()
    signed_in(client, "CLERK", mine)

    form = client.get(page("inventory_stocklevel_receive_delivery")).context["form"]

    assert list(form.fields["location"].queryset) == [mine]
    assert theirs not in form.fields["location"].queryset


def test_a_shop_sees_the_orders_that_it_sold_or_hands_over(client: Client) -> None:
    mine, theirs, channel = factories.location(), factories.location(), factories.channel()
    variant = factories.variant()
    sold = order_of(variant, location=mine, channel=channel)
    handed = order_of(variant, location=None, channel=channel)
    handed.fulfilments.create(kind="PICKUP", status="READY", location=mine, created_at=handed.placed_at)
    strange = order_of(variant, location=theirs, channel=channel)
    signed_in(client, "CLERK", mine)

    assert listed(client, "orders_order") == {sold.pk, handed.pk}
    assert client.get(page("orders_order_change", strange.pk)).status_code == 404
    assert client.get(page("orders_orderline_change", strange.lines.get().pk)).status_code == 404


def test_headquarters_see_every_shop(client: Client) -> None:
    levels = {factories.stock(factories.variant(), factories.location(), 1).pk for _ in range(2)}
    signed_in(client, "HEADQUARTERS", None)

    assert listed(client, "inventory_stocklevel") == levels


def test_staff_without_a_role_see_nothing_but_the_home_page(client: Client) -> None:
    client.force_login(factories.user(is_staff=True))

    assert client.get(page("index")).status_code == 200
    assert client.get(page("inventory_stocklevel_changelist")).status_code == 403


def test_shoppers_are_sent_away(client: Client) -> None:
    client.force_login(factories.user())

    assert client.get(page("index")).status_code == 302


def test_roles_reach_only_their_own_locations() -> None:
    user, one, two = factories.user(is_staff=True), factories.location(), factories.location()
    StaffAssignment.objects.create(user=user, role="CLERK", location=one)
    StaffAssignment.objects.create(user=user, role="MANAGER", location=two)

    assert reach(user, "inventory.receive") == {one.pk, two.pk}
    assert reach(user, "inventory.adjust") == {two.pk}
    assert reach(user, "loyalty.adjust_points") == frozenset()


def test_read_only_books_refuse_adding_changing_and_deleting_by_url(client: Client) -> None:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    populate(1)
    screens = [screen for screen in admin.site._registry.values() if isinstance(screen, ReadOnlyAdmin)]
    assert len(screens) > 40

    for screen in screens:
        base = f"{screen.opts.app_label}_{screen.opts.model_name}"
        row = screen.model._default_manager.first()
        assert row is not None
        answers = [
            client.get(page(f"{base}_add")).status_code,
            client.post(page(f"{base}_add"), {}).status_code,
            client.post(page(f"{base}_change", row.pk), {"note": "x"}).status_code,
            client.post(page(f"{base}_delete", row.pk), {"post": "yes"}).status_code,
        ]
        assert answers == [403] * 4, base
        assert screen.model._default_manager.filter(pk=row.pk).exists()


def test_what_others_refer_to_can_not_be_deleted(client: Client) -> None:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    level = factories.stock(factories.variant(), factories.location(), 1)
    product = level.variant.product
    used = [
        ("organisation_location", level.location),
        ("catalog_brand", product.brand),
        ("catalog_taxclass", level.variant.tax_class),
    ]

    for name, row in used:
        assert client.post(page(f"{name}_delete", row.pk), {"post": "yes"}).status_code == 403, name
    assert StockLevel.objects.get(pk=level.pk).location == level.location


def test_a_rate_that_has_begun_is_not_rewritten(client: Client) -> None:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    rate = factories.tax_class().rates.first()
    assert rate is not None

    values = {"_key": KEY, "rate": "0.0000", "valid_until": "2030-01-01"}
    client.post(page("catalog_taxrate_change", rate.pk), values)

    was = rate.rate
    rate.refresh_from_db()
    assert (rate.rate, str(rate.valid_until)) == (was, "2030-01-01")


def test_only_a_superuser_makes_superusers(client: Client) -> None:
    signed_in(client, "HEADQUARTERS", None)
    user = factories.user()
    chief = factories.user(is_superuser=True, is_staff=True)

    client.post(
        page("organisation_user_change", user.pk),
        {"email": user.email, "language": "ja", "is_superuser": "on"},
    )

    user.refresh_from_db()
    assert not user.is_superuser
    assert (
        client.post(
            page("organisation_user_change", chief.pk), {"_key": KEY, "email": "x@example.jp"}
        ).status_code
        == 403
    )
