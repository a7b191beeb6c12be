"""
Promotions on a basket: what may apply is read here, for carts and tills alike, and what the engine
answers becomes the discounts of lines.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from omni.core.errors import DomainError
from orders.models import Order
from orders.writing import NewDiscount, NewLine
from promotions import engine, errors
from promotions import selectors as promotions
from promotions.rules import Buyer, Line, Outcome, Passed, Reason, Rule

MOST_COUPONS = 5


@dataclass(frozen=True, slots=True)
class Deals:
    """The promotions that may apply to who buys here and now."""

    may: promotions.MayApply
    buyer: Buyer

    def outcome(
        self, lines: Sequence[NewLine], *, fixed: Collection[int] = (), delivered: bool = True
    ) -> Outcome:
        """What they do to these lines; those at the places `fixed` are priced by hand."""
        goods = [
            Line(
                line.variant_id,
                line.quantity,
                line.amount,
                self.may.traits_of(line.variant_id),
                fixed=place in fixed,
            )
            for place, line in enumerate(lines)
        ]
        return engine.apply(self.may.rules, goods, replace(self.buyer, delivered=delivered))

    @property
    def count_by_person(self) -> bool:
        return any(rule.counts_by_person for rule in self.may.rules)


def find_deals(
    *,
    channel_id: int,
    currency: str,
    at: datetime,
    variant_ids: Iterable[int],
    person_id: int | None,
    coupon_ids: Sequence[int] = (),
    time_zone: str = "",
) -> Deals | None:
    """
    What may apply, None where nothing can. Weekdays and hours are those of the shop's time zone.

    Where `count_by_person`, what is answered holds only under the person's lock.
    """
    may = promotions.find_rules(
        channel_id=channel_id, at=at, variant_ids=variant_ids, person_id=person_id, coupon_ids=coupon_ids
    )
    if not may.rules:
        return None
    asked = any(rule.first_order for rule in may.rules)
    buyer = Buyer(
        at=at.astimezone(ZoneInfo(time_zone or settings.TIME_ZONE)),
        channel=may.channel,
        currency=currency,
        person_id=person_id,
        first_order=asked and person_id is not None and not _has_ordered(person_id),
    )
    return Deals(may, buyer)


def _has_ordered(person_id: int) -> bool:
    """Whether any order of the person's, in a shop or on line, has not ended for nothing."""
    ended = (Order.Status.CANCELLED, Order.Status.EXPIRED)
    return Order.objects.filter(customer__person_id=person_id).exclude(status__in=ended).exists()


def discounts_of(outcome: Outcome, count: int) -> list[list[NewDiscount]]:
    """What the promotions take off each of `count` lines."""
    return [
        [
            NewDiscount(one.rule.code, one.amounts[place], one.rule.funded_by, one.rule.name)
            for one in outcome.applied
            if one.amounts[place]
        ]
        for place in range(count)
    ]


def without_delivery(outcome: Outcome) -> Outcome:
    """Where delivery costs nothing anyway, what makes it free is not used."""
    if not outcome.free_shipping:
        return outcome
    used = tuple(one for one in outcome.applied if not one.free_shipping)
    spared = (Passed(one.rule, Reason.NOTHING_OFF) for one in outcome.applied if one.free_shipping)
    return Outcome(used, (*outcome.passed, *spared))


def require_coupons(outcome: Outcome) -> None:
    """
    See that no coupon was passed over because this buyer can't have it at all; one for which the
    basket falls short is simply not used.

    Raises:
        CouponUnknown, CouponNotYet, CouponOver, CouponUsedUp, CouponNotForYou
    """
    for passed in outcome.passed:
        if passed.rule.coupon and passed.reason in REFUSALS:
            raise refusal_of(passed.rule, passed.reason)


def refusal_of(rule: Rule, reason: Reason) -> DomainError:
    """The failure that stands for a coupon that can't be used at all."""
    return REFUSALS[reason](rule)


def _code(rule: Rule) -> str:
    assert rule.coupon is not None
    return rule.coupon.code


def _not_for_you(why: str) -> Callable[[Rule], DomainError]:
    return lambda rule: errors.CouponNotForYou(coupon=_code(rule), rule=why)


REFUSALS: Mapping[Reason, Callable[[Rule], DomainError]] = {
    Reason.UNKNOWN: lambda rule: errors.CouponUnknown(coupon=_code(rule)),
    Reason.NOT_YET: lambda rule: errors.CouponNotYet(coupon=_code(rule), starts_at=rule.starts_at),
    Reason.OVER: lambda rule: errors.CouponOver(coupon=_code(rule), ends_at=rule.ends_at),
    Reason.NOT_HERE: _not_for_you("channel"),
    Reason.NEEDS_MEMBER: _not_for_you("needs-member"),
    Reason.NOT_FOR_YOU: _not_for_you("personal"),
    Reason.NOT_FIRST_ORDER: _not_for_you("first-order-only"),
    Reason.USED_UP: lambda rule: errors.CouponUsedUp(coupon=_code(rule), by_you=False),
    Reason.USED_BY_YOU: lambda rule: errors.CouponUsedUp(coupon=_code(rule), by_you=True),
}
