"""A part of an order is cancelled: its stock, money and points go back, and the rest stays as it was sold."""

from decimal import Decimal

import pytest

from customers.models import Customer
from inventory.models import Discrepancy, Reservation, StockLevel
from loyalty import selectors as points
from omni.core.actor import GUEST
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import errors, services
from orders.models import Fulfilment, Order, OrderChange, OrderLine, Payment, Refund
from orders.payments import CardGateway
from orders.verification import find_drifts
from tests import factories
from tests.conftest import NOW
from tests.orders.aheads import sell_ahead
from tests.orders.ec import Site, counted, place
from tests.orders.test_sale_api import client_of, post
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)


def claim_of(operation: str, key: str) -> Claim:
    return Claim.of(actor=GUEST, operation=operation, key=key, request={})


def cancel(
    number: str, *portions: tuple[int, int], customer: Customer | None = None, key: str = "once"
) -> services.CancelledLines:
    return services.cancel_lines(
        number=number,
        portions=[services.Portion(*portion) for portion in portions],
        reason="customer",
        customer=customer,
        claim=claim_of("cancel-lines", key),
        actor=GUEST,
        now=NOW,
    )


def ship(number: str, *portions: tuple[int, int], key: str = "ship") -> services.HandedOver:
    part = Fulfilment.objects.filter(order__number=number, status="RESERVED").order_by("pk").first()
    assert part is not None
    return services.complete_fulfilment(
        number=number,
        fulfilment_id=part.pk,
        portions=[services.Portion(*portion) for portion in portions] or None,
        claim=claim_of("complete-fulfilment", key),
        actor=GUEST,
        now=NOW,
    )


def of_lines(field: str) -> list[int]:
    return list(OrderLine.objects.order_by("position").values_list(field, flat=True))


def test_a_card_gets_back_what_the_units_were_sold_for(card: CardGateway) -> None:
    site = Site()
    site.shipping(550)
    first, second = site.item(1100), site.item(2200)
    placed = place(site.cart((first, 3), (second, 1)), tender="card", token="tok_ok")

    cancelled = cancel(placed.number, (1, 2))

    refund, payment, order = Refund.objects.get(), Payment.objects.get(), Order.objects.get()
    assert (cancelled.amount, cancelled.refund_amount, cancelled.forgone_amount) == (2200, 2200, 0)
    assert (refund.status, refund.source) == ("DONE", f"change:{OrderChange.objects.get().pk}")
    assert (payment.captured_amount, payment.refunded_amount) == (6050, 2200)
    assert (order.status, order.total, of_lines("cancelled_quantity")) == ("PLACED", 6050, [2, 0])
    assert StockLevel.objects.get(variant=first).reserved == 1
    assert StockLevel.objects.get(variant=second).reserved == 1
    assert [(part.status, part.lines.count()) for part in order.fulfilments.order_by("pk")] == [
        ("RESERVED", 2),
        ("CANCELLED", 1),
    ]
    (event,) = Event.objects.filter(type="orders.order-changed.v1")
    assert event.payload["kind"] == "CANCEL"
    assert find_drifts() == []


def test_what_is_not_paid_yet_need_not_be_any_more() -> None:
    site = Site()
    member = site.member()
    placed = place(site.cart((site.item(1100), 3), customer=member), customer=member)

    cancelled = cancel(placed.number, (1, 1), customer=member)
    shipped = ship(placed.number)

    payment = Payment.objects.get()
    assert (cancelled.amount, cancelled.forgone_amount, cancelled.refund_amount) == (1100, 1100, 0)
    assert (payment.status, payment.amount, payment.captured_amount) == ("CAPTURED", 2200, 2200)
    assert (shipped.status, shipped.paid, shipped.points_earned) == ("COMPLETED", 2200, 22)
    assert find_drifts() == []


def test_points_spent_and_earned_follow_the_units(card: CardGateway) -> None:
    site = Site()
    member = site.member(points=301)
    cart = site.cart((site.item(1000), 3), customer=member)
    placed = place(cart, customer=member, points=301, tender="card", token="tok_ok")

    first = cancel(placed.number, (1, 1), customer=member, key="a")
    second = cancel(placed.number, (1, 1), customer=member, key="b")
    rest = cancel(placed.number, (1, 1), customer=member, key="c")

    assert [(each.refund_amount, each.points_restored) for each in (first, second, rest)] == [
        (899, 100),
        (900, 100),
        (900, 101),
    ]
    assert [each.status for each in (first, second, rest)] == ["PLACED", "PLACED", "CANCELLED"]
    balance = points.balance_of(member.pk, now=NOW)
    assert (balance.available, balance.pending, balance.shortfall) == (301, 0, 0)
    assert Payment.objects.get(captured_amount__gt=0).refunded_amount == 2699
    assert StockLevel.objects.get().reserved == 0
    assert find_drifts() == []


