"""Earning points: lots, terms, shortfalls, batches."""

import time
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from loyalty import selectors, services
from loyalty.errors import NoProgramme
from loyalty.models import EarningRate, PointAccount, PointEntry, PointLot, PointTransaction
from loyalty.terms import ProgrammeTerms, Rate, points_for
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.models import Event
from tests import factories
from tests.loyalty.acting import account, burn, claw_back, earn, entries, lot

EARLY = factories.EARLY


def terms(rounding: str, *rates: Rate) -> ProgrammeTerms:
    return ProgrammeTerms(1, "p", "JPY", Decimal(1), 0, 365, rounding, True, rates)


@pytest.mark.parametrize(
    ("rounding", "amount", "points"),
    [
        ("FLOOR", "199", 1),
        ("FLOOR", "200", 2),
        ("HALF_UP", "149", 1),
        ("HALF_UP", "150", 2),
        ("CEILING", "101", 2),
        ("CEILING", "100", 1),
        ("CEILING", "0", 0),
        ("CEILING", "-300", 0),
    ],
)
def test_points_are_rounded_once_by_the_programme(
    now: datetime, rounding: str, amount: str, points: int
) -> None:
    programme = terms(rounding, Rate(None, Decimal(100), EARLY, None))

    assert points_for(programme=programme, channel_id=7, amount=Decimal(amount), at=now) == points


def test_a_channels_own_rate_goes_before_the_general_and_ends_exclusively(now: datetime) -> None:
    programme = terms(
        "FLOOR",
        Rate(None, Decimal(100), EARLY, None),
        Rate(7, Decimal(50), EARLY, now),
        Rate(7, Decimal(20), now, now + timedelta(days=1)),
    )

    def earned(channel_id: int, at: datetime) -> int:
        return points_for(programme=programme, channel_id=channel_id, amount=Decimal(1000), at=at)

    instant = timedelta(microseconds=1)
    assert earned(7, now - instant) == 20
    assert earned(7, now) == 50
    assert earned(7, now + timedelta(days=1)) == 10
    assert earned(8, now) == 10
    assert earned(7, EARLY - instant) == 0


@pytest.mark.django_db(transaction=True)
def test_the_terms_of_a_channel_are_its_own_programmes_in_its_currency(now: datetime) -> None:
    general, own = factories.programme(), factories.programme(valid_days=90)
    factories.programme(currency="USD")
    channel, other = factories.channel(), factories.channel()
    dollars = factories.channel(currency="EUR")
    EarningRate.objects.filter(programme=own).update(channel=channel)

    assert selectors.get_terms(channel_id=channel.pk, at=now).programme_id == own.pk
    assert selectors.get_terms(channel_id=channel.pk, at=now).valid_days == 90
    assert selectors.get_terms(channel_id=other.pk, at=now).programme_id == general.pk
    assert selectors.find_terms(channel_id=dollars.pk, at=now) is None
    with pytest.raises(NoProgramme):
        selectors.get_terms(channel_id=dollars.pk, at=now)


@pytest.mark.django_db(transaction=True)
def test_points_wait_for_the_programmes_days(now: datetime) -> None:
    programme, member = factories.programme(pending_days=14, valid_days=100), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    earn(programme.pk, member.pk, 70, "order:2", at=now - timedelta(days=14), now=now)
    earn(programme.pk, member.pk, 40, "order:3", at=now, now=now, pending=False)

    assert account(member.pk) == (110, 100, 0)
    assert (lot("order:1"), lot("order:2"), lot("order:3")) == (
        {"pending": 100},
        {"active": 70},
        {"active": 40},
    )
    made = PointLot.objects.get(source="order:1")
    assert (made.activates_at - now, made.expires_at - now) == (timedelta(days=14), timedelta(days=100))
    assert entries("order:1") == [("MEMBER", "PENDING", 100, 100), ("ISSUED", "ACTIVE", -100, None)]


@pytest.mark.django_db(transaction=True)
def test_a_shortfall_is_paid_by_the_next_earnings(now: datetime) -> None:
    programme, member = factories.programme(pending_days=3), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now, pending=False)
    burn(programme.pk, member.pk, 100, "order:2", now=now)
    claw_back("order:1", 100, "return:1", now=now)
    assert account(member.pk) == (-100, 0, 100)

    with db.transaction():
        services.accrue(
            accruals=[
                services.Accrual(programme.pk, member.pk, 60, "order:3", now),
                services.Accrual(programme.pk, member.pk, 50, "order:4", now),
            ],
            actor=SYSTEM,
            now=now,
        )

    assert account(member.pk) == (0, 10, 0)
    assert lot("order:3") == {"clawed_back": 60}
    assert lot("order:4") == {"clawed_back": 40, "pending": 10}
    assert entries("order:4") == [
        ("MEMBER", "ACTIVE", 40, 0),
        ("MEMBER", "PENDING", 10, 10),
        ("ISSUED", "ACTIVE", -50, None),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_source_is_posted_once_and_no_points_are_no_posting(now: datetime) -> None:
    programme, member = factories.programme(), factories.member()

    first = earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    again = earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    nothing = earn(programme.pk, member.pk, 0, "order:2", at=now, now=now)

    assert (first.points, again.points, nothing.points) == (100, 0, 0)
    assert PointTransaction.objects.count() == PointLot.objects.count() == 1
    assert Event.objects.filter(type="loyalty.points-posted.v1").count() == 1


@pytest.mark.django_db(transaction=True)
def test_five_hundred_accruals_take_as_many_statements_as_one(
    now: datetime, django_assert_num_queries: object
) -> None:
    programme = factories.programme()
    members = [factories.member() for _ in range(20)]

    def batch(size: int, name: str) -> list[services.Accrual]:
        return [
            services.Accrual(programme.pk, members[n % 20].pk, n + 1, f"{name}:{n}", now) for n in range(size)
        ]

    took = []
    for size, name in [(1, "a"), (500, "b"), (500, "c"), (500, "d")]:
        accruals = batch(size, name)
        with django_assert_num_queries(4), db.transaction():  # type: ignore[operator]
            started = time.perf_counter()
            services.accrue(accruals=accruals, actor=SYSTEM, now=now, publish=False)
            took.append(time.perf_counter() - started)

    assert PointEntry.objects.count() == 2 * 1501
    first = PointAccount.objects.get(customer=members[0])
    assert first.balance == 1 + 3 * sum(range(1, 501, 20))
    chain = PointEntry.objects.filter(account=first).order_by("id").values_list("points", "balance_after")
    running = 0
    for points, balance_after in chain:
        running += points
        assert balance_after == running
    # The target is 60 ms on a quiet machine; a busy one is given room.
    assert min(took[1:]) < 0.5
    print(f"500 accruals: {min(took[1:]) * 1000:.0f} ms")
