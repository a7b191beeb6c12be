"""Replenishment on staff's screens: one or many accepted with one click, by those who may, where they may."""

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import services as inventory
from inventory.models import PurchaseOrder, ReplenishmentPolicy, Suggestion, Transfer
from organisation.models import Location
from tests import factories
from tests.backoffice.test_admin_actions import act, page, told
from tests.backoffice.test_admin_goods import offered, staff
from tests.backoffice.test_admin_sheets import exported, rows
from tests.inventory.replenishing import policy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def warehouse() -> Location:
    return factories.location(code="warehouse", kind="WAREHOUSE")


@pytest.fixture
def made(now: datetime, warehouse: Location) -> dict[str, Suggestion]:
    """Two shops want five teas each of twelve; the warehouse buys cups."""
    tea, cup = factories.variant(sku="TEA"), factories.variant(sku="CUP")
    factories.stock(tea, warehouse, 12)
    for code in ("one", "two"):
        policy(factories.location(code=code), origin=warehouse, variant=tea, safety=5)
    policy(warehouse, supplier=factories.supplier(code="maker"), variant=cup, safety=8)
    inventory.replenish(now=now)
    return {row.location.code: row for row in Suggestion.objects.select_related("location")}


def tick(client: Client, *ticked: Suggestion) -> str:
    answer = client.post(
        page("inventory_suggestion_changelist"),
        {"action": "accept_ticked", "_selected_action": [row.pk for row in ticked]},
        follow=True,
    )
    return " ".join(str(message) for message in answer.context["messages"])


def test_many_are_accepted_with_one_click_and_once(office: Client, made: dict[str, Suggestion]) -> None:
    first = tick(office, *made.values())
    second = tick(office, *made.values())

    assert (Transfer.objects.count(), PurchaseOrder.objects.count()) == (2, 1)
    numbers = [
        PurchaseOrder.objects.get().number,
        *Transfer.objects.order_by("pk").values_list("number", flat=True),
    ]
    assert first == f"3 accepted: {', '.join(numbers)}、Cost not known, to be filled in: CUP"
    assert second == first
    assert set(Suggestion.objects.values_list("status", flat=True)) == {"ACCEPTED"}


def test_one_is_accepted_or_dismissed_on_its_page(office: Client, made: dict[str, Suggestion]) -> None:
    assert offered(office, "suggestion", made["one"].pk) == {"ask-for", "dismiss"}
    assert offered(office, "suggestion", made["warehouse"].pk) == {"order", "dismiss"}

    asked = act(office, page("inventory_suggestion_ask_for", made["one"].pk))
    act(office, page("inventory_suggestion_order", made["warehouse"].pk))
    act(office, page("inventory_suggestion_dismiss", made["two"].pk), reason="no room")

    assert told(asked) == f"1 accepted: {Transfer.objects.get().number}"
    assert PurchaseOrder.objects.get().lines.get().quantity == 8
    made["two"].refresh_from_db()
    assert (made["two"].status, made["two"].reason) == ("DISMISSED", "no room")
    assert offered(office, "suggestion", made["two"].pk) == set()


def test_a_page_shows_the_figures_it_is_made_of(office: Client, made: dict[str, Suggestion]) -> None:
    text = office.get(page("inventory_suggestion_change", made["one"].pk)).content.decode()

    assert "0.00 a day. Reorder point for 2 days: 5. Target for 7 days more: 5." in text
    assert "Wanted: 5; of what is there: 5." in text


def test_a_transfer_is_the_origins_to_accept_and_a_dismissal_the_destinations(
    made: dict[str, Suggestion], warehouse: Location
) -> None:
    shop, keeper = staff("MANAGER", made["one"].location), staff("MANAGER", warehouse)

    refused = tick(shop, made["one"])
    assert offered(shop, "suggestion", made["one"].pk) == {"dismiss"}
    assert "one" in refused or "warehouse" in refused
    assert not Transfer.objects.exists()
    assert shop.get(page("inventory_suggestion_change", made["two"].pk)).status_code == 404
    assert offered(keeper, "suggestion", made["one"].pk) == {"ask-for"}
    assert tick(keeper, made["one"]).startswith("1 accepted")
    assert Transfer.objects.count() == 1
    clerk = staff("CLERK", warehouse)
    assert offered(clerk, "suggestion", made["two"].pk) == set()
    tick(clerk, made["two"])
    assert Transfer.objects.count() == 1


def test_rules_are_kept_by_the_stock_office(office: Client, warehouse: Location) -> None:
    shop, tea = factories.location(), factories.variant()
    form = {
        "location": shop.pk, "variant": tea.pk, "category": "", "origin": warehouse.pk, "supplier": "",
        "lead_time_days": "", "cover_days": 7, "safety": 1, "minimum": 0, "pack": 6, "maximum": "",
    }  # fmt: skip

    def save(client: Client, **changed: object) -> int:
        return client.post(
            reverse("admin:inventory_replenishmentpolicy_add"), {**form, **changed, "_key": key()}
        ).status_code

    def key() -> str:
        return f"0192a5d0-0000-7000-8000-{factories.number():012d}"

    assert save(office, origin="") == 200
    assert not ReplenishmentPolicy.objects.exists()
    assert save(office) == 302
    assert save(office) == 200
    found = ReplenishmentPolicy.objects.get()
    assert (found.pack, found.lead_time_days, found.origin) == (6, None, warehouse)
    assert save(staff("MANAGER", shop), category="") == 403


def test_lists_go_out_and_the_home_page_shows_what_is_low(
    office: Client, made: dict[str, Suggestion], now: datetime, warehouse: Location
) -> None:
    factories.stock(made["warehouse"].variant, warehouse, 3)
    inventory.replenish(now=now)
    inventory.watch_low_stock(now=now)

    out = rows(exported(office, "inventory_suggestion", query="?status__exact=OPEN"))
    assert {(row["location"], row["sku"], row["quantity"]) for row in out} == {
        ("one", "TEA", "5"),
        ("two", "TEA", "5"),
        ("warehouse", "CUP", "5"),
    }
    low = rows(exported(office, "inventory_lowstock"))
    assert [(row["sku"], row["available"], row["reorder_point"]) for row in low] == [("CUP", "3", "8")]
    home = office.get(reverse("admin:index"))
    cards = {card.title: card.figure for card in home.context["cards"]}
    assert (cards["Low stock"], cards["Suggestions"]) == ("1", "3")
    [table] = [table for table in home.context["tables"] if table.title == "Low stock"]
    assert [cells[2:4] for cells in table.rows] == [["3", "8"]]
    assert len(office.get(table.url).context["cl"].result_list) == 1


def test_the_list_takes_as_many_queries_for_many_as_for_few(
    office: Client, made: dict[str, Suggestion], now: datetime, warehouse: Location
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office.get(page("inventory_suggestion_changelist")).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for _ in range(8):
        policy(warehouse, supplier=factories.supplier(), variant=factories.variant(), safety=2)
    inventory.replenish(now=now)

    assert queries() == few
