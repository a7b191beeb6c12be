"""Orders with promotions: the same figures in the quote and on the order, counted, and given back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from catalog.models import Category
from customers import services as customers
from omni.core import db
from omni.core.actor import GUEST, SYSTEM
from omni.core.idempotency import Claim
from orders import selectors, services
from orders.errors import CardDeclined
from orders.models import LineDiscount, Order, OrderLine, OrderPromotion, OrderTax
from orders.payments import CardGateway
from orders.services.checkout import Checkout
from orders.services.place import _start
from orders.services.returnable import ReturnItem
from orders.services.returns import receive_return
from promotions import errors
from promotions.models import Redemption, Target
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import CONTACT, Site, claim_for, counted, place

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_automatic_promotion_is_split_explained_and_counted() -> None:
    site = Site()
    food = factories.category()
    tea, cup = site.item(333, product=factories.product(category=food)), site.item(1000)
    promotion = factories.promotion(code="tea-10", effect="PERCENTAGE", percent="0.1", most_uses=5)
    Target.objects.create(promotion=promotion, category=Category.objects.get(pk=food.pk))

    placed = place(site.cart((tea, 2), (cup, 1)))

    order = Order.objects.get(number=placed.number)
    # 10 % of 666, up.
    assert (order.lines_amount, order.discount_amount, order.total, placed.total) == (1666, 67, 1599, 1599)
    lines = OrderLine.objects.order_by("position").values_list("list_amount", "discount_amount", "amount")
    assert list(lines) == [(666, 67, 599), (1000, 0, 1000)]
    assert OrderTax.objects.values_list("discount_amount", "amount", "tax").get() == (67, 1599, 145)
    assert LineDiscount.objects.values_list("code", "name", "amount", "funded_by").get() == (
        "tea-10", promotion.name, 67, "SELLER",
    )  # fmt: skip
    assert OrderPromotion.objects.values_list("code", "name", "coupon", "amount", "shipping_amount").get() == (
        "tea-10", promotion.name, "", 67, 0,
    )  # fmt: skip
    used = Redemption.objects.get()
    assert (used.promotion_id, used.source, used.amount, used.given_back_at) == (
        promotion.pk, f"order:{order.pk}", 67, None,
    )  # fmt: skip
    promotion.refresh_from_db()
    assert promotion.uses == 1


def hold(cart: Any, coupon: Any) -> None:
    cart.coupons.create(coupon=coupon)


def quoted(cart: Any, customer: Any = None) -> selectors.Quote:
    return selectors.quote_cart(cart_id=cart.pk, points=0, customer=customer, now=NOW)


def used() -> list[tuple[str, int, bool]]:
    rows = Redemption.objects.order_by("pk").select_related("promotion")
    return [(row.promotion.code, int(row.amount), row.given_back_at is None) for row in rows]


def test_a_quote_and_the_order_come_to_the_same_and_say_the_same() -> None:
    site = Site()
    site.shipping(550)
    factories.promotion(code="ten", percent="0.1", min_amount=5000)
    factories.promotion(code="free", effect="FREE_SHIPPING", percent=None, min_amount=3000, priority=-1)
    yours = factories.promotion(code="yours", effect="AMOUNT", percent=None, amount=300, priority=5)
    cart = site.cart((site.item(1100, stock=None), 3))
    hold(cart, factories.coupon(yours, "WELCOME"))

    quote = quoted(cart)
    placed = place(cart)

    assert (quote.lines_amount, quote.discount_amount, quote.shipping_amount, quote.total) == (
        3300,
        300,
        0,
        3000,
    )
    shown = [(one.code, one.coupon, one.amount, one.shipping_amount) for one in quote.promotions]
    assert shown == [("yours", "WELCOME", 300, 0), ("free", "", 0, 550)]
    assert [(one.line_id, one.amount) for one in quote.promotions[0].lines] == [(cart.lines.get().pk, 300)]
    assert [(one.code, one.reason, one.missing) for one in quote.missed] == [("ten", "BELOW_AMOUNT", 2000)]
    assert placed.total == 3000
    kept = OrderPromotion.objects.order_by("pk").values_list("code", "coupon", "amount", "shipping_amount")
    assert list(kept) == [("yours", "WELCOME", 300, 0), ("free", "", 0, 550)]
    assert Redemption.objects.order_by("pk").values_list("amount", "shipping_amount")[1] == (0, 550)


def test_free_delivery_is_not_used_where_delivery_costs_nothing() -> None:
    site = Site()
    factories.promotion(code="free", effect="FREE_SHIPPING", percent=None, most_uses=1)

    quote = quoted(cart := site.cart((site.item(1100), 1)))
    place(cart)

    assert [(one.code, one.reason) for one in quote.missed] == [("free", "NOTHING_OFF")]
    assert used() == []


def test_points_and_tax_are_of_what_promotions_leave() -> None:
    site = Site()
    factories.promotion(effect="AMOUNT", percent=None, amount=100)
    member = site.member(points=1000)

    placed = place(site.cart((site.item(1100), 1), customer=member), customer=member, points=1000)

    order = Order.objects.get()
    assert (placed.total, placed.points_to_earn, order.tax_amount) == (0, 0, 0)
    assert (order.discount_amount, order.points_amount) == (100, 1000)


def test_a_promotion_costs_three_statements_more() -> None:
    site = Site()
    factories.promotion(most_uses=100)
    tea = site.item(stock=10)
    place(site.cart((tea, 1)))
    cart = site.cart((tea, 1))

    with CaptureQueriesContext(connection) as queries:
        place(cart)

    assert len(queries) == 9 + 3, [query["sql"][:60] for query in queries.captured_queries]


@pytest.mark.parametrize(
    ("promotion", "coupon", "refused", "data"),
    [
        ({"active": False}, {}, errors.CouponUnknown, {}),
        ({}, {"withdrawn_at": NOW}, errors.CouponUnknown, {}),
        ({"starts_at": NOW + timedelta(1)}, {}, errors.CouponNotYet, {"starts_at": NOW + timedelta(1)}),
        ({"ends_at": NOW}, {}, errors.CouponOver, {"ends_at": NOW}),
        ({"most_uses": 1, "uses": 1}, {}, errors.CouponUsedUp, {"by_you": False}),
        ({}, {"most_uses": 1, "uses": 1}, errors.CouponUsedUp, {"by_you": False}),
        ({"channels": ["elsewhere"]}, {}, errors.CouponNotForYou, {"rule": "channel"}),
        ({"members_only": True}, {}, errors.CouponNotForYou, {"rule": "needs-member"}),
    ],
)
def test_an_order_with_a_coupon_that_cant_be_used_is_refused(
    promotion: dict[str, Any], coupon: dict[str, Any], refused: type[Exception], data: dict[str, Any]
) -> None:
    site = Site()
    cart = site.cart((site.item(), 1))
    hold(cart, factories.coupon(factories.promotion(**promotion), "CODE", **coupon))
    before = counted()

    with pytest.raises(refused) as refusal:
        place(cart)

    assert refusal.value.data() == {"coupon": "CODE", **data}
    assert (counted(), used()) == (before, [])
    assert quoted(cart).discount_amount == 0


def test_a_coupon_for_which_the_cart_falls_short_is_not_used() -> None:
    site = Site()
    cart = site.cart((site.item(1100), 1))
    hold(cart, coupon := factories.coupon(factories.promotion(min_amount=2000), most_uses=1))

    placed = place(cart)

    coupon.refresh_from_db()
    assert (placed.total, coupon.uses, used()) == (1100, 0, [])


def test_a_person_has_it_so_often_over_all_records_that_were_merged() -> None:
    site = Site()
    factories.promotion(code="once", most_per_person=1)
    first, second = site.member(), site.member()
    tea = site.item(1000)
    place(site.cart((tea, 1), customer=first), customer=first)
    assert place(site.cart((tea, 1))).total == 1000
    with db.transaction():
        customers.merge_customers(
            customer_id=first.pk, into_id=second.pk, reason="test", actor=SYSTEM, now=NOW
        )

    placed = place(cart := site.cart((tea, 1), customer=second), customer=second)

    assert placed.total == 1000
    assert used() == [("once", 100, True)]
    assert cart.pk == Order.objects.get(number=placed.number).cart_id


def test_only_the_first_order_has_what_is_for_it() -> None:
    site = Site()
    factories.promotion(code="first", first_order=True)
    member = site.member()
    tea = site.item(1000)

    totals = [place(site.cart((tea, 1), customer=member), customer=member).total for _ in range(2)]

    assert totals == [900, 1000]


def test_a_cancelled_order_gives_back_its_uses_and_the_coupon_can_be_used_again() -> None:
    site = Site()
    promotion = factories.promotion(code="p", most_uses=1)
    coupon = factories.coupon(promotion, most_uses=1)
    tea = site.item(1000)
    hold(cart := site.cart((tea, 1)), coupon)
    placed = place(cart)

    cancel(placed.number)
    hold(cart := site.cart((tea, 1)), coupon)
    again = place(cart)

    coupon.refresh_from_db()
    promotion.refresh_from_db()
    assert (again.total, coupon.uses, promotion.uses) == (900, 1, 1)
    assert used() == [("p", 100, False), ("p", 100, True)]


def test_a_declined_card_gives_back_what_was_used_and_the_cart_keeps_its_coupon(card: CardGateway) -> None:
    site = Site()
    coupon = factories.coupon(factories.promotion(code="p"), most_uses=1)
    hold(cart := site.cart((site.item(1000), 1)), coupon)

    with pytest.raises(CardDeclined):
        place(cart, tender="card", token="tok_declined")
    placed = place(cart, tender="card", token="tok_ok")

    coupon.refresh_from_db()
    assert (placed.total, coupon.uses) == (900, 1)
    assert used() == [("p", 100, False), ("p", 100, True)]


def test_an_order_that_was_not_paid_in_time_gives_back_what_it_used(card: CardGateway) -> None:
    site = Site()
    coupon = factories.coupon(factories.promotion(code="p"), most_uses=1)
    hold(cart := site.cart((site.item(1000), 1)), coupon)
    checkout = Checkout(contact=CONTACT, tender_code="card", card_token="tok_ok")
    _start(cart.pk, checkout, claim_for(cart), GUEST, None, NOW)

    services.expire_orders(now=NOW + timedelta(hours=2))

    coupon.refresh_from_db()
    assert (Order.objects.get().status, coupon.uses, used()) == ("EXPIRED", 0, [("p", 100, False)])


def test_goods_that_come_back_are_worth_what_was_paid_for_them_whatever_the_threshold() -> None:
    site = Site()
    factories.promotion(effect="AMOUNT", percent=None, amount=500, min_amount=3000)
    tea, cup = site.item(1000), site.item(2000)
    placed = place(site.cart((tea, 1), (cup, 1)))
    order = Order.objects.get()
    OrderLine.objects.update(fulfilled_quantity=F("quantity"))
    order.payments.update(status="CAPTURED", captured_amount=F("amount"))

    back = receive_return(
        number=placed.number,
        location_id=site.warehouse.pk,
        items=[ReturnItem(2, 1)],
        reason="changed-mind",
        claim=claim_for(order.cart),
        actor=SYSTEM,
        now=NOW,
    )

    # 500 was split 167 to 333; what stays is below the threshold, and keeps its 167.
    assert (placed.total, back.refund_amount) == (2500, 1667)


def cancel(number: str) -> None:
    services.cancel_order(
        number=number,
        reason="test",
        customer=None,
        claim=Claim.of(actor=SYSTEM, operation="cancel", key=str(uuid4()), request={}),
        actor=SYSTEM,
        now=NOW,
    )
