"""Drift of owners, values and closed months is planted and found."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from inventory import services as inventory
from inventory import verification
from inventory.models import CostPool, OwnedStock, StockEntry, Valuation
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from organisation.models import Location
from tests import factories
from tests.inventory.valuing import NOVEMBER, post, value_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Location:
    """Five received at ¥100, two sold, November closed, one more sold: every figure explained."""
    shop, tea = factories.location(code="shibuya"), factories.variant(sku="TEA")
    post("RECEIPT", (tea, shop, 5), cost=100)
    post("SALE", (tea, shop, -2))
    value_all()
    inventory.close_month(
        company_id=shop.company_id,
        month=NOVEMBER,
        claim=Claim.of(actor=SYSTEM, operation="close", key="1", request={}),
        actor=SYSTEM,
        now=datetime(2026, 12, 2, tzinfo=UTC),
    )
    post("SALE", (tea, shop, -1))
    value_all()
    assert verification.find_drifts() == []
    return shop


def plant(statement: str, *params: object) -> None:
    """Do what no code of the platform does: not even immutable rows stop it."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, params)
        cursor.execute("SET session_replication_role = DEFAULT")


def kinds() -> dict[str, list[tuple[object, object]]]:
    found: dict[str, list[tuple[object, object]]] = {}
    for drift in verification.find_drifts():
        found.setdefault(drift.kind, []).append((drift.expected, drift.found))
    return found


def test_rows_of_the_valuation_ledger_never_change(shop: Location) -> None:
    for statement in (
        "UPDATE inventory_valuation SET amount = 1",
        "DELETE FROM inventory_valuation",
        "DELETE FROM inventory_closingline",
        "UPDATE inventory_closing SET value = 1",
    ):
        with pytest.raises(Exception, match="never changed"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_owners_units_that_are_not_the_ledgers(shop: Location) -> None:
    OwnedStock.objects.update(quantity=9)

    assert kinds() == {"stock-owned": [(2, 9)], "stock-owner": [(2, 9)]}


def test_units_kept_for_the_wrong_owner(shop: Location) -> None:
    theirs = inventory.owner(ownership="CONSIGNED", supplier="ito")
    OwnedStock.objects.update(owner=theirs)

    assert kinds() == {"stock-owner": [(0, 2), (2, 0)]}


def test_an_entry_that_was_passed_over(shop: Location) -> None:
    tea = factories.variant()
    post("RECEIPT", (tea, shop, 4), cost=1)
    last = StockEntry.objects.latest("id").pk
    plant("UPDATE inventory_valuationcursor SET entry_id = %s", last)

    assert kinds() == {"stock-owned": [(4, 0)], "stock-valued-once": [(4, 0)]}


def test_a_row_of_no_entry(shop: Location) -> None:
    plant("UPDATE inventory_valuation SET entry_id = 0 WHERE id = %s", Valuation.objects.latest("id").pk)

    assert kinds() == {"stock-valued-once": [(0, -1), (-1, 0)]}


def test_a_running_value_that_is_no_sum(shop: Location) -> None:
    first = Valuation.objects.earliest("id").pk
    plant("UPDATE inventory_valuation SET running_value = 7 WHERE id = %s", first)

    assert kinds() == {"stock-value-running": [("5 = 500.0000", "5 = 7.0000")]}


def test_a_pool_that_is_not_its_ledger(shop: Location) -> None:
    CostPool.objects.update(value=7)

    assert kinds() == {"stock-value": [("2 = 200.0000", "2 = 7.0000")]}


def test_a_closed_month_that_is_not_the_ledgers(shop: Location) -> None:
    plant("UPDATE inventory_closing SET value = 7")
    plant("UPDATE inventory_closingline SET quantity = 8")

    assert kinds() == {"stock-closing": [("3", "8"), ("300.0000", "7.0000")]}


def test_a_row_posted_into_a_closed_month(shop: Location) -> None:
    late = Valuation.objects.latest("id").pk
    plant("UPDATE inventory_valuation SET posting_month = %s WHERE id = %s", NOVEMBER, late)

    assert set(kinds()) == {"stock-closing"}
