"""Owners, costs and closed months on screen: what is shown, downloaded, and to whom."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import services as inventory
from inventory.models import Closing, CostCorrection, CostPolicy, Owner, Valuation
from omni.core import clock
from organisation.models import Location, StaffAssignment
from tests import factories
from tests.backoffice.test_admin_actions import act, page, told
from tests.inventory.valuing import NOVEMBER, post, value_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Location:
    """Two own teas at ¥100, one of them sold; three cakes of a supplier, one sold for it at ¥70."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 2, tzinfo=UTC))
    shop = factories.location(code="shibuya", company=factories.company(code="acme"))
    tea, cake = factories.variant(sku="TEA"), factories.variant(sku="CAKE")
    post("RECEIPT", (tea, shop, 2), cost=100)
    theirs = inventory.owner(ownership="PAID_AS_SOLD", supplier="ito")
    post("RECEIPT", (cake, shop, 3), cost=70, owner=theirs)
    post("SALE", (tea, shop, -1), (cake, shop, -1))
    value_all()
    return shop


def signed_in(client: Client, role: str, location: Location | None = None) -> Client:
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role=role, location=location)
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def closed(client: Client, shop: Location) -> Any:
    return act(client, page("inventory_closing_close"), company=shop.company_id, month="2026-11")


def test_a_month_is_closed_on_screen_and_its_report_agrees_with_the_ledger(
    client: Client, shop: Location
) -> None:
    answer = closed(signed_in(client, "HEADQUARTERS"), shop)

    assert "cost of goods sold 170" in told(answer)
    closing = Closing.objects.get()
    assert (closing.quantity, closing.value, closing.cost_of_sales) == (3, 100, 170)
    report = client.get(page("inventory_closing_change", closing.pk)).content.decode()
    assert "agrees with the ledger" in report
    assert "paid as sold ito" in report


def test_the_report_reads_the_month_once(client: Client, shop: Location) -> None:
    closed(signed_in(client, "HEADQUARTERS"), shop)

    with CaptureQueriesContext(connection) as captured:
        client.get(page("inventory_closing_change", Closing.objects.get().pk))

    read = [one["sql"] for one in captured if "inventory_valuation" in one["sql"]]
    lines = [one["sql"] for one in captured if "inventory_closingline" in one["sql"]]
    # What the ledger says by itself, and what was under way; and the report's own lines.
    assert (len(read), len(lines)) == (2, 1)


def test_a_month_that_is_closed_is_refused_at_the_form(client: Client, shop: Location) -> None:
    closed(signed_in(client, "HEADQUARTERS"), shop)

    answer = closed(client, shop)

    assert answer.status_code == 422
    assert "one after the other" in answer.content.decode()
    assert Closing.objects.count() == 1


def test_the_report_is_downloaded_as_csv(client: Client, shop: Location) -> None:
    closed(signed_in(client, "HEADQUARTERS"), shop)

    answer = client.get(page("inventory_closing_export", Closing.objects.get().pk))

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer["Content-Disposition"] == 'attachment; filename="acme-2026-11.csv"'
    rows = [line.split(",") for line in lines[1:3]]
    assert {row[0] for row in rows} == {"shibuya"}
    # In the order of the brands' codes, which are others each time.
    assert sorted(row[2:] for row in rows) == [
        ["OWN", "", "1", "100", "200", "100", "0"],
        ["PAID_AS_SOLD", "ito", "2", "0", "70", "70", "0"],
    ]
    assert lines[3] == "total,,,,3,100,270,170,0"


def test_what_a_receipt_cost_is_corrected_on_screen(client: Client, shop: Location) -> None:
    row = Valuation.objects.get(kind="RECEIPT", variant__sku="TEA")
    url = page("inventory_valuation_correct_cost", row.pk)
    office = signed_in(client, "STOCK_OFFICE")
    asked = office.get(url)
    assert asked.context["form"]["unit_cost"].value() == "100"

    refused = act(office, url, unit_cost="100", reason="invoice")
    done = act(office, url, unit_cost="130.5", reason="invoice 4711")

    assert refused.status_code == 422
    assert "TEA: unit cost 100 → 130.5. Difference ¥61, of it in stock ¥31." in told(done)
    kept = CostCorrection.objects.get()
    assert (kept.before, kept.after, kept.reason) == (100, Decimal("130.5"), "invoice 4711")
    listed = office.get(page("inventory_costcorrection_changelist")).content.decode()
    assert "invoice 4711" in listed


