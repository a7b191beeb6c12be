"""
What promotions take off a basket: pure, the same for a till, a quote and an order.

They are tried one by one: the highest priority first, then by id. Each sees what the ones before it
have left of every line, so nothing falls below zero. What a promotion takes off is worked out for all
of its goods, rounded once in the buyer's favour, and split to the lines by largest remainder (ties to
the earlier line). `docs/promotions.md` has the rules in words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from omni.core.money import Rounding, allocate, quantize, unit
from promotions.models import Effect, Exclusivity
from promotions.rules import ZERO, Applied, Buyer, Goods, Line, Outcome, Passed, Reason, Rule

Taken = dict[int, Decimal]


class Unit(NamedTuple):
    """One unit of the line at `place`, and what is left to pay for it."""

    value: Decimal
    place: int


@dataclass(slots=True)
class _Basket:
    """The lines with what is left of each; `reduced` says by what, `closed` what is not reduced further."""

    lines: Sequence[Line]
    currency: str
    left: list[Decimal]
    reduced: dict[int, str] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)

    def about(self, rule: Rule, goods: Goods) -> list[int]:
        """The places of the lines that `goods` of the rule mean; all, where it names none."""
        return [
            place
            for place, line in enumerate(self.lines)
            if (not goods or _holds(goods, line)) and not _holds(rule.excluded, line)
        ]

    def open(self, rule: Rule, places: Iterable[int]) -> list[int]:
        """Those of the places that the rule may still reduce."""
        barred = self.reduced if rule.exclusivity == Exclusivity.ALONE_ON_GOODS else self.closed
        return [
            place
            for place in places
            if place not in barred and self.left[place] > 0 and not self.lines[place].fixed
        ]

    def units(self, places: Iterable[int]) -> list[Unit]:
        """The units of these lines, dearest first; equal ones in the order of their lines."""
        smallest = unit(self.currency)
        found = []
        for place in places:
            count = self.lines[place].quantity
            base, odd = divmod(int(self.left[place] / smallest), count)
            values = [base + 1] * odd + [base] * (count - odd)
            found += [Unit(value * smallest, place) for value in values]
        return sorted(found, key=lambda one: (-one.value, one.place))

    def split(self, amount: Decimal, weights: Mapping[int, Decimal]) -> Taken:
        parts = allocate(amount, list(weights.values()), self.currency)
        return {place: part for place, part in zip(weights, parts, strict=True) if part}

    def take(self, rule: Rule, taken: Taken) -> None:
        for place, amount in taken.items():
            self.left[place] -= amount
            self.reduced.setdefault(place, rule.code)
            if rule.exclusivity == Exclusivity.ALONE_ON_GOODS:
                self.closed[place] = rule.code
        amounts = (taken.get(place, ZERO) for place in range(len(self.lines)))
        self.applied.append(Applied(rule, tuple(amounts)))


def apply(rules: Iterable[Rule], lines: Sequence[Line], buyer: Buyer) -> Outcome:
    """Try every promotion on the basket; answer what each took off, or why it did not apply."""
    basket = _Basket(lines, buyer.currency, [line.amount for line in lines])
    passed = []
    for rule in in_order(rules):
        if missed := _try(rule, basket, buyer):
            passed.append(missed)
    return Outcome(tuple(basket.applied), tuple(passed))


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: (-rule.priority, rule.id))


def _try(rule: Rule, basket: _Basket, buyer: Buyer) -> Passed | None:
    if reason := refused(rule, buyer) or _not_now(rule, buyer):
        return Passed(rule, reason)
    if other := _in_the_way(rule, basket):
        return Passed(rule, Reason.CONFLICTS, other=other)
    about = basket.about(rule, rule.goods)
    if missed := _below(rule, basket, about):
        return missed
    if rule.effect == Effect.FREE_SHIPPING:
        return _free_shipping(rule, basket, buyer)
    taken = _capped(rule, basket, EFFECTS[rule.effect](rule, basket, about))
    if not taken:
        return _nothing(rule, basket, about)
    basket.take(rule, taken)
    return None


def refused(rule: Rule, buyer: Buyer) -> Reason | None:
    """Why this buyer can't have it here and today at all, whatever is in the basket."""
    coupon = rule.coupon
    if not rule.active or (coupon and coupon.withdrawn):
        return Reason.UNKNOWN
    if rule.starts_at and buyer.at < rule.starts_at:
        return Reason.NOT_YET
    if rule.ends_at and buyer.at >= rule.ends_at:
        return Reason.OVER
    if rule.currency != buyer.currency or (rule.channels and buyer.channel not in rule.channels):
        return Reason.NOT_HERE
    if buyer.person_id is None and rule.asks_who:
        return Reason.NEEDS_MEMBER
    if coupon and coupon.person_id not in (None, buyer.person_id):
        return Reason.NOT_FOR_YOU
    return _used(rule, buyer)


