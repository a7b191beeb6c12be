"""Promotions of a sale at a till: the same engine as on line, at the shop's own time of day."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from customers.models import Customer
from orders.deals import MOST_COUPONS, Deals, discounts_of, find_deals, require_coupons
from orders.services.sales import Sale, new_line
from orders.shops import Shop
from promotions import selectors as promotions
from promotions.errors import TooManyCoupons
from promotions.rules import NOTHING, Outcome


def promoted(
    sale: Sale,
    shop: Shop,
    *,
    coupons: Sequence[str],
    by_hand: Collection[int],
    member: Customer | None,
    counted: bool,
) -> tuple[Sale, Outcome]:
    """
    The sale with what promotions take off its lines; those at the places `by_hand` stay as they are.

    `counted` where the sale is to be booked: who has a promotion only so often is locked first.

    Raises:
        CouponUnknown, CouponNotYet, CouponOver, CouponUsedUp, CouponNotForYou, TooManyCoupons
    """
    deals = _deals(sale, shop, coupons, member)
    if counted and member is not None and deals is not None and deals.count_by_person:
        Customer.objects.for_update_persons([member.person_id])
        deals = _deals(sale, shop, coupons, member)
    if deals is None:
        return sale, NOTHING
    outcome = deals.outcome([new_line(line, shop) for line in sale.lines], fixed=by_hand, delivered=False)
    require_coupons(outcome)
    lines = [
        replace(line, discounts=[*line.discounts, *discounts])
        for line, discounts in zip(sale.lines, discounts_of(outcome, len(sale.lines)), strict=True)
    ]
    return replace(sale, lines=lines, promotions=outcome.applied), outcome


def _deals(sale: Sale, shop: Shop, coupons: Sequence[str], member: Customer | None) -> Deals | None:
    if len(coupons) > MOST_COUPONS:
        raise TooManyCoupons(limit=MOST_COUPONS)
    return find_deals(
        channel_id=sale.channel_id,
        currency=shop.currency,
        at=sale.occurred_at,
        variant_ids=[line.variant_id for line in sale.lines],
        person_id=member.person_id if member else None,
        coupon_ids=promotions.get_coupon_ids(coupons) if coupons else (),
        time_zone=shop.time_zone,
    )
