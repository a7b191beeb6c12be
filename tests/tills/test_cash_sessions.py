"""A drawer's day: float, sales, refunds, in and out, 点検, 精算, and what comes after."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from orders.services.returnable import ReturnItem
from tests import factories
from tests.tills.tills import Counter, claim
from tills import verification
from tills.errors import (
    DayClosed,
    DenominationUnknown,
    DepositAboveCount,
    DrawerShort,
    SessionMissing,
    SessionOpen,
)
from tills.models import CashCount, CashMovement, CashSession, TillMoney, TillRecord, TillTask
from tills.selectors import get_report
from tills.services import cash_sessions, trade

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_day_from_the_float_to_the_deposit(now: datetime) -> None:
    counter = Counter.build(now=now)
    factories.tender("card", "CARD")
    opened = counter.open(now=now)
    counter.sell("A-1", 3, now=now)
    counter.sell("A-2", 2, now=now, tenders=[trade.Handed("card")])
    counter.sell("A-3", 1, now=now, tenders=[trade.Handed("cash", Decimal(10_000))])
    cash_sessions.move_cash(
        till=counter.till, direction="OUT", amount=Decimal(2000), reason="PETTY_CASH", claim=claim(),
        actor=counter.desk.actor, now=now,
    )  # fmt: skip
    trade.take_goods_back(
        desk=counter.desk,
        number=f"{counter.shop.location.code}.A-1",
        items=[ReturnItem(1, 1)],
        reason="size",
        claim=claim(),
        now=now,
    )

    checked = cash_sessions.check_drawer(
        till=counter.till, pieces={Decimal(1000): 31}, claim=claim(), actor=counter.desk.actor, now=now
    )
    closed = counter.close(31, now=now, deposit=1000)

    # 30,000 + 3,000 + 1,000 − 1,000 − 2,000
    assert (checked.expected, checked.counted, checked.difference) == (31_000, 31_000, 0)
    assert (opened.business_date, closed.difference, closed.kept) == (date(2026, 11, 22), 0, 30_000)
    session = CashSession.objects.get()
    assert (session.status, session.expected_amount, session.deposit_amount) == ("CLOSED", 31_000, 1000)
    counter.till.refresh_from_db()
    assert counter.till.closed_until == date(2026, 11, 22)
    assert not TillTask.objects.exists()
    assert verification.find_drifts() == []

    report = get_report(session)
    assert [(t.tender, t.sales, t.refunds) for t in report.tenders] == [
        ("card", 2000, 0),
        ("cash", 4000, 1000),
    ]
    (tax,) = report.taxes
    assert (tax.rate, tax.sales, tax.sales_tax, tax.returns, tax.returns_tax) == (
        Decimal("0.10"),
        6000,
        543,
        1000,
        90,
    )
    assert report.transactions == {"SALE": 3, "RETURN": 1}
    assert [count.kind for count in report.counts] == ["FLOAT", "CHECK", "CLOSING"]


def test_what_is_short_is_opened_as_a_task_and_stays_in_the_books(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)
    counter.sell("A-1", 3, now=now)

    closed = counter.close(32, now=now)

    assert closed.difference == -1000
    assert CashSession.objects.get().difference_amount == -1000
    task = TillTask.objects.get()
    assert (task.kind, task.details["difference"]) == ("OVER_SHORT", "-1000")


def test_nothing_is_sold_outside_an_open_day(now: datetime) -> None:
    counter = Counter.build(now=now)

    with pytest.raises(SessionMissing):
        counter.sell("A-1", now=now)
    counter.open(now=now)
    with pytest.raises(SessionOpen):
        counter.open(now=now)
    counter.close(30, now=now)
    with pytest.raises(SessionMissing):
        counter.sell("A-1", now=now)
    with pytest.raises(DayClosed) as refused:
        counter.open(now=now, business_date=date(2026, 11, 22))

    assert refused.value.next == "2026-11-23"
    assert not TillRecord.objects.exists()
    assert CashSession.objects.count() == 1


def test_after_closing_the_next_day_is_opened_though_it_is_still_today(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)
    counter.close(30, now=now)

    again = counter.open(now=now + timedelta(hours=1))

    assert again.business_date == date(2026, 11, 23)


def test_one_drawer_has_one_open_session_whoever_writes(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)

    with pytest.raises(IntegrityError, match="one_open_session_a_drawer"), transaction.atomic():
        CashSession.objects.create(
            till=counter.till, location=counter.shop.location, business_date=date(2027, 1, 1), currency="JPY",
            float_amount=0, opened_at=now, opened_by="test",
        )  # fmt: skip


def test_a_drawer_gives_no_more_than_it_holds(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)

    with pytest.raises(DrawerShort):
        cash_sessions.move_cash(
            till=counter.till, direction="OUT", amount=Decimal(30_001), reason="TO_SAFE", claim=claim(),
            actor=counter.desk.actor, now=now,
        )  # fmt: skip
    with pytest.raises(DepositAboveCount):
        counter.close(30, now=now, deposit=30_001)
    with pytest.raises(DenominationUnknown):
        cash_sessions.check_drawer(
            till=counter.till, pieces={Decimal(3000): 1}, claim=claim(), actor=counter.desk.actor, now=now
        )

    assert not CashMovement.objects.exists()
    assert CashCount.objects.count() == 1
    assert CashSession.objects.get().status == "OPEN"


def test_what_is_changed_behind_a_closing_is_found(now: datetime) -> None:
    counter = Counter.build(now=now)
    counter.open(now=now)
    counter.sell("A-1", 3, now=now)
    counter.close(33, now=now)
    assert verification.find_drifts() == []

    with connection.cursor() as cursor:
        cursor.execute("UPDATE tills_cashsession SET expected_amount = 32000, difference_amount = 1000")
        cursor.execute("UPDATE tills_cashcount SET amount = 1 WHERE kind = 'CLOSING'")
    TillMoney.objects.all().delete()

    found = {drift.kind: (drift.expected, drift.found) for drift in verification.find_drifts()}
    assert found == {
        "cash-session": ("30000", "32000"),
        "cash-count": ("33000", "1"),
        "till-money": ("3000", "0"),
    }


def test_a_replay_gets_what_it_had_and_counts_once(now: datetime) -> None:
    counter = Counter.build(now=now)
    again = claim("open", "key-1")

    first = counter.open(now=now, claim=again)
    second = counter.open(now=now, claim=again)

    assert first == second
    assert CashSession.objects.count() == 1
