"""Master data keeps its history, whichever way it is written, and our own SQL gets along with it."""

from typing import Any

import pghistory
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import DatabaseError

from catalog.models import Listing, Product
from omni.core import sql
from tests import factories


def events(model: str) -> Any:
    return apps.get_model("catalog", f"{model}Event").objects.order_by("pgh_id")


def prices() -> list[tuple[str, Any]]:
    return list(events("Listing").values_list("pgh_label", "price"))


@pytest.mark.django_db
def test_a_change_keeps_the_row_as_it_was_and_who_changed_it() -> None:
    listing = factories.listing(factories.variant(), factories.channel(), 1000)

    with pghistory.context(actor="user:7"):
        Listing.objects.filter(pk=listing.pk).update(price=1200)
    listing.delete()

    assert prices() == [("changed", 1000), ("deleted", 1200)]
    event = events("Listing").first()
    assert event.pgh_context.metadata == {"actor": "user:7"}


@pytest.mark.django_db
def test_history_cannot_be_rewritten() -> None:
    listing = factories.listing(factories.variant(), factories.channel(), 1000)
    Listing.objects.filter(pk=listing.pk).update(price=1200)

    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        events("Listing").update(price=1)

    assert prices() == [("changed", 1000)]


@pytest.mark.django_db
def test_what_search_keeps_is_not_history() -> None:
    product = factories.product()

    Product.objects.filter(pk=product.pk).update(search_text="x")

    assert not events("Product").exists()


@pytest.mark.django_db
def test_prepared_statements_run_inside_a_history_context() -> None:
    brand = factories.product().brand
    statement = "UPDATE catalog_brand SET code = %(code)s WHERE id = %(id)s RETURNING code"

    with pghistory.context(actor="user:7"):
        rows = sql.fetch_all(statement, {"code": "new", "id": brand.pk})

    assert rows == [("new",)]


@pytest.mark.django_db
def test_execute_wrappers_see_our_own_statements() -> None:
    seen = []

    def watch(execute: Any, statement: str, *rest: Any) -> Any:
        seen.append(statement)
        return execute(statement, *rest)

    with connection.execute_wrapper(watch):
        sql.fetch_all("SELECT 1")

    assert seen == ["SELECT 1"]
