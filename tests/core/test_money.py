from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.core.money import Rounding, allocate, quantize, tax_included, tax_on, unit


@pytest.mark.parametrize(
    ("gross", "rate", "rounding", "tax"),
    [
        ("1080", "0.08", Rounding.FLOOR, "80"),
        ("1000", "0.10", Rounding.FLOOR, "90"),
        ("1000", "0.10", Rounding.HALF_UP, "91"),
        ("1000", "0.10", Rounding.CEILING, "91"),
        ("0", "0.10", Rounding.FLOOR, "0"),
        ("500", "0", Rounding.FLOOR, "0"),
    ],
)
def test_tax_inside_a_yen_amount(gross: str, rate: str, rounding: Rounding, tax: str) -> None:
    assert tax_included(Decimal(gross), Decimal(rate), "JPY", rounding) == Decimal(tax)


def test_tax_on_a_dollar_amount_keeps_cents() -> None:
    assert tax_on(Decimal("19.99"), Decimal("0.0825"), "USD", Rounding.HALF_UP) == Decimal("1.65")


@pytest.mark.parametrize(("currency", "smallest"), [("JPY", "1"), ("USD", "0.01"), ("KWD", "0.001")])
def test_the_unit_is_that_of_iso_4217(currency: str, smallest: str) -> None:
    assert unit(currency) == Decimal(smallest)


def test_allocation_gives_the_remainder_to_the_largest_fractions() -> None:
    assert allocate(Decimal(100), [1, 1, 1], "JPY") == [Decimal(34), Decimal(33), Decimal(33)]
    assert allocate(Decimal(-100), [1, 1, 1], "JPY") == [Decimal(-34), Decimal(-33), Decimal(-33)]
    assert allocate(Decimal(10), [1, 5, 4], "JPY") == [Decimal(1), Decimal(5), Decimal(4)]


def test_allocation_over_zero_weights_is_even() -> None:
    assert allocate(Decimal(5), [0, 0], "JPY") == [Decimal(3), Decimal(2)]


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=40)


@given(amounts, weights, st.sampled_from(["JPY", "USD", "KWD"]))
def test_parts_always_add_up_and_stay_within_a_unit(
    amount: Decimal, weights: list[int], currency: str
) -> None:
    amount = quantize(amount, currency)

    parts = allocate(amount, weights, currency)

    assert sum(parts) == amount
    total = sum(weights)
    if total:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - amount * weight / total) < unit(currency)
