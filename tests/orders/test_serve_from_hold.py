"""An order that waits for stock is served from what staff hold: nothing of it is free in between."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from catalog.models import Variant
from inventory import errors as stock_errors
from inventory import services as inventory
from inventory import verification
from inventory.models import Discrepancy, Reservation, StockLevel
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders import errors, services
from orders import verification as books
from orders.models import Fulfilment, Order
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = Actor.api_key("staff")


def context(key: str) -> dict[str, Any]:
    claim = Claim.of(actor=STAFF, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": STAFF, "now": NOW}


def hold(site: Site, units: int) -> int:
    level = StockLevel.objects.get()
    held = inventory.hold_stock(
        variant_id=level.variant_id,
        location_id=level.location_id,
        quantity=units,
        expires_at=NOW + timedelta(days=3),
        note="slip 12",
        **context(f"hold-{units}"),
    )
    return held.id


def sold_outside(site: Site, units: int, variant: Variant | None = None) -> Order:
    booked = services.place_external_order(
        channel=site.channel,
        external_number="SB-1",
        lines=[
            services.ExternalLine(
                variant.pk if variant else StockLevel.objects.get().variant_id, units, Decimal(1100 * units)
            )
        ],
        contact={"name": "佐藤 次郎"},
        total=Decimal(1100 * units),
        placed_at=NOW,
        **context("order"),
    )
    return Order.objects.get(number=booked.number)


def drifts() -> list[Any]:
    return [*verification.find_drifts(), *books.find_drifts()]


@pytest.mark.parametrize(("held", "served", "left"), [(2, 2, []), (5, 3, [2]), (3, 3, [])])
def test_it_gets_what_it_lacks_and_the_rest_stays_held(held: int, served: int, left: list[int]) -> None:
    site = Site()
    site.item(1100, stock=5)
    pk = hold(site, held)
    StockLevel.objects.update(safety_stock=5 - held)
    order = sold_outside(site, 3)

    done = services.serve_from_hold(number=order.number, reservation_id=pk, **context("a"))
    again = services.serve_from_hold(number=order.number, reservation_id=pk, **context("a"))

    assert done == again == services.ServedFromHold(order.number, 1, served)
    holds = Reservation.objects.filter(source__startswith="hold:").values_list("quantity", flat=True)
    taken = Reservation.objects.get(source=f"order:{order.pk}:1")
    assert (list(holds), taken.quantity, taken.status, taken.expires_at) == (left, served, "COMMITTED", None)
    parts = Fulfilment.objects.order_by("status").values_list("status", "location", "lines__quantity")
    waiting = [("PROPOSED", None, 3 - served)] if served < 3 else []
    assert list(parts) == [*waiting, ("RESERVED", site.warehouse.pk, served)]
    resolved = Discrepancy.objects.filter(status="RESOLVED").values_list("quantity", flat=True)
    assert (list(resolved), StockLevel.objects.get().reserved) == ([served], held)
    assert drifts() == []


def test_an_order_that_waits_for_nothing_leaves_the_hold_alone() -> None:
    site = Site()
    tea = site.item(1100, stock=5)
    pk = hold(site, 2)
    order = Order.objects.get(number=place(site.cart((tea, 1))).number)

    with pytest.raises(errors.NothingWaits):
        services.serve_from_hold(number=order.number, reservation_id=pk, **context("a"))

    assert Reservation.objects.get(pk=pk).is_hold


def test_what_another_order_holds_is_not_to_be_had() -> None:
    site = Site()
    tea = site.item(1100, stock=2)
    place(site.cart((tea, 2)))
    order = sold_outside(site, 1)

    with pytest.raises(stock_errors.NotAHold):
        services.serve_from_hold(
            number=order.number, reservation_id=Reservation.objects.get().pk, **context("a")
        )


def test_buyers_get_nothing_of_it_meanwhile() -> None:
    site = Site()
    tea = site.item(1100, stock=2)
    pk = hold(site, 2)
    order = sold_outside(site, 2)
    serve = partial(services.serve_from_hold, number=order.number, reservation_id=pk, **context("a"))

    served, *others = at_once([serve, *[partial(lambda: place(site.cart((tea, 1))))] * 6])

    assert served == services.ServedFromHold(order.number, 1, 2)
    assert all(isinstance(other, stock_errors.InsufficientStock) for other in others)
    assert drifts() == []
