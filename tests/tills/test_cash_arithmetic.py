"""A drawer's arithmetic, whatever is done in whatever order: expected is float + sales − refunds + in − out."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tills import counting, days
from tills.errors import DenominationUnknown
from tills.selectors import Drawer
from tills.selectors_journal import Row, written

# A slow machine is no failure.
LIGHTLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
YEN = st.dictionaries(st.sampled_from(counting.denominations("JPY")), st.integers(0, 500))
AMOUNT = st.integers(0, 10**9).map(Decimal)


@LIGHTLY
@given(YEN)
def test_pieces_come_to_their_sum_and_are_kept_so(pieces: dict[Decimal, int]) -> None:
    amount = counting.amount_of(pieces, "JPY")
    kept = counting.kept(pieces)

    assert amount == sum(int(value) * count for value, count in pieces.items())
    assert sum(Decimal(value) * count for value, count in kept.items()) == amount
    assert 0 not in kept.values()


@pytest.mark.parametrize(
    ("currency", "value"), [("JPY", "3000"), ("JPY", "0.5"), ("USD", "0.03"), ("SEK", "0.001")]
)
def test_a_coin_that_is_none_is_refused(currency: str, value: str) -> None:
    with pytest.raises(DenominationUnknown):
        counting.amount_of({Decimal(value): 1}, currency)


def test_what_has_no_coins_here_is_counted_as_a_whole() -> None:
    assert counting.amount_of({Decimal("123.45"): 1}, "SEK") == Decimal("123.45")


@LIGHTLY
@given(AMOUNT, st.lists(st.tuples(st.sampled_from(["sales", "refunds", "cash_in", "cash_out"]), AMOUNT)))
def test_each_movement_changes_what_is_expected_by_itself(
    float_: Decimal, moves: Sequence[tuple[str, Decimal]]
) -> None:
    sums = dict.fromkeys(("sales", "refunds", "cash_in", "cash_out"), Decimal(0))
    running = float_
    for what, amount in moves:
        sums[what] += amount
        running += amount if what in ("sales", "cash_in") else -amount

    assert Drawer(float_, **sums).expected == running


@LIGHTLY
@given(st.dates(date(2000, 1, 2), date(2100, 1, 1)), st.none() | st.dates(date(2000, 1, 2), date(2100, 1, 1)))
def test_the_next_day_may_be_opened_and_no_closed_one(today: date, closed: date | None) -> None:
    day = days.next_day(today, closed)

    assert day >= today
    assert days.may_open(day, closed)
    assert closed is None or not days.may_open(closed, closed)
    assert day == today or not days.may_open(day - timedelta(days=1), closed)


def test_a_journal_leaves_in_pieces_of_one_size_however_long_it_is() -> None:
    row: Row = ["渋谷〜"] * 15
    most = [
        max(len(part) for part in written((row for _ in range(count)), "cp932")) for count in (2_000, 20_000)
    ]

    assert most[0] == most[1] < 200_000
    assert "渋谷～".encode("cp932") in next(written([row], "cp932"))
