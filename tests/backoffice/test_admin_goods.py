"""Purchase orders and transfers on staff's screens: who is offered what, and what it does."""

import time
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from catalog.models import Variant
from inventory import verification
from inventory.models import (
    PurchaseOrder,
    Reservation,
    StockDocument,
    StockLevel,
    Transfer,
    TransferDifference,
)
from organisation.models import Location, StaffAssignment
from tests import factories
from tests.backoffice.test_admin_actions import act, page, told

pytestmark = pytest.mark.django_db(transaction=True)
# On a busy machine; a quiet one needs a third of it.
SILLY_SECONDS = 60


@pytest.fixture
def here() -> Location:
    return factories.location(code="here")


@pytest.fixture
def there() -> Location:
    return factories.location(code="there")


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def staff(role: str, location: Location) -> Client:
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role=role, location=location)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def offered(client: Client, model: str, pk: int) -> set[str]:
    """The actions on the row's page, the menu's too."""
    actions = client.get(page(f"inventory_{model}_change", pk)).context["actions_detail"]
    every = [each for action in actions for each in action.get("items", [action])]
    return {action["path"].rstrip("/").rsplit("/", 1)[-1] for action in every}


def requested(client: Client, here: Location, there: Location, lines: str) -> Transfer:
    done = act(
        client, page("inventory_transfer_request_transfer"), origin=here.pk, destination=there.pk, lines=lines
    )
    assert done.status_code == 302, done.context["form"].errors
    return Transfer.objects.latest("pk")


def test_an_order_is_drafted_placed_received_and_closed(office: Client, here: Location) -> None:
    supplier = factories.supplier(lead_time_days=2)
    tea, cup = factories.variant(sku="TEA"), factories.variant(sku="CUP")
    factories.code(cup, "4901234567894", quantity=6)

    act(
        office,
        page("inventory_purchaseorder_draft"),
        supplier=supplier.pk,
        destination=here.pk,
        lines="TEA 10 1200\n４９０１２３４５６７８９４ 2 480",
    )
    order = PurchaseOrder.objects.get()
    assert list(order.lines.order_by("pk").values_list("variant__sku", "quantity", "unit_cost")) == [
        ("TEA", 10, Decimal(1200)),
        ("CUP", 12, Decimal(80)),
    ]
    assert "¥12,960" in office.get(page("inventory_purchaseorder_change", order.pk)).content.decode()
    assert offered(office, "purchaseorder", order.pk) == {"revise", "place", "cancel"}

    placed = act(office, page("inventory_purchaseorder_place", order.pk))
    assert "status: draft → ordered" in told(placed)
    assert offered(office, "purchaseorder", order.pk) == {"receive", "cancel", "reschedule"}
    act(
        office,
        page("inventory_purchaseorder_receive", order.pk),
        number="D-1",
        **{f"fit_{tea.pk}": 7, f"damaged_{tea.pk}": 1, f"fit_{cup.pk}": 0, f"damaged_{cup.pk}": 0},
    )
    assert offered(office, "purchaseorder", order.pk) == {"receive", "close", "reschedule"}
    level = StockLevel.objects.get(variant=tea)
    assert (level.on_hand, level.incoming, level.damaged) == (8, 2, 1)
    act(office, page("inventory_purchaseorder_close", order.pk), reason="sold out there")

    order.refresh_from_db()
    assert (order.status, order.reason) == ("CLOSED", "sold out there")
    assert {level.incoming for level in StockLevel.objects.all()} == {0}
    assert verification.find_drifts() == []


def articles(count: int) -> list[Variant]:
    product, tax = factories.product(), factories.tax_class()
    return Variant.objects.bulk_create(
        Variant(sku=f"LONG-{number:04}", name={"ja": "品"}, product=product, tax_class=tax)
        for number in range(count)
    )


