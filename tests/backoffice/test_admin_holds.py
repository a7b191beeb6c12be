"""Holds by hand in the admin: made at a level, changed on their page, by whom and where."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory.models import Reservation, StockLevel
from organisation.models import Location, StaffAssignment
from tests import factories
from tests.orders.ec import Site
from tests.orders.test_serve_from_hold import sold_outside

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Location:
    return factories.location()


@pytest.fixture
def clerk(client: Client, shop: Location) -> Client:
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role="CLERK", location=shop)
    client.force_login(user)
    return client


def twice(client: Client, url: str, **values: Any) -> list[int]:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', client.get(url).content.decode())
    assert found is not None, url
    return [client.post(url, {"key": found.group(1), **values}).status_code for _ in range(2)]


def until(days: int) -> dict[str, str]:
    at = timezone.localtime() + timedelta(days=days)
    return {"expires_at_0": f"{at:%Y-%m-%d}", "expires_at_1": "20:00:00"}


def url_of(action: str, row: Any) -> str:
    return reverse(f"admin:inventory_{row._meta.model_name}_{action}", args=[row.pk])


def held(client: Client, level: StockLevel) -> Reservation:
    sent = twice(client, url_of("hold", level), quantity="3", note="slip 12", **until(1))
    assert sent == [302, 302]
    return Reservation.objects.get()


def test_a_clerk_holds_units_and_changes_the_hold(clerk: Client, shop: Location) -> None:
    level = factories.stock(factories.variant(), shop, 5)

    row = held(clerk, level)
    assert (row.quantity, row.note, row.actor[:5]) == (3, "slip 12", "user:")
    assert twice(clerk, url_of("extend", row), **until(4)) == [302, 302]
    assert twice(clerk, url_of("split", row), quantity="1") == [302, 302]
    assert twice(clerk, url_of("let_go", row)) == [302, 302]

    level.refresh_from_db()
    assert level.reserved == 1
    assert list(Reservation.objects.order_by("pk").values_list("quantity", "status")) == [
        (2, "RELEASED"),
        (1, "ACTIVE"),
    ]


def test_a_clerk_moves_a_hold_only_where_the_clerk_works(clerk: Client, shop: Location) -> None:
    level, other = factories.stock(factories.variant(), shop, 5), factories.location()
    factories.stock(level.variant, other, 5)
    row = held(clerk, level)

    assert twice(clerk, url_of("move", row), location=str(other.pk)) == [422, 422]

    row.refresh_from_db()
    assert row.location_id == shop.pk


def test_an_hour_that_is_over_is_refused_at_its_field(clerk: Client, shop: Location) -> None:
    level = factories.stock(factories.variant(), shop, 5)

    page = clerk.get(url_of("hold", level))
    key = str(page.context["form"]["key"].value())
    answer = clerk.post(url_of("hold", level), {"key": key, "quantity": "1", "note": "late", **until(-1)})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["expires_at"]
    assert not Reservation.objects.exists()


def test_an_order_that_waits_is_served_from_a_hold_of_its_article(client: Client) -> None:
    site = Site()
    tea = site.item(1100, stock=2)
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    row = held_units(client, StockLevel.objects.get(variant=tea), "2")
    other = factories.stock(factories.variant(), site.warehouse, 2)
    held_units(client, other, "2")
    order = sold_outside(site, 2, tea)
    url = reverse("admin:orders_order_serve_from_hold", args=[order.pk])

    form = client.get(url).context["form"]
    assert [one.pk for one in form.fields["hold"].queryset] == [row.pk]
    assert twice(client, url, hold=str(row.pk)) == [302, 302]

    row.refresh_from_db()
    assert (row.source, row.status) == (f"order:{order.pk}:1", "COMMITTED")


def held_units(client: Client, level: StockLevel, quantity: str) -> Reservation:
    twice(client, url_of("hold", level), quantity=quantity, note="slip 12", **until(1))
    return Reservation.objects.get(variant=level.variant_id)
