"""What promotions do to a cart or a till's sale, as buyers are shown it before they pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from customers.models import Customer
from orders.deals import Deals, find_deals
from orders.models import Cart
from promotions.rules import Outcome


@dataclass(frozen=True, slots=True)
class LineOff:
    """What a promotion takes off the cart's line `line_id`."""

    line_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PromotionView:
    """What a promotion takes off; `coupon` asked for it, empty where it applies by itself."""

    code: str
    name: dict[str, str]
    coupon: str
    amount: Decimal
    shipping_amount: Decimal
    lines: tuple[LineOff, ...]


@dataclass(frozen=True, slots=True)
class MissedView:
    """Why a promotion does not apply: `missing` is the amount or the units short, `other` what is in its way."""

    code: str
    name: dict[str, str]
    coupon: str
    reason: str
    missing: Decimal | None
    other: str


def deals_of(
    cart: Cart,
    variant_ids: Sequence[int],
    customer: Customer | None,
    now: datetime,
    *,
    coupon_ids: Sequence[int],
) -> Deals | None:
    """The promotions that may apply to a cart (its channel is loaded with it) with these coupons."""
    return find_deals(
        channel_id=cart.channel_id,
        currency=cart.channel.currency,
        at=now,
        variant_ids=variant_ids,
        person_id=customer.person_id if customer else None,
        coupon_ids=coupon_ids,
    )


def promotion_views(
    outcome: Outcome, line_ids: Sequence[int], *, shipping_waived: Decimal = Decimal(0)
) -> tuple[PromotionView, ...]:
    return tuple(
        PromotionView(
            code=one.rule.code,
            name=dict(one.rule.name),
            coupon=one.rule.coupon.code if one.rule.coupon else "",
            amount=one.amount,
            shipping_amount=shipping_waived if one.free_shipping else Decimal(0),
            lines=_by_line(line_ids, one.amounts),
        )
        for one in outcome.applied
    )


def _by_line(line_ids: Sequence[int], amounts: Sequence[Decimal]) -> tuple[LineOff, ...]:
    """A line that goes to several addresses is shown as one."""
    sums: dict[int, Decimal] = {}
    for line_id, amount in zip(line_ids, amounts, strict=True):
        if amount:
            sums[line_id] = sums.get(line_id, Decimal(0)) + amount
    return tuple(LineOff(line_id, amount) for line_id, amount in sums.items())


def missed_views(outcome: Outcome) -> tuple[MissedView, ...]:
    return tuple(
        MissedView(
            code=one.rule.code,
            name=dict(one.rule.name),
            coupon=one.rule.coupon.code if one.rule.coupon else "",
            reason=one.reason,
            missing=one.missing,
            other=one.other,
        )
        for one in outcome.passed
    )
