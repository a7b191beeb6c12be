"""Any interleaving of movements and counts: after posting, on hand is what was there."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory import services as inventory
from inventory import verification
from inventory.models import CountLimit, CountLine, StockLevel
from tests import factories
from tests.inventory.counting import by, generous, move, on_hand

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LAST = 60
minutes = st.integers(1, LAST)
# (happened, written down, by how much): an offline till's sale is written down later than it was.
movements = st.lists(
    st.tuples(minutes, st.integers(0, 30), st.integers(-4, 4).filter(bool)).map(
        lambda one: (one[0], one[0] + one[1], one[2])
    ),
    max_size=8,
)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def play(
    level: StockLevel, moved: list[tuple[int, int, int]], counted: int, seen_at: int, posted_at: int
) -> None:
    """What is written down by the minute of posting is so before it; the rest comes after."""
    number = inventory.open_count_sheet(
        location_id=level.location_id, variant_ids=[level.variant_id], **by(now=START)
    ).number
    in_order = sorted(moved, key=lambda one: one[1])
    for happened, written, delta in in_order:
        if written <= posted_at:
            move(level, delta, at(happened))
    inventory.record_counts(
        number=number,
        records=[inventory.Counted(level.variant_id, counted, at(seen_at))],
        **by(now=at(posted_at)),
    )
    inventory.submit_count_sheet(number=number, **by(now=at(posted_at)))
    inventory.post_count_sheet(number=number, **by(now=at(posted_at)))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    moved=movements,
    counted=st.integers(0, 30),
    seen_at=st.integers(0, LAST),
    waits=st.integers(0, 40),
)
def test_on_hand_is_what_was_counted_and_what_moved_since(
    moved: list[tuple[int, int, int]], counted: int, seen_at: int, waits: int
) -> None:
    CountLimit.objects.all().delete()
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    posted_at = seen_at + waits

    play(level, moved, counted, seen_at, posted_at)

    since = sum(delta for happened, written, delta in moved if happened > seen_at and written <= posted_at)
    assert on_hand(level) == counted + since
    before = sum(delta for happened, written, delta in moved if happened <= seen_at and written <= posted_at)
    line = CountLine.objects.get(variant=level.variant_id)
    assert (line.expected, line.variance) == (10 + before, counted - 10 - before)
    for happened, written, delta in moved:
        if written > posted_at:
            move(level, delta, at(happened))
    inventory.absorb_late_movements(now=at(2 * LAST))
    assert inventory.absorb_late_movements(now=at(2 * LAST)) == 0
    assert on_hand(level) == counted + sum(delta for happened, _, delta in moved if happened > seen_at)
    assert verification.find_drifts() == []
