"""The queue of discrepancies: who looks after each, and remedies that put the books right, once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import (
    CostPool,
    Discrepancy,
    Owner,
    Reservation,
    StockDocument,
    StockEntry,
    StockLevel,
)
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.models import Event
from organisation.errors import NotYours
from tests import factories
from tests.inventory.counting import by, move, on_hand, staff

pytestmark = pytest.mark.django_db(transaction=True)


def settle(remedy: str, now: datetime, **more: Any) -> inventory.ResolvedDiscrepancy:
    pk = Discrepancy.objects.get(status="OPEN").pk
    return inventory.resolve_discrepancy(
        discrepancy_id=pk, remedy=remedy, resolution="looked", **by(now=now, **more)
    )


def reject(level: StockLevel, quantity: int, reason: str, now: datetime, correct: bool = True) -> int | None:
    with db.transaction():
        return inventory.report_rejection(
            variant_id=level.variant_id,
            location_id=level.location_id,
            quantity=quantity,
            reason=reason,
            source="fulfilment:7",
            correct=correct,
            actor=SYSTEM,
            now=now,
        )


def test_goods_sold_below_zero_were_there_and_are_added(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 1)
    move(level, -3, now)
    assert Discrepancy.objects.get().quantity == 2

    done = settle("ADDED", now)

    assert (done.moved, done.status, on_hand(level)) == (2, "RESOLVED", 0)
    entry = StockEntry.objects.order_by("-id")[0]
    assert (entry.kind, entry.reason, entry.delta) == ("ADJUSTMENT", "correction", 2)
    assert verification.find_drifts() == []


def test_what_was_put_right_meanwhile_is_not_added_again(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 1)
    move(level, -3, now)
    move(level, 5, now, kind="RECEIPT")

    done = settle("ADDED", now)

    assert (done.moved, done.status, on_hand(level)) == (0, "RESOLVED", 3)


def test_a_remedy_is_taken_once(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 0)
    move(level, -2, now)
    pk = Discrepancy.objects.get().pk

    first = settle("ADDED", now, key="once")
    again = inventory.resolve_discrepancy(
        discrepancy_id=pk, remedy="ADDED", resolution="looked", **by(now=now, key="once")
    )
    with pytest.raises(errors.DiscrepancyResolved):
        inventory.resolve_discrepancy(discrepancy_id=pk, remedy="ADDED", **by(now=now))

    assert first == again
    assert on_hand(level) == 0
    row = Discrepancy.objects.get()
    assert (row.remedy, row.resolution, row.actor) == ("ADDED", "looked", "api-key:handheld")
    told = Event.objects.filter(type="inventory.discrepancy-changed.v1")
    assert [event.payload["remedy"] for event in told] == ["ADDED"]


@pytest.mark.parametrize(
    ("reason", "counters", "found", "written_off"),
    [
        ("NOT_IN_STOCK", (8, 0, 0), (10, 0, 0), (8, 0, 0)),
        ("DAMAGED", (10, 2, 0), (10, 0, 0), (8, 0, 0)),
        ("MISMATCH", (10, 0, 2), (10, 0, 0), (8, 0, 0)),
        ("WORN_DISPLAY", (10, 0, 2), (10, 0, 0), (8, 0, 0)),
    ],
)
@pytest.mark.parametrize("remedy", ["FOUND", "SHRINKAGE"])
def test_what_a_shop_rejects_is_corrected_and_settled_either_way(
    now: datetime,
    reason: str,
    counters: tuple[int, ...],
    found: tuple[int, ...],
    written_off: tuple[int, ...],
    remedy: str,
) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)

    reject(level, 2, reason, now)
    level.refresh_from_db()
    assert (level.on_hand, level.damaged, level.quality_control) == counters
    row = Discrepancy.objects.get()
    assert (row.kind, row.reason, row.quantity, row.source) == ("REJECTED", reason, 2, "fulfilment:7")

    settle(remedy, now)

    level.refresh_from_db()
    wanted = found if remedy == "FOUND" else written_off
    assert (level.on_hand, level.damaged, level.quality_control) == wanted
    assert verification.find_drifts() == []


def test_a_rejection_that_corrected_nothing_is_written_off_in_full(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)

    reject(level, 2, "NOT_IN_STOCK", now, correct=False)
    assert on_hand(level) == 10
    done = settle("SHRINKAGE", now)

    assert (done.moved, on_hand(level)) == (-2, 8)
    assert StockEntry.objects.order_by("-id")[0].reason == "shrinkage"


def test_no_more_is_taken_away_than_there_is(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 3, damaged=2)

    reject(level, 5, "NOT_IN_STOCK", now)

    row = Discrepancy.objects.get()
    assert (row.quantity, row.moved, on_hand(level)) == (5, -1, 2)


def test_a_closed_shop_says_nothing_of_its_stock(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 3)

    assert reject(level, 1, "STORE_CLOSED", now) is None

    assert not Discrepancy.objects.exists()
    assert on_hand(level) == 3


def test_a_rejection_is_opened_once(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)

    first, again = reject(level, 2, "NOT_IN_STOCK", now), reject(level, 2, "NOT_IN_STOCK", now)

    assert (first is None, again) == (False, None)
    assert on_hand(level) == 8
    assert Event.objects.filter(type="inventory.discrepancy-opened.v1").count() == 1


def stranded(now: datetime, *promises: tuple[int, bool], left: int) -> tuple[StockLevel, list[int]]:
    """Promises (units, paid or not) out of a level of which only `left` units turn out to be there."""
    total = sum(units for units, _ in promises)
    level = factories.stock(factories.variant(), factories.location(), total)
    with db.transaction():
        ids = [
            inventory.reserve(
                wants=[inventory.Want(level.variant_id, level.location_id, units, "order:1:1")],
                expires_at=None if paid else now + timedelta(minutes=30),
                committed=paid,
                actor=SYSTEM,
                now=now,
            )[0]
            for units, paid in promises
        ]
    inventory.adjust_stock(
        location_id=level.location_id,
        variant_id=level.variant_id,
        delta=left - total,
        reason="shrinkage",
        **by(now=now),
    )
    return level, ids


def states(ids: list[int]) -> list[str]:
    found = dict(Reservation.objects.values_list("pk", "status"))
    return [found[pk] for pk in ids]


def test_the_youngest_unpaid_promises_are_released_and_no_more(now: datetime) -> None:
    level, ids = stranded(now, (2, False), (1, True), (2, False), (2, False), left=4)

    done = settle("RELEASED", now)

    assert done.status == "RESOLVED"
    assert states(ids) == ["ACTIVE", "COMMITTED", "EXPIRED", "EXPIRED"]
    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (4, 3)
    assert verification.find_drifts() == []


def test_what_has_expired_is_released_before_a_younger_promise(now: datetime) -> None:
    """Of 4 units 2 are gone; the first promise's time runs out before anybody settles it."""
    level, (first, second) = stranded(now, (2, False), (2, False), left=2)
    Reservation.objects.filter(pk=first).update(expires_at=now + timedelta(minutes=5))

    settle("RELEASED", now + timedelta(minutes=10))

    assert states([first, second]) == ["EXPIRED", "ACTIVE"]
    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (2, 2)