def _used(rule: Rule, buyer: Buyer) -> Reason | None:
    if rule.first_order and not buyer.first_order:
        return Reason.NOT_FIRST_ORDER
    if rule.used_up or (rule.coupon and rule.coupon.used_up):
        return Reason.USED_UP
    if rule.most_per_person is not None and rule.used_by_person >= rule.most_per_person:
        return Reason.USED_BY_YOU
    return None


def _not_now(rule: Rule, buyer: Buyer) -> Reason | None:
    """Weekday, day of the month, time of day; hours may run past midnight, of the day on which they end."""
    at = buyer.at
    days = (not rule.weekdays or at.isoweekday() in rule.weekdays) and (
        not rule.month_days or at.day in rule.month_days
    )
    begins, ends, clock = rule.from_time, rule.until_time, at.time()
    after, before = begins is None or clock >= begins, ends is None or clock < ends
    overnight = begins is not None and ends is not None and begins > ends
    hours = (after or before) if overnight else (after and before)
    return None if days and hours else Reason.NOT_NOW


def _in_the_way(rule: Rule, basket: _Basket) -> str:
    """The code of what has been applied and does not go together with it."""
    for one in basket.applied:
        if Exclusivity.ALONE in (rule.exclusivity, one.rule.exclusivity):
            return one.rule.code
    return ""


def _below(rule: Rule, basket: _Basket, about: Sequence[int]) -> Passed | None:
    """Thresholds look at what the goods come to after the promotions before this one."""
    if not about:
        return Passed(rule, Reason.NO_GOODS)
    units = sum(basket.lines[place].quantity for place in about)
    if rule.min_quantity and units < rule.min_quantity:
        return Passed(rule, Reason.BELOW_QUANTITY, Decimal(rule.min_quantity - units))
    amount = sum((basket.left[place] for place in about), ZERO)
    if rule.min_amount and amount < rule.min_amount:
        return Passed(rule, Reason.BELOW_AMOUNT, rule.min_amount - amount)
    return None


def _free_shipping(rule: Rule, basket: _Basket, buyer: Buyer) -> Passed | None:
    if not buyer.delivered:
        return Passed(rule, Reason.NOTHING_OFF)
    basket.take(rule, {})
    return None


def _nothing(rule: Rule, basket: _Basket, about: Sequence[int]) -> Passed:
    needed = (rule.buy_quantity or 0) + (1 if rule.effect == Effect.BUY_GET else 0)
    units = sum(basket.lines[place].quantity for place in about)
    if units < needed:
        return Passed(rule, Reason.BELOW_QUANTITY, Decimal(needed - units))
    barred = basket.reduced if rule.exclusivity == Exclusivity.ALONE_ON_GOODS else basket.closed
    if others := [barred[place] for place in about if place in barred]:
        return Passed(rule, Reason.CONFLICTS, other=others[0])
    return Passed(rule, Reason.NOTHING_OFF)


def _capped(rule: Rule, basket: _Basket, taken: Taken) -> Taken:
    total = sum(taken.values(), ZERO)
    if rule.most_discount is None or total <= rule.most_discount:
        return taken
    return basket.split(quantize(rule.most_discount, basket.currency, Rounding.FLOOR), taken)


def _percentage(rule: Rule, basket: _Basket, about: Sequence[int]) -> Taken:
    return _share(rule, basket, {place: basket.left[place] for place in basket.open(rule, about)})


