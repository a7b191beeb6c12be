"""Placing an order: exact amounts, all or nothing, once."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.errors import NotListed
from catalog.models import Listing
from inventory.errors import InsufficientStock
from inventory.models import Reservation, StockLevel
from loyalty import selectors as points
from loyalty.errors import InsufficientPoints
from omni.core.errors import NotFound
from omni.core.idempotency import ClaimMismatch
from omni.outbox.models import Event
from orders import errors
from orders.models import Cart, FulfilmentLine, Order, OrderTax, Payment
from orders.writing import NewContact
from organisation.models import Location
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, claim_for, counted, place

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_line_paid_later_with_points_is_written_exactly() -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    member = site.member(points=300)
    cart = site.cart((tea, 2), customer=member)

    placed = place(cart, customer=member, points=250)

    order = Order.objects.get(number=placed.number)
    assert (placed.status, placed.total, placed.payment_status) == ("PLACED", Decimal(1950), "PENDING")
    assert (placed.points_spent, placed.points_to_earn) == (250, 19)
    assert (order.lines_amount, order.points_amount, order.total, order.tax_amount) == (2200, 250, 1950, 177)
    assert (order.customer_id, order.cart_id, order.status) == (member.pk, cart.pk, "PLACED")
    assert points.balance_of(member.pk, now=NOW).balance == 50
    payment = Payment.objects.get(order=order)
    assert (payment.status, payment.amount, payment.captured_amount) == ("PENDING", 1950, 0)


def test_stock_is_promised_for_good_and_named_by_the_fulfilment() -> None:
    site = Site()
    tea = site.item(stock=10)

    placed = place(site.cart((tea, 3)))

    line = FulfilmentLine.objects.select_related("reservation", "fulfilment").get()
    assert (line.fulfilment.status, line.fulfilment.location_id) == ("RESERVED", site.warehouse.pk)
    assert (line.reservation.status, line.reservation.quantity) == ("COMMITTED", 3)
    order = Order.objects.get(number=placed.number)
    assert line.reservation.source == f"order:{order.pk}:1"
    level = StockLevel.objects.get(variant=tea)
    assert (level.on_hand, level.reserved) == (10, 3)


def test_one_line_takes_at_most_ten_round_trips() -> None:
    site = Site()
    tea = site.item()
    member = site.member(points=100)
    place(site.cart((tea, 1), customer=member), customer=member, points=10)
    cart = site.cart((tea, 1), customer=member)
    claim = claim_for(cart)

    with CaptureQueriesContext(connection) as queries:
        place(cart, customer=member, points=10, claim=claim)

    statements = [query["sql"].split(None, 1)[0] for query in queries.captured_queries]
    assert (statements[0], statements[-1]) == ("BEGIN", "COMMIT")
    assert len(statements) <= 10, statements


def test_tax_is_rounded_once_for_each_rate() -> None:
    site = Site()
    food = factories.tax_class("0.08")
    cart = site.cart(
        (site.item(108, tax_class=food), 1), (site.item(109, tax_class=food), 1), (site.item(111), 1)
    )

    place(cart)

    buckets = {tax.rate: (tax.amount, tax.tax) for tax in OrderTax.objects.all()}
    # 217 × 8/108 = 16.07…; line by line it would be 8 + 8 = 16; 111 × 10/110 = 10.09…
    assert buckets == {Decimal("0.0800"): (217, 16), Decimal("0.1000"): (111, 10)}


def test_points_are_spread_over_the_rates_by_largest_remainder() -> None:
    site = Site()
    food = factories.tax_class("0.08")
    member = site.member(points=100)
    cart = site.cart((site.item(1000, tax_class=food), 1), (site.item(2000), 1), customer=member)

    place(cart, customer=member, points=100)

    buckets = {tax.rate: (tax.points_amount, tax.amount, tax.tax) for tax in OrderTax.objects.all()}
    # 33.33 and 66.67: the larger remainder gets the odd yen.
    assert buckets == {Decimal("0.0800"): (33, 967, 71), Decimal("0.1000"): (67, 1933, 175)}


def test_delivery_is_added_below_the_limit_and_taxed() -> None:
    site = Site()
    site.shipping(550, free_from=5000)

    placed = place(site.cart((site.item(1100), 1)))

    order = Order.objects.get(number=placed.number)
    assert (order.shipping_amount, order.total, order.tax_amount) == (550, 1650, 150)


def test_delivery_is_free_from_the_limit_up() -> None:
    site = Site()
    site.shipping(550, free_from=5500)

    placed = place(site.cart((site.item(1100), 5)))

    assert placed.total == 5500


def test_what_is_picked_up_is_reserved_in_its_shop_and_costs_no_delivery() -> None:
    site = Site()
    site.shipping(550)
    shop = factories.location()
    tea = site.item(1100, stock=10)
    factories.stock(tea, shop, 2)

    placed = place(
        site.cart((tea, 2), kind="PICKUP", location=shop), contact=NewContact(name="山", phone="03")
    )

    reservation = Reservation.objects.get()
    assert (placed.total, reservation.location_id, reservation.quantity) == (2200, shop.pk, 2)


def test_a_line_may_come_from_two_locations() -> None:
    site = Site()
    second = factories.location()
    factories.source(site.channel, second, priority=200)
    tea = site.item(stock=2)
    factories.stock(tea, second, 2)

    place(site.cart((tea, 3)))

    held = Reservation.objects.order_by("pk").values_list("location_id", "quantity")
    assert list(held) == [(site.warehouse.pk, 2), (second.pk, 1)]
    assert FulfilmentLine.objects.exclude(reservation=None).count() == 2


def test_points_alone_pay_at_once() -> None:
    site = Site()
    member = site.member(points=2000)

    placed = place(site.cart((site.item(1100), 1), customer=member), customer=member, points=1100, tender="")

    order = Order.objects.get(number=placed.number)
    assert (placed.total, placed.payment_status, placed.points_to_earn) == (0, "CAPTURED", 0)
    assert (order.paid_at, order.payments.count()) == (NOW, 0)
    assert Event.objects.filter(type="orders.order-paid.v1").count() == 1


def test_points_that_are_a_tender_leave_the_tax_on_the_full_price() -> None:
    site = Site(programme=factories.programme(reduces_price=False))
    member = site.member(points=100)

    placed = place(site.cart((site.item(1100), 1), customer=member), customer=member, points=100)

    order = Order.objects.get(number=placed.number)
    tenders = order.payments.order_by("-tender_type__code").values_list(
        "tender_type__code", "amount", "status"
    )
    assert (order.total, order.tax_amount, order.points_amount) == (1100, 100, 0)
    assert list(tenders) == [("points", 100, "CAPTURED"), ("deferred", 1000, "PENDING")]


def test_a_replay_gets_the_first_answer() -> None:
    site = Site()
    cart = site.cart((site.item(stock=10), 1))
    claim = claim_for(cart)

    first = place(cart, claim=claim)
    written = counted()

    assert place(cart, claim=claim) == first
    assert counted() == written


def test_another_request_under_the_key_is_refused() -> None:
    site = Site()
    cart, key = site.cart((site.item(), 1)), str(uuid4())
    place(cart, claim=claim_for(cart, key))

    with pytest.raises(ClaimMismatch):
        place(cart, claim=claim_for(cart, key, points=5))


def test_another_key_on_an_ordered_cart_names_its_order() -> None:
    site = Site()
    cart = site.cart((site.item(), 1))
    placed = place(cart)
    written = counted()

    with pytest.raises(errors.CartOrdered) as refused:
        place(cart)

    assert refused.value.data()["order"] == placed.number
    assert counted() == written


def test_somebody_elses_cart_is_not_found() -> None:
    site = Site()
    cart = site.cart((site.item(), 1), customer=site.member())

    for stranger in (None, site.member()):
        with pytest.raises(NotFound):
            place(cart, customer=stranger)

    assert Order.objects.count() == 0


def test_a_guests_cart_becomes_the_customers() -> None:
    site = Site()
    cart, member = site.cart((site.item(), 1)), site.member()

    placed = place(cart, customer=member)

    cart.refresh_from_db()
    assert (cart.customer_id, Order.objects.get(number=placed.number).customer_id) == (member.pk, member.pk)


REFUSALS = {
    "too few in stock": (InsufficientStock, {"quantity": 11}),
    "too few points": (InsufficientPoints, {"points": 101}),
    "points above the total": (errors.PointsAboveTotal, {"points": 1101}),
    "no way to pay": (errors.TenderNotOffered, {"tender": "cash"}),
    "a card without a token": (errors.FieldMissing, {"tender": "card"}),
    "nobody to reach": (errors.FieldMissing, {"contact": NewContact(name="山田")}),
    "nowhere to deliver": (errors.FieldMissing, {"contact": NewContact(name="山田", phone="03")}),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_writes_nothing(case: str) -> None:
    refusal, changes = REFUSALS[case]
    site = Site()
    member = site.member(points=100)
    asked = {"tender": "deferred", **changes}
    cart = site.cart((site.item(1100, stock=10), asked.pop("quantity", 1)), customer=member)
    written = counted()

    with pytest.raises(refusal):
        place(cart, customer=member, **asked)

    cart.refresh_from_db()
    assert counted() == written
    assert cart.status == "OPEN"
    assert points.balance_of(member.pk, now=NOW).balance == 100
    assert StockLevel.objects.get().reserved == 0


def test_a_guest_has_no_points_to_spend() -> None:
    site = Site()

    with pytest.raises(errors.PointsNeedMember):
        place(site.cart((site.item(), 1)), points=1)


def test_an_empty_cart_is_refused_and_stays_open() -> None:
    cart = Site().cart()

    with pytest.raises(errors.CartEmpty):
        place(cart)

    cart.refresh_from_db()
    assert cart.status == "OPEN"


def test_a_delisted_article_is_named() -> None:
    site = Site()
    tea = site.item()
    cart = site.cart((tea, 1))
    Listing.objects.update(valid_until=NOW)

    with pytest.raises(NotListed) as refused:
        place(cart)

    assert refused.value.data()["skus"] == [tea.sku]


def test_a_closed_shop_hands_nothing_over() -> None:
    site = Site()
    shop = factories.location(active=False)
    tea = site.item()
    factories.stock(tea, shop, 2)

    with pytest.raises(errors.LocationUnfit) as refused:
        place(site.cart((tea, 1), kind="PICKUP", location=shop))

    assert refused.value.data() == {"location": shop.code, "kind": "PICKUP", "sku": tea.sku}


def test_a_paused_shop_hands_nothing_over_until_the_pause_ends() -> None:
    site = Site()
    shop = factories.location(paused_until=NOW + timedelta(seconds=1))
    tea = site.item()
    factories.stock(tea, shop, 2)
    cart = site.cart((tea, 1), kind="PICKUP", location=shop)
    before = counted()

    with pytest.raises(errors.LocationUnfit) as refused:
        place(cart)

    assert refused.value.data() == {"location": shop.code, "kind": "PICKUP", "sku": tea.sku}
    assert counted() == before
    Location.objects.update(paused_until=NOW)
    assert place(cart).total == 1100


def test_anothers_franchise_hands_over_nothing() -> None:
    site = Site()
    shop = factories.location(franchise=True)
    factories.source(site.channel, shop)
    tea = site.item()
    factories.stock(tea, shop, 2)
    cart = site.cart((tea, 1), kind="PICKUP", location=shop)
    before = counted()

    with pytest.raises(errors.LocationUnfit) as refused:
        place(cart)

    assert refused.value.data() == {"location": shop.code, "kind": "PICKUP", "sku": tea.sku}
    assert counted() == before
    shop.company = site.channel.company
    shop.save()
    assert place(cart).total == 1100


def test_a_channel_that_is_switched_off_takes_no_order() -> None:
    site = Site()
    cart = site.cart((site.item(), 1))
    site.channel.active = False
    site.channel.save()
    before = counted()

    with pytest.raises(errors.ChannelInactive) as refused:
        place(cart)

    assert refused.value.data() == {"channel": site.channel.code}
    assert counted() == before
    cart.refresh_from_db()
    assert cart.status == Cart.Status.OPEN


def test_the_price_is_that_of_the_moment() -> None:
    site = Site()
    tea = site.item(1100)
    cart = site.cart((tea, 1))
    Listing.objects.update(price=Decimal(1320))

    assert place(cart, now=NOW + timedelta(seconds=5)).total == 1320


def test_what_needs_no_stock_is_ordered_without_any() -> None:
    site = Site()

    placed = place(site.cart((site.item(300, stock=None), 2)))

    assert placed.total == 600
    assert Reservation.objects.count() == 0
    assert FulfilmentLine.objects.get().quantity == 2
