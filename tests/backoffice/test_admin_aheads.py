"""What is sold ahead, on staff's screens: who sees and sets what, and the lists as files."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from inventory.models import Backlog, BackorderPolicy
from omni.outbox.models import Event
from orders.models import Fulfilment, FulfilmentLine, LinePromise, Order
from organisation.models import Location
from tests import factories
from tests.backoffice.scene import AT, order_of
from tests.backoffice.test_admin_sheets import XLSX, exported, rows, signed_in

pytestmark = pytest.mark.django_db


def page(name: str, view: str, *args: Any) -> str:
    return reverse(f"admin:{name}_{view}", args=args)


def policy_form(variant: Any, channel: Any, **fields: str) -> dict[str, str]:
    return {
        "variant": str(variant.pk),
        "channel": str(channel.pk),
        "kind": "BACKORDER",
        "most": "5",
        "opens_at_0": "2026-11-22",
        "opens_at_1": "09:00",
        "active": "on",
        **fields,
    }


def add_policy(client: Client, form: dict[str, str]) -> Any:
    url = page("inventory_backorderpolicy", "add")
    return client.post(url, {**form, "_key": client.get(url).context["form_key"], "_save": ""})


def waiting(location: Location | None, quantity: int = 1) -> Order:
    """An order sold at a location (or none) that waits for a unit, promised for 25 November."""
    variant = factories.variant()
    order = order_of(variant, location=location, channel=factories.channel())
    line = order.lines.get()
    part = Fulfilment.objects.create(order=order, kind="SHIP", status="PROPOSED", created_at=AT)
    FulfilmentLine.objects.create(fulfilment=part, order_line=line, quantity=quantity)
    LinePromise.objects.create(
        line=line, kind="BACKORDER", basis="SUPPLY", changed_at=AT,
        promised_date=date(2026, 11, 25), first_date=date(2026, 11, 23),
    )  # fmt: skip
    return order


def test_the_stock_office_sets_what_is_sold_ahead_through_the_service(client: Client) -> None:
    variant, channel = factories.variant(), factories.channel()
    signed_in(client, ("STOCK_OFFICE", None))

    answer = add_policy(client, policy_form(variant, channel))

    assert answer.status_code == 302, answer.context["errors"]
    policy = BackorderPolicy.objects.get()
    assert (policy.variant, policy.channel, policy.kind, policy.most) == (variant, channel, "BACKORDER", 5)
    told = Event.objects.get(type="inventory.sourcing-changed.v1")
    assert told.payload["variant_ids"] == [variant.pk]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "PREORDER"}, "A preorder has a release"),
        ({"closes_at_0": "2026-11-21", "closes_at_1": "09:00"}, "later than the beginning"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused_on_its_page(
    client: Client, fields: dict[str, str], named: str
) -> None:
    signed_in(client, ("STOCK_OFFICE", None))
    form = policy_form(factories.variant(), factories.channel(), **fields)

    answer = add_policy(client, form)

    assert answer.status_code == 200
    assert named in answer.content.decode()
    assert not BackorderPolicy.objects.exists()


def test_a_bundle_without_a_number_is_refused_on_its_page(client: Client) -> None:
    signed_in(client, ("STOCK_OFFICE", None))
    box = factories.bundle((factories.variant(), 1))

    answer = add_policy(client, policy_form(box, factories.channel(), most=""))

    assert (answer.status_code, answer["Location"]) == (302, page("inventory_backorderpolicy", "add"))
    assert not BackorderPolicy.objects.exists()


def test_a_clerk_reads_policies_and_sets_none(client: Client) -> None:
    shop = factories.location()
    signed_in(client, ("CLERK", shop))

    assert client.get(page("inventory_backorderpolicy", "changelist")).status_code == 200
    answer = client.post(
        page("inventory_backorderpolicy", "add"), policy_form(factories.variant(), factories.channel())
    )
    assert answer.status_code == 403
    assert not BackorderPolicy.objects.exists()


def test_who_waits_is_seen_where_the_order_is_seen(client: Client) -> None:
    shop = factories.location()
    mine, theirs = waiting(shop), waiting(factories.location())
    signed_in(client, ("CLERK", shop))
    url = page("orders_linepromise", "changelist")

    assert [row.line.order for row in client.get(url).context["cl"].result_list] == [mine]
    other = LinePromise.objects.get(line__order=theirs)
    assert client.get(page("orders_linepromise", "change", other.pk)).status_code == 404
    assert client.get(page("orders_linepromise", "add")).status_code == 403


def test_who_waits_is_found_by_whether_the_day_has_passed(client: Client) -> None:
    late, none, served = waiting(None), waiting(None), waiting(None)
    LinePromise.objects.filter(line__order=late).update(promised_date=date(2020, 1, 1))
    LinePromise.objects.filter(line__order=none).update(promised_date=date(2120, 1, 1))
    Fulfilment.objects.filter(order=served).update(status="RESERVED", location=factories.location())
    signed_in(client, ("HEADQUARTERS", None))

    def found(value: str) -> set[Order]:
        answer = client.get(page("orders_linepromise", "changelist"), {"waiting": value})
        return {row.line.order for row in answer.context["cl"].result_list}

    assert (found("yes"), found("late"), found("no")) == ({late, none}, {late}, {served})


def test_the_lists_leave_as_csv_and_as_a_workbook(client: Client) -> None:
    order = waiting(None, quantity=2)
    line = order.lines.get()
    policy = BackorderPolicy.objects.create(variant=line.variant, channel=order.channel, most=9, opens_at=AT)
    Backlog.objects.create(variant=line.variant, channel=order.channel, ahead=2, owed=2)
    signed_in(client, ("HEADQUARTERS", None))

    (promise,) = rows(exported(client, "orders_linepromise"))
    (sold,) = rows(exported(client, "inventory_backorderpolicy"))
    book = load_workbook(BytesIO(exported(client, "orders_linepromise", kind=XLSX)))

    assert (promise["order"], promise["sku"], promise["waits"]) == (order.number, line.variant.sku, "2")
    assert (promise["promised_date"], promise["first_date"]) == ("2026-11-25", "2026-11-23")
    assert (sold["sku"], sold["channel"]) == (policy.variant.sku, policy.channel.code)
    assert (sold["most"], sold["outstanding"], sold["supplier"]) == ("9", "2", "")
    assert [cell.value for cell in next(book.active.iter_rows())][:3] == ["order", "position", "sku"]
