"""Long files of stock's masters: each row is told what it breaks, all are set at once, by whoever may."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connectors import handlers
from connectors.models import Connection, PushState
from inventory import services as inventory
from inventory.models import (
    ChannelSource,
    Owner,
    ReplenishmentPolicy,
    StockLevel,
    Supplier,
    SupplyTerm,
)
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.consumers import EventRecord
from omni.outbox.events import StockChanged
from omni.outbox.models import Event
from organisation.models import User
from tests import factories
from tests.backoffice.test_admin_sheets import (
    confirm,
    errors,
    exported,
    office,
    page,
    signed_in,
    staff,
    take_in,
    upload,
)

__all__ = ["office", "staff"]

pytestmark = pytest.mark.django_db
LEVELS = "inventory_stocklevel"
SOURCES = "inventory_channelsource"
TERMS = "inventory_supplyterm"
POLICIES = "inventory_replenishmentpolicy"
SUPPLIERS = "inventory_supplier"


def types(preview: Any) -> list[str]:
    return [row.import_type for row in preview.context["result"].rows]


def stock_events() -> list[Event]:
    return list(Event.objects.filter(type="inventory.stock-changed.v1").order_by("sequence"))


def test_safety_stock_comes_in_and_is_told_as_a_change_by_hand_is(office: Client, staff: User) -> None:
    tea, cup = factories.variant(sku="TEA"), factories.variant(sku="CUP")
    shop, depot = factories.location(code="shop"), factories.location(code="depot")
    factories.stock(tea, shop, 10, safety_stock=1)
    same = factories.stock(cup, shop, 10, safety_stock=2)
    text = "sku,location,safety_stock\nTEA,shop,4\nCUP,shop,2\nCUP,depot,3\n"

    preview = upload(office, LEVELS, text.encode())
    assert types(preview) == ["update", "skip", "new"]
    assert StockLevel.objects.count() == 2
    before = len(stock_events())
    assert confirm(office, LEVELS, preview).status_code == 302

    levels = StockLevel.objects.values_list("variant__sku", "location__code", "safety_stock", "on_hand")
    assert sorted(levels) == [("CUP", "depot", 3, 0), ("CUP", "shop", 2, 10), ("TEA", "shop", 4, 10)]
    (event,) = stock_events()[before:]
    told = sorted(zip(event.payload["variant_ids"], event.payload["location_ids"], strict=True))
    assert told == sorted([(tea.pk, shop.pk), (cup.pk, depot.pk)])
    assert (same.variant_id, same.location_id) not in told
    assert event.actor == f"user:{staff.pk}"


@pytest.mark.django_db(transaction=True)
def test_a_channel_is_told_of_what_a_file_keeps_back(office: Client) -> None:
    channel, shop = factories.channel(), factories.location(code="shop")
    factories.source(channel, shop)
    tea = factories.variant(sku="TEA")
    factories.listing(tea, channel)
    factories.stock(tea, shop, 10)
    Connection.objects.create(code="c", name="C", channel=channel, url="http://127.0.0.1:1", secret="s")

    take_in(office, LEVELS, "sku,location,safety_stock\nTEA,shop,4\n")

    hand_over()
    assert PushState.objects.get().variant == tea


def hand_over() -> None:
    """What the connectors' consumer does with the events of stock."""
    with db.transaction():
        for event in stock_events():
            payload = StockChanged(**{name: tuple(ids) for name, ids in event.payload.items()})
            record = EventRecord(
                event.sequence, event.pk, event.aggregate, payload, event.occurred_at, event.recorded_at
            )
            handlers.mark_changed([record])


def test_the_same_file_twice_changes_nothing_the_second_time(office: Client) -> None:
    factories.stock(factories.variant(sku="TEA"), factories.location(code="shop"), 10)
    text = "sku,location,safety_stock\nTEA,shop,4\n"
    take_in(office, LEVELS, text)
    events = Event.objects.count()

    preview = upload(office, LEVELS, text.encode())
    confirm(office, LEVELS, preview)

    assert types(preview) == ["skip"]
    assert (Event.objects.count(), StockLevel.objects.get().safety_stock) == (events, 4)


