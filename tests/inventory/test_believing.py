"""The statistics of learned buffers, on cases that were worked out by hand."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import believing
from inventory.believing import Observation

BAD, GOOD = (1, 5, "B"), (2, 5, "B")


def seen(goods: believing.Class, *sizes: int, days: int = 10) -> list[Observation]:
    return [Observation(goods, "COUNT", days, size) for size in sizes]


def test_single_units_are_lost_as_poisson_says() -> None:
    """1 − e^−0.05 = 0.0488 and 1 − e^−0.06 = 0.0582; 1 − 1.35 e^−0.35 = 0.0487 and 1 − 1.36 e^−0.36 = 0.0512."""
    assert believing.thresholds(0.01, 1.0)[:2] == (5, 35)
    assert believing.beyond(0.05, 1.0, 0) == pytest.approx(0.04877, abs=1e-5)
    assert believing.beyond(0.36, 1.0, 1) == pytest.approx(0.05116, abs=1e-5)


def test_losses_of_several_units_reach_further() -> None:
    """Of mean 2 half of the losses are of one unit: e^−1 that there is none, half of that for one."""
    assert believing.beyond(1.0, 2.0, 1) == pytest.approx(1 - 1.5 * math.exp(-1))


def test_places_are_drawn_towards_the_mean_of_all() -> None:
    """
    Ten losses in 100 days here, none in 100 days there: m = 0.05, A = 0.0025 − 0.05 / 100 = 0.002.

    The weight is 0.002 / (0.002 + 0.0005) = 0.8, so 0.09 here and 0.01 there. A loss is of 2 units
    everywhere, so it is of 2 in each.
    """
    learned = believing.learn([*seen(BAD, *[2] * 10), *seen(GOOD, *[0] * 10)])

    bad, good = learned[BAD], learned[GOOD]
    assert (bad.own_rate, bad.mean_rate, good.own_rate) == (0.1, 0.05, 0.0)
    assert (bad.weight, bad.rate, good.rate) == pytest.approx((0.8, 0.09, 0.01))
    assert (bad.size, good.size) == (2.0, 2.0)
    assert (bad.observed, bad.overstated, bad.units, bad.exposure_days) == (10, 10, 20, 100)


def test_places_that_are_alike_share_one_rate() -> None:
    learned = believing.learn([*seen(BAD, 1, 0, 0), *seen(GOOD, 0, 1, 0)])

    assert (learned[BAD].weight, learned[BAD].rate, learned[GOOD].rate) == (0.0, 1 / 30, 1 / 30)


def test_what_never_lost_anything_has_no_buffer() -> None:
    [learned] = believing.learn(seen(GOOD, 0, 0)).values()

    assert (learned.rate, learned.thresholds) == (0.0, (365,) * 10)
    assert learned.buffer(365) == 0


def test_a_class_is_learned_by_itself() -> None:
    other = (1, 5, "A")

    learned = believing.learn([*seen(BAD, 3, 3), *seen(other, 0, 0)])

    assert learned[other].mean_rate == 0.0


def test_the_place_with_bad_books_is_found_and_the_others_are_left() -> None:
    """Known truth: 0.03 losses a day at one place, 0.0002 at three; counted every 30 days for a year."""
    random = Random(7)
    observations = []
    for place in range(1, 5):
        daily = 0.03 if place == 1 else 0.0002
        for _ in range(20 * 12):
            losses = sum(random.random() < daily for _ in range(30))
            observations.append(Observation((place, None, "B"), "COUNT", 30, losses))

    learned = believing.learn(observations)

    bad, *good = (learned[place, None, "B"] for place in range(1, 5))
    # An interval is one observation, however many losses it hides: 1 − e^−0.9 = 0.59 of them, in 30 days.
    assert 0.017 < bad.rate < 0.023
    assert all(one.rate < 0.002 for one in good)
    assert bad.buffer(30) >= 2
    assert [one.buffer(7) for one in good] == [0, 0, 0]
    assert all(one.buffer(30) <= 1 for one in good)


@given(rate=st.floats(0, 2), size=st.floats(1, 20))
def test_buffers_grow_with_the_days_and_end_at_the_most(rate: float, size: float) -> None:
    limits = believing.thresholds(rate, size)

    assert list(limits) == sorted(limits)
    assert len(limits) == believing.MOST
    for units, limit in enumerate(limits):
        assert believing.beyond(rate * limit, size, units) <= believing.TARGET
        if limit < believing.LONGEST_DAYS:
            assert believing.beyond(rate * (limit + 1), size, units) > believing.TARGET
