"""Counts and discrepancies on staff's screens."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inventory import services as inventory
from inventory.models import (
    CountLimit,
    CountLine,
    CountSheet,
    Discrepancy,
    SectionCount,
    StockTake,
    StockTakeSection,
)
from organisation.models import Location, StaffAssignment, User
from tests import factories
from tests.backoffice.test_admin_actions import act, page, told
from tests.inventory.counting import by, move, on_hand, staff

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(role: str, location: Location | None = None) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role=role, location=location)
    client.force_login(user)
    return client


def test_a_clerk_counts_and_a_manager_approves_and_posts() -> None:
    CountLimit.objects.create(quantity=1)
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 54_321)
    clerk, manager = signed_in("CLERK", shop), signed_in("MANAGER", shop)

    act(clerk, page("inventory_countsheet_open_sheet"), location=shop.pk, lines="TEA", blind="on")
    sheet = CountSheet.objects.get()
    act(clerk, page("inventory_countsheet_record", sheet.pk), lines="TEA 9")
    blind = [
        clerk.get(page("inventory_countsheet_change", sheet.pk)),
        clerk.get(page("inventory_countline_changelist")),
        clerk.get(page("inventory_countline_change", CountLine.objects.get().pk)),
    ]
    act(clerk, page("inventory_countsheet_finish", sheet.pk))
    for response in blind:
        text = response.content.decode()
        assert response.status_code == 200
        assert "54,321" not in text
        assert "54321" not in text
    assert "54,321" in clerk.get(page("inventory_countsheet_change", sheet.pk)).content.decode()

    early = act(manager, page("inventory_countsheet_post", sheet.pk))
    assert (early.status_code, on_hand(tea)) == (422, 54_321)
    assert clerk.get(page("inventory_countsheet_approve", sheet.pk)).status_code == 403
    act(manager, page("inventory_countsheet_approve", sheet.pk))
    done = act(manager, page("inventory_countsheet_post", sheet.pk))

    assert on_hand(tea) == 9
    assert "posted" in told(done)


def test_a_count_typed_from_paper_is_of_the_moment_when_the_shelf_was_looked_at() -> None:
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 10)
    clerk = signed_in("MANAGER", shop)
    act(clerk, page("inventory_countsheet_open_sheet"), location=shop.pk, lines="TEA", blind="on")
    sheet = CountSheet.objects.get()
    form = page("inventory_countsheet_record", sheet.pk)
    assert 'name="counted_at_0"' in clerk.get(form).content.decode()
    looked = timezone.localtime()
    move(tea, -2, timezone.now())

    early = looked - timedelta(days=1)
    refused = act(clerk, form, lines="TEA 10", counted_at_0=f"{early:%Y-%m-%d}", counted_at_1="09:00:00")
    act(clerk, form, lines="TEA 10", counted_at_0=f"{looked:%Y-%m-%d}", counted_at_1=f"{looked:%H:%M:%S.%f}")
    act(clerk, page("inventory_countsheet_finish", sheet.pk))
    act(clerk, page("inventory_countsheet_post", sheet.pk))

    assert refused.status_code == 422
    assert (CountLine.objects.get().counted_at, on_hand(tea)) == (looked, 8)


def test_what_is_typed_into_a_form_that_was_opened_before_a_recount_is_said_not_to_count() -> None:
    shop = factories.location()
    tea = factories.stock(factories.variant(sku="TEA"), shop, 10)
    factories.stock(factories.variant(sku="CUP"), shop, 10)
    clerk = signed_in("MANAGER", shop)
    act(clerk, page("inventory_countsheet_open_sheet"), location=shop.pk, lines="TEA\nCUP", blind="on")
    sheet = CountSheet.objects.get()
    form = page("inventory_countsheet_record", sheet.pk)
    opened = clerk.get(form).context["form"].fields
    inventory.request_recount(number=sheet.number, variant_ids=[tea.variant_id], **by(now=timezone.now()))

    at = timezone.localtime(opened["counted_at"].initial)
    typed = {"counted_at_0": f"{at:%Y-%m-%d}", "counted_at_1": f"{at:%H:%M:%S.%f}"}
    done = clerk.post(form, {"key": opened["key"].initial(), "lines": "TEA 3\nCUP 4", **typed})

    assert "TEA: written down, but it does not count." in told(done)
    assert "CUP" not in told(done)
    counted = dict(CountLine.objects.values_list("variant__sku", "counted"))
    assert counted == {"TEA": None, "CUP": 4}
    assert "does not count" not in told(act(clerk, form, lines="TEA 9"))
    assert CountLine.objects.get(variant=tea.variant).counted == 9


@pytest.mark.parametrize("kind", Discrepancy.Kind.values)
def test_every_kind_of_discrepancy_opens_and_all_but_a_transfers_can_be_noted(kind: str) -> None:
    shop = factories.location()
    tea = factories.variant()
    row = Discrepancy.objects.create(
        kind=kind, variant=tea, location=shop, quantity=1, source="test", opened_at=timezone.now()
    )
    manager = signed_in("MANAGER", shop)

    shown = manager.get(page("inventory_discrepancy_change", row.pk))
    done = act(manager, page("inventory_discrepancy_resolve", row.pk), resolution="seen")

    row.refresh_from_db()
    expected = (422, "OPEN") if kind == Discrepancy.Kind.TRANSFER else (302, "RESOLVED")
    assert (shown.status_code, done.status_code, row.status) == (200, *expected)


def test_a_manager_does_not_approve_her_own_count() -> None:
    CountLimit.objects.create(quantity=1)
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    manager = signed_in("MANAGER", shop)
    act(manager, page("inventory_countsheet_open_sheet"), location=shop.pk, lines="TEA", blind="on")
    sheet = CountSheet.objects.get()
    act(manager, page("inventory_countsheet_record", sheet.pk), lines="TEA 1")
    act(manager, page("inventory_countsheet_finish", sheet.pk))

    refused = act(manager, page("inventory_countsheet_approve", sheet.pk))

    assert refused.status_code == 422
    assert "Nobody approves what they have counted themselves." in refused.content.decode()


def test_a_stock_take_from_its_opening_to_its_posting() -> None:
    shop = factories.location()
    tea, cup = (factories.stock(factories.variant(sku=sku), shop, 10) for sku in ("TEA", "CUP"))
    manager, other, office = (signed_in(role, shop) for role in ("MANAGER", "CLERK", "MANAGER"))

    act(
        manager,
        page("inventory_stocktake_open_stock_take"),
        location=shop.pk,
        business_date="2026-11-22",
        shelves="1 Window\n2",
        rooms="B Back room",
    )
    taken = StockTake.objects.get()
    sections = {one.number: one for one in StockTakeSection.objects.all()}
    assert {number: one.selling for number, one in sections.items()} == {"1": True, "2": True, "B": False}
    act(other, page("inventory_stocktakesection_scan", sections["1"].pk), lines="TEA 8", round="1")
    for section in sections.values():
        act(other, page("inventory_stocktakesection_finish", section.pk), round="1")
    act(manager, page("inventory_stocktake_accept", taken.pk))
    act(manager, page("inventory_stocktake_close", taken.pk))
    shown = manager.get(page("inventory_stocktakeline_changelist") + "?show=uncounted")
    assert [line.variant.sku for line in shown.context["cl"].result_list] == ["CUP"]
    act(manager, page("inventory_stocktake_decide", taken.pk), uncounted="ZERO")
    act(office, page("inventory_stocktake_approve", taken.pk))
    act(manager, page("inventory_stocktake_post", taken.pk))

    taken.refresh_from_db()
    assert (taken.status, on_hand(tea), on_hand(cup)) == ("POSTED", 8, 0)
    assert manager.get(page("inventory_stocktake_change", taken.pk)).status_code == 200


def test_a_round_is_rejected_and_another_one_opened() -> None:
    shop = factories.location()
    factories.stock(factories.variant(sku="TEA"), shop, 10)
    manager = signed_in("MANAGER", shop)
    inventory.open_stock_take(
        location_id=shop.pk,
        business_date=timezone.now().date(),
        sections=[inventory.SectionSpec("1")],
        **by(now=timezone.now()),
    )
    section = StockTakeSection.objects.get()
    act(manager, page("inventory_stocktakesection_scan", section.pk), lines="TEA 8", round="1")
    act(manager, page("inventory_stocktakesection_finish", section.pk), round="1")

    act(manager, page("inventory_sectioncount_reject", SectionCount.objects.get().pk))
    act(manager, page("inventory_stocktakesection_recount", section.pk))

    assert list(SectionCount.objects.order_by("round").values_list("round", "status")) == [
        (1, "REJECTED"),
        (2, "OPEN"),
    ]


def test_a_clerk_neither_takes_stock_nor_settles_and_sees_no_other_shop() -> None:
    mine, theirs = factories.location(), factories.location()
    level = factories.stock(factories.variant(), theirs, 0)
    move(level, -1, timezone.now())
    other = Discrepancy.objects.get()
    clerk, manager = signed_in("CLERK", mine), signed_in("MANAGER", mine)
    number = inventory.open_count_sheet(
        location_id=theirs.pk, variant_ids=[level.variant_id], **by(now=timezone.now())
    ).number
    sheet = CountSheet.objects.get(number=number)

    assert clerk.get(page("inventory_stocktake_open_stock_take")).status_code == 403
    assert manager.get(page("inventory_countsheet_record", sheet.pk)).status_code == 404
    assert manager.get(page("inventory_discrepancy_add_missing", other.pk)).status_code == 404
    Discrepancy.objects.update(location=mine)
    assert clerk.get(page("inventory_discrepancy_add_missing", other.pk)).status_code == 403
    assert manager.get(page("inventory_discrepancy_add_missing", other.pk)).status_code == 200


def test_a_discrepancy_is_assigned_filtered_by_owner_and_age_and_settled() -> None:
    shop = factories.location()
    level = factories.stock(factories.variant(), shop, 0)
    move(level, -2, timezone.now() - timedelta(days=9))
    move(level, -1, timezone.now())
    old, new = Discrepancy.objects.order_by("pk")
    manager = signed_in("MANAGER", shop)
    me = User.objects.get(pk=manager.session["_auth_user_id"])
    stranger = staff("MANAGER", factories.location())

    refused = act(manager, page("inventory_discrepancy_assign", old.pk), owner=stranger.key)
    act(manager, page("inventory_discrepancy_assign", old.pk), owner=me.pk)

    def listed(query: str) -> set[int]:
        answer = manager.get(page("inventory_discrepancy_changelist") + query)
        return {row.pk for row in answer.context["cl"].result_list}

    assert refused.status_code == 422
    assert listed("?whose=mine") == {old.pk}
    assert listed("?whose=nobody") == {new.pk}
    assert listed("?older=7") == {old.pk}
    assert "1 week" in manager.get(page("inventory_discrepancy_changelist")).content.decode().replace(
        "\xa0", " "
    )

    done = act(manager, page("inventory_discrepancy_add_missing", old.pk), note="behind the counter")

    old.refresh_from_db()
    assert (old.status, old.remedy, old.resolution) == ("RESOLVED", "ADDED", "behind the counter")
    assert on_hand(level) == 0
    assert "on hand: +3" in told(done)