def test_each_row_says_what_it_breaks_and_none_is_written(office: Client) -> None:
    factories.variant(sku="TEA")
    factories.variant(sku="VOUCHER", keeps_stock=False)
    factories.location(code="shop")
    text = (
        "sku,location,safety_stock\nTEA,shop,4\nNONE,shop,1\nTEA,nowhere,1\nTEA,shop,5\n"
        "VOUCHER,shop,1\nTEA,,-1\nTEA,shop ,many\n"
    )

    preview = upload(office, LEVELS, text.encode())

    told = errors(preview)
    assert set(told) == {2, 3, 4, 5, 6, 7}
    assert told[2] == {"sku": ["nothing has the code NONE"]}
    assert told[3] == {"location": ["nothing has the code nowhere"]}
    assert told[4] == {"sku": ["stands in the file twice"]}
    assert told[5] == {"sku": ["No stock is kept of this product."]}
    assert told[6]["safety_stock"] == ["must not be negative"]
    assert told[6]["location"] == ["This field cannot be null."]
    assert told[7] == {"sku": ["stands in the file twice"]}
    assert "confirm_form" not in preview.context
    assert not StockLevel.objects.exists()


@pytest.mark.parametrize("units", [str(10**9 + 1), str(10**30)])
def test_more_than_can_be_counted_is_refused(office: Client, units: str) -> None:
    factories.variant(sku="TEA"), factories.location(code="shop")

    preview = upload(office, LEVELS, f"sku,location,safety_stock\nTEA,shop,{units}\n".encode())

    assert list(errors(preview)[1]) == ["safety_stock"]


def test_what_a_shop_may_not_set_is_refused_without_a_word_of_what_stands_there(client: Client) -> None:
    mine, theirs = factories.location(code="mine"), factories.location(code="theirs")
    tea = factories.variant(sku="TEA")
    for place in (mine, theirs):
        factories.stock(tea, place, 10, safety_stock=7)
    signed_in(client, ("CLERK", theirs), ("MANAGER", mine))

    preview = upload(client, LEVELS, b"sku,location,safety_stock\nTEA,mine,3\nTEA,theirs,7\n")

    assert errors(preview) == {2: {"sku": ["You may not do this."]}}
    take_in(client, LEVELS, "sku,location,safety_stock\nTEA,mine,3\n")
    assert list(StockLevel.objects.order_by("location__code").values_list("safety_stock", flat=True)) == [
        3,
        7,
    ]


def test_who_may_not_set_them_has_no_import(client: Client) -> None:
    shop = factories.location()
    for name, assignment in (
        (LEVELS, ("CLERK", None)),
        (SOURCES, ("MANAGER", None)),
        (TERMS, ("MANAGER", None)),
        (TERMS, ("HEADQUARTERS", shop)),
        (SUPPLIERS, ("CLERK", None)),
        (POLICIES, ("CLERK", None)),
    ):
        signed_in(client, assignment)
        assert client.get(page(name, "import")).status_code == 403, name
        assert client.post(page(name, "process_import"), {}).status_code == 403, name


def test_sources_come_in_and_each_is_told(office: Client) -> None:
    channel = factories.channel(code="ec")
    shop, depot = factories.location(code="shop"), factories.location(code="depot")
    factories.source(channel, shop, 5)
    text = "channel,location,priority,gives,amount,active\nec,shop,7,SHARE,50,TRUE\nec,depot,1,ALL,0,FALSE\n"

    preview = upload(office, SOURCES, text.encode())
    assert types(preview) == ["update", "new"]
    confirm(office, SOURCES, preview)

    found = ChannelSource.objects.values_list("location__code", "priority", "gives", "amount", "active")
    assert sorted(found) == [("depot", 1, "ALL", 0, False), ("shop", 7, "SHARE", 50, True)]
    told = Event.objects.filter(type="inventory.sourcing-changed.v1").order_by("sequence")
    assert sorted(event.payload["location_id"] for event in told) == sorted([shop.pk, depot.pk])


def test_a_source_that_no_rule_allows_is_refused_at_its_column(office: Client) -> None:
    factories.channel(code="ec"), factories.location(code="shop")
    text = "channel,location,gives,amount\nec,shop,SHARE,101\n"

    told = errors(upload(office, SOURCES, text.encode()))

    assert told[1]["amount"] == ["A share is at most 100 per cent, and everything has no amount."]
    told = errors(upload(office, SOURCES, b"channel,location,gives\nec,shop,SOME\n"))
    assert list(told[1]) == ["gives"]
    assert not ChannelSource.objects.exists()