def _share(rule: Rule, basket: _Basket, values: Mapping[int, Decimal]) -> Taken:
    """The rule's percentage of these values, rounded once, in the buyer's favour."""
    assert rule.percent is not None
    off = quantize(sum(values.values(), ZERO) * rule.percent, basket.currency, Rounding.CEILING)
    return basket.split(off, values)


def _amount(rule: Rule, basket: _Basket, about: Sequence[int]) -> Taken:
    assert rule.amount is not None
    left = {place: basket.left[place] for place in basket.open(rule, about)}
    off = min(quantize(rule.amount, basket.currency, Rounding.FLOOR), sum(left.values(), ZERO))
    return basket.split(off, left)


def _fixed_price(rule: Rule, basket: _Basket, about: Sequence[int]) -> Taken:
    assert rule.amount is not None
    price = quantize(rule.amount, basket.currency, Rounding.FLOOR)
    off = {
        place: basket.left[place] - price * basket.lines[place].quantity for place in basket.open(rule, about)
    }
    return {place: amount for place, amount in off.items() if amount > 0}


def _set_price(rule: Rule, basket: _Basket, about: Sequence[int]) -> Taken:
    """Sets are made of the dearest units first, for as long as a set costs more than its price."""
    assert rule.amount is not None
    assert rule.buy_quantity is not None
    units, price = basket.units(basket.open(rule, about)), quantize(rule.amount, basket.currency)
    taken: Taken = {}
    for number in range(_most(rule, len(units) // rule.buy_quantity)):
        start = number * rule.buy_quantity
        worth = _by_line(units[start : start + rule.buy_quantity])
        off = sum(worth.values(), ZERO) - price
        if off <= 0:
            break
        _add(taken, basket.split(off, worth))
    return taken


def _buy_get(rule: Rule, basket: _Basket, about: Sequence[int]) -> Taken:
    """
    For each `buy_quantity` units bought the cheapest of the reward's, up to `get_quantity`, are reduced.

    A unit that is reduced does not count as bought.
    """
    reward = basket.open(rule, basket.about(rule, rule.reward or rule.goods))
    bought = basket.open(rule, about)
    cheapest = sorted(basket.units(reward))
    given = cheapest[: _rewarded(rule, cheapest, set(bought), basket)]
    return _share(rule, basket, _by_line(given))


def _rewarded(rule: Rule, cheapest: Sequence[Unit], bought: set[int], basket: _Basket) -> int:
    """How many of the cheapest units are reduced, so that enough others are left that were bought."""
    assert rule.buy_quantity
    assert rule.get_quantity
    there = sum(basket.lines[place].quantity for place in bought)
    most = len(cheapest) if rule.most_times is None else rule.most_times * rule.get_quantity
    for count, one in enumerate(cheapest[:most]):
        there -= one.place in bought
        times = count // rule.get_quantity + 1
        if there < times * rule.buy_quantity:
            return count
    return min(most, len(cheapest))


def _most(rule: Rule, times: int) -> int:
    return times if rule.most_times is None else min(times, rule.most_times)


def _by_line(units: Iterable[Unit]) -> Taken:
    """What the units come to, by line, in the order of the lines."""
    sums: Taken = {}
    for one in sorted(units, key=lambda one: one.place):
        _add(sums, {one.place: one.value})
    return sums


def _add(total: Taken, more: Mapping[int, Decimal]) -> None:
    for place, amount in more.items():
        total[place] = total.get(place, ZERO) + amount


def _holds(goods: Goods, line: Line) -> bool:
    traits = line.traits
    return (
        line.variant_id in goods.variants
        or traits.product_id in goods.products
        or traits.brand_id in goods.brands
        or any(traits.category == path or traits.category.startswith(f"{path}/") for path in goods.categories)
    )


EFFECTS: Mapping[str, Callable[[Rule, _Basket, Sequence[int]], Taken]] = {
    Effect.PERCENTAGE: _percentage,
    Effect.AMOUNT: _amount,
    Effect.FIXED_PRICE: _fixed_price,
    Effect.SET_PRICE: _set_price,
    Effect.BUY_GET: _buy_get,
}
