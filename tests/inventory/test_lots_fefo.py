"""First expired, first out: what is booked is what a simple model says, whatever is received and sold."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inventory.services.picking import Held, Leaving, choose_leaving

TODAY = date(2026, 11, 22)
lots = st.lists(st.tuples(st.integers(-3, 9), st.integers(0, 6), st.integers(0, 3)), max_size=6)


def shelf_of(rows: list[tuple[int, int, int]], unknown: int) -> list[Held]:
    shelf = [Held(1, "", None, False)]
    shelf[0].units["ON_HAND"] = unknown
    for place, (days, on_hand, aside) in enumerate(rows, start=2):
        held = Held(place, f"L{place}", TODAY + timedelta(days=days), False)
        held.units.update(ON_HAND=on_hand, QUALITY_CONTROL=min(aside, on_hand))
        shelf.append(held)
    return shelf


def model(rows: list[tuple[int, int, int]], unknown: int, units: int, days: int) -> dict[int, int]:
    """One unit at a time, by the rule in words."""
    free = {place: on_hand - min(aside, on_hand) for place, (_, on_hand, aside) in enumerate(rows, start=2)}
    left = {place: on_hand for place, (_, on_hand, _) in enumerate(rows, start=2)}
    day = {place: row[0] for place, row in enumerate(rows, start=2)}
    taken: dict[int, int] = {}
    for _ in range(units):
        good = [place for place in free if day[place] >= 0]
        long = sorted((p for p in good if day[p] >= days and free[p] > 0), key=lambda p: (day[p], p))
        short = sorted((p for p in good if day[p] < days and free[p] > 0), key=lambda p: (-day[p], -p))
        past = sorted((p for p in left if day[p] < 0 and left[p] > 0), key=lambda p: (day[p], p))
        aside = sorted((p for p in good if left[p] > 0), key=lambda p: (day[p], p))
        if long:
            one = long[0]
        elif unknown > 0:
            one = 1
        elif short:
            one = short[0]
        else:
            one = [*past, *aside, 1][0]
        if one == 1:
            unknown -= 1
        else:
            free[one] -= 1
            left[one] -= 1
        taken[one] = taken.get(one, 0) + 1
    return taken


@given(rows=lots, unknown=st.integers(0, 4), units=st.integers(1, 20), days=st.integers(0, 6))
def test_a_tills_sale_takes_what_the_rule_says(
    rows: list[tuple[int, int, int]], unknown: int, units: int, days: int
) -> None:
    leaving = Leaving("ON_HAND", units, TODAY, sold=True, days=days)

    parts = choose_leaving(shelf_of(rows, unknown), leaving)

    assert {held.lot_id: part for held, part in parts} == model(rows, unknown, units, days)
    assert sum(part for _, part in parts) == units


@given(rows=lots, units=st.integers(1, 20))
def test_a_serial_number_is_never_chosen(rows: list[tuple[int, int, int]], units: int) -> None:
    parts = choose_leaving(shelf_of(rows, 0), Leaving("ON_HAND", units, TODAY, serial=True, sold=True))

    assert [(held.lot_id, part) for held, part in parts] == [(1, units)]
