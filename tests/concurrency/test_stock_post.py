"""Many documents at once: every row's balance follows from the one before, and each is posted once."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier

import pytest

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import Discrepancy, StockDocument, StockEntry, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.concurrency.racing import second_connection
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def post(number: str, movements: Sequence[inventory.Movement], now: datetime) -> None:
    with db.transaction():
        inventory.post_movements(
            document=inventory.DocumentRef("SALE", number),
            movements=movements,
            actor=SYSTEM,
            occurred_at=now,
            now=now,
            publish=False,
        )


def test_sales_of_one_level_form_one_chain(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 200)
    sale = inventory.Movement(level.variant_id, level.location_id, -1, "SALE")

    def till(name: int) -> None:
        for receipt in range(20):
            post(f"{name}-{receipt}", [sale], now)

    outcomes = at_once([partial(till, name) for name in range(8)])

    assert outcomes == [None] * 8
    balances = StockEntry.objects.filter(kind="SALE").order_by("id").values_list("balance_after", flat=True)
    assert list(balances) == list(range(199, 39, -1))
    assert verification.find_drifts() == []


def sell_unlocked(level: StockLevel, document: StockDocument, all_have_looked: Barrier) -> None:
    """What posting would be without its lock: read the balance, then write what follows from it."""
    with db.transaction():
        balance = StockLevel.objects.get(pk=level.pk).on_hand - 1
        all_have_looked.wait(timeout=30)
        StockEntry.objects.create(
            occurred_at=document.occurred_at,
            business_date="2026-11-22",
            variant_id=level.variant_id,
            location_id=level.location_id,
            document=document,
            kind="SALE",
            delta=-1,
            balance_after=balance,
            actor="test",
        )
        StockLevel.objects.filter(pk=level.pk).update(on_hand=balance)


def test_without_the_lock_sales_are_lost() -> None:
    """The negative control: six sold, one taken off, and verification tells of it."""
    level = factories.stock(factories.variant(), factories.location(), 10)

    outcomes = at_once([partial(sell_unlocked, level, StockDocument.objects.get(), Barrier(6))] * 6)

    assert outcomes == [None] * 6
    level.refresh_from_db()
    assert level.on_hand == 9
    drifts = {drift.kind: drift for drift in verification.find_drifts()}
    assert (drifts["stock-counter"].expected, drifts["stock-counter"].found) == (4, 9)
    assert "stock-balance" in drifts


def test_a_document_is_posted_by_one_of_many(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 10)
    sale = inventory.Movement(level.variant_id, level.location_id, -1, "SALE")

    outcomes = at_once([partial(post, "R-1", [sale], now)] * 10)

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, errors.AlreadyPosted) for outcome in outcomes) == 9
    level.refresh_from_db()
    assert level.on_hand == 9


def test_new_levels_and_old_ones_in_any_order_never_deadlock(now: datetime) -> None:
    """Levels are created before any is locked: whoever waits for another's new level holds none."""
    shops = [factories.location().pk for _ in range(3)]
    variants = [factories.variant().pk for _ in range(12)]
    for variant in variants[:4]:
        factories.stock(factories.variant(), factories.location(), 1)
        post(f"before-{variant}", [inventory.Movement(variant, shops[0], 5, "RECEIPT")], now)

    def deliver(seed: int) -> None:
        chance = random.Random(seed)
        for number in range(12):
            places = [(chance.choice(variants), chance.choice(shops)) for _ in range(6)]
            post(
                f"{seed}-{number}",
                [inventory.Movement(*place, chance.choice([-1, 2, 5]), "RECEIPT") for place in places],
                now,
            )

    outcomes = at_once([partial(deliver, seed) for seed in range(10)])

    assert [outcome for outcome in outcomes if outcome is not None] == []
    assert StockDocument.objects.filter(kind="SALE").count() == 4 + 10 * 12
    assert verification.find_drifts() == []


@pytest.mark.parametrize("closed", [True, False])
def test_a_sale_that_waited_for_the_sweep_counts_an_expired_hold_once(now: datetime, closed: bool) -> None:
    """
    Six are there, two in a hold that has expired and four promised; three are sold meanwhile.

    The sale waits for the level, which has given the hold's units back when it gets it, or has not: the
    hold is looked for then, and not as it was when the sale began, or one promise less would stand.
    """
    level = factories.stock(factories.variant(), factories.location(), 6)
    pair = level.variant_id, level.location_id
    with db.transaction():
        before = now - timedelta(hours=1)
        [held] = inventory.reserve(
            wants=[inventory.Want(*pair, 2, "hold:1")], expires_at=now, actor=SYSTEM, now=before
        )
        inventory.reserve(
            wants=[inventory.Want(*pair, 4, "order:1:1")], expires_at=None, actor=SYSTEM, now=before
        )
    sale = inventory.Movement(*pair, -3, "SALE")

    with second_connection() as second:
        with db.transaction():
            StockLevel.objects.for_update_by_pairs([pair])
            sold = second.start(partial(post, "S-1", [sale], now))
            assert not sold.done()
            if closed:
                inventory.release(reservation_ids=[held], status="EXPIRED", actor=SYSTEM, now=now)
        sold.result()

    found = StockLevel.objects.get()
    assert (found.on_hand, found.reserved) == (3, 4 if closed else 6)
    assert list(Discrepancy.objects.values_list("kind", "quantity")) == [("STRANDED", 1)]
