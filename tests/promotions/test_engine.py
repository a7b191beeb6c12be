"""What promotions take off: exact, in order, never below zero. No database."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promotions.engine import apply, in_order
from promotions.models import Effect, Exclusivity
from promotions.rules import Applied, Buyer, CouponUsed, Goods, Line, Outcome, Reason, Rule, Traits

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
FOOD, TOYS = Goods(categories=frozenset({"food"})), Goods(brands=frozenset({7}))


def buyer(**fields: Any) -> Buyer:
    return Buyer(**{"at": AT, "channel": "ec", "currency": "JPY", **fields})


def line(amount: int, quantity: int = 1, variant: int = 1, **fields: Any) -> Line:
    return Line(variant, quantity, Decimal(amount), **fields)


def food(amount: int, quantity: int = 1, **fields: Any) -> Line:
    return line(amount, quantity, traits=Traits(category="food/tea"), **fields)


def toy(amount: int, quantity: int = 1, **fields: Any) -> Line:
    return line(amount, quantity, traits=Traits(brand_id=7), **fields)


def rule(**fields: Any) -> Rule:
    number = fields.pop("id", 1)
    return Rule(**{"id": number, "code": f"p{number}", "percent": Decimal("0.1"), **fields})


def off(outcome: Outcome) -> list[list[int]]:
    return [[int(amount) for amount in one.amounts] for one in outcome.applied]


def missed(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one.rule.code, one.reason) for one in outcome.passed]


def one(effect: Effect, *lines: Line, **fields: Any) -> list[list[int]]:
    return off(apply([rule(effect=effect, **fields)], lines, buyer()))


def test_a_percentage_is_rounded_once_in_the_buyers_favour_and_split_by_largest_remainder() -> None:
    # 10 % of 1,055 is 105.5, so 106: 33.3, 33.3 and 39.4 leave one yen, for the largest remainder.
    assert one(Effect.PERCENTAGE, line(333), line(333), line(389)) == [[34, 33, 39]]


def test_an_odd_yen_goes_to_the_earlier_of_equal_lines() -> None:
    assert one(Effect.AMOUNT, line(500), line(500), amount=Decimal(101)) == [[51, 50]]


def test_an_amount_takes_no_more_than_there_is() -> None:
    assert one(Effect.AMOUNT, food(300), line(900), amount=Decimal(500), goods=FOOD) == [[300, 0]]


def test_a_fixed_price_is_for_each_unit_and_raises_none() -> None:
    assert one(Effect.FIXED_PRICE, line(1200, 3), line(250), amount=Decimal(300)) == [[300, 0]]


def test_buy_two_get_one_free_gives_the_cheapest() -> None:
    free = {"buy_quantity": 2, "get_quantity": 1, "percent": Decimal(1)}

    assert one(Effect.BUY_GET, line(900), line(300), line(600), **free) == [[0, 300, 0]]
    # Five units are one set and two more: a second free one would need six.
    assert one(Effect.BUY_GET, line(500, 5), **free) == [[100]]
    assert one(Effect.BUY_GET, line(600, 6), **free) == [[200]]
    assert one(Effect.BUY_GET, line(600, 6), **free, most_times=1) == [[100]]


def test_what_is_reduced_may_be_other_goods_than_are_bought() -> None:
    half = {"buy_quantity": 2, "get_quantity": 1, "percent": Decimal("0.5"), "goods": FOOD, "reward": TOYS}

    assert one(Effect.BUY_GET, food(200, 2), toy(2000, 2), line(10), **half) == [[0, 500, 0]]
    assert one(Effect.BUY_GET, food(400, 4), toy(1001, 1), **half) == [[0, 501]]
    assert one(Effect.BUY_GET, food(100), toy(1000), **half) == []


def test_any_three_for_a_price_takes_the_dearest_first_and_no_set_that_is_cheaper() -> None:
    three = {"buy_quantity": 3, "amount": Decimal(1000)}

    assert one(Effect.SET_PRICE, line(500), line(400), line(300), line(200), **three) == [[83, 67, 50, 0]]
    assert one(Effect.SET_PRICE, line(600, 3), **three) == []
    assert one(Effect.SET_PRICE, line(2400, 6), **three) == [[400]]
    assert one(Effect.SET_PRICE, line(2400, 6), **three, most_times=1) == [[200]]


def test_units_of_a_line_that_was_reduced_before_differ_by_a_yen_at_most() -> None:
    earlier = rule(id=1, effect=Effect.AMOUNT, amount=Decimal(1), priority=1)
    third = rule(id=2, effect=Effect.BUY_GET, buy_quantity=2, get_quantity=1, percent=Decimal(1))

    # 299 over three units: 100, 100 and 99, of which the last is free.
    assert off(apply([earlier, third], [line(300, 3)], buyer())) == [[1], [99]]


def test_the_most_that_is_taken_off_is_split_again() -> None:
    assert one(Effect.PERCENTAGE, line(20000), line(10000), most_discount=Decimal(1000)) == [[667, 333]]


def test_thresholds_see_what_earlier_promotions_left() -> None:
    first = rule(id=1, effect=Effect.AMOUNT, amount=Decimal(1), priority=9)
    free = rule(id=2, effect=Effect.FREE_SHIPPING, min_amount=Decimal(3000))

    alone, after = apply([free], [line(3000)], buyer()), apply([free, first], [line(3000)], buyer())

    assert (alone.free_shipping, alone.passed) == (True, ())
    assert (after.free_shipping, missed(after), after.passed[0].missing) == (
        False,
        [("p2", "BELOW_AMOUNT")],
        Decimal(1),
    )


def test_the_highest_priority_goes_first_and_then_the_earlier_promotion() -> None:
    rules = [rule(id=3), rule(id=1), rule(id=2, priority=5)]

    assert [one.id for one in in_order(rules)] == [2, 1, 3]
    assert off(apply(rules, [line(1000)], buyer())) == [[100], [90], [81]]


def test_what_stands_alone_goes_with_nothing_and_priority_decides_which_stays() -> None:
    alone, other = rule(id=1, exclusivity=Exclusivity.ALONE, priority=1), rule(id=2)

    first = apply([alone, other], [line(1000)], buyer())
    last = apply([rule(id=1, exclusivity=Exclusivity.ALONE), rule(id=2, priority=1)], [line(1000)], buyer())

    assert (off(first), first.passed[0].rule.code, first.passed[0].other) == ([[100]], "p2", "p1")
    assert (off(last), last.passed[0].rule.code, last.passed[0].other) == ([[100]], "p1", "p2")


def test_what_is_alone_on_its_goods_leaves_the_others_to_others() -> None:
    own = rule(id=1, exclusivity=Exclusivity.ALONE_ON_GOODS, goods=FOOD, priority=1)
    all_ = rule(id=2)

    assert off(apply([own, all_], [food(1000), line(1000)], buyer())) == [[100, 0], [0, 100]]
    late = rule(id=3, exclusivity=Exclusivity.ALONE_ON_GOODS, goods=FOOD)
    outcome = apply([own, all_, late], [food(1000)], buyer())
    assert (off(outcome), missed(outcome)) == ([[100]], [("p2", "CONFLICTS"), ("p3", "CONFLICTS")])


def test_categories_hold_what_lies_below_them_and_exclusions_win() -> None:
    deep = Goods(categories=frozenset({"foo"}))

    assert apply([rule(goods=deep)], [food(1000)], buyer()).passed[0].reason == Reason.NO_GOODS
    assert off(apply([rule(goods=FOOD, excluded=Goods(variants=frozenset({1})))], [food(1000, variant=2), food(50)], buyer())) == [[100, 0]]  # fmt: skip


def test_what_was_priced_by_hand_counts_towards_thresholds_and_is_not_reduced() -> None:
    outcome = apply([rule(min_amount=Decimal(1500))], [line(1000, fixed=True), line(500)], buyer())

    assert off(outcome) == [[0, 50]]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"active": False}, "UNKNOWN"),
        ({"coupon": CouponUsed(1, "A", withdrawn=True)}, "UNKNOWN"),
        ({"starts_at": AT + timedelta(seconds=1)}, "NOT_YET"),
        ({"ends_at": AT}, "OVER"),
        ({"channels": ("shop",)}, "NOT_HERE"),
        ({"currency": "USD"}, "NOT_HERE"),
        ({"members_only": True}, "NEEDS_MEMBER"),
        ({"most_per_person": 1}, "NEEDS_MEMBER"),
        ({"coupon": CouponUsed(1, "A", person_id=3)}, "NOT_FOR_YOU"),
        ({"used_up": True}, "USED_UP"),
        ({"coupon": CouponUsed(1, "A", used_up=True)}, "USED_UP"),
        ({"weekdays": (1, 6)}, "NOT_NOW"),
        ({"month_days": (20,)}, "NOT_NOW"),
        ({"from_time": time(13)}, "NOT_NOW"),
        ({"until_time": time(12)}, "NOT_NOW"),
        ({"from_time": time(22), "until_time": time(2)}, "NOT_NOW"),
        ({"min_quantity": 2}, "BELOW_QUANTITY"),
        ({"min_amount": Decimal(1001)}, "BELOW_AMOUNT"),
        ({"goods": FOOD}, "NO_GOODS"),
        ({"effect": Effect.FIXED_PRICE, "amount": Decimal(2000)}, "NOTHING_OFF"),
    ],
)
def test_each_condition_says_why_it_is_not_met(fields: dict[str, Any], reason: str) -> None:
    outcome = apply([rule(**fields)], [line(1000)], buyer())

    assert (outcome.applied, missed(outcome)) == ((), [("p1", reason)])


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": AT, "ends_at": AT + timedelta(seconds=1)},
        {"weekdays": (7,), "month_days": (22,)},
        {"from_time": time(12), "until_time": time(12, 1)},
        {"from_time": time(11), "until_time": time(2)},
        {"channels": ("shop", "ec"), "min_amount": Decimal(1000), "min_quantity": 1},
    ],
)
def test_conditions_that_are_just_met(fields: dict[str, Any]) -> None:
    assert off(apply([rule(**fields)], [line(1000)], buyer())) == [[100]]


def test_members_have_their_first_order_and_so_many_uses() -> None:
    member = buyer(person_id=3, first_order=True)
    asked = rule(
        first_order=True, most_per_person=2, used_by_person=1, coupon=CouponUsed(1, "A", person_id=3)
    )

    assert off(apply([asked], [line(1000)], member)) == [[100]]
    assert missed(apply([asked], [line(1000)], buyer(person_id=3))) == [("p1", "NOT_FIRST_ORDER")]
    used = rule(most_per_person=2, used_by_person=2)
    assert missed(apply([used], [line(1000)], member)) == [("p1", "USED_BY_YOU")]


def test_currencies_with_decimals_are_split_to_their_unit() -> None:
    outcome = apply([rule(currency="USD")], [line(10), Line(2, 1, Decimal("0.05"))], buyer(currency="USD"))

    assert outcome.applied[0].amounts == (Decimal("1.00"), Decimal("0.01"))


AMOUNTS = st.integers(0, 20_000).map(Decimal)
GOODS = st.sampled_from([Goods(), Goods(), FOOD, TOYS])
LINES = st.lists(
    st.builds(
        Line,
        st.integers(1, 4),
        st.integers(1, 7),
        AMOUNTS,
        st.sampled_from([Traits(), Traits(category="food/tea"), Traits(brand_id=7), Traits(1, 7, "food")]),
        st.booleans(),
    ),
    max_size=6,
)
RULES = st.lists(
    st.builds(
        rule,
        id=st.integers(1, 99),
        effect=st.sampled_from(Effect),
        percent=st.integers(1, 100).map(lambda whole: Decimal(whole) / 100),
        amount=st.integers(1, 5000).map(Decimal),
        buy_quantity=st.integers(2, 4),
        get_quantity=st.integers(1, 3),
        most_times=st.none() | st.integers(1, 3),
        most_discount=st.none() | AMOUNTS,
        min_amount=st.none() | AMOUNTS,
        priority=st.integers(0, 2),
        exclusivity=st.sampled_from(Exclusivity),
        goods=GOODS,
        reward=GOODS,
        excluded=st.just(Goods()) | GOODS,
    ),
    max_size=6,
    unique_by=lambda each: each.id,
)


@settings(max_examples=300, deadline=None)
@given(RULES, LINES)
def test_whatever_applies_keeps_to_the_rules(rules: list[Rule], lines: list[Line]) -> None:
    outcome = apply(rules, lines, buyer())

    taken = [sum(one.amounts[place] for one in outcome.applied) for place in range(len(lines))]
    assert all(0 <= off <= line.amount for off, line in zip(taken, lines, strict=True))
    assert all(amount == int(amount) >= 0 for one in outcome.applied for amount in one.amounts)
    assert not any(off for off, line in zip(taken, lines, strict=True) if line.fixed)
    tried = [one.rule.id for one in (*outcome.applied, *outcome.passed)]
    assert sorted(tried) == sorted(one.id for one in rules)
    assert [one.rule.id for one in outcome.applied] == [
        one.id for one in in_order(rules) if one.id in {a.rule.id for a in outcome.applied}
    ]
    assert apply(rules[::-1], lines, buyer()) == outcome
    for each in outcome.applied:
        assert_keeps_its_bounds(each)
    assert_alone_is_alone(outcome)


def assert_keeps_its_bounds(applied: Applied) -> None:
    assert applied.amount > 0 or applied.free_shipping
    if applied.rule.most_discount is not None:
        assert applied.amount <= applied.rule.most_discount or applied.free_shipping
    if applied.rule.effect == Effect.AMOUNT:
        assert applied.rule.amount is not None
        assert applied.amount <= applied.rule.amount


def assert_alone_is_alone(outcome: Outcome) -> None:
    if any(one.rule.exclusivity == Exclusivity.ALONE for one in outcome.applied):
        assert len(outcome.applied) == 1
    for one in outcome.applied:
        if one.rule.exclusivity == Exclusivity.ALONE_ON_GOODS:
            others = [other for other in outcome.applied if other is not one]
            for place, amount in enumerate(one.amounts):
                assert not amount or not any(other.amounts[place] for other in others)


@settings(max_examples=100, deadline=None)
@given(LINES, st.integers(1, 100))
def test_a_percentage_of_everything_is_that_percentage(lines: list[Line], percent: int) -> None:
    open_ = sum(line.amount for line in lines if not line.fixed)

    outcome = apply([rule(percent=Decimal(percent) / 100)], lines, buyer())

    expected = -(-int(open_) * percent // 100)
    assert sum(one.amount for one in outcome.applied) == expected
