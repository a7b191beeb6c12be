"""What an order comes to adds up exactly, in every tax bucket, whatever is bought."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.core.money import Rounding, allocate, quantize
from orders.totals import PricedLine, Shipping, compute

RATES = [Decimal("0.08"), Decimal("0.10"), Decimal(0)]


@st.composite
def lines(draw: st.DrawFn) -> PricedLine:
    amount = draw(st.integers(0, 200_000))
    return PricedLine(
        company_id=draw(st.integers(1, 2)),
        quantity=draw(st.integers(1, 9)),
        list_amount=Decimal(amount),
        discount=Decimal(draw(st.integers(0, amount))),
        tax_rate=draw(st.sampled_from(RATES)),
        tax_inclusive=draw(st.booleans()),
    )


@st.composite
def orders(draw: st.DrawFn):  # type: ignore[no-untyped-def]
    bought = draw(st.lists(lines(), min_size=1, max_size=8))
    shipping = Shipping(Decimal(draw(st.sampled_from([0, 550, 1100]))), Decimal("0.10"), 1)
    most = int(sum(line.amount for line in bought) + shipping.amount)
    points = Decimal(draw(st.integers(0, most)))
    return bought, shipping, points, draw(st.sampled_from(list(Rounding)))


@given(orders())
def test_every_total_is_the_sum_of_its_parts(order) -> None:  # type: ignore[no-untyped-def]
    bought, shipping, points, rounding = order

    totals = compute(bought, currency="JPY", rounding=rounding, shipping=shipping, points_amount=points)

    buckets = totals.buckets
    assert totals.total == (
        totals.lines_amount
        + totals.shipping_amount
        - totals.discount_amount
        - totals.points_amount
        + totals.tax_added
    )
    assert sum(bucket.lines_amount for bucket in buckets) == totals.lines_amount
    assert sum(bucket.discount_amount for bucket in buckets) == totals.discount_amount
    assert sum(bucket.shipping_amount for bucket in buckets) == totals.shipping_amount
    assert sum(bucket.points_amount for bucket in buckets) == points
    assert sum(totals.line_points) + totals.shipping_points == points
    assert sum(bucket.tax for bucket in buckets) == totals.tax_amount
    assert sum(bucket.amount for bucket in buckets) + totals.tax_added == totals.total


@given(orders())
def test_each_bucket_holds_its_lines_and_rounds_its_tax_once(order) -> None:  # type: ignore[no-untyped-def]
    bought, shipping, points, rounding = order

    totals = compute(bought, currency="JPY", rounding=rounding, shipping=shipping, points_amount=points)

    for bucket in totals.buckets:
        key = (bucket.company_id, bucket.rate, bucket.tax_inclusive)
        mine = [
            (line, share)
            for line, share in zip(bought, totals.line_points, strict=True)
            if (line.company_id, line.tax_rate, line.tax_inclusive) == key
        ]
        delivery = key == (1, Decimal("0.10"), True) and shipping.amount
        net = sum(line.amount - share for line, share in mine)
        net += shipping.amount - totals.shipping_points if delivery else 0
        assert bucket.amount == net
        divisor = 1 + bucket.rate if bucket.tax_inclusive else 1
        assert bucket.tax == quantize(net * bucket.rate / divisor, "JPY", rounding)


@given(orders())
def test_no_line_is_reduced_below_nothing_by_points(order) -> None:  # type: ignore[no-untyped-def]
    bought, shipping, points, rounding = order

    totals = compute(bought, currency="JPY", rounding=rounding, shipping=shipping, points_amount=points)

    assert all(0 <= share <= line.amount for line, share in zip(bought, totals.line_points, strict=True))
    assert 0 <= totals.shipping_points <= shipping.amount


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=20),
    st.sampled_from(["JPY", "USD", "KWD"]),
)
def test_an_allocation_adds_up_and_no_part_is_a_unit_off(
    amount: int, weights: list[int], currency: str
) -> None:
    smallest = Decimal(1).scaleb({"JPY": 0, "USD": -2, "KWD": -3}[currency])
    whole = amount * smallest

    parts = allocate(whole, weights, currency)

    assert sum(parts) == whole
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        exact = whole * weight / total if total else whole / len(weights)
        assert abs(part - exact) < smallest


@pytest.mark.parametrize(
    ("rounding", "tax"), [(Rounding.FLOOR, 10), (Rounding.HALF_UP, 10), (Rounding.CEILING, 11)]
)
def test_the_company_chooses_how_its_tax_is_rounded(rounding: Rounding, tax: int) -> None:
    line = PricedLine(1, 1, Decimal(111), Decimal(0), Decimal("0.10"), True)

    assert compute([line], currency="JPY", rounding=rounding).tax_amount == tax


def test_the_odd_unit_goes_to_the_largest_remainder_then_to_the_first() -> None:
    assert allocate(Decimal(100), [1, 2, 4], "JPY") == [14, 29, 57]
    assert allocate(Decimal(100), [1, 1, 1], "JPY") == [34, 33, 33]
    assert allocate(Decimal(-100), [1, 1, 1], "JPY") == [-34, -33, -33]
