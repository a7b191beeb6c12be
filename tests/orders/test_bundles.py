"""Orders of bundles: components are held, moved and given back together; money is the bundle's own."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog import services as catalog
from catalog.models import Variant
from inventory import errors, verification
from inventory import services as inventory
from inventory.models import Discrepancy, Reservation, StockEntry, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.idempotency import Claim
from orders import services
from orders import verification as books
from orders.models import ComponentReservation, Fulfilment, LineComponent, Order, OrderLine
from orders.services.allocation import choose_sources
from orders.services.returnable import ReturnItem
from organisation.models import Location
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, counted, place
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = Actor.api_key("staff")


class Gifts(Site):
    """A site that sells teas, cups, and a box of two teas and a cup."""

    def __init__(self, tea: int = 10, cup: int = 10) -> None:
        super().__init__()
        self.tea, self.cup = self.item(500, stock=tea), self.item(300, stock=cup)
        self.box = factories.bundle((self.tea, 2), (self.cup, 1), sku="BOX", tax_class=self.standard)
        factories.listing(self.box, self.channel, 1100)

    def levels(self, location: Location | None = None) -> list[tuple[int, int]]:
        rows = StockLevel.objects.filter(location=location or self.warehouse).order_by("pk")
        return list(rows.values_list("on_hand", "reserved"))

    def recompose(self, *components: tuple[Variant, int]) -> None:
        made_of = {variant.pk: quantity for variant, quantity in components}
        with db.transaction():
            catalog.set_components(bundle_id=self.box.pk, components=made_of, actor=SYSTEM, now=NOW)

    def second_shop(self, tea: int, cup: int) -> Location:
        shop = factories.location()
        factories.source(self.channel, shop, 200)
        factories.stock(self.tea, shop, tea)
        factories.stock(self.cup, shop, cup)
        return shop


def context(key: str) -> dict[str, Any]:
    claim = Claim.of(actor=STAFF, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": STAFF, "now": NOW}


def drifts() -> list[Any]:
    return [*verification.find_drifts(), *books.find_drifts()]


def open_reservations() -> list[tuple[int, int, str]]:
    rows = Reservation.objects.filter(status__in=Reservation.OPEN).order_by("pk")
    return list(rows.values_list("variant", "quantity", "source"))


def test_a_bundle_holds_its_components_and_keeps_its_own_price() -> None:
    site = Gifts()

    placed = place(site.cart((site.box, 3), (site.tea, 1)))

    order, line = Order.objects.get(), OrderLine.objects.get(position=1)
    assert (placed.total, line.amount, line.tax_rate, order.tax_amount) == (3800, 3300, Decimal("0.1"), 345)
    assert list(LineComponent.objects.values_list("line", "variant", "quantity")) == [
        (line.pk, site.tea.pk, 2),
        (line.pk, site.cup.pk, 1),
    ]
    source = f"order:{order.pk}"
    assert open_reservations() == [
        (site.tea.pk, 6, f"{source}:1"),
        (site.cup.pk, 3, f"{source}:1"),
        (site.tea.pk, 1, f"{source}:2"),
    ]
    assert (site.levels(), drifts()) == ([(10, 7), (10, 3)], [])


def test_a_bundle_is_held_whole_or_not_at_all() -> None:
    site = Gifts(tea=10, cup=2)
    cart = site.cart((site.box, 3))
    before = counted()

    with pytest.raises(errors.InsufficientStock) as refusal:
        place(cart)

    short = {"sku": "BOX", "location": None, "requested": 3, "available": 2}
    assert refusal.value.data() == {"shortages": [short]}
    assert (counted(), site.levels()) == (before, [(10, 0), (2, 0)])


def test_each_bundle_leaves_one_location_whole() -> None:
    site = Gifts(tea=5, cup=9)
    shop = site.second_shop(9, 1)

    place(site.cart((site.box, 3)))

    assert (site.levels(), site.levels(shop)) == ([(5, 4), (9, 2)], [(9, 2), (1, 1)])
    parts = Fulfilment.objects.order_by("pk").values_list("location", "lines__quantity")
    assert list(parts) == [(site.warehouse.pk, 2), (shop.pk, 1)]
    assert drifts() == []


def test_a_bundle_to_be_picked_up_is_held_at_that_shop() -> None:
    site = Gifts()
    shop = site.second_shop(4, 2)

    place(site.cart((site.box, 2), kind="PICKUP", location=shop))

    assert (site.levels(), site.levels(shop)) == ([(10, 0), (10, 0)], [(4, 4), (2, 2)])
    with pytest.raises(errors.InsufficientStock) as refusal:
        place(site.cart((site.box, 1), kind="PICKUP", location=shop))
    short = {"sku": "BOX", "location": shop.code, "requested": 1, "available": 0}
    assert refusal.value.data() == {"shortages": [short]}


def complete(order: Order, key: str, *portions: services.Portion) -> services.HandedOver:
    part = order.fulfilments.exclude(status="COMPLETED").get()
    return services.complete_fulfilment(
        number=order.number, fulfilment_id=part.pk, portions=list(portions) or None, **context(key)
    )


def test_bundles_are_handed_over_in_parts_and_come_back_whole() -> None:
    site = Gifts()
    place(site.cart((site.box, 3)))
    order = Order.objects.get()
    site.recompose((site.cup, 5))

    complete(order, "a", services.Portion(1, 1))
    assert (site.levels(), drifts()) == ([(8, 4), (9, 2)], [])
    done = complete(order, "b")
    assert (done.status, site.levels(), drifts()) == ("COMPLETED", [(4, 0), (7, 0)], [])

    services.receive_return(
        number=order.number,
        location_id=site.warehouse.pk,
        items=[ReturnItem(1, 1), ReturnItem(1, 1, restock=False)],
        reason="size",
        **context("c"),
    )
    levels = StockLevel.objects.order_by("pk").values_list("on_hand", "damaged")
    assert list(levels) == [(8, 2), (9, 1)]
    assert OrderLine.objects.get().returned_quantity == 2
    assert drifts() == []


def test_a_cancelled_bundle_frees_its_components() -> None:
    site = Gifts()
    place(site.cart((site.box, 3)))

    services.cancel_order(number=Order.objects.get().number, reason="customer", customer=None, **context("a"))

    assert (site.levels(), open_reservations(), drifts()) == ([(10, 0), (10, 0)], [], [])


def test_a_till_sells_a_bundle_out_of_its_components() -> None:
    till = Till.build()
    tea, cup = factories.variant(), factories.variant()
    for variant in (tea, cup):
        factories.stock(variant, till.location, 3)
    box = factories.bundle((tea, 2), (cup, 1))
    factories.listing(box, till.channel, 1100)
    sold = services.TillSale(
        receipt_number="1",
        lines=[services.Rung(box.sku, 2)],
        tenders=[services.Handed("cash", Decimal(2200))],
    )

    receipt = services.ring_up(
        till=sold, location_id=till.location.pk, channel_id=till.channel.pk, **context("a")
    )

    assert (receipt.total, receipt.lines[0].sku) == (2200, box.sku)
    assert list(StockEntry.objects.filter(kind="SALE").order_by("id").values_list("variant", "delta")) == [
        (tea.pk, -4),
        (cup.pk, -2),
    ]
    # The goods have left the shop: what the books did not have is a discrepancy of the component.
    assert list(Discrepancy.objects.values_list("variant", "quantity")) == [(tea.pk, 1)]
    services.receive_return(
        number=receipt.number,
        location_id=till.location.pk,
        items=[ReturnItem(None, 1, code=box.sku)],
        reason="size",
        **context("b"),
    )
    assert list(StockLevel.objects.order_by("pk").values_list("on_hand", flat=True)) == [1, 2]
    assert books.find_drifts() == []


def sell_outside(site: Gifts, boxes: int, number: str = "SB-1", minute: int = 0) -> Order:
    booked = services.place_external_order(
        channel=site.channel,
        external_number=number,
        lines=[services.ExternalLine(site.box.pk, boxes, Decimal(1100 * boxes))],
        contact={"name": "佐藤 次郎"},
        total=Decimal(1100 * boxes),
        placed_at=NOW + timedelta(minutes=minute),
        **context(number),
    )
    return Order.objects.get(number=booked.number)


def serve(variant: Variant) -> int:
    with db.transaction():
        return services.allocate_waiting(variant_ids=[variant.pk], now=NOW)


def test_bundles_sold_outside_wait_for_their_components_first_come_first_served() -> None:
    site = Gifts(tea=5, cup=9)
    first, second = sell_outside(site, 4, "A", 0), sell_outside(site, 2, "B", 1)
    assert (site.levels(), drifts()) == ([(5, 4), (9, 2)], [])
    lacking = Discrepancy.objects.order_by("pk").values_list("variant", "quantity", "status")
    assert list(lacking) == [(site.box.pk, 2, "OPEN"), (site.box.pk, 2, "OPEN")]

    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(site.tea.pk, 5)], **context("receipt"))
    served = serve(site.tea)

    assert (served, site.levels()) == (3, [(10, 10), (9, 5)])
    waiting = Fulfilment.objects.filter(status="PROPOSED").values_list("order", "lines__quantity")
    assert list(waiting) == [(second.pk, 1)]
    assert sorted(Discrepancy.objects.values_list("source", "quantity", "status")) == [
        (f"order:{first.pk}", 2, "RESOLVED"),
        (f"order:{second.pk}", 1, "OPEN"),
        (f"order:{second.pk}", 1, "RESOLVED"),
    ]
    assert (serve(site.tea), drifts()) == (0, [])


def test_bundles_and_single_goods_wait_in_one_queue() -> None:
    """The tea is the second one's only once the first's box has what it takes, though its cup is lacking."""
    site = Gifts(tea=0, cup=0)
    box = sell_outside(site, 1, "A", 0)
    booked = services.place_external_order(
        channel=site.channel,
        external_number="B",
        lines=[services.ExternalLine(site.tea.pk, 2, Decimal(1000))],
        contact={"name": "佐藤 次郎"},
        total=Decimal(1000),
        placed_at=NOW + timedelta(minutes=1),
        **context("B"),
    )
    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(site.tea.pk, 3)], **context("receipt"))

    assert (serve(site.tea), site.levels()) == (1, [(3, 1), (0, 0)])
    inventory.receive_stock(location_id=site.warehouse.pk, lines=[(site.cup.pk, 1)], **context("cups"))
    assert (serve(site.cup), site.levels()) == (1, [(3, 3), (1, 1)])

    assert [part.status for part in box.fulfilments.all()] == ["RESERVED"]
    rest = Order.objects.get(number=booked.number).fulfilments.order_by("status")
    assert [(part.status, part.lines.get().quantity) for part in rest] == [("PROPOSED", 1), ("RESERVED", 1)]
    assert drifts() == []


def test_verification_tells_of_a_component_that_is_not_held() -> None:
    site = Gifts()
    place(site.cart((site.box, 2)))
    cup = ComponentReservation.objects.get(component__variant=site.cup).reservation_id

    with db.transaction():
        inventory.release(reservation_ids=[cup], actor=SYSTEM, now=NOW)

    [drift] = books.find_drifts()
    assert (drift.kind, drift.expected, drift.found) == ("order-component-reservations", 2, 0)


def test_an_order_without_bundles_asks_nothing_about_them(django_assert_max_num_queries: Any) -> None:
    site = Gifts()
    cart = site.cart((site.tea, 1), (site.cup, 1))

    with django_assert_max_num_queries(10) as asked:
        place(cart)

    said = [query["sql"] for query in asked.captured_queries]
    assert not any("orders_linecomponent" in each or "orders_componentreservation" in each for each in said)


def test_lines_without_bundles_are_chosen_by_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert choose_sources([], channel_id=1, keeps_stock={}, components={}, now=NOW) == []