def test_an_order_of_two_thousand_lines_is_drafted_placed_and_received(
    office: Client, here: Location
) -> None:
    variants = articles(2000)
    written = "\n".join(f"{variant.sku} 10 1234.5678" for variant in variants)
    supplier = factories.supplier()
    drafted = act(
        office,
        page("inventory_purchaseorder_draft"),
        supplier=supplier.pk,
        destination=here.pk,
        lines=written,
    )
    assert drafted.status_code == 302, drafted.context["form"].errors
    order = PurchaseOrder.objects.get()
    act(office, page("inventory_purchaseorder_place", order.pk))
    # Two figures a line, and the third where lots are kept.
    arrived = {f"fit_{variant.pk}": 9 for variant in variants}
    damaged = {f"damaged_{variant.pk}": 1 for variant in variants}
    began = time.monotonic()

    done = act(office, page("inventory_purchaseorder_receive", order.pk), number="D-1", **arrived, **damaged)

    assert time.monotonic() - began < SILLY_SECONDS
    assert done.status_code == 302
    order.refresh_from_db()
    assert order.status == "RECEIVED"
    assert set(StockLevel.objects.values_list("on_hand", "damaged", "incoming")) == {(10, 1, 0)}
    assert StockLevel.objects.count() == 2000
    assert office.get(page("inventory_purchaseorder_change", order.pk)).status_code == 200


def test_more_than_a_form_takes_is_refused(office: Client, here: Location) -> None:
    too_many = {f"fit_{number}": 1 for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)}
    factories.variant(sku="TEA")
    url = page("inventory_purchaseorder_draft")
    supplier = factories.supplier()

    lines = act(office, url, supplier=supplier.pk, destination=here.pk, lines="\n".join(["TEA 1 1"] * 2001))
    fields = act(office, url, supplier=supplier.pk, destination=here.pk, lines="TEA 1 1", **too_many)

    assert lines.context["form"].errors == {"lines": ["No more than 2000 lines at once."]}
    assert fields.status_code == 400
    assert not PurchaseOrder.objects.exists()


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ("TEA 10", "This line can't be read: TEA 10"),
        ("TEA 1 -5", "This line can't be read: TEA 1 -5"),
        ("TEA 1 NaN", "This line can't be read: TEA 1 NaN"),
        ("TEA 1 5\nTEA 2 5", "An article stands on two lines."),
        ("CAT 1 5", "Nothing is known by: CAT"),
    ],
)
def test_lines_of_an_order_that_can_not_be_read_are_named(
    office: Client, here: Location, lines: str, error: str
) -> None:
    factories.variant(sku="TEA")

    refused = act(
        office,
        page("inventory_purchaseorder_draft"),
        supplier=factories.supplier().pk,
        destination=here.pk,
        lines=lines,
    )

    assert refused.context["form"].errors == {"lines": [error]}
    assert not PurchaseOrder.objects.exists()


def test_more_than_is_tolerated_is_told_with_its_figures(office: Client, here: Location) -> None:
    tea = factories.variant(sku="TEA")
    act(
        office,
        page("inventory_purchaseorder_draft"),
        supplier=factories.supplier().pk,
        destination=here.pk,
        lines="TEA 10 1200",
    )
    order = PurchaseOrder.objects.get()
    act(office, page("inventory_purchaseorder_place", order.pk))
    arrived = {f"fit_{tea.pk}": 12, f"damaged_{tea.pk}": 0}

    refused = act(office, page("inventory_purchaseorder_receive", order.pk), **arrived)
    text = refused.content.decode()
    assert (refused.status_code, StockLevel.objects.get().on_hand) == (422, 0)
    assert all(part in text for part in ("SKU: TEA", "ordered: 10", "arrived: 12", "allowed: 10"))
    taken = act(office, page("inventory_purchaseorder_receive", order.pk), over_reason="cheap", **arrived)

    assert (taken.status_code, StockLevel.objects.get().on_hand) == (302, 12)


def test_a_draft_is_revised_with_its_lines_at_hand(office: Client, here: Location) -> None:
    factories.variant(sku="TEA")
    act(
        office,
        page("inventory_purchaseorder_draft"),
        supplier=factories.supplier().pk,
        destination=here.pk,
        lines="TEA 10 80.5",
    )
    order = PurchaseOrder.objects.get()
    url = page("inventory_purchaseorder_revise", order.pk)

    assert office.get(url).context["form"]["lines"].value() == "TEA 10 80.5"
    act(office, url, lines="TEA 12 79", expected_date="2026-12-24")

    line = order.lines.get()
    order.refresh_from_db()
    assert (line.quantity, line.unit_cost, str(order.expected_date)) == (12, Decimal(79), "2026-12-24")


