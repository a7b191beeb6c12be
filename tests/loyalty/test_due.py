"""What time does to points."""

from datetime import datetime, timedelta

import pytest

from loyalty import selectors, services
from loyalty.models import PointLot, PointTransaction
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.loyalty.acting import account, burn, claw_back, earn, entries, hold, lot

pytestmark = pytest.mark.django_db(transaction=True)
INSTANT = timedelta(microseconds=1)


def test_points_become_active_at_their_very_moment_and_once(now: datetime) -> None:
    programme, member = factories.programme(pending_days=7), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    earn(programme.pk, member.pk, 50, "order:2", at=now, now=now)
    due = now + timedelta(days=7)

    assert services.post_due(now=due - INSTANT) == services.DuePosted(activated=0, expired=0)
    assert services.post_due(now=due, batch=1) == services.DuePosted(activated=150, expired=0)
    assert services.post_due(now=due) == services.DuePosted(activated=0, expired=0)

    assert account(member.pk) == (150, 0, 0)
    first = PointLot.objects.get(source="order:1")
    assert entries(f"activation:{first.pk}") == [
        ("MEMBER", "PENDING", -100, 50),
        ("MEMBER", "ACTIVE", 100, 100),
    ]


def test_points_can_be_made_active_before_their_day(now: datetime) -> None:
    programme, member = factories.programme(pending_days=7), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    earn(programme.pk, member.pk, 50, "order:2", at=now, now=now)

    with db.transaction():
        posted = services.activate(sources=["order:2"], actor=SYSTEM, now=now)

    assert (posted.points, account(member.pk)) == (50, (50, 100, 0))


def test_points_expire_at_their_very_moment_and_once(now: datetime) -> None:
    programme, member = factories.programme(valid_days=10), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    earn(programme.pk, member.pk, 50, "order:2", at=now + INSTANT, now=now)
    burn(programme.pk, member.pk, 30, "order:3", now=now)
    due = now + timedelta(days=10)

    assert services.post_due(now=due - INSTANT).expired == 0
    assert services.post_due(now=due).expired == 70
    assert services.post_due(now=due).expired == 0

    assert lot("order:1") == {"spent": 30, "expired": 70}
    assert account(member.pk) == (50, 0, 0)
    transaction = PointTransaction.objects.get(kind="EXPIRATION")
    assert transaction.occurred_at == due
    assert entries(transaction.source) == [("MEMBER", "ACTIVE", -70, 50), ("EXPIRED", "ACTIVE", 70, None)]


def test_held_points_outlive_their_lot_until_the_checkout_decides(now: datetime) -> None:
    programme, member = factories.programme(valid_days=1), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    hold(programme.pk, member.pk, 30, "order:2", now=now)
    hold(programme.pk, member.pk, 20, "order:3", now=now)
    due = now + timedelta(days=1)

    assert services.post_due(now=due).expired == 50
    with db.transaction():
        services.burn_held(sources=["order:2"], actor=SYSTEM, now=due)
        services.release_held(sources=["order:3"], now=due)
    assert selectors.balance_of(member.pk, now=due).available == 0
    assert services.post_due(now=due).expired == 20

    assert lot("order:1") == {"spent": 30, "expired": 70}
    assert account(member.pk) == (0, 0, 0)
    assert PointLot.objects.get().closed


def test_what_expires_pays_the_shortfall_first(now: datetime) -> None:
    programme, member = factories.programme(valid_days=10), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    burn(programme.pk, member.pk, 100, "order:2", now=now)
    earn(programme.pk, member.pk, 130, "order:3", at=now, now=now)
    claw_back("order:1", 100, "return:1", now=now)
    assert account(member.pk) == (30, 0, 100)

    assert services.post_due(now=now + timedelta(days=10)).expired == 30

    assert account(member.pk) == (0, 0, 0)
    assert lot("order:3") == {"clawed_back": 100, "expired": 30}


def test_a_due_run_of_many_lots_goes_by_batches_and_closes_every_lot(now: datetime) -> None:
    programme = factories.programme(valid_days=1)
    members = [factories.member() for _ in range(3)]
    for n in range(7):
        earn(programme.pk, members[n % 3].pk, 10 + n, f"order:{n}", at=now, now=now)
    burn(programme.pk, members[0].pk, 10, "order:spent", now=now)

    assert services.post_due(now=now + timedelta(days=1), batch=2).expired == sum(range(10, 17)) - 10

    assert [account(member.pk) for member in members] == [(0, 0, 0)] * 3
    assert not PointLot.objects.filter(closed=False).exists()
