"""Every model has a list and a detail, in a number of queries that its rows don't change."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from omni.outbox.models import Receipt, Subscription
from tests import factories
from tests.backoffice.scene import populate

OURS = (
    "core",
    "outbox",
    "organisation",
    "catalog",
    "customers",
    "inventory",
    "loyalty",
    "promotions",
    "orders",
    "tills",
    "connectors",
    "backoffice",
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def headquarters(client: Client) -> Client:
    user = factories.user(is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


def registered() -> list[type[Model]]:
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def url_of(model: type[Model], view: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, url
    return len(captured)


def test_every_model_of_ours_has_staff_screens() -> None:
    missing = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in OURS and not admin.site.is_registered(model)
    }

    # The keys of receipts and subscriptions are of two columns: the event's page lists the ones, and
    # `manage.py outbox list` the others that matter. Hours are rows of their location's,
    # and changes those of their promise's. Which cart is a person's one is a key, shown as the cart's customer.
    assert missing == {
        Receipt._meta.label,
        Subscription._meta.label,
        "organisation.OpeningHours",
        "organisation.OpeningException",
        "orders.PromiseChange",
        "orders.PersonCart",
    }


def test_lists_and_details_take_as_many_queries_for_many_rows_as_for_few(headquarters: Client) -> None:
    populate(2)
    headquarters.get(reverse("admin:index"))
    few = {model: queries_of(headquarters, url_of(model, "changelist")) for model in registered()}

    populate(4)
    many = {model: queries_of(headquarters, url_of(model, "changelist")) for model in registered()}

    grown = {model._meta.label: (few[model], many[model]) for model in few if many[model] > few[model]}
    assert grown == {}


def test_every_row_has_a_page(headquarters: Client) -> None:
    populate(1)

    empty = [model._meta.label for model in registered() if not model._default_manager.exists()]
    assert empty == []
    for model in registered():
        row = model._default_manager.first()
        assert row is not None
        response = headquarters.get(url_of(model, "change", row.pk))
        assert response.status_code == 200, model._meta.label


@pytest.mark.parametrize("term", ["4901234567894", "ＳＫＵ－１", "さとう 花子", "090-1234-5678", "29%_\\'"])
def test_every_search_answers_whatever_is_typed(rf: RequestFactory, term: str) -> None:
    request = rf.get("/", {"q": term})
    request.user = factories.user(is_staff=True, is_superuser=True)
    for screen in admin.site._registry.values():
        if screen.search_fields:
            assert list(screen.get_changelist_instance(request).result_list) == []
