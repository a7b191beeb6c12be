"""`stock_value` and `close_month`, and a delivery that says what it cost."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Variant
from inventory import services as inventory
from inventory import tasks
from inventory.models import Closing, CostPool, ReceiptCost, Valuation, ValuationCursor
from omni.core import clock
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from organisation.models import Location
from tests import factories
from tests.inventory.valuing import NOW, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Location:
    return factories.location(code="shibuya", company=factories.company(code="acme"))


@pytest.fixture
def tea(shop: Location) -> Variant:
    tea = factories.variant(sku="TEA")
    post("RECEIPT", (tea, shop, 5), cost=100)
    post("SALE", (tea, shop, -2))
    tasks.value_stock()
    return tea


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_delivery_says_what_it_cost(shop: Location) -> None:
    tea = factories.variant()

    inventory.receive_stock(
        location_id=shop.pk,
        lines=[(tea.pk, 3)],
        costs={tea.pk: inventory.Cost(Decimal("33.5"))},
        claim=Claim.of(actor=SYSTEM, operation="receive", key="1", request={}),
        actor=SYSTEM,
        now=NOW,
    )
    tasks.value_stock()

    assert ReceiptCost.objects.get().unit_cost == Decimal("33.5")
    pool = CostPool.objects.get()
    assert (pool.quantity, pool.value) == (3, 101)
    assert Valuation.objects.values_list("unit_cost", "amount", "assumed").get() == (
        Decimal("33.5"),
        101,
        False,
    )


def test_nothing_to_value_writes_nothing(tea: Variant) -> None:
    before = ValuationCursor.objects.get()

    tasks.value_stock()

    after = ValuationCursor.objects.get()
    assert (after.entry_id, after.fence, after.lockers) == (before.entry_id, before.fence, [])


def test_value_is_shown_by_shop_brand_or_owner(tea: Variant) -> None:
    text = run("stock_value", "--month", "2026-11", "--company", "acme", "--by", "owner")

    assert "acme 2026-11 (open, JPY)" in text
    assert "the ledger agrees" in text
    [value] = json.loads(run("stock_value", "--month", "2026-11", "--company", "acme", "--json"))
    assert value["lines"] == [
        {
            "key": ["shibuya"],
            "figures": {
                "quantity": 3,
                "value": "300",
                "purchases": "500",
                "cost_of_sales": "200",
                "other": "0",
            },
        }
    ]
    assert value["total"] == value["ledger"]


def test_what_does_not_exist_is_said(shop: Location) -> None:
    with pytest.raises(CommandError, match="no company"):
        run("stock_value", "--company", "nobody")
    with pytest.raises(CommandError, match="no month"):
        run("stock_value", "--month", "11/2026")


def test_a_month_is_closed_by_command_and_again_is_the_same(
    tea: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 2, tzinfo=UTC))

    assert "3 units" in run("close_month", "acme", "2026-11", "--dry-run")
    assert not Closing.objects.exists()
    first = json.loads(run("close_month", "acme", "2026-11", "--json"))

    assert (first["value"], first["cost_of_sales"], first["method"]) == (
        "300",
        "200",
        "MOVING_AVERAGE",
    )
    assert json.loads(run("close_month", "acme", "2026-11", "--json")) == first
    assert Closing.objects.count() == 1
    with pytest.raises(CommandError, match="month-not-over"):
        run("close_month", "acme", "2026-12")