def test_cancelling_everything_gives_delivery_back_too(card: CardGateway) -> None:
    site = Site()
    site.shipping(550)
    placed = place(site.cart((site.item(1100), 2)), tender="card", token="tok_ok")

    cancelled = cancel(placed.number, (1, 2))

    assert (cancelled.status, cancelled.refund_amount) == ("CANCELLED", 2750)
    assert Order.objects.get().cancel_reason == "customer"
    assert find_drifts() == []


def test_with_the_rest_handed_over_the_order_is_complete_and_comes_back_by_the_same_shares() -> None:
    site = Site()
    placed = place(site.cart((site.item(1000, stock=9), 3)))
    cancel(placed.number, (1, 1), key="a")
    ship(placed.number, (1, 1))

    cancelled = cancel(placed.number, (1, 1), key="b")

    back = factories.location(capabilities=["RETURNS"])
    returned = services.receive_return(
        number=placed.number,
        location_id=back.pk,
        items=[services.ReturnItem(1, 1)],
        reason="size",
        claim=claim_of("return", "r"),
        actor=GUEST,
        now=NOW,
    )
    order = Order.objects.get()
    assert (cancelled.status, cancelled.amount) == ("COMPLETED", 1000)
    assert (order.status, order.completed_at) == ("COMPLETED", NOW)
    assert returned.refund_amount == 1000
    assert find_drifts() == []


def test_what_waits_for_stock_goes_first_and_is_waited_for_no_longer() -> None:
    site = Site()
    item = site.item(1000, stock=2)
    sell_ahead(item, site.channel, most=10)
    placed = place(site.cart((item, 5)))

    cancel(placed.number, (1, 4))

    assert [(held.status, held.quantity) for held in Reservation.objects.order_by("pk")] == [
        ("COMMITTED", 1),
        ("RELEASED", 1),
    ]
    assert StockLevel.objects.get().reserved == 1
    assert not Discrepancy.objects.filter(status="OPEN").exists()
    assert find_drifts() == []


def test_a_repeat_gets_the_first_answer() -> None:
    site = Site()
    placed = place(site.cart((site.item(1100), 3)))

    first = cancel(placed.number, (1, 1))

    assert cancel(placed.number, (1, 1)) == first
    assert of_lines("cancelled_quantity") == [1]


@pytest.mark.parametrize(
    ("portion", "error"),
    [((1, 4), errors.AboveOpenQuantity), ((2, 1), errors.UnknownLines)],
)
def test_what_is_not_there_is_refused_and_nothing_is_written(
    portion: tuple[int, int], error: type[Exception]
) -> None:
    site = Site()
    placed = place(site.cart((site.item(1100), 3)))
    before = counted()

    with pytest.raises(error):
        cancel(placed.number, portion)

    assert (counted(), of_lines("cancelled_quantity")) == (before, [0])
    assert not OrderChange.objects.exists()


@pytest.mark.parametrize("state", ["PREPARED", "READY"])
def test_a_shopper_may_no_longer_once_it_is_prepared_but_staff_may(state: str) -> None:
    site = Site()
    member = site.member()
    placed = place(site.cart((site.item(1100), 3), customer=member), customer=member)
    Fulfilment.objects.update(status=state)

    with pytest.raises(errors.OrderNotCancellable):
        cancel(placed.number, (1, 1), customer=member)

    assert cancel(placed.number, (1, 1)).amount == 1100
    assert find_drifts() == []


def test_anothers_order_is_not_there() -> None:
    site = Site()
    placed = place(site.cart((site.item(1100), 3)))

    with pytest.raises(NotFound):
        cancel(placed.number, (1, 1), customer=site.member())


def test_bundles_free_their_components() -> None:
    site = Site()
    cup, tea = site.item(500, stock=20), site.item(500, stock=20)
    gift = factories.bundle((cup, 2), (tea, 1))
    factories.listing(gift, site.channel, 1500)
    placed = place(site.cart((gift, 3)))

    cancel(placed.number, (1, 2))

    assert [StockLevel.objects.get(variant=each).reserved for each in (cup, tea)] == [2, 1]
    assert find_drifts() == []


def test_tax_kept_apart_from_prices_goes_back_with_them() -> None:
    site = Site()
    item = site.item(1000)
    item.listings.update(tax_inclusive=False)
    placed = place(site.cart((item, 3)))

    cancelled = cancel(placed.number, (1, 1))

    assert (placed.total, cancelled.amount) == (Decimal(3300), Decimal(1100))
    assert find_drifts() == []


def test_staff_cancel_over_http_and_no_other_key_may() -> None:
    site, till = Site(), Till.build()
    placed = place(site.cart((site.item(1100), 3)))
    path, body = f"orders/{placed.number}/cancel-lines/", {"lines": [{"position": 1, "quantity": 2}]}

    refused = post(client_of(till, "till"), path, body)
    answer = post(client_of(till, "orders:write", name="desk"), path, body)

    assert (refused.status_code, answer.status_code) == (403, 200)
    assert answer.json()["forgone_amount"] == "2200"
    assert of_lines("cancelled_quantity") == [2]
