"""What promotions an order had: counted against their limits, explained on the order, given back."""

from collections.abc import Sequence
from datetime import datetime

from orders.models import Order, OrderPromotion
from orders.totals import ZERO
from orders.writing import NewOrder
from promotions import services as promotions


def redeem_promotions(orders: Sequence[NewOrder], *, now: datetime) -> None:
    """
    Count the uses of these orders' promotions, and write down what each did; a building block.

    It comes after reservations and before points, by the order of locks; orders without promotions
    cost no statement.

    Raises:
        CouponUsedUp, PromotionUsedUp: somebody else had the last one.
    """
    promoted = [order for order in orders if order.promotions]
    if not promoted:
        return
    promotions.redeem(
        [
            use
            for order in promoted
            for use in promotions.uses_of(
                order.promotions,
                source=f"order:{order.id}",
                customer_id=order.customer_id,
                currency=order.currency,
                shipping_amount=order.shipping_waived,
            )
        ],
        now=now,
    )
    OrderPromotion.objects.bulk_create([row for order in promoted for row in _explained(order)])


def _explained(order: NewOrder) -> list[OrderPromotion]:
    free = next((one for one in order.promotions if one.free_shipping), None)
    return [
        OrderPromotion(
            order_id=order.id,
            code=one.rule.code,
            name=dict(one.rule.name),
            coupon=one.rule.coupon.code if one.rule.coupon else "",
            amount=one.amount,
            shipping_amount=order.shipping_waived if one is free else ZERO,
        )
        for one in order.promotions
    ]


def give_back_promotions(order: Order, *, now: datetime) -> int:
    """Give back what an order used that ends; after its reservations are locked, before any points."""
    return promotions.give_back(source=f"order:{order.pk}", now=now)
