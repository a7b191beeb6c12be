"""Holding and burning points: exact lots, balances and entries."""

from datetime import datetime, timedelta

import pytest

from loyalty import selectors, services
from loyalty.errors import InsufficientPoints
from loyalty.models import PointAccount, PointEntry, PointHold, PointLot, PointTransaction
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.loyalty.acting import earn

pytestmark = pytest.mark.django_db(transaction=True)


def test_burning_takes_the_soonest_expiring_lots(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 300, "order:1", at=now - timedelta(days=1), now=now)
    earn(programme.pk, member.pk, 200, "order:2", at=now - timedelta(days=9), now=now)

    with db.transaction():
        posted = services.burn_points(
            programme_id=programme.pk,
            person_id=member.pk,
            points=250,
            source="order:3",
            actor=SYSTEM,
            now=now,
        )

    lots = {lot.source: (lot.issued, lot.active, lot.spent) for lot in PointLot.objects.all()}
    assert lots == {"order:1": (300, 250, 50), "order:2": (200, 0, 200)}
    account = PointAccount.objects.get(customer=member)
    assert (account.balance, posted.points, posted.account_ids) == (250, 250, (account.pk,))
    entries = PointEntry.objects.filter(transaction__source="order:3").order_by("id")
    assert [(entry.points, entry.balance_after) for entry in entries] == [
        (-200, 300),
        (-50, 250),
        (250, None),
    ]


def test_a_refused_burn_writes_nothing(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)

    with pytest.raises(InsufficientPoints) as refusal, db.transaction():
        services.burn_points(
            programme_id=programme.pk,
            person_id=member.pk,
            points=101,
            source="order:2",
            actor=SYSTEM,
            now=now,
        )

    assert refusal.value.data() == {"requested": 101, "available": 100}
    assert not PointHold.objects.exists()
    assert PointTransaction.objects.count() == 1


def test_held_points_are_burnt_or_released(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    with db.transaction():
        for source, points in [("order:2", 60), ("order:3", 30)]:
            services.hold_points(
                programme_id=programme.pk, person_id=member.pk, points=points, source=source, now=now
            )
    assert selectors.balance_of(member.pk, now=now).available == 10

    with db.transaction():
        burnt = services.burn_held(sources=["order:2"], actor=SYSTEM, now=now)
        released = services.release_held(sources=["order:2", "order:3"], now=now)

    assert (burnt.points, released) == (60, 30)
    balance = selectors.balance_of(member.pk, now=now)
    assert (balance.balance, balance.available, balance.held) == (40, 40, 0)
    assert sorted(PointHold.objects.values_list("source", "status")) == [
        ("order:2", "BURNT"),
        ("order:3", "RELEASED"),
    ]


def test_a_repeated_source_takes_nothing_twice(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()
    for _ in range(2):
        earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    with db.transaction():
        for _ in range(2):
            services.burn_points(
                programme_id=programme.pk,
                person_id=member.pk,
                points=30,
                source="order:2",
                actor=SYSTEM,
                now=now,
            )
        services.burn_held(sources=["order:2"], actor=SYSTEM, now=now)

    assert selectors.balance_of(member.pk, now=now).balance == 70


def test_a_lot_ends_at_its_very_moment(now: datetime) -> None:
    programme, member = factories.programme(valid_days=10), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now - timedelta(days=10), now=now)
    earn(programme.pk, member.pk, 50, "order:2", at=now - timedelta(days=10, microseconds=-1), now=now)

    balance = selectors.balance_of(member.pk, now=now)

    assert (balance.balance, balance.available) == (150, 50)
    with pytest.raises(InsufficientPoints), db.transaction():
        services.hold_points(
            programme_id=programme.pk, person_id=member.pk, points=51, source="order:3", now=now
        )
