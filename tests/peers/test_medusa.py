"""The `medusa` connector against a real Medusa server."""

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
from tests.peers.medusa_shop import MedusaShop
from tests.peers.shipping import settle, ship

SHOPPERS, UNITS = 6, 2


def test_a_shopper_there_can_buy_what_is_available_here(medusa: MedusaShop, medusa_link: Link) -> None:
    variant = medusa_link.variant(on_hand=3, price=1480)
    there = medusa.make_variant(variant.sku)

    assert medusa_link.tell(variant) == 2

    assert medusa.shown(there) == (1480, 3)
    assert medusa.buyable(there) == 3


def test_open_orders_are_counted_once_before_and_after_they_are_booked(
    medusa: MedusaShop, medusa_link: Link
) -> None:
    """Ours is 10; 2 are sold there. Not pulled yet, then booked: 8 can be bought at any time."""
    variant = medusa_link.variant(on_hand=10)
    there = medusa.make_variant(variant.sku)
    medusa_link.tell(variant)
    medusa.buy(there, 2)
    assert medusa.shown(there) == (1000, 8)

    PushState.objects.update(available=None)
    medusa_link.tell(variant)
    assert (medusa.shown(there), medusa.level(there)) == ((1000, 8), (10, 2))

    medusa_link.poll()
    medusa_link.tell(variant)
    assert (medusa.shown(there), medusa.level(there)) == ((1000, 8), (10, 2))

    medusa_link.set_on_hand(variant, 5)
    medusa_link.tell(variant)
    assert (medusa.shown(there), medusa.level(there)) == ((1000, 3), (5, 2))


def test_what_is_not_listed_here_is_not_shown_there(medusa: MedusaShop, medusa_link: Link) -> None:
    variant = medusa_link.variant(on_hand=4)
    there = medusa.make_variant(variant.sku)
    medusa_link.tell(variant)
    assert medusa.shown(there) == (1000, 4)

    variant.listings.all().delete()
    medusa_link.tell(variant)

    assert medusa.shown(there) is None


def test_a_price_without_tax_is_refused_for_good(medusa: MedusaShop, medusa_link: Link) -> None:
    variant = medusa_link.variant(on_hand=4)
    there = medusa.make_variant(variant.sku)
    variant.listings.update(tax_inclusive=False)

    medusa_link.tell(variant)

    told = f"{variant.sku}: prices of Medusa's currency are inclusive of tax, and this one is not"
    assert ListingState.objects.get().error == told
    assert medusa.shown(there) == (1, 4)


def test_an_order_is_booked_once(medusa: MedusaShop, medusa_link: Link) -> None:
    variant = medusa_link.variant(on_hand=5, price=1100)
    there = medusa.make_variant(variant.sku)
    medusa_link.tell(variant)
    number = medusa.buy(there, 2)

    medusa_link.poll()
    medusa_link.poll()

    order = Order.objects.get(external_number=number)
    [line] = order.lines.all()
    assert (order.total, line.quantity, line.list_amount) == (2700, 2, 2200)
    contact = (order.contact.name, order.contact.city, order.contact.postal_code)
    assert contact == ("山田 花子", "渋谷区", "150-0001")
    assert StockLevel.objects.get(variant=variant).reserved == 2


def test_a_shipment_is_shown_there_and_told_twice_is_one(
    medusa: MedusaShop, medusa_link: Link, now: datetime
) -> None:
    variant = medusa_link.variant(on_hand=5)
    there = medusa.make_variant(variant.sku)
    medusa_link.tell(variant)
    number = medusa.buy(there, 2)
    medusa_link.poll()
    ship(number, "4500-1111-2222", now)

    assert medusa_link.push() == 1
    ShipmentNotice.objects.update(acknowledged_at=None)
    assert medusa_link.push() == 1

    order = medusa.order(number)
    [parcel] = order["fulfillments"]
    [label] = parcel["labels"]
    assert (order["fulfillment_status"], label["tracking_number"]) == ("shipped", "4500-1111-2222")
    assert medusa.level(there) == (3, 0)