def test_only_what_came_in_as_our_own_is_corrected_and_by_whom_it_is_allowed(
    client: Client, shop: Location
) -> None:
    own, theirs = (Valuation.objects.get(kind="RECEIPT", variant__sku=sku) for sku in ("TEA", "CAKE"))
    office = signed_in(client, "STOCK_OFFICE")

    def offered(row: Valuation) -> bool:
        actions = office.get(page("inventory_valuation_change", row.pk)).context["actions_detail"]
        return any("correct-cost" in action["path"] for action in actions)

    assert (offered(own), offered(theirs)) == (True, False)
    manager = signed_in(Client(), "MANAGER", shop)
    assert manager.get(page("inventory_valuation_correct_cost", own.pk)).status_code in (403, 404)


def test_a_suppliers_statement_lists_what_was_bought_as_it_was_sold(client: Client, shop: Location) -> None:
    theirs = Owner.objects.get(supplier="ito")
    signed_in(client, "HEADQUARTERS")

    answer = act(
        client, page("inventory_owner_statement", theirs.pk), company=shop.company_id, month="2026-11"
    )

    _head, line = answer.content.decode("utf-8-sig").splitlines()
    assert line.split(",")[2:] == ["shibuya", "CAKE", "sale", "1", "70", "70"]
    assert line.startswith("2026-11-22,D-")


COSTS = (
    "closing",
    "valuation",
    "costpool",
    "supplyterm",
    "owner",
    "costpolicy",
    "receiptcost",
    "costcorrection",
    "supplytermevent",
)


@pytest.mark.parametrize(("role", "status"), [("CLERK", 403), ("MANAGER", 403), ("HEADQUARTERS", 200)])
def test_costs_are_for_those_who_may_see_them(client: Client, shop: Location, role: str, status: int) -> None:
    signed_in(client, role, None)

    seen = {name: client.get(page(f"inventory_{name}_changelist")).status_code for name in COSTS}

    assert seen == dict.fromkeys(COSTS, status)
    assert client.get(page("inventory_ownedstock_changelist")).status_code == 200
    sidebar = client.get(reverse("admin:index")).content.decode()
    assert ("Valuation ledger" in sidebar) == (status == 200)


def test_the_stock_office_of_one_shop_sees_its_rows_and_no_company(client: Client, shop: Location) -> None:
    elsewhere = factories.location()
    post("RECEIPT", (factories.variant(), elsewhere, 1), cost=9)
    value_all()
    signed_in(client, "STOCK_OFFICE", shop)

    rows = client.get(page("inventory_valuation_changelist")).context["cl"].result_list

    assert {row.location_id for row in rows} == {shop.pk}
    assert client.get(page("inventory_closing_changelist")).status_code == 403
    assert client.get(page("inventory_closing_close")).status_code == 403


def test_a_rule_of_valuation_holds_from_the_first_of_a_month(client: Client, shop: Location) -> None:
    signed_in(client, "HEADQUARTERS")
    form = {
        "company": shop.company_id,
        "valid_from": "2026-11-15",
        "method": "RETAIL",
        "leaves_first": "OWN",
        "currency": "JPY",
        "_key": str(uuid4()),
    }

    refused = client.post(page("inventory_costpolicy_add"), form).content.decode()
    assert "first day of a month" in refused
    assert "needs a channel" in refused
    assert not CostPolicy.objects.exists()

    client.post(
        page("inventory_costpolicy_add"), {**form, "valid_from": "2026-11-01", "method": "LAST_PURCHASE"}
    )
    assert CostPolicy.objects.get().valid_from == NOVEMBER
