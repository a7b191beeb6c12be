"""Returns: clawing back what was earned, restoring what was burnt."""

from datetime import datetime, timedelta

import pytest

from loyalty import selectors
from loyalty.models import PointLot, PointTransaction
from tests import factories
from tests.loyalty.acting import account, burn, claw_back, earn, entries, hold, lot, restore

pytestmark = pytest.mark.django_db(transaction=True)


def test_clawing_back_takes_active_points_then_a_shortfall(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    burn(programme.pk, member.pk, 70, "order:2", now=now)

    taken = claw_back("order:1", 50, "return:1", now=now)

    assert taken.points == 50
    assert lot("order:1") == {"spent": 70, "clawed_back": 30}
    assert account(member.pk) == (-20, 0, 20)
    assert entries("return:1") == [
        ("MEMBER", "ACTIVE", -30, 0),
        ("MEMBER", "ACTIVE", -20, -20),
        ("ISSUED", "ACTIVE", 50, None),
    ]


def test_clawing_back_takes_pending_points_and_leaves_what_a_checkout_holds(now: datetime) -> None:
    programme, member = factories.programme(pending_days=9), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    earn(programme.pk, member.pk, 80, "order:2", at=now, now=now, pending=False)
    hold(programme.pk, member.pk, 50, "order:3", now=now)

    claw_back("order:1", 40, "return:1", now=now)
    claw_back("order:2", 40, "return:2", now=now)

    assert lot("order:1") == {"pending": 60, "clawed_back": 40}
    assert lot("order:2") == {"active": 50, "held": 50, "clawed_back": 30}
    assert account(member.pk) == (40, 60, 10)


def test_returns_never_take_more_than_was_earned_nor_one_return_twice(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)

    taken = [
        claw_back("order:1", points, source, now=now).points
        for points, source in [(60, "return:1"), (60, "return:1"), (60, "return:2"), (60, "return:3")]
    ]

    assert taken == [60, 0, 40, 0]
    assert account(member.pk) == (0, 0, 0)
    assert claw_back("order:9", 10, "return:4", now=now).points == 0


def test_restoring_gives_back_to_the_original_lots_last_burnt_first(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now - timedelta(days=5), now=now)
    earn(programme.pk, member.pk, 100, "order:2", at=now, now=now)
    burn(programme.pk, member.pk, 150, "order:3", now=now)

    first = restore("order:3", 70, "return:1", now=now)
    assert (lot("order:1"), lot("order:2")) == ({"active": 20, "spent": 80}, {"active": 100})
    again = restore("order:3", 70, "return:1", now=now)
    rest = restore("order:3", 500, "return:2", now=now)

    assert (first.points, again.points, rest.points) == (70, 0, 80)
    assert (lot("order:1"), lot("order:2")) == ({"active": 100}, {"active": 100})
    assert account(member.pk) == (200, 0, 0)
    assert entries("return:1") == [
        ("MEMBER", "ACTIVE", 50, 100),
        ("MEMBER", "ACTIVE", 20, 120),
        ("REDEEMED", "ACTIVE", -70, None),
    ]


def test_points_restored_to_an_expired_lot_get_days_of_grace_for_themselves_alone(now: datetime) -> None:
    programme, member = factories.programme(valid_days=10, restored_days=30), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    burn(programme.pk, member.pk, 60, "order:2", now=now)
    later = now + timedelta(days=10)

    restore("order:2", 25, "return:1", now=later)

    assert lot("order:1") == {"active": 25, "spent": 35, "expired": 40}
    assert PointLot.objects.get().expires_at == later + timedelta(days=30)
    assert account(member.pk) == (25, 0, 0)
    assert selectors.balance_of(member.pk, now=later).available == 25
    assert PointTransaction.objects.filter(kind="EXPIRATION").count() == 1
