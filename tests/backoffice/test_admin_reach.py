"""Seeing, changing and doing have a reach of their own: who sees every shop changes only their own."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Brand
from inventory.models import ChannelBuffer, ChannelSource, StockLevel
from organisation.models import Location, StaffAssignment
from tests import factories
from tests.backoffice.scene import order_of

pytestmark = pytest.mark.django_db


def signed_in(client: Client, *assignments: tuple[str, Location | None]) -> Client:
    user = factories.user(is_staff=True)
    for role, location in assignments:
        StaffAssignment.objects.create(user=user, role=role, location=location)
    client.force_login(user)
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def save(client: Client, url: str, /, **values: Any) -> int:
    return client.post(url, {"_key": str(uuid4()), **values}).status_code


def act(client: Client, url: str, /, **values: Any) -> Any:
    return client.post(url, {"key": str(uuid4()), **values})


@pytest.fixture
def mine() -> Location:
    return factories.location(name={"ja": "自店"})


@pytest.fixture
def theirs() -> Location:
    return factories.location(name={"ja": "他店"})


def test_who_sees_every_source_changes_that_of_the_own_shop_alone(
    client: Client, mine: Location, theirs: Location
) -> None:
    channel = factories.channel()
    own, other = factories.source(channel, mine), factories.source(channel, theirs)
    own, other = ChannelSource.objects.get(location=mine), ChannelSource.objects.get(location=theirs)
    was = other.priority
    signed_in(client, ("CLERK", None), ("STOCK_OFFICE", mine))
    url = page("inventory_channelsource_change", other.pk)

    assert client.get(url).status_code == 200
    assert 'name="priority"' not in client.get(url).content.decode()
    assert save(client, url, priority="7", active="on") == 403
    # Nor is the other's moved by naming it in a form of one's own.
    own_url = page("inventory_channelsource_change", own.pk)
    assert (
        save(client, own_url, priority="8", active="on", gives="ALL", amount="0", location=theirs.pk) == 302
    )

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.priority, own.location, other.priority) == (8, mine, was)


def test_a_form_takes_no_location_beyond_the_reach(client: Client, mine: Location, theirs: Location) -> None:
    channel = factories.channel()
    signed_in(client, ("CLERK", None), ("STOCK_OFFICE", mine))
    url = page("inventory_channelsource_add")

    offered = client.get(url).context["adminform"].form.fields["location"].queryset
    source = {"channel": channel.pk, "priority": "1", "active": "on", "gives": "ALL", "amount": "0"}
    refused = save(client, url, **source, location=theirs.pk)
    assert (list(offered), refused, ChannelSource.objects.count()) == ([mine], 200, 0)

    assert save(client, url, **source, location=mine.pk) == 302
    assert ChannelSource.objects.get().location == mine


def test_locations_are_seen_and_changed_within_the_reach(
    client: Client, mine: Location, theirs: Location
) -> None:
    signed_in(client, ("MANAGER", mine))
    listed = client.get(page("organisation_location_changelist")).context["cl"].result_list
    assert list(listed) == [mine]
    assert client.get(page("organisation_location_change", theirs.pk)).status_code == 404

    signed_in(client, ("CLERK", None), ("HEADQUARTERS", mine))
    url = page("organisation_location_change", theirs.pk)
    assert client.get(url).status_code == 200
    assert save(client, url, name_ja="奪取") == 403
    assert client.post(page("organisation_location_delete", theirs.pk), {"post": "yes"}).status_code == 403
    assert client.get(page("organisation_location_add")).status_code == 403

    theirs.refresh_from_db()
    assert theirs.name == {"ja": "他店"}


def test_a_role_at_one_shop_changes_nothing_that_is_everyones(client: Client, mine: Location) -> None:
    brand = Brand.objects.create(code="b", name={"ja": "旧"})
    variant, channel = factories.variant(), factories.channel()
    buffer = ChannelBuffer.objects.create(channel=channel, variant=variant, quantity=1)
    signed_in(client, ("CLERK", None), ("HEADQUARTERS", mine))
    change = page("catalog_brand_change", brand.pk)

    assert client.get(change).status_code == 200
    assert save(client, change, code="b", name_ja="新") == 403
    assert save(client, page("catalog_brand_add"), code="c", name_ja="新") == 403
    assert client.post(page("catalog_brand_delete", brand.pk), {"post": "yes"}).status_code == 403
    assert act(client, page("catalog_variant_archive", variant.pk)).status_code == 403
    assert save(client, page("inventory_channelbuffer_change", buffer.pk), quantity="9") == 403

    for row in (brand, variant, buffer):
        row.refresh_from_db()
    assert (brand.name, variant.archived_at, buffer.quantity) == ({"ja": "旧"}, None, 1)
    assert Brand.objects.filter(code="c").count() == 0

    signed_in(client, ("HEADQUARTERS", None))
    assert save(client, change, code="b", name_ja="新") == 302


def test_who_sees_every_order_cancels_those_of_the_own_shop_alone(
    client: Client, mine: Location, theirs: Location
) -> None:
    variant, channel = factories.variant(), factories.channel()
    own = order_of(variant, location=mine, channel=channel)
    other = order_of(variant, location=theirs, channel=channel)
    signed_in(client, ("CLERK", None), ("MANAGER", mine))

    assert client.get(page("orders_order_change", other.pk)).status_code == 200
    assert client.get(page("orders_order_cancel", own.pk)).status_code == 200
    refused = act(client, page("orders_order_cancel", other.pk), reason="customer")

    other.refresh_from_db()
    assert (refused.status_code, other.status) == (403, "PLACED")


def test_stock_moves_only_between_shops_within_the_reach(
    client: Client, mine: Location, theirs: Location
) -> None:
    second = factories.location()
    level = factories.stock(factories.variant(), mine, 5)
    signed_in(client, ("CLERK", None), ("MANAGER", mine), ("MANAGER", second))
    url = page("inventory_stocklevel_transfer", level.pk)

    refused = act(client, url, destination=theirs.pk, quantity="1", note="")

    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["destination"])
    assert not StockLevel.objects.filter(location=theirs).exists()
    assert act(client, url, destination=second.pk, quantity="1", note="").status_code == 302
    assert StockLevel.objects.get(location=second).on_hand == 1


def test_filters_name_no_shop_beyond_the_reach(client: Client, mine: Location, theirs: Location) -> None:
    second = factories.location(name={"ja": "二号店"})
    for place in (mine, second, theirs):
        factories.stock(factories.variant(), place, 1)
    signed_in(client, ("CLERK", mine), ("CLERK", second))

    text = client.get(page("inventory_stocklevel_changelist")).content.decode()

    assert ("自店" in text, "二号店" in text, "他店" in text) == (True, True, False)


def test_a_history_is_seen_where_its_row_is(client: Client, mine: Location, theirs: Location) -> None:
    for place in (mine, theirs):
        Location.objects.filter(pk=place.pk).update(phone="1")
    signed_in(client, ("MANAGER", mine))

    found = client.get(page("organisation_locationevent_changelist")).context["cl"].result_list
    assert {event.pgh_obj_id for event in found} == {mine.pk}
    assert client.get(page("organisation_staffassignmentevent_changelist")).status_code == 403