def test_health(medusa: MedusaShop, medusa_link: Link) -> None:
    with registry.reached(medusa_link.connection) as (connector, to):
        connector.check_health(to)


def test_a_wrong_key_is_refused_for_good_and_says_so(medusa: MedusaShop, medusa_link: Link) -> None:
    medusa_link.connection.secret = "sk_wrong"

    with registry.reached(medusa_link.connection) as (connector, to), pytest.raises(PushFailed) as failed:
        connector.check_health(to)

    assert failed.value.permanent
    assert str(failed.value).startswith("Medusa refuses the API key")


def test_an_unknown_sku_is_refused_and_the_others_are_told(medusa: MedusaShop, medusa_link: Link) -> None:
    known, unknown = medusa_link.variant(on_hand=2), medusa_link.variant(on_hand=2)
    there = medusa.make_variant(known.sku)

    medusa_link.tell(known, unknown)

    state = PushState.objects.get(variant=unknown)
    assert state.error == f"Medusa has no variant with the SKU {unknown.sku}"
    told = PushState.objects.get(variant=known)
    assert (told.acknowledged_version, told.error) == (told.version, "")
    assert medusa.shown(there) == (1000, 2)


def test_a_comparison_heals_what_was_changed_there_by_hand(
    medusa: MedusaShop, medusa_link: Link, now: datetime
) -> None:
    stock, price, same = (medusa_link.variant(on_hand=6) for _ in range(3))
    there = {variant: medusa.make_variant(variant.sku) for variant in (stock, price, same)}
    medusa_link.tell(stock, price, same)
    medusa.set_on_hand(there[stock], 99)
    medusa.set_price(there[price], 777)
    settle()

    compared = services.compare(connection_id=medusa_link.connection.pk, now=now)

    assert (compared.compared, compared.drifted, compared.listings_drifted, compared.error) == (3, 1, 1, "")
    assert [drift["theirs"] for drift in compared.detail] == [99, {"listed": True, "price": "777"}]
    assert (medusa.shown(there[stock]), medusa.shown(there[price])) == ((1000, 6), (1000, 6))
    settle()
    again = services.compare(connection_id=medusa_link.connection.pk, now=now)
    assert (again.drifted, again.listings_drifted) == (0, 0)


def test_what_is_sold_at_once_there_is_booked(medusa: MedusaShop, medusa_link: Link) -> None:
    """Six pay at once for the last two: whatever Medusa sold is booked, and nothing is negative."""
    variant = medusa_link.variant(on_hand=UNITS)
    there = medusa.make_variant(variant.sku)
    medusa_link.tell(variant)
    sold = check_out_at_once(medusa, there)
    FIGURES.append(f"Medusa sold {len(sold)} of {UNITS}; stocked and reserved: {medusa.level(there)}")

    medusa_link.poll()

    assert Order.objects.filter(external_number__in=sold).count() == len(sold) >= 1
    level = StockLevel.objects.get(variant=variant)
    assert (level.on_hand, level.reserved) == (UNITS, min(UNITS, len(sold)))
    missing = Discrepancy.objects.filter(kind=Discrepancy.Kind.UNALLOCATED, variant=variant)
    assert sum(missing.values_list("quantity", flat=True)) == max(0, len(sold) - UNITS)
    medusa_link.tell(variant)
    assert medusa.shown(there) == (1000, max(0, UNITS - len(sold)))


def check_out_at_once(shop: MedusaShop, variant_id: str) -> list[str]:
    """The numbers of the orders that Medusa took of so many shoppers."""
    carts = [shop.fill_cart(variant_id, 1) for _ in range(SHOPPERS)]
    barrier = threading.Barrier(SHOPPERS)

    def pay(cart: str) -> str | None:
        barrier.wait()
        return shop.pay(cart)

    with ThreadPoolExecutor(SHOPPERS) as shoppers:
        return [number for number in shoppers.map(pay, carts) if number]
