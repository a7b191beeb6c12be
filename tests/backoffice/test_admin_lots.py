"""Lots on staff's screens: received, adjusted, counted, moved, ordered and handed over."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from inventory import services as inventory
from inventory import verification
from inventory.models import Lot, LotEntry, PurchaseOrder, StockDocument, StockLevel, Transfer
from inventory.services import LotUnits
from orders.models import Fulfilment, Order
from organisation.models import Location
from tests import factories
from tests.backoffice.test_admin_actions import act, key_of, page
from tests.inventory.lots import context, day, held, receive, tracked
from tests.orders.ec import Site, place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    """The database's own: what may be promised is asked of its clock."""
    return datetime.now(UTC)


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def here() -> Location:
    return factories.location(code="here")


def on(action: str) -> str:
    """The page of an action of the one level that there is."""
    return page(f"inventory_stocklevel_{action}", StockLevel.objects.get().pk)


def test_a_lot_without_a_quantity_is_all_that_came(office: Client, here: Location, now: datetime) -> None:
    milk, good_until = tracked(now, sku="MILK"), day(20, now)
    receive(milk, here, now, LotUnits("A", 1, good_until))

    act(office, on("receive"), quantity="24", lots=f"B {day(30, now)}")
    act(office, on("receive"), quantity="5", lots=f"A 2\nC 3 {day(40, now)} {day(-1, now)}")

    assert held(milk, here) == {"A": 3, "B": 24, "C": 3}
    assert Lot.objects.get(number="C").produced_on == day(-1, now)
    assert verification.find_drifts() == []


