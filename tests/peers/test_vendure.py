"""The `vendure` connector against a real Vendure server."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from connectors import registry, services
from connectors.errors import PushFailed
from connectors.models import ListingState, PushState, ShipmentNotice
from inventory.models import Discrepancy, StockLevel
from orders.models import Order
from tests.peers.conftest import Link
from tests.peers.figures import FIGURES
from tests.peers.shipping import settle, ship
from tests.peers.vendure_shop import Api, VendureShop

SHOPPERS, UNITS = 20, 3


def test_a_shopper_there_can_buy_what_is_available_here(vendure: VendureShop, vendure_link: Link) -> None:
    variant = vendure_link.variant(on_hand=7, price=1480)
    there = vendure.make_variant(variant.sku)

    assert vendure_link.tell(variant) == 2

    assert vendure.buyable(there) == 7
    assert vendure.shown(there) == (148_000, "JPY")


def test_open_orders_are_counted_once_before_and_after_they_are_booked(
    vendure: VendureShop, vendure_link: Link
) -> None:
    """Ours is 10; 2 are sold there. Not pulled yet, then booked: 8 can be bought at any time."""
    variant = vendure_link.variant(on_hand=10)
    there = vendure.make_variant(variant.sku)
    vendure_link.tell(variant)
    vendure.buy(there, 2)
    assert vendure.buyable(there) == 8

    PushState.objects.update(available=None)
    vendure_link.tell(variant)
    assert (vendure.buyable(there), vendure.level(there)) == (8, (10, 2))

    vendure_link.poll()
    vendure_link.tell(variant)
    assert (vendure.buyable(there), vendure.level(there)) == (8, (10, 2))

    vendure_link.set_on_hand(variant, 5)
    vendure_link.tell(variant)
    assert (vendure.buyable(there), vendure.level(there)) == (3, (5, 2))


def test_what_vendure_holds_back_is_on_top(vendure: VendureShop, vendure_link: Link) -> None:
    variant = vendure_link.variant(on_hand=4)
    there = vendure.make_variant(variant.sku)
    vendure.change_variant(there, useGlobalOutOfStockThreshold=False, outOfStockThreshold=3)

    vendure_link.tell(variant)

    assert (vendure.buyable(there), vendure.level(there)) == (4, (7, 0))


def test_what_is_not_listed_here_is_not_shown_there(vendure: VendureShop, vendure_link: Link) -> None:
    variant = vendure_link.variant(on_hand=4)
    there = vendure.make_variant(variant.sku)
    vendure_link.tell(variant)
    assert vendure.shown(there) is not None

    variant.listings.all().delete()
    vendure_link.tell(variant)

    assert vendure.shown(there) is None


def test_a_price_without_tax_is_refused_for_good(vendure: VendureShop, vendure_link: Link) -> None:
    variant = vendure_link.variant(on_hand=4)
    there = vendure.make_variant(variant.sku)
    variant.listings.update(tax_inclusive=False)

    vendure_link.tell(variant)

    state = ListingState.objects.get()
    assert (
        state.error == f"{variant.sku}: prices of Vendure's channel are inclusive of tax, and this one is not"
    )
    assert vendure.shown(there) == (100, "JPY")


def test_an_order_is_booked_once(vendure: VendureShop, vendure_link: Link) -> None:
    variant = vendure_link.variant(on_hand=5, price=1100)
    there = vendure.make_variant(variant.sku)
    vendure_link.tell(variant)
    code = vendure.buy(there, 2)

    vendure_link.poll()
    vendure_link.poll()

    order = Order.objects.get(external_number=code)
    [line] = order.lines.all()
    assert (order.total, line.quantity, line.list_amount) == (2700, 2, 2200)
    assert (order.contact.name, order.contact.city, order.contact.postal_code) == (
        "山田 花子",
        "渋谷区",
        "150-0001",
    )
    assert StockLevel.objects.get(variant=variant).reserved == 2


def test_a_shipment_is_shown_there_and_told_twice_is_one(
    vendure: VendureShop, vendure_link: Link, now: datetime
) -> None:
    variant = vendure_link.variant(on_hand=5)
    there = vendure.make_variant(variant.sku)
    vendure_link.tell(variant)
    code = vendure.buy(there, 2)
    vendure_link.poll()
    ship(code, "4500-1111-2222", now)

    assert vendure_link.push() == 1
    ShipmentNotice.objects.update(acknowledged_at=None)
    assert vendure_link.push() == 1

    order = vendure.order(code)
    [parcel] = order["fulfillments"]
    assert (order["state"], parcel["state"], parcel["trackingCode"]) == (
        "Shipped",
        "Shipped",
        "4500-1111-2222",
    )
    assert vendure.level(there) == (3, 0)
    assert vendure.buyable(there) == 3


def test_health(vendure: VendureShop, vendure_link: Link) -> None:
    with registry.reached(vendure_link.connection) as (connector, to):
        connector.check_health(to)


def test_a_wrong_key_is_refused_for_good_and_says_so(vendure: VendureShop, vendure_link: Link) -> None:
    vendure_link.connection.secret = "wrong"

    with registry.reached(vendure_link.connection) as (connector, to), pytest.raises(PushFailed) as failed:
        connector.check_health(to)

    assert failed.value.permanent
    assert str(failed.value).startswith("Vendure refuses the API key")


def test_an_unknown_sku_is_refused_and_the_others_are_told(vendure: VendureShop, vendure_link: Link) -> None:
    known, unknown = vendure_link.variant(on_hand=2), vendure_link.variant(on_hand=2)
    there = vendure.make_variant(known.sku)

    vendure_link.tell(known, unknown)

    state = PushState.objects.get(variant=unknown)
    assert state.error == f"Vendure has no variant with the SKU {unknown.sku}"
    told = PushState.objects.get(variant=known)
    assert (told.acknowledged_version, told.error) == (told.version, "")
    assert vendure.buyable(there) == 2


def test_a_comparison_heals_what_was_changed_there_by_hand(
    vendure: VendureShop, vendure_link: Link, now: datetime
) -> None:
    stock, price, same = (vendure_link.variant(on_hand=6) for _ in range(3))
    there = {variant: vendure.make_variant(variant.sku) for variant in (stock, price, same)}
    vendure_link.tell(stock, price, same)
    vendure.set_on_hand(there[stock], 99)
    vendure.change_variant(there[price], prices=[{"currencyCode": "JPY", "price": 777}])
    settle()

    compared = services.compare(connection_id=vendure_link.connection.pk, now=now)

    assert (compared.compared, compared.drifted, compared.listings_drifted, compared.error) == (3, 1, 1, "")
    assert [drift["theirs"] for drift in compared.detail] == [99, {"listed": True, "price": "7.77"}]
    assert vendure.buyable(there[stock]) == 6
    assert vendure.shown(there[price]) == (100_000, "JPY")
    settle()
    again = services.compare(connection_id=vendure_link.connection.pk, now=now)
    assert (again.drifted, again.listings_drifted) == (0, 0)


def test_what_is_sold_there_and_not_booked_is_left_to_settle(
    vendure: VendureShop, vendure_link: Link, now: datetime
) -> None:
    variant = vendure_link.variant(on_hand=6)
    there = vendure.make_variant(variant.sku)
    vendure_link.tell(variant)
    vendure.buy(there, 1)
    settle()

    assert services.compare(connection_id=vendure_link.connection.pk, now=now).drifted == 0

    vendure_link.poll()
    settle()
    assert services.compare(connection_id=vendure_link.connection.pk, now=now).drifted == 0


def test_an_oversell_there_is_booked_with_a_discrepancy(
    vendure: VendureShop, vendure_link: Link, now: datetime
) -> None:
    """Twenty pay at once for the last three: all that Vendure sold is booked, and nothing is negative."""
    variant = vendure_link.variant(on_hand=UNITS)
    there = vendure.make_variant(variant.sku)
    vendure_link.tell(variant)
    sold = check_out_at_once(vendure, there)
    on_hand, allocated = vendure.level(there)
    FIGURES.append(f"Vendure sold {len(sold)} of {UNITS}; on hand {on_hand}, allocated {allocated}")

    vendure_link.poll()

    booked = Order.objects.filter(external_number__in=sold)
    assert booked.count() == len(sold) >= UNITS
    level = StockLevel.objects.get(variant=variant)
    assert (level.on_hand, level.reserved) == (UNITS, UNITS)
    missing = Discrepancy.objects.filter(kind=Discrepancy.Kind.UNALLOCATED, variant=variant)
    assert sum(missing.values_list("quantity", flat=True)) == len(sold) - UNITS
    vendure_link.tell(variant)
    assert vendure.buyable(there) == 0
    on_hand, _ = vendure.level(there)
    assert on_hand >= 0


def check_out_at_once(shop: VendureShop, variant_id: str) -> list[str]:
    """The codes of the orders that Vendure took of so many shoppers."""
    carts = [shop.fill_cart(variant_id, 1) for _ in range(SHOPPERS)]
    barrier = threading.Barrier(SHOPPERS)

    def pay(cart: Api) -> str | None:
        barrier.wait()
        return shop.pay(cart)

    with ThreadPoolExecutor(SHOPPERS) as shoppers:
        return [code for code in shoppers.map(pay, carts) if code]
