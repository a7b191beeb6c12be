"""What a shop holds by hand becomes an order that is collected there; no unit of it is free in between."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import Variant
from inventory import services as inventory
from inventory import verification
from inventory.errors import InsufficientStock
from inventory.models import Backlog, Reservation
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import verification as books
from orders.errors import HoldUnfit
from orders.models import Cart, Fulfilment, Order
from orders.services import FromHolds, PlacedOrder, place_order
from orders.services.checkout import Checkout
from organisation.models import Location
from organisation.services import create_api_key
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import CONTACT, Site, claim_for, counted, place
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = Actor.api_key("staff")


class Shop(Site):
    """A site with a shop where its buyers collect, which has five teas and holds some of them."""

    def __init__(self, held: int) -> None:
        super().__init__()
        self.shop = factories.location(capabilities=["PICKUP"])
        self.tea = self.item(1100, stock=5)
        self.level = factories.stock(self.tea, self.shop, 5)
        self.hold = self.held(self.tea, self.shop, held)

    def held(self, variant: Variant, location: Location, units: int) -> int:
        key = str(factories.number())
        return inventory.hold_stock(
            variant_id=variant.pk,
            location_id=location.pk,
            quantity=units,
            expires_at=timezone.now() + timedelta(days=1),
            note="slip 12",
            claim=Claim.of(actor=STAFF, operation="hold", key=key, request={}),
            actor=STAFF,
            now=NOW,
        ).id

    def basket(self, units: int) -> Cart:
        return self.cart((self.tea, units), kind="PICKUP", location=self.shop)

    def order(self, cart: Cart, *numbers: int, **checkout: Any) -> PlacedOrder:
        options = {"tender_code": "deferred", "holds": FromHolds(numbers), **checkout}
        return place_order(
            cart_id=cart.pk,
            checkout=Checkout(contact=CONTACT, **options),
            claim=claim_for(cart, "a"),
            actor=STAFF,
            customer=None,
            now=NOW,
        )

    @property
    def reserved(self) -> int:
        self.level.refresh_from_db()
        return self.level.reserved


def held() -> list[tuple[str, int, str]]:
    rows = Reservation.objects.order_by("pk").values_list("source", "quantity", "status")
    return [(source.partition(":")[0], quantity, status) for source, quantity, status in rows]


def drifts() -> list[Any]:
    return [*verification.find_drifts(), *books.find_drifts()]


@pytest.mark.parametrize(
    ("units", "hold", "reserved"),
    [
        (2, ("hold", 3, "ACTIVE"), 5),
        (5, ("hold", 5, "RELEASED"), 5),
    ],
)
def test_what_is_held_becomes_the_orders(units: int, hold: tuple[str, int, str], reserved: int) -> None:
    """All five are held: nobody else could have them, and the order has what it collects."""
    site = Shop(held=5)
    cart = site.basket(units)

    done = site.order(cart, site.hold)
    again = site.order(cart, site.hold)

    assert (done, done.status) == (again, "PLACED")
    assert held() == [hold, ("order", units, "COMMITTED")]
    assert site.reserved == reserved
    part = Fulfilment.objects.get()
    assert (part.status, part.location_id) == ("RESERVED", site.shop.pk)
    told = Event.objects.filter(type="inventory.reservation-changed.v1").latest("pk").payload
    assert (told["change"], told["quantity"]) == ("CONVERTED", units)
    assert drifts() == []


def test_what_the_hold_lacks_comes_from_the_shelf() -> None:
    site = Shop(held=2)

    site.order(site.basket(4), site.hold)

    assert held() == [("hold", 2, "RELEASED"), ("order", 4, "COMMITTED")]
    assert (site.reserved, drifts()) == (4, [])


def test_without_its_number_a_hold_is_nobodys_to_order() -> None:
    site = Shop(held=5)

    with pytest.raises(InsufficientStock):
        site.order(site.basket(1))

    assert held() == [("hold", 5, "ACTIVE")]


def test_who_waits_for_stock_has_no_claim_on_what_is_held() -> None:
    site = Shop(held=5)
    factories.source(site.channel, site.shop, 200)
    Location.objects.filter(pk=site.shop.pk).update(capabilities=["PICKUP", "SHIP_FROM_STORE"])
    Backlog.objects.create(variant=site.tea, channel=site.channel, ahead=0, owed=9)

    site.order(site.basket(5), site.hold)

    assert (held()[-1], site.reserved) == (("order", 5, "COMMITTED"), 5)


@pytest.mark.parametrize("rule", ["unknown", "elsewhere", "other-article", "not-by-card"])
def test_what_does_not_fit_is_refused_and_nothing_is_written(rule: str) -> None:
    site = Shop(held=2)
    cup = site.item(300)
    factories.stock(cup, site.shop, 5)
    wrong = {
        "unknown": 10**12,
        "elsewhere": site.held(site.tea, site.warehouse, 1),
        "other-article": site.held(cup, site.shop, 1),
        "not-by-card": site.hold,
    }[rule]
    card = {"tender_code": "card", "card_token": "tok_1"} if rule == "not-by-card" else {}
    cart, before = site.basket(2), (counted(), held())

    with pytest.raises(HoldUnfit) as refusal:
        site.order(cart, wrong, **card)

    assert refusal.value.data() == {"field": "holds", "rule": rule, "hold": wrong}
    assert (counted(), held()) == before


def test_what_is_sent_is_not_taken_out_of_a_hold() -> None:
    site = Shop(held=1)
    pk = site.held(site.tea, site.warehouse, 2)

    with pytest.raises(HoldUnfit):
        site.order(site.cart((site.tea, 1)), pk)

    assert held() == [("hold", 1, "ACTIVE"), ("hold", 2, "ACTIVE")]


def test_one_that_has_run_out_is_no_obstacle() -> None:
    site = Shop(held=5)
    Reservation.objects.update(expires_at=NOW)

    site.order(site.basket(5), site.hold)

    assert held() == [("hold", 5, "EXPIRED"), ("order", 5, "COMMITTED")]
    assert (site.reserved, drifts()) == (5, [])


def test_one_hold_becomes_one_order_while_others_buy() -> None:
    site = Shop(held=5)
    carts = [site.basket(5) for _ in range(3)]
    buyers = [site.basket(1) for _ in range(3)]
    orders = [partial(site.order, cart, site.hold) for cart in carts]

    outcomes = at_once([*orders, *[partial(place, cart) for cart in buyers]])

    placed = [one for one in outcomes if isinstance(one, PlacedOrder)]
    assert len(placed) == 1
    assert all(isinstance(one, PlacedOrder | InsufficientStock) for one in outcomes)
    assert outcomes.index(placed[0]) < 3
    assert held() == [("hold", 5, "RELEASED"), ("order", 5, "COMMITTED")]
    assert (site.reserved, drifts()) == (5, [])


def checkout(cart: Cart, hold: int, *scopes: str, location: Location | None = None) -> Any:
    client = APIClient()
    if scopes:
        _, secret = create_api_key(
            name=f"k{factories.number()}", scopes=scopes, location=location, now=timezone.now()
        )
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    body = {"contact": {"name": "山田 花子", "email": "h@example.jp"}, "tender": "deferred", "holds": [hold]}
    key = {"Idempotency-Key": f"key-{factories.number()}"}
    return client.post(f"/api/v1/carts/{cart.pk}/checkout/", body, format="json", headers=key)


def test_shoppers_name_no_hold_and_a_shops_device_those_of_its_shop() -> None:
    site = Shop(held=5)
    cart = site.basket(5)

    refused = [
        checkout(cart, site.hold),
        checkout(cart, site.hold, "till", "orders:read"),
        checkout(cart, site.hold, "orders:write", location=site.warehouse),
    ]
    placed = checkout(cart, site.hold, "orders:write", location=site.shop)

    assert [answer.status_code for answer in refused] == [403, 403, 400]
    assert [answer.json()["code"] for answer in refused] == ["not-your-function"] * 2 + ["hold-unfit"]
    assert (placed.status_code, Order.objects.count()) == (201, 1)
    assert held() == [("hold", 5, "RELEASED"), ("order", 5, "COMMITTED")]