def test_a_second_click_receives_no_lot_again(office: Client, here: Location, now: datetime) -> None:
    milk = tracked(now)
    receive(milk, here, now, LotUnits("A", 1, day(20, now)))
    values = {"key": key_of(office, on("receive")), "quantity": "2", "lots": "A", "note": ""}

    answers = [office.post(on("receive"), values).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert held(milk, here) == {"A": 3}


@pytest.mark.parametrize(
    ("lots", "told"),
    [
        ("", "rule: it has to be given"),
        ("A 3", "rule: the quantities don&#x27;t add up、SKU: MILK、needed: 2、named: 3"),
        ("B", "rule: its last good day has to be given、SKU: MILK、lot or serial number: B"),
        ("A 31/12/2026", "This line can&#x27;t be read: A 31/12/2026"),
        ("A 0", "This line can&#x27;t be read: A 0"),
    ],
)
def test_what_is_said_of_lots_is_refused_and_moves_nothing(
    office: Client, here: Location, now: datetime, lots: str, told: str
) -> None:
    milk = tracked(now, sku="MILK")
    receive(milk, here, now, LotUnits("A", 1, day(20, now)))

    refused = act(office, on("receive"), quantity="2", lots=lots)

    assert refused.status_code == 422
    assert told in refused.content.decode()
    assert held(milk, here) == {"A": 1}
    assert not Lot.objects.filter(number="B").exists()


def test_a_level_that_is_not_tracked_asks_for_no_lots(office: Client, here: Location) -> None:
    factories.stock(factories.variant(), here, 3)

    asked = [office.get(on(action)).context["form"].fields for action in ("receive", "adjust", "transfer")]

    assert all("lots" not in fields for fields in asked)


def test_a_lot_is_adjusted_counted_and_carried_over(office: Client, here: Location, now: datetime) -> None:
    milk, there = tracked(now), factories.location()
    receive(milk, here, now, LotUnits("A", 5, day(20, now)), LotUnits("B", 5, day(30, now)))

    act(office, on("adjust"), bucket="ON_HAND", delta="-2", reason="shrinkage", lots="B")
    assert held(milk, here) == {"A": 5, "B": 3}
    nothing = act(office, on("count_lots"), lots="")
    assert nothing.context["form"].errors == {"lots": ["This field is required."]}
    act(office, on("count_lots"), lots=f"A 4\nC 4 {day(40, now)}")
    assert held(milk, here) == {"A": 4, "C": 4}
    assert LotEntry.objects.filter(kind="COUNT", entry_id=None).count() == 3

    act(office, on("transfer"), destination=there.pk, quantity="2", lots="C")

    assert (held(milk, here), held(milk, there)) == ({"A": 4, "C": 2}, {"C": 2})
    assert verification.find_drifts() == []


def test_a_delivery_of_many_articles_names_the_lots_of_some(
    office: Client, here: Location, now: datetime
) -> None:
    milk, watch = tracked(now, sku="MILK"), tracked(now, tracks="SERIAL", dated="NONE", sku="WATCH")
    cup = factories.variant(sku="CUP")
    factories.code(milk, "4901234567894", quantity=6)
    url = page("inventory_stocklevel_receive_delivery")
    values: dict[str, Any] = {
        "location": here.pk, "number": "D-1", "lines": "CUP 3\n4901234567894 2\nWATCH 2",
    }  # fmt: skip

    missing = act(office, url, **values, lots="WATCH S1\nWATCH S2")
    assert (missing.status_code, StockDocument.objects.filter(kind="RECEIPT").count()) == (422, 0)
    assert "MILK" in missing.content.decode()
    done = act(office, url, **values, lots=f"MILK L1 {day(20, now)}\nWATCH S1\nWATCH S2")

    assert done.status_code == 302
    assert held(milk, here) == {"L1": 12}
    assert held(watch, here) == {"S1": 1, "S2": 1}
    assert StockLevel.objects.get(variant=cup).on_hand == 3


def test_lots_arrive_against_an_order(office: Client, here: Location, now: datetime) -> None:
    milk, cup = tracked(now, sku="MILK"), factories.variant(sku="CUP")
    act(
        office,
        page("inventory_purchaseorder_draft"),
        supplier=factories.supplier().pk,
        destination=here.pk,
        lines="MILK 10 100\nCUP 4 80",
    )
    order = PurchaseOrder.objects.get()
    act(office, page("inventory_purchaseorder_place", order.pk))
    url = page("inventory_purchaseorder_receive", order.pk)
    assert {name for name in office.get(url).context["form"].fields if name.startswith("lots_")} == {
        f"lots_{milk.pk}"
    }

    act(
        office,
        url,
        number="D-1",
        **{
            f"fit_{milk.pk}": 9, f"damaged_{milk.pk}": 1, f"lots_{milk.pk}": f"L1 {day(20, now)}",
            f"fit_{cup.pk}": 4, f"damaged_{cup.pk}": 0,
        },
    )  # fmt: skip

    order.refresh_from_db()
    assert order.status == "RECEIVED"
    assert (held(milk, here), held(milk, here, "damaged")) == ({"L1": 10}, {"L1": 1})
    assert verification.find_drifts() == []


def test_a_transfer_names_which_serial_numbers_leave(office: Client, here: Location, now: datetime) -> None:
    watch, there = tracked(now, tracks="SERIAL", dated="NONE"), factories.location()
    receive(watch, here, now, LotUnits("S1"), LotUnits("S2"), LotUnits("S3"))
    inventory.request_transfer(
        origin_id=here.pk, destination_id=there.pk, lines=[(watch.pk, 2)], **context("r", now)
    )
    transfer = Transfer.objects.get()
    url = page("inventory_transfer_ship", transfer.pk)

    nameless = act(office, url, **{f"line_{watch.pk}": 2, f"lots_{watch.pk}": ""})
    assert (nameless.status_code, held(watch, here)) == (422, {"S1": 1, "S2": 1, "S3": 1})
    act(office, url, **{f"line_{watch.pk}": 2, f"lots_{watch.pk}": "S3\nS1"})
    assert held(watch, here) == {"S2": 1}
    act(
        office,
        page("inventory_transfer_receive", transfer.pk),
        **{f"fit_{watch.pk}": 1, f"damaged_{watch.pk}": 0, f"lots_{watch.pk}": "S3"},
    )

    assert held(watch, there) == {"S3": 1}


def ordered(site: Site, *lines: Any) -> Fulfilment:
    return Order.objects.get(number=place(site.cart(*lines)).number).fulfilments.get()


def test_an_order_is_handed_over_with_other_lots_than_the_first(office: Client, now: datetime) -> None:
    site = Site()
    milk = site.item(200, stock=0, sku="MILK")
    inventory.start_tracking(variant_id=milk.pk, tracks="LOT", dated="BEST_BEFORE", **context("t", now))
    receive(milk, site.warehouse, now, LotUnits("A", 4, day(20, now)), LotUnits("B", 4, day(30, now)))
    part = ordered(site, (milk, 3))

    act(
        office,
        page("orders_fulfilment_complete", part.pk),
        line_1="3",
        tracking_number="",
        lots="MILK B",
    )

    part.refresh_from_db()
    assert part.status == "COMPLETED"
    assert held(milk, site.warehouse) == {"A": 4, "B": 1}


def test_serial_numbers_of_a_bundles_component_are_handed_over(office: Client, now: datetime) -> None:
    site, watch = Site(), tracked(now, tracks="SERIAL", dated="NONE", sku="WATCH")
    receive(watch, site.warehouse, now, LotUnits("S1"), LotUnits("S2"))
    box = factories.bundle((watch, 1), sku="BOX", tax_class=site.standard)
    factories.listing(box, site.channel, 1100)
    part = ordered(site, (box, 1))

    act(
        office,
        page("orders_fulfilment_complete", part.pk),
        line_1="1",
        tracking_number="",
        lots="WATCH S2",
    )

    part.refresh_from_db()
    assert part.status == "COMPLETED"
    assert held(watch, site.warehouse) == {"S1": 1}


def test_an_order_of_nothing_told_apart_asks_for_no_lots(office: Client) -> None:
    site = Site()
    part = ordered(site, (site.item(200, stock=5), 1))

    assert "lots" not in office.get(page("orders_fulfilment_complete", part.pk)).context["form"].fields
