"""Coupons in carts: put in where they can be used at all, and looked at anew by each quote."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from customers.models import Customer
from omni.core import db
from omni.core.errors import NotFound
from orders.deals import MOST_COUPONS, refusal_of
from orders.models import Cart, CartCoupon
from orders.promoted import deals_of
from orders.selectors import require_selling
from orders.services.carts import open_cart
from promotions import engine
from promotions import selectors as promotions
from promotions.errors import CouponConflicts, TooManyCoupons
from promotions.models import Exclusivity
from promotions.rules import Rule


@dataclass(frozen=True, slots=True)
class AddedCoupon:
    """`promotion` is its code, `name` what it is called to buyers."""

    code: str
    promotion: str
    name: dict[str, str]


def add_coupon(*, cart_id: UUID, code: str, customer: Customer | None, now: datetime) -> AddedCoupon:
    """
    Put a coupon in the cart; one that is in it already stays. It may still take nothing off:
    the quote says what is missing.

    Raises:
        NotFound, CartOrdered, ChannelInactive: the cart is not there to be changed.
        CouponUnknown, CouponNotYet, CouponOver, CouponUsedUp, CouponNotForYou, CouponConflicts,
        TooManyCoupons: the coupon can't be used.
    """
    with db.transaction():
        cart = open_cart(cart_id, customer, now)
        require_selling(cart)
        (coupon_id,) = promotions.get_coupon_ids([code])
        held = list(cart.coupons.order_by("pk").values_list("coupon_id", flat=True))
        rule = _fit(cart, held, coupon_id, customer, now)
        if coupon_id not in held:
            CartCoupon.objects.create(cart=cart, coupon_id=coupon_id)
        assert rule.coupon is not None
        return AddedCoupon(rule.coupon.code, rule.code, dict(rule.name))


def remove_coupon(*, cart_id: UUID, code: str, customer: Customer | None, now: datetime) -> None:
    """
    Raises:
        NotFound, CartOrdered: the cart is not there to be changed, or holds no such coupon.
    """
    with db.transaction():
        cart = open_cart(cart_id, customer, now)
        held = cart.coupons.filter(coupon__code=promotions.normalise_code(code))
        if not held.delete()[0]:
            raise NotFound(coupon=code)


def _fit(cart: Cart, held: list[int], coupon_id: int, customer: Customer | None, now: datetime) -> Rule:
    """The coupon's promotion, where this buyer can have it beside the others."""
    others = [one for one in held if one != coupon_id]
    if len(others) >= MOST_COUPONS:
        raise TooManyCoupons(limit=MOST_COUPONS)
    deals = deals_of(cart, [], customer, now, coupon_ids=[coupon_id])
    assert deals is not None
    rule = next(one for one in deals.may.rules if one.coupon and one.coupon.id == coupon_id)
    if reason := engine.refused(rule, deals.buyer):
        raise refusal_of(rule, reason)
    beside = deals_of(cart, [], customer, now, coupon_ids=others)
    for other in beside.may.rules if beside else ():
        _require_together(rule, other)
    return rule


def _require_together(rule: Rule, other: Rule) -> None:
    """Two of one promotion never go together, and what stands alone goes with none."""
    if rule.coupon is None or other.coupon is None:
        return
    if rule.id == other.id or Exclusivity.ALONE in (rule.exclusivity, other.exclusivity):
        raise CouponConflicts(coupon=rule.coupon.code, other=other.coupon.code)
