"""What is delivered is sent from another location: held there, free here, and nobody gets in between."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from catalog.models import Variant
from inventory import errors as stock_errors
from inventory import services as inventory
from inventory import verification
from inventory.models import Reservation, StockLevel
from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import errors, services
from orders import verification as books
from orders.models import ComponentReservation, Fulfilment
from organisation.models import Location
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.orders.test_bundles import Gifts
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = Actor.api_key("staff")


def context(key: str) -> dict[str, Any]:
    claim = Claim.of(actor=STAFF, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": STAFF, "now": NOW}


def shop_with(variant: Variant, units: int, **fields: Any) -> Location:
    shop = factories.location(**{"capabilities": ["SHIP_FROM_STORE"], **fields})
    factories.stock(variant, shop, units)
    return shop


def ordered(site: Site, variant: Variant, units: int) -> Fulfilment:
    number = place(site.cart((variant, units))).number
    return Fulfilment.objects.select_related("order").get(order__number=number)


def move(part: Fulfilment, to: Location, key: str = "a") -> services.MovedFulfilment:
    return services.move_fulfilment(
        number=part.order.number, fulfilment_id=part.pk, location_id=to.pk, **context(key)
    )


def reserved() -> dict[str, int]:
    return dict(StockLevel.objects.values_list("location__code", "reserved"))


def told_places() -> list[int]:
    event = Event.objects.filter(type="inventory.stock-changed.v1").latest("pk")
    return sorted(event.payload["location_ids"])


def drifts() -> list[Any]:
    return [*verification.find_drifts(), *books.find_drifts()]


def test_it_is_held_there_and_free_here_and_both_are_told() -> None:
    site = Site()
    tea = site.item(1100, stock=5)
    part = ordered(site, tea, 3)
    shop = shop_with(tea, 3)

    done = move(part, shop)
    again = move(part, shop)

    part.refresh_from_db()
    assert done == again == services.MovedFulfilment(part.order.number, part.pk, shop.code)
    assert (part.location_id, part.status) == (shop.pk, "RESERVED")
    assert reserved() == {site.warehouse.code: 0, shop.code: 3}
    assert told_places() == sorted([site.warehouse.pk, shop.pk])
    assert drifts() == []


def test_a_bundles_components_go_together() -> None:
    gifts = Gifts()
    number = place(gifts.cart((gifts.box, 2))).number
    part = Fulfilment.objects.select_related("order").get(order__number=number)
    shop = shop_with(gifts.tea, 4)
    factories.stock(gifts.cup, shop, 2)

    move(part, shop)

    held = Reservation.objects.filter(pk__in=ComponentReservation.objects.values("reservation"))
    assert list(held.order_by("quantity").values_list("quantity", "location")) == [(2, shop.pk), (4, shop.pk)]
    assert (gifts.levels(), gifts.levels(shop)) == ([(10, 0), (10, 0)], [(4, 4), (2, 2)])
    assert drifts() == []


def test_what_has_run_out_over_there_is_no_obstacle() -> None:
    site = Site()
    tea = site.item(1100, stock=5)
    part, shop = ordered(site, tea, 2), shop_with(tea, 2)
    want = inventory.Want(tea.pk, shop.pk, 2, "hold:1")
    with db.transaction():
        inventory.reserve(
            wants=[want], expires_at=NOW, actor=STAFF, now=NOW - timedelta(hours=1), publish=False
        )

    move(part, shop)

    assert reserved() == {site.warehouse.code: 0, shop.code: 2}
    assert drifts() == []


@pytest.mark.parametrize(
    ("units", "fields", "error"),
    [
        (1, {}, stock_errors.InsufficientStock),
        (5, {"capabilities": ["PICKUP"]}, errors.LocationUnfit),
        (5, {"active": False}, errors.LocationUnfit),
        (5, {"paused_until": NOW + timedelta(days=1)}, errors.LocationUnfit),
    ],
)
def test_where_it_can_not_come_from_nothing_is_written(
    units: int, fields: dict[str, Any], error: type[Exception]
) -> None:
    site = Site()
    tea = site.item(1100, stock=5)
    part, shop = ordered(site, tea, 2), shop_with(tea, units, **fields)

    with pytest.raises(error):
        move(part, shop)

    part.refresh_from_db()
    assert part.location_id == site.warehouse.pk
    assert reserved() == {site.warehouse.code: 2, shop.code: 0}


def test_what_somebody_picks_or_is_collected_stays_where_it_is() -> None:
    site = Site()
    tea = site.item(1100, stock=5)
    part, shop = ordered(site, tea, 2), shop_with(tea, 5)
    Fulfilment.objects.update(status="PREPARED")
    with pytest.raises(errors.NotFulfillable):
        move(part, shop)
    Fulfilment.objects.update(status="RESERVED", kind="PICKUP")
    with pytest.raises(NotFound):
        move(part, shop)

    assert reserved() == {site.warehouse.code: 2, shop.code: 0}


def test_it_moves_once_while_others_buy_what_is_over_there() -> None:
    site = Site()
    tea = site.item(1100, stock=4)
    part, shop = ordered(site, tea, 4), shop_with(tea, 4)
    factories.source(site.channel, shop, 200)
    buy = [partial(lambda: place(site.cart((tea, 2)))) for _ in range(4)]

    moved, *bought = at_once([partial(move, part, shop), *buy])

    assert sum(1 for one in bought if not isinstance(one, Exception)) == 2
    assert all(
        isinstance(one, stock_errors.InsufficientStock) for one in bought if isinstance(one, Exception)
    )
    assert isinstance(moved, services.MovedFulfilment | stock_errors.InsufficientStock)
    assert sum(reserved().values()) == 8
    assert drifts() == []
