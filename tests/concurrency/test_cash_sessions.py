"""Drawers under competition: two closings at once, and a sale beside a closing."""

from datetime import datetime
from decimal import Decimal

import pytest

from omni.core import db
from tests.concurrency.racing import all_at_once, second_connection
from tests.tills.tills import Counter
from tills import verification
from tills.errors import SessionMissing
from tills.models import CashCount, CashSession, TillTask
from tills.models import Till as TillModel
from tills.models.cash import CashSessionQuerySet

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_closings_at_once_one_closes(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)
    counter.sell("A-1", 2, now=now)

    results = all_at_once([lambda: counter.close(32, now=now), lambda: counter.close(31, now=now)])

    assert sorted(type(result).__name__ for result in results) == ["Closing", "SessionMissing"]
    assert CashCount.objects.filter(kind="CLOSING").count() == 1
    assert CashSession.objects.get().expected_amount == 32_000


def sell_while_closing(counter: Counter, now: datetime) -> object:
    """The closing waits for the sale that has begun, if it waits at all; what the closing came to."""
    with second_connection() as second:
        with db.transaction():
            session = CashSession.objects.for_update_open(counter.till)
            closing = second.start(lambda: counter.close(30, now=now))
            session.movements.create(
                direction="IN", reason="OTHER", amount=Decimal(1000), occurred_at=now, actor="test"
            )
        return closing.result(10)


def test_a_closing_counts_what_began_before_it(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)

    closed = sell_while_closing(counter, now)

    assert (closed.expected, closed.difference) == (31_000, -1000)
    assert verification.find_drifts() == []


def test_without_the_lock_a_closing_misses_what_began_before_it(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same, and nobody waits."""
    counter = Counter.build(now=now)
    counter.open(now=now)

    def unlocked(self: CashSessionQuerySet, till: TillModel) -> CashSession:
        return self.get(till=till, status="OPEN")

    monkeypatch.setattr(CashSessionQuerySet, "for_update_open", unlocked)
    closed = sell_while_closing(counter, now)

    assert closed.expected == 30_000
    (drift,) = verification.find_drifts()
    assert (drift.kind, drift.expected, drift.found) == ("cash-session", "31000", "30000")


def test_what_is_sold_while_the_day_closes_is_in_it_or_refused(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)

    sold, closed = all_at_once([lambda: counter.sell("A-1", now=now), lambda: counter.close(31, now=now)])

    if isinstance(sold, SessionMissing):
        assert closed.difference == 1000
        assert TillTask.objects.filter(kind="OVER_SHORT").exists()
    else:
        assert closed.difference == 0
    assert verification.find_drifts() == []