def test_a_transfer_is_shipped_here_received_there_and_its_difference_settled(
    here: Location, there: Location
) -> None:
    tea = factories.variant(sku="TEA")
    factories.stock(tea, here, 10)
    sender, receiver = staff("MANAGER", here), staff("MANAGER", there)
    transfer = requested(sender, here, there, "TEA 6")
    assert Reservation.objects.get().quantity == 6
    assert offered(sender, "transfer", transfer.pk) == {"approve", "ship", "cancel"}
    assert offered(receiver, "transfer", transfer.pk) == {"cancel"}

    act(sender, page("inventory_transfer_ship", transfer.pk), **{f"line_{tea.pk}": 5})
    assert offered(sender, "transfer", transfer.pk) == set()
    assert offered(receiver, "transfer", transfer.pk) == {"receive"}
    received = act(
        receiver,
        page("inventory_transfer_receive", transfer.pk),
        complete="on",
        **{f"fit_{tea.pk}": 3, f"damaged_{tea.pk}": 0},
    )
    assert "1 differences are to be settled." in told(received)
    row = TransferDifference.objects.get()
    shown = receiver.get(page("inventory_discrepancy_change", row.discrepancy_id)).content.decode()
    assert f"{page('inventory_transfer_changelist')}?q={transfer.number}" in shown
    assert page("inventory_discrepancy_resolve", row.discrepancy_id) not in shown
    shown = receiver.get(page("inventory_transfer_change", transfer.pk)).content.decode()
    assert page("inventory_transferdifference_change", row.pk) in shown
    refused = act(receiver, page("inventory_transferdifference_write_off", row.pk), quantity=2, reason="lost")
    assert (refused.status_code, TransferDifference.objects.get().open) == (422, 2)
    assert "Your role does not let you do this here." in refused.content.decode()
    act(sender, page("inventory_transferdifference_write_off", row.pk), quantity=1, reason="lost")
    act(receiver, page("inventory_transferdifference_find", row.pk), quantity=1, reason="in the van")

    row.refresh_from_db()
    assert (row.found, row.written_off, row.discrepancy.status) == (1, 1, "RESOLVED")
    on_hand = StockLevel.objects.order_by("location__code").values_list("on_hand", "incoming")
    assert list(on_hand) == [(5, 0), (4, 0)]
    assert offered(sender, "transferdifference", row.pk) == set()
    assert verification.find_drifts() == []


def test_nobody_ships_or_receives_for_another_place_by_any_url(here: Location, there: Location) -> None:
    tea = factories.variant(sku="TEA")
    factories.stock(tea, here, 10)
    sender, receiver = staff("MANAGER", here), staff("MANAGER", there)
    stranger = staff("MANAGER", factories.location())
    transfer = requested(sender, here, there, "TEA 6")

    assert receiver.get(page("inventory_transfer_ship", transfer.pk)).status_code == 403
    assert stranger.get(page("inventory_transfer_ship", transfer.pk)).status_code == 404
    assert stranger.get(page("inventory_transfer_change", transfer.pk)).status_code == 404
    act(sender, page("inventory_transfer_ship", transfer.pk), **{f"line_{tea.pk}": 6})
    assert sender.get(page("inventory_transfer_receive", transfer.pk)).status_code == 403


def test_the_place_that_needs_goods_asks_for_them_and_the_other_sends(
    here: Location, there: Location
) -> None:
    tea = factories.variant(sku="TEA")
    factories.stock(tea, here, 10)
    sender, receiver = staff("MANAGER", here), staff("MANAGER", there)

    transfer = requested(receiver, here, there, "TEA 6")

    assert (transfer.status, StockLevel.objects.get().reserved) == ("REQUESTED", 6)
    assert offered(receiver, "transfer", transfer.pk) == {"cancel"}
    assert offered(sender, "transfer", transfer.pk) == {"approve", "ship", "cancel"}
    for step in ("approve", "ship"):
        url, sent = page(f"inventory_transfer_{step}", transfer.pk), {"key": str(uuid4())}
        assert (receiver.get(url).status_code, receiver.post(url, sent).status_code) == (403, 403)
    act(sender, page("inventory_transfer_approve", transfer.pk))
    assert offered(receiver, "transfer", transfer.pk) == set()
    assert receiver.get(page("inventory_transfer_cancel", transfer.pk)).status_code == 403
    act(sender, page("inventory_transfer_ship", transfer.pk), **{f"line_{tea.pk}": 6})
    transfer.refresh_from_db()
    assert transfer.status == "SHIPPED"


