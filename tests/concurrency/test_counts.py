"""A shop that sells while it is counted: no sale is lost, and none is taken off twice."""

import time
from datetime import datetime, timedelta
from functools import partial
from threading import Event as Signal

import pytest
from django.utils import timezone

from inventory import services as inventory
from inventory import verification
from inventory.models import CountLine, CountSheet, StockDocument, StockEntry, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.inventory.counting import by, generous, on_hand
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TILLS, SALES = 4, 25


def sell(level: StockLevel, till: int, counted: Signal) -> None:
    """Sell on and on: some before the shelf is counted, most after."""
    for receipt in range(SALES):
        if receipt == 5:
            counted.wait(timeout=30)
        at = timezone.now()
        with db.transaction():
            inventory.post_movements(
                document=inventory.DocumentRef("SALE", f"{till}-{receipt}"),
                movements=[inventory.Movement(level.variant_id, level.location_id, -1, "SALE")],
                actor=SYSTEM,
                occurred_at=at,
                now=at,
            )


def count(level: StockLevel, number: str, found: list[int], counted: Signal) -> datetime:
    """Two units are gone that no till has sold: the shelf has what the books say, less two."""
    while StockEntry.objects.filter(kind="SALE").count() < TILLS * 5:
        time.sleep(0.005)
    seen = StockLevel.objects.get(pk=level.pk).on_hand - 2
    at = timezone.now()
    found.append(seen)
    inventory.record_counts(
        number=number, records=[inventory.Counted(level.variant_id, seen, at)], **by(now=at)
    )
    counted.set()
    return at


def opened(level: StockLevel) -> str:
    return inventory.open_count_sheet(
        location_id=level.location_id,
        variant_ids=[level.variant_id],
        **by(now=timezone.now() - timedelta(minutes=1)),
    ).number


def test_sales_go_on_while_a_count_is_posted() -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 200)
    number, counted = opened(level), Signal()
    found: list[int] = []

    def count_and_post() -> None:
        count(level, number, found, counted)
        now = timezone.now()
        inventory.submit_count_sheet(number=number, **by(now=now))
        inventory.post_count_sheet(number=number, **by(now=now))

    outcomes = at_once([*(partial(sell, level, till, counted) for till in range(TILLS)), count_and_post])

    assert outcomes == [None] * (TILLS + 1)
    assert CountLine.objects.get().variance == -2
    assert on_hand(level) == 200 - TILLS * SALES - 2
    assert verification.find_drifts() == []


def set_to_counted(level: StockLevel, found: int) -> None:
    """What posting would be if it set the level to what was counted, as of now."""
    document = StockDocument.objects.create(
        kind="COUNT", number="naive", actor="test", occurred_at=timezone.now()
    )
    with db.transaction():
        [locked] = StockLevel.objects.for_update_by_pairs([(level.variant_id, level.location_id)])
        StockEntry.objects.create(
            occurred_at=timezone.now(),
            business_date="2026-11-22",
            variant_id=level.variant_id,
            location_id=level.location_id,
            document=document,
            kind="COUNT",
            delta=found - locked.on_hand,
            balance_after=found,
            actor="test",
        )
        StockLevel.objects.filter(pk=level.pk).update(on_hand=found)


def test_setting_the_level_to_what_was_counted_forgets_the_sales_since() -> None:
    """The negative control: the books add up, and are wrong by all that was sold meanwhile."""
    generous()
    level = factories.stock(factories.variant(), factories.location(), 200)
    number, counted = opened(level), Signal()
    found: list[int] = []

    outcomes = at_once(
        [
            *(partial(sell, level, till, counted) for till in range(TILLS)),
            partial(count, level, number, found, counted),
        ]
    )
    set_to_counted(level, found[0])

    assert outcomes[:TILLS] == [None] * TILLS
    assert on_hand(level) - (200 - TILLS * SALES - 2) == TILLS * (SALES - 5) == 80
    assert verification.find_drifts() == []


def test_two_who_post_a_sheet_post_it_once() -> None:
    generous()
    level = factories.stock(factories.variant(), factories.location(), 10)
    number, now = opened(level), timezone.now()
    inventory.record_counts(
        number=number, records=[inventory.Counted(level.variant_id, 7, now)], **by(now=now)
    )
    inventory.submit_count_sheet(number=number, **by(now=now))

    outcomes = at_once([lambda: inventory.post_count_sheet(number=number, **by(now=now))] * 4)

    assert sum(isinstance(outcome, inventory.SheetNow) for outcome in outcomes) == 1
    assert on_hand(level) == 7
    assert StockEntry.objects.filter(kind="COUNT").count() == 1
    assert CountSheet.objects.get().status == "POSTED"