def test_terms_of_supply_come_in_with_their_history(office: Client, staff: User) -> None:
    company, tea = factories.company(code="kk"), factories.variant(sku="TEA")
    own, _ = Owner.objects.get_or_create(ownership="OWN", supplier="")
    consigned = Owner.objects.create(ownership="CONSIGNED", supplier="T01", name={"ja": "仕入先"})
    SupplyTerm.objects.create(
        company=company, variant=tea, owner=own, unit_cost=Decimal(300), valid_from=date(2026, 4, 1)
    )
    text = (
        "company,sku,valid_from,owner,unit_cost\n"
        "kk,TEA,2026-04-01,OWN,310.5\nkk,TEA,2026/12/01,CONSIGNED:T01,320\n"
    )

    take_in(office, TERMS, text)

    found = SupplyTerm.objects.order_by("valid_from").values_list("valid_from", "owner", "unit_cost")
    assert list(found) == [
        (date(2026, 4, 1), own.pk, Decimal("310.5")),
        (date(2026, 12, 1), consigned.pk, Decimal(320)),
    ]
    (change,) = apps.get_model("inventory", "SupplyTermEvent").objects.all()
    assert (change.unit_cost, change.pgh_context.metadata["actor"]) == (Decimal(300), f"user:{staff.pk}")
    again = upload(office, TERMS, text.encode())
    assert types(again) == ["skip", "skip"]


def test_a_term_names_a_known_owner_and_a_cost(office: Client) -> None:
    factories.company(code="kk"), factories.variant(sku="TEA")
    text = (
        "company,sku,valid_from,owner,unit_cost\nkk,TEA,soon,OWN,1\nkk,TEA,2026-04-01,CONSIGNED:X,-1\n"
        "kk,TEA,2026-05-01,,1.00001\n"
    )

    told = errors(upload(office, TERMS, text.encode()))

    assert told[1] == {"valid_from": ["must be a date as 2026-04-01"]}
    assert told[2]["owner"] == ["nothing has the code CONSIGNED:X"]
    assert told[2]["unit_cost"] == ["must not be negative"]
    assert set(told[3]) == {"owner", "unit_cost"}
    assert not SupplyTerm.objects.exists()


def test_suppliers_come_in_with_their_lead_times(office: Client) -> None:
    supplier = factories.supplier(code="t01", lead_time_days=3)
    before = supplier.name
    other = f"code,name_ja,company,lead_time_days\nt01,茶問屋,{supplier.company.code},5\n"
    new = f"t02,器屋,{supplier.company.code},14\n"

    take_in(office, SUPPLIERS, other + new)

    found = Supplier.objects.order_by("code").values_list("code", "lead_time_days", "active")
    assert list(found) == [("t01", 5, True), ("t02", 14, True)]
    supplier.refresh_from_db()
    # A language that the file has no column for stays.
    assert supplier.name == {"ja": "茶問屋", "en": before["en"]}


def test_rules_of_replenishment_come_in_for_goods_of_each_kind(office: Client) -> None:
    tea, food = factories.variant(sku="TEA"), factories.category(code="food")
    shop, depot = factories.location(code="shop"), factories.location(code="depot")
    supplier = factories.supplier(code="t01")
    before = ReplenishmentPolicy.objects.create(
        location=shop, variant=tea, origin=depot, cover_days=7, safety=1, pack=6
    )
    head = "location,sku,category,origin,supplier,lead_time_days,cover_days,minimum\n"
    text = f"{head}shop,TEA,,depot,,,14,12\nshop,,food,,t01,3,7,0\nshop,,,,t01,,7,0\n"

    take_in(office, POLICIES, text)

    found = {
        (row.variant_id, row.category_id): (
            row.origin_id,
            row.supplier_id,
            row.lead_time_days,
            row.cover_days,
        )
        for row in ReplenishmentPolicy.objects.all()
    }
    assert found == {
        (tea.pk, None): (depot.pk, None, None, 14),
        (None, food.pk): (None, supplier.pk, 3, 7),
        (None, None): (None, supplier.pk, None, 7),
    }
    before.refresh_from_db()
    # What the file leaves out stays.
    assert (before.safety, before.pack, before.minimum) == (1, 6, 12)
    assert types(upload(office, POLICIES, text.encode())) == ["skip"] * 3


