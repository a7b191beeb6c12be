"""Bundles whose components are told apart: what expires first goes, and what is named."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from inventory import verification
from inventory.errors import LotsRefused
from inventory.models import LotEntry
from inventory.services import LotUnits
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders import services
from orders.models import Order
from tests import factories
from tests.inventory.lots import day, held, receive, tracked
from tests.orders.ec import Site, place
from tests.orders.test_sale_api import client_of, post
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = Actor.api_key("staff")


@pytest.fixture
def now() -> datetime:
    """The database's own: what may be promised is asked of its clock."""
    return datetime.now(UTC)


def boxed(site: Site, *components: Any) -> None:
    """A bundle of these, ordered twice."""
    box = factories.bundle(*components, sku="BOX", tax_class=site.standard)
    factories.listing(box, site.channel, 1100)
    place(site.cart((box, 2)))


def complete(now: datetime, **options: Any) -> services.HandedOver:
    order = Order.objects.get()
    claim = Claim.of(actor=STAFF, operation="test", key=str(options), request={"key": str(options)})
    part = order.fulfilments.exclude(status="COMPLETED").get()
    return services.complete_fulfilment(
        number=order.number, fulfilment_id=part.pk, claim=claim, actor=STAFF, now=now, **options
    )


def test_of_a_component_what_expires_first_goes(now: datetime) -> None:
    site, milk, cup = Site(), tracked(now, sku="MILK"), factories.variant()
    factories.stock(cup, site.warehouse, 5)
    receive(milk, site.warehouse, now, LotUnits("B", 4, day(30, now)), LotUnits("A", 3, day(20, now)))
    boxed(site, (milk, 2), (cup, 1))

    complete(now)

    assert held(milk, site.warehouse) == {"B": 3}
    assert verification.find_drifts() == []


def test_lots_of_a_component_are_named(now: datetime) -> None:
    site, milk = Site(), tracked(now, sku="MILK")
    receive(milk, site.warehouse, now, LotUnits("B", 4, day(30, now)), LotUnits("A", 3, day(20, now)))
    boxed(site, (milk, 2))

    complete(now, portions=[services.Portion(1, 1)], lots={milk.pk: (LotUnits("B", 2),)})
    complete(now)

    assert held(milk, site.warehouse) == {"A": 1, "B": 2}
    assert verification.find_drifts() == []


def test_more_than_goes_can_not_be_named(now: datetime) -> None:
    site, milk = Site(), tracked(now, sku="MILK")
    receive(milk, site.warehouse, now, LotUnits("A", 9, day(20, now)))
    boxed(site, (milk, 2))

    for lots in ({milk.pk: (LotUnits("A", 5),)}, {factories.variant().pk: (LotUnits("A", 1),)}):
        with pytest.raises(LotsRefused) as refusal:
            complete(now, lots=lots)
        assert refusal.value.data() == {"field": "lots", "rule": "more-than-goes", "lot": "A"}

    assert held(milk, site.warehouse) == {"A": 9}
    assert Order.objects.get().status == "PLACED"


def test_serial_numbers_of_a_component_are_named_by_a_device(now: datetime) -> None:
    site, watch = Site(), tracked(now, tracks="SERIAL", dated="NONE", sku="WATCH")
    receive(watch, site.warehouse, now, *[LotUnits(f"S{place}") for place in range(3)])
    boxed(site, (watch, 1))
    order = Order.objects.get()
    device = client_of(replace(Till.build(), location=site.warehouse), "orders:write")
    path = f"orders/{order.number}/fulfilments/{order.fulfilments.get().pk}/complete/"

    nameless = post(device, path, {}, key="1")
    lots = [{"sku": "WATCH", "number": "S2"}, {"sku": "WATCH", "number": "S0"}]
    named = post(device, path, {"lots": lots}, key="2")

    assert (nameless.status_code, nameless.json()["rule"], nameless.json()["sku"]) == (
        400, "required", "WATCH"
    )  # fmt: skip
    assert (named.status_code, named.json()["status"]) == (200, "COMPLETED")
    assert held(watch, site.warehouse) == {"S1": 1}
    gone = LotEntry.objects.filter(kind="SALE").order_by("lot__number")
    assert list(gone.values_list("lot__number", "delta")) == [("S0", -1), ("S2", -1)]
