"""Lots by documents that take more than one step: what is on its way, and what was ordered."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog.models import Variant
from inventory import errors, verification
from inventory import services as inventory
from inventory.models import PurchaseOrder, StockLevel, Transfer
from inventory.services import LotUnits
from organisation.models import Location
from tests import factories
from tests.inventory.lots import context, day, held, receive, rows, sell, tracked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    """The database's own: what may be promised is asked of its clock."""
    return datetime.now(UTC)


def test_tracking_does_not_end_while_a_known_lot_is_on_its_way(now: datetime) -> None:
    shop, other, milk = factories.location(), factories.location(), tracked(now)
    receive(milk, shop, now, LotUnits("A", 2, day(20, now)))
    sent = inventory.request_transfer(
        origin_id=shop.pk, destination_id=other.pk, lines=[(milk.pk, 2)], **context("r", now)
    )
    transfer = Transfer.objects.get(number=sent.number)
    inventory.ship_transfer(transfer_id=transfer.pk, **context("s", now))

    with pytest.raises(errors.LotsRefused) as refusal:
        inventory.stop_tracking(variant_id=milk.pk, **context("x", now))
    assert refusal.value.data() == {"field": "tracks", "rule": "under-way", "sku": milk.sku}
    assert StockLevel.objects.filter(tracked=True).count() == 2

    arrival = inventory.Arrival(milk.pk, 2)
    inventory.receive_transfer(transfer_id=transfer.pk, arrivals=[arrival], **context("a", now))
    sell(milk, other, 2, now)
    inventory.stop_tracking(variant_id=milk.pk, **context("y", now))
    assert not StockLevel.objects.filter(tracked=True).exists()
    assert verification.find_drifts() == []


def test_an_orders_deliveries_bring_their_lots(now: datetime) -> None:
    shop, milk = factories.location(), tracked(now)
    order = purchased(milk, shop, 10, now)
    lots = (
        LotUnits("A", 4, day(20, now)),
        LotUnits("B", 3, day(30, now), damaged=1),
    )

    with pytest.raises(errors.LotsRefused) as refusal:
        arrive(order, inventory.Arrival(milk.pk, 7), now, "none")
    arrive(order, inventory.Arrival(milk.pk, 6, 1, lots), now, "D-1")
    arrive(order, inventory.Arrival(milk.pk, 2, 1, (LotUnits("C", 3, day(40, now)),)), now, "D-2")

    assert refusal.value.data() == {"field": "lots", "rule": "required", "sku": milk.sku}
    assert held(milk, shop) == {"A": 4, "B": 3, "C": 3}
    assert held(milk, shop, "damaged") == {"B": 1, "C": 1}
    assert rows("D-2") == [("C", "ON_HAND", "RECEIPT", 3, 3), ("C", "DAMAGED", "DAMAGE", 1, 1)]
    assert StockLevel.objects.get().incoming == 0
    assert verification.find_drifts() == []


def purchased(variant: Variant, shop: Location, units: int, now: datetime) -> int:
    """An order that is placed; answers its key."""
    done = inventory.draft_purchase_order(
        supplier_id=factories.supplier().pk,
        destination_id=shop.pk,
        lines=[inventory.OrderedLine(variant.pk, units, Decimal(100))],
        **context("draft", now),
    )
    order = PurchaseOrder.objects.get(number=done.number)
    inventory.place_purchase_order(order_id=order.pk, **context("place", now))
    return order.pk


def arrive(order_id: int, arrival: inventory.Arrival, now: datetime, number: str) -> None:
    inventory.receive_purchase_order(
        order_id=order_id, arrivals=[arrival], number=number, **context(number, now)
    )