def test_a_rule_of_replenishment_is_held_to_the_rules_of_its_form(office: Client) -> None:
    factories.variant(sku="TEA"), factories.category(code="food"), factories.supplier(code="t01")
    factories.location(code="shop")
    text = (
        "location,sku,category,origin,supplier,cover_days,pack\nshop,TEA,food,,t01,7,1\n"
        "shop,TEA,,,,7,1\nshop,,food,shop,,7,1\nshop,,,,t01,7,0\n"
    )

    told = errors(upload(office, POLICIES, text.encode()))

    assert told == {
        1: {"category": ["A rule is of a variant or of a category, not of both."]},
        2: {"origin": ["Goods come from a location or from a supplier: name one."]},
        3: {"origin": ["A location can't be its own source."]},
        4: {"pack": ["Ensure this value is greater than or equal to 1."]},
    }
    assert not ReplenishmentPolicy.objects.exists()


def test_what_somebody_else_changed_beside_the_file_stays(office: Client) -> None:
    """Only what the file names is written, also where it was read before the other change."""
    shop, supplier = factories.location(code="shop"), factories.supplier(code="t01")
    row = ReplenishmentPolicy.objects.create(location=shop, supplier=supplier, cover_days=7, safety=1)
    stale = ReplenishmentPolicy.objects.get()
    ReplenishmentPolicy.objects.update(safety=99)
    stale.cover_days = 14

    inventory.set_replenishment_policies(policies=[stale], fields=["cover_days"], actor=SYSTEM)

    row.refresh_from_db()
    assert (row.cover_days, row.safety) == (14, 99)


def test_what_went_out_comes_in_without_effect(office: Client) -> None:
    channel, shop, depot = factories.channel(), factories.location(), factories.location()
    tea = factories.variant(sku="-TEA")
    factories.source(channel, shop)
    supplier = factories.supplier()
    own, _ = Owner.objects.get_or_create(ownership="OWN", supplier="")
    SupplyTerm.objects.create(
        company=supplier.company,
        variant=tea,
        owner=own,
        unit_cost=Decimal("1.25"),
        valid_from=date(2026, 4, 1),
    )
    ReplenishmentPolicy.objects.create(location=shop, variant=tea, origin=depot, cover_days=7)
    ReplenishmentPolicy.objects.create(location=shop, supplier=supplier, cover_days=7, maximum=9)

    for name in (SOURCES, TERMS, SUPPLIERS, POLICIES):
        preview = upload(office, name, exported(office, name))
        assert errors(preview) == {}, name
        assert set(types(preview)) == {"skip"}, name


def long_file(variants: int, locations: int, units: int) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["sku", "location", "safety_stock"])
    writer.writerows((f"S{v}", f"L{at}", units) for at in range(locations) for v in range(variants))
    return out.getvalue()


def queries_of(office: Client, text: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as previewed:
        preview = upload(office, LEVELS, text.encode())
    with CaptureQueriesContext(connection) as confirmed:
        assert confirm(office, LEVELS, preview).status_code == 302
    return len(previewed), len(confirmed)


def test_a_long_file_takes_as_many_statements_as_a_short_one(office: Client) -> None:
    for at in range(20):
        factories.variant(sku=f"S{at}")
    for at in range(10):
        factories.location(code=f"L{at}")
    queries_of(office, long_file(1, 1, 1))

    few = queries_of(office, long_file(2, 1, 2))
    many = queries_of(office, long_file(20, 10, 3))

    assert many == few
    assert StockLevel.objects.filter(safety_stock=3).count() == 200


def test_only_the_first_rows_of_a_long_file_are_shown_and_all_are_counted(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omni.core.admin.sheets.sets.SHOWN", 3)
    for at in range(5):
        factories.variant(sku=f"S{at}")
    factories.location(code="L0")

    preview = upload(office, LEVELS, long_file(5, 1, 2).encode())
    bad = upload(office, LEVELS, long_file(9, 1, 2).encode())

    assert types(preview) == ["new"] * 3
    assert "5 new, 0 changed, 0 as they were, 0 that break a rule" in preview.content.decode()
    assert "5 new, 0 changed, 0 as they were, 4 that break a rule" in bad.content.decode()
    confirm(office, LEVELS, preview)
    assert StockLevel.objects.count() == 5


def test_more_lines_than_a_long_file_may_have_are_refused(office: Client) -> None:
    text = "sku,location,safety_stock\n" + "A,B,1\n" * 20_001

    answer = upload(office, LEVELS, text.encode())

    assert answer.context["form"].errors["import_file"] == ["No more than 20000 lines at once."]
