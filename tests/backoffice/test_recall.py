"""From a lot to everybody who has it: figures that add up, people only for who may see them, all kept."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from backoffice import recall
from backoffice.models import RecallLookup
from inventory import errors
from inventory import services as inventory
from inventory.models import Lot, StockLevel
from inventory.services import LotUnits
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders import services as orders
from orders.services.sales import record_sales
from organisation.models import StaffAssignment
from tests import factories
from tests.inventory.lots import CLERK, context, day, receive, tracked
from tests.orders.ec import Site
from tests.orders.test_reject_fulfilment import ordered
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def milk(now: datetime) -> Any:
    """Ten of lot A received at a till's shop: two sold to a member, one to anyone, one lost, two sent on."""
    till, other = Till.build(code="shibuya"), factories.location(code="umeda")
    milk = tracked(now - timedelta(days=1), sku="MILK")
    receive(milk, till.location, now, LotUnits("A", 10, day(9, now)), LotUnits("B", 5, day(20, now)))
    member = factories.member("2900000000017", family_name="佐藤", given_name="葵")
    for place, (units, buyer) in enumerate(((2, member), (1, None))):
        record_sales(
            sales=[till.sale(till.line(milk, units), at=now, member=buyer)],
            claim=sale_claim(f"sale-{place}"),
            actor=TILL,
            now=now,
        )
    inventory.adjust_stock(
        location_id=till.location.pk, variant_id=milk.pk, delta=-1, reason="shrinkage", **context("a", now)
    )
    inventory.transfer_stock(
        origin_id=till.location.pk, destination_id=other.pk, lines=[(milk.pk, 2)], **context("t", now)
    )
    return milk


def sale_claim(key: str) -> Claim:
    return Claim.of(actor=TILL, operation="record-sale", key=key, request={"key": key})


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("recall", *arguments, stdout=out)
    return out.getvalue()


def test_every_unit_of_a_lot_is_accounted_for(milk: Any, now: datetime) -> None:
    [found] = recall.look_up(number="A", sku="", personal=True, actor=CLERK, now=now)

    totals = found.trace.totals
    assert (totals.received, totals.found, totals.came_back) == (10, 0, 0)
    assert (totals.sold, totals.written_off, totals.under_way, totals.on_hand) == (3, 1, 0, 6)
    assert totals.add_up
    assert [(place.location, place.on_hand) for place in found.trace.places] == [("shibuya", 4), ("umeda", 2)]
    assert sorted((one.quantity, one.name) for one in found.sold) == [(1, ""), (2, "佐藤 葵")]


def test_people_are_named_only_to_those_who_may_see_them(milk: Any, now: datetime) -> None:
    [found] = recall.look_up(number="A", sku="MILK", personal=False, actor=CLERK, now=now)

    assert [(one.name, one.contact, one.customer_id) for one in found.sold] == [("", "", None)] * 2
    kept = RecallLookup.objects.get()
    assert (kept.number, kept.sku, kept.personal, kept.actor) == ("A", "MILK", False, "user:7")
    with pytest.raises(Exception, match="never changed"):
        kept.delete()


def test_who_has_no_customer_record_is_whom_the_order_names(now: datetime) -> None:
    site = Site()
    milk = site.item(300, stock=None, keeps_stock=True)
    inventory.start_tracking(variant_id=milk.pk, tracks="LOT", dated="BEST_BEFORE", **context("track", now))
    receive(milk, site.warehouse, now, LotUnits("A", 5, day(300, now)))
    order = ordered(site, (milk, 2))
    orders.complete_fulfilment(
        number=order.number, fulfilment_id=order.fulfilments.get().pk, **context("ship", now)
    )

    [found] = recall.look_up(number="A", sku="", personal=True, actor=CLERK, now=now)
    [hidden] = recall.look_up(number="A", sku="", personal=False, actor=CLERK, now=now)

    [sold] = found.sold
    assert (sold.order, sold.quantity, sold.customer_id) == (order.number, 2, None)
    assert (sold.name, sold.contact) == ("山田 花子", "+81312345678, hanako@example.jp")
    assert [(one.name, one.contact) for one in hidden.sold] == [("", "")]


def test_an_unknown_lot_is_no_lot(milk: Any, now: datetime) -> None:
    for number in ("NOPE", ""):
        with pytest.raises(errors.UnknownLot):
            recall.look_up(number=number, sku="", personal=False, actor=CLERK, now=now)

    assert not RecallLookup.objects.exists()


def test_the_command_tells_machines_and_sheets(milk: Any) -> None:
    told = json.loads(run("A", "--json"))
    rows = list(csv.DictReader(io.StringIO(run("--lot", "A", "--csv", "--customers"))))

    assert told[0]["trace"]["totals"]["on_hand"] == 6
    assert [one["name"] for one in told[0]["sold"]] == ["", ""]
    assert sorted((row["quantity"], row["name"]) for row in rows) == [("1", ""), ("2", "佐藤 葵")]
    assert set(RecallLookup.objects.values_list("actor", "personal")) == {
        (str(Actor.command("recall")), False), (str(Actor.command("recall")), True)
    }  # fmt: skip


def test_the_command_blocks_what_is_left(milk: Any) -> None:
    run("A", "--block", "glass")
    run("A", "--block", "glass")

    levels = StockLevel.objects.filter(variant=milk).order_by("location__code")
    assert list(levels.values_list("on_hand", "quality_control")) == [(9, 4), (2, 2)]
    assert Lot.objects.get(number="A").block_reason == "glass"


@pytest.mark.parametrize(
    ("role", "status", "named"),
    [("HEADQUARTERS", 200, True), ("STOCK_OFFICE", 200, False), ("MANAGER", 403, False)],
)
def test_the_page_is_for_who_may(milk: Any, client: Client, role: str, status: int, named: bool) -> None:
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role=role)
    client.force_login(user)
    form = client.get(reverse("admin:backoffice_recalllookup_trace"))
    page = client.post(
        reverse("admin:backoffice_recalllookup_trace"),
        {"key": "01939c3e-0000-7000-8000-000000000001", "number": "A", "sku": ""},
    )

    assert (form.status_code, page.status_code) == (status, status)
    assert ("佐藤 葵" in page.content.decode()) is named
    assert RecallLookup.objects.filter(actor=f"user:{user.pk}").count() == (1 if status == 200 else 0)
