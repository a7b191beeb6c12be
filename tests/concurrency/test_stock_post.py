"""Many documents at once: every row's balance follows from the one before, and each is posted once."""

import random
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from threading import Barrier

import pytest

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import StockDocument, StockEntry, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
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