def test_who_asked_takes_it_back_until_it_is_agreed_to(here: Location, there: Location) -> None:
    factories.stock(factories.variant(sku="TEA"), here, 10)
    receiver = staff("MANAGER", there)
    transfer = requested(receiver, here, there, "TEA 6")

    act(receiver, page("inventory_transfer_cancel", transfer.pk), reason="not needed")

    transfer.refresh_from_db()
    assert (transfer.status, StockLevel.objects.get().reserved) == ("CANCELLED", 0)


def test_nobody_asks_for_goods_between_two_other_places(here: Location, there: Location) -> None:
    factories.stock(factories.variant(sku="TEA"), here, 10)
    url, lines = page("inventory_transfer_request_transfer"), "TEA 6"

    refused = act(
        staff("MANAGER", factories.location()), url, origin=here.pk, destination=there.pk, lines=lines
    )

    assert "Neither of the two places is within your reach." in refused.content.decode()
    assert (refused.status_code, Transfer.objects.count()) == (422, 0)
    assert StockLevel.objects.get().reserved == 0
    assert staff("CLERK", there).get(url).status_code == 403


def test_a_clerk_receives_what_comes_and_sees_no_cost(office: Client, here: Location) -> None:
    tea = factories.variant(sku="TEA")
    act(
        office,
        page("inventory_purchaseorder_draft"),
        supplier=factories.supplier().pk,
        destination=here.pk,
        lines="TEA 10 1234",
    )
    order = PurchaseOrder.objects.get()
    act(office, page("inventory_purchaseorder_place", order.pk))
    clerk, manager = staff("CLERK", here), staff("MANAGER", here)
    line = page("inventory_purchaseorderline_change", order.lines.get().pk)
    lists = page("inventory_purchaseorderline_changelist")
    own = page("inventory_purchaseorder_change", order.pk)

    for url in (own, line, lists):
        assert "1,234" in manager.get(url).content.decode()
        assert "1,234" not in clerk.get(url).content.decode()
    assert offered(clerk, "purchaseorder", order.pk) == {"receive"}
    assert clerk.get(page("inventory_purchaseorder_cancel", order.pk)).status_code == 403
    assert clerk.get(page("inventory_purchaseorder_draft")).status_code == 403
    act(
        clerk,
        page("inventory_purchaseorder_receive", order.pk),
        number="D-1",
        **{f"fit_{tea.pk}": 10, f"damaged_{tea.pk}": 0},
    )
    assert StockDocument.objects.get(number="D-1").actor.startswith("user:")


def test_a_store_sees_its_own_orders(office: Client, here: Location, there: Location) -> None:
    factories.variant(sku="TEA")
    for place in (here, there):
        act(
            office,
            page("inventory_purchaseorder_draft"),
            supplier=factories.supplier().pk,
            destination=place.pk,
            lines="TEA 10 1200",
        )
    manager = staff("MANAGER", here)

    shown: Any = manager.get(page("inventory_purchaseorder_changelist")).context["cl"].result_list

    assert [order.destination for order in shown] == [here]
    strange = PurchaseOrder.objects.get(destination=there)
    assert manager.get(page("inventory_purchaseorder_change", strange.pk)).status_code == 404


def test_actions_that_a_head_has_no_room_for_are_in_its_menu(office: Client, here: Location) -> None:
    level = factories.stock(factories.variant(), here, 9)

    heads = office.get(page("inventory_stocklevel_change", level.pk)).context["actions_detail"]

    assert len(heads) == 4
    assert heads[-1]["title"] == "More"
    assert len(heads[-1]["items"]) > 1
