"""The formula of replenishment: reorder point, target, packs, sharing, and what others want from here."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import planning
from inventory.planning import Rule, Standing, Wish

SHOP, OTHER, WAREHOUSE, SUPPLIER = 1, 2, 9, 77


def transfer(**fields: int | None) -> Rule:
    return Rule(
        **{"origin_id": WAREHOUSE, "supplier_id": None, "lead_time_days": 2, "cover_days": 7, **fields}
    )


def purchase(**fields: int | None) -> Rule:
    return Rule(
        **{"origin_id": None, "supplier_id": SUPPLIER, "lead_time_days": 5, "cover_days": 10, **fields}
    )


def wishes(*standings: Standing) -> dict[int, Wish]:
    return {wish.standing.location_id: wish for wish in planning.plan(standings)}


@pytest.mark.parametrize(
    ("position", "fields", "units"),
    [
        (4, {}, 0),  # 1.5 a day × 2 days = 3: above it
        (3, {}, 11),  # up to 1.5 × 9 = 13.5, that is 14
        (-2, {}, 16),
        (3, {"safety": 2}, 13),
        (6, {"safety": 2}, 0),
        (3, {"pack": 6}, 12),
        (3, {"minimum": 20}, 20),
        (3, {"minimum": 20, "pack": 6}, 24),
        (3, {"maximum": 10}, 7),
        (3, {"maximum": 10, "pack": 6}, 6),
        (3, {"maximum": 10, "minimum": 8}, 0),
        (3, {"maximum": 2}, 0),
    ],
)
def test_what_a_position_lacks(position: int, fields: dict[str, int], units: int) -> None:
    assert planning.wanted(position, Fraction(3, 2), transfer(**fields)) == units


def test_nothing_is_wanted_of_what_does_not_sell() -> None:
    assert planning.wanted(0, Fraction(0), transfer(minimum=6)) == 0
    assert planning.wanted(1, Fraction(0), transfer(safety=2)) == 1


def test_a_few_days_in_stock_are_taken_as_a_week() -> None:
    assert Standing(1, SHOP, sold=14, days_in_stock=2).rate == 2
    assert Standing(1, SHOP, sold=14, days_in_stock=14).rate == 1


def test_what_is_incoming_or_asked_for_counts() -> None:
    shop = {"rule": transfer(), "sold": 28, "days_in_stock": 28}
    full = Standing(1, WAREHOUSE, available=100)

    lacking = wishes(Standing(1, SHOP, available=1, **shop), full)
    coming = wishes(Standing(1, SHOP, available=1, incoming=1, asked_for=1, **shop), full)

    assert (lacking[SHOP].reorder_point, lacking[SHOP].target, lacking[SHOP].quantity) == (2, 9, 8)
    assert coming[SHOP].quantity == 0


def test_a_warehouse_buys_for_its_shops_and_keeps_what_it_sells_itself() -> None:
    """
    Two shops sell 1 and 2 a day, the warehouse itself 1: four a day pass through it.

    s = 4 × 5 = 20, S = 4 × 15 = 60. The shops want 9 and 18; it has 25, of which it needs 5 itself.
    """
    found = wishes(
        Standing(1, SHOP, transfer(), sold=28, days_in_stock=28),
        Standing(1, OTHER, transfer(), sold=56, days_in_stock=28),
        Standing(1, WAREHOUSE, purchase(), sold=28, days_in_stock=28, available=25),
    )

    assert [(found[place].wanted, found[place].quantity) for place in (SHOP, OTHER)] == [(9, 7), (18, 13)]
    office = found[WAREHOUSE]
    assert (office.rate, office.passed_on, office.reorder_point, office.target) == (4, 27, 20, 60)
    assert (office.wanted, office.quantity) == (62, 62)


def test_a_ring_of_places_comes_to_an_end() -> None:
    found = wishes(
        Standing(1, SHOP, transfer(origin_id=OTHER), sold=28, days_in_stock=28),
        Standing(1, OTHER, transfer(origin_id=SHOP), sold=28, days_in_stock=28),
    )

    assert {place: wish.quantity for place, wish in found.items()} == {SHOP: 0, OTHER: 0}


@pytest.mark.parametrize(
    ("units", "wants", "parts"),
    [
        (10, [(3, 1), (4, 1)], [3, 4]),
        (10, [(10, 1), (5, 1), (5, 1)], [5, 3, 2]),  # 5, 2.5, 2.5: the tie goes to the earlier
        (7, [(9, 1), (18, 1)], [2, 5]),
        (10, [(12, 6), (12, 6)], [6, 0]),
        (0, [(3, 1)], [0]),
    ],
)
def test_what_is_short_is_shared_by_largest_remainder(
    units: int, wants: list[tuple[int, int]], parts: list[int]
) -> None:
    assert planning.share(units, [(want, transfer(pack=pack)) for want, pack in wants]) == parts


def test_a_share_below_the_least_quantity_stays() -> None:
    assert planning.share(5, [(10, transfer(minimum=4)), (2, transfer())]) == [4, 1]
    assert planning.share(3, [(10, transfer(minimum=4)), (2, transfer())]) == [0, 2]


@given(
    units=st.integers(0, 500),
    wants=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=8),
)
def test_shares_are_whole_packs_of_what_is_there(units: int, wants: list[tuple[int, int]]) -> None:
    asked = [(packs * pack, transfer(pack=pack)) for packs, pack in wants]

    parts = planning.share(units, asked)

    assert sum(parts) <= units
    for part, (want, rule) in zip(parts, asked, strict=True):
        assert 0 <= part <= want
        assert part % rule.pack == 0
    if all(rule.pack == 1 for _, rule in asked):
        assert sum(parts) == min(units, sum(want for want, _ in asked))


@given(
    position=st.integers(-100, 200),
    sold=st.integers(0, 400),
    lead=st.integers(0, 30),
    cover=st.integers(0, 60),
    safety=st.integers(0, 20),
    pack=st.integers(1, 12),
    maximum=st.none() | st.integers(0, 150),
)
def test_wishes_are_never_negative_and_never_past_the_most(
    position: int, sold: int, lead: int, cover: int, safety: int, pack: int, maximum: int | None
) -> None:
    rule = Rule(None, SUPPLIER, lead, cover, safety, 0, pack, maximum)
    rate = Fraction(sold, 28)

    units = planning.wanted(position, rate, rule)

    assert units >= 0
    assert units % pack == 0
    if units:
        assert position <= planning.reorder_point(rate, rule)
        assert maximum is None or position + units <= maximum
        if maximum is None:
            assert position + units >= planning.target(rate, rule)