def test_what_releasing_leaves_stays_open(now: datetime) -> None:
    _, ids = stranded(now, (3, True), (1, False), left=1)

    done = settle("RELEASED", now)

    assert (done.status, states(ids)) == ("OPEN", ["COMMITTED", "EXPIRED"])
    assert Discrepancy.objects.get().quantity == 2
    with pytest.raises(errors.PromisesRemain) as refused:
        settle("RELEASED", now)
    assert refused.value.quantity == 2


def test_goods_that_were_promised_and_turn_up_are_added(now: datetime) -> None:
    level, ids = stranded(now, (3, True), left=1)

    done = settle("FOUND", now)

    assert (done.moved, on_hand(level), states(ids)) == (2, 3, ["COMMITTED"])


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [("BELOW_ZERO", "SHRINKAGE"), ("COUNT", "FOUND"), ("UNALLOCATED", "RELEASED")],
)
def test_a_remedy_fits_its_kind_only(now: datetime, kind: str, remedy: str) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    with db.transaction():
        inventory.open_discrepancies(
            openings=[inventory.Opening(kind, level.variant_id, level.location_id, 1, "x:1")],
            actor=SYSTEM,
            now=now,
        )

    with pytest.raises(errors.RemedyUnfit):
        settle(remedy, now)

    assert Discrepancy.objects.get().status == "OPEN"
    assert not StockDocument.objects.filter(kind="ADJUSTMENT").exists()


def test_what_a_transfer_differs_by_is_settled_at_the_transfer(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 8)
    with db.transaction():
        inventory.open_discrepancies(
            openings=[inventory.Opening("TRANSFER", level.variant_id, level.location_id, 2, "x:1")],
            actor=SYSTEM,
            now=now,
        )

    with pytest.raises(errors.SettledByMoving):
        settle("NOTED", now)

    assert (on_hand(level), Discrepancy.objects.get().status) == (8, "OPEN")


def test_a_discrepancy_is_given_to_who_may_resolve_it_there(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 0)
    move(level, -1, now)
    pk = Discrepancy.objects.get().pk
    manager, stranger = staff("MANAGER", level.location), staff("MANAGER", factories.location())

    inventory.assign_discrepancy(discrepancy_id=pk, owner_id=int(manager.key), **by(now=now))
    with pytest.raises(NotYours):
        inventory.assign_discrepancy(discrepancy_id=pk, owner_id=int(stranger.key), **by(now=now))

    assert Discrepancy.objects.get().owner_id == int(manager.key)
    inventory.assign_discrepancy(discrepancy_id=pk, owner_id=None, **by(now=now))
    assert Discrepancy.objects.get().owner_id is None


def test_a_discrepancy_is_worth_what_its_units_last_cost(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 5)
    own = Owner.objects.get_or_create(ownership="OWN", supplier="")[0]
    CostPool.objects.create(
        company=level.location.company, variant=level.variant, owner=own, quantity=5, value=600, unit_cost=120,
        currency="JPY",
    )  # fmt: skip

    with db.transaction():
        inventory.open_discrepancies(
            openings=[inventory.Opening("REJECTED", level.variant_id, level.location_id, 2, "x:1")],
            actor=SYSTEM,
            now=now,
        )

    assert Discrepancy.objects.get().value == 240
