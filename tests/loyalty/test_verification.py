"""Each kind of drift, planted and found; and what can be repaired, repaired."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection

from loyalty import verification
from loyalty.models import PointAccount, PointHold, PointLot, PointTransaction
from omni.core.actor import Actor
from tests import factories
from tests.loyalty.acting import account, burn, claw_back, earn, hold

pytestmark = pytest.mark.django_db(transaction=True)
COMMAND = Actor.command("verify_ledgers")


@pytest.fixture
def member_id(now: datetime) -> int:
    """A member whose account has seen everything."""
    programme, member = factories.programme(), factories.member()
    earn(programme.pk, member.pk, 100, "order:1", at=now, now=now)
    burn(programme.pk, member.pk, 80, "order:2", now=now)
    earn(programme.pk, member.pk, 50, "order:3", at=now, now=now, pending=True)
    earn(programme.pk, member.pk, 60, "order:4", at=now, now=now)
    claw_back("order:1", 50, "return:1", now=now)
    hold(programme.pk, member.pk, 10, "order:5", now=now)
    assert verification.find_drifts() == []
    return member.pk


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def kinds() -> list[str]:
    return [drift.kind for drift in verification.find_drifts()]


def test_a_wrong_balance_is_found_twice_over_and_follows_the_lots(member_id: int, now: datetime) -> None:
    right = account(member_id)
    PointAccount.objects.filter(customer_id=member_id).update(balance=999)

    drifts = verification.find_drifts()
    assert [(drift.kind, drift.expected, drift.found, drift.by) for drift in drifts] == [
        ("points-account-lots", right[0], 999, 999 - right[0]),
        ("points-account-ledger", right[0], 999, 999 - right[0]),
    ]
    repairs = verification.repair(drifts, actor=COMMAND, now=now)

    assert len(repairs) == 2
    assert account(member_id) == right
    assert kinds() == []
    assert not PointTransaction.objects.filter(kind="ADJUSTMENT").exists()


def test_a_lot_changed_behind_the_ledgers_back_is_explained_by_a_correcting_row(
    member_id: int, now: datetime
) -> None:
    before = account(member_id)
    PointLot.objects.filter(source="order:4").update(active=67, issued=67)
    PointLot.objects.filter(source="order:3").update(pending=48, issued=48)

    drifts = verification.find_drifts()
    assert [(drift.kind, drift.what, drift.by) for drift in drifts] == [
        ("points-account-lots", "balance", -7),
        ("points-account-lots", "pending", 2),
    ]
    verification.repair(drifts, actor=COMMAND, now=now)

    assert kinds() == []
    assert account(member_id) == (before[0] + 7, before[1] - 2, before[2])
    posted = PointTransaction.objects.get(kind="ADJUSTMENT")
    assert (posted.reason, posted.actor) == ("verify_ledgers", "command:verify_ledgers")


def test_a_wrong_hold_follows_the_open_holds(member_id: int, now: datetime) -> None:
    PointHold.objects.filter(source="order:5").update(status="RELEASED")

    drifts = verification.find_drifts()
    assert [(drift.kind, drift.expected, drift.found) for drift in drifts] == [("points-held", 0, 10)]
    verification.repair(drifts, actor=COMMAND, now=now)

    assert kinds() == []


@pytest.fixture
def unguarded() -> Callable[[str], None]:
    """Plant what the database itself refuses, as somebody with its owner's rights could."""

    def plant(statement: str) -> None:
        table = "loyalty_pointentry"
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            execute(statement)
        finally:
            execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return plant


def test_an_unbalanced_transaction_is_found_with_its_source(
    member_id: int, now: datetime, unguarded: Callable[[str], None]
) -> None:
    unguarded(
        "INSERT INTO loyalty_pointentry (occurred_at, transaction_id, account_id, bucket, points) "
        "SELECT now(), (SELECT id FROM loyalty_pointtransaction WHERE source = 'order:2'), id, 'ACTIVE', 5 "
        "FROM loyalty_pointaccount WHERE kind = 'REDEEMED'"
    )

    (drift,) = verification.find_drifts()

    assert (drift.kind, drift.what, drift.expected, drift.found) == ("points-transaction", "order:2", 0, 5)
    assert verification.repair([drift], actor=COMMAND, now=now) == []


def test_a_broken_chain_is_found_at_its_first_wrong_row(
    member_id: int, unguarded: Callable[[str], None]
) -> None:
    unguarded(
        "UPDATE loyalty_pointentry SET balance_after = balance_after + 1 "
        "WHERE transaction_id = (SELECT id FROM loyalty_pointtransaction WHERE source = 'order:2') "
        "AND balance_after IS NOT NULL"
    )

    (drift,) = verification.find_drifts()

    assert (drift.kind, drift.what, drift.expected, drift.found) == ("points-chain", "ACTIVE", 20, 21)
    assert drift.since is not None


def test_a_lot_that_does_not_add_up_is_found(member_id: int) -> None:
    execute("ALTER TABLE loyalty_pointlot DROP CONSTRAINT lot_adds_up")
    try:
        PointLot.objects.filter(source="order:1").update(spent=81)
        found = [(drift.kind, drift.expected, drift.found) for drift in verification.find_drifts()]
        PointLot.objects.filter(source="order:1").update(spent=80)
    finally:
        execute(
            "ALTER TABLE loyalty_pointlot ADD CONSTRAINT lot_adds_up "
            "CHECK (issued = active + pending + spent + expired + clawed_back)"
        )

    assert found == [("points-lot", 101, 100)]
