"""The stock ledger is valued in order, each row once, whatever commits late and whoever is killed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection

from catalog.models import Variant
from inventory import services as inventory
from inventory import verification
from inventory.models import StockEntry, Valuation, ValuationCursor
from inventory.services import fencing
from omni.core import db
from omni.core.actor import SYSTEM
from organisation.models import Location
from tests import factories
from tests.concurrency.racing import all_at_once
from tests.inventory.valuing import NOW, post, rows, value_all

pytestmark = pytest.mark.django_db(transaction=True)


def sell(variant: Variant, shop: Location, number: str) -> None:
    inventory.post_movements(
        document=inventory.DocumentRef("SALE", number),
        movements=[inventory.Movement(variant.pk, shop.pk, -1, "SALE")],
        actor=SYSTEM,
        occurred_at=NOW,
        now=NOW,
    )


class Late:
    """A transaction on a connection of its own that has drawn an id, and commits when it is told."""

    def __init__(self, variant: Variant, shop: Location, number: str = "late") -> None:
        self.written, self.told = Event(), Event()
        self.pool = ThreadPoolExecutor(max_workers=1)
        self.done = self.pool.submit(self._run, variant, shop, number)
        assert self.written.wait(10)

    def _run(self, variant: Variant, shop: Location, number: str) -> None:
        try:
            with db.transaction():
                sell(variant, shop, number)
                self.written.set()
                assert self.told.wait(10)
        finally:
            connection.close()

    def commit(self) -> None:
        self.told.set()
        self.done.result(10)
        self.pool.shutdown()


@pytest.fixture
def goods() -> tuple[Variant, Variant, Location]:
    tea, cake, shop = factories.variant(), factories.variant(), factories.location()
    post("RECEIPT", (tea, shop, 9), (cake, shop, 9), cost=100)
    value_all()
    return tea, cake, shop


def late_then_early(goods: tuple[Variant, Variant, Location]) -> tuple[int, int]:
    """Sell by a transaction that stays open, then by one that commits; value before and after."""
    tea, cake, shop = goods
    late = Late(tea, shop)
    with db.transaction():
        sell(cake, shop, "early")
    before = inventory.value_entries(patience=0.05)
    late.commit()
    return before, value_all()


def test_a_lower_id_that_commits_late_is_never_skipped(goods: tuple[Variant, Variant, Location]) -> None:
    before, after = late_then_early(goods)

    ids = list(
        StockEntry.objects.filter(kind="SALE").order_by("id").values_list("document__number", flat=True)
    )
    assert ids == ["late", "early"]
    assert (before, after) == (0, 2)
    assert verification.find_drifts() == []


def test_without_the_fence_it_would_be_skipped(
    goods: tuple[Variant, Variant, Location], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fencing, "_lockers", list)

    before, after = late_then_early(goods)

    assert (before, after) == (1, 0)
    assert {drift.kind for drift in verification.find_drifts()} == {"stock-owned", "stock-valued-once"}


def test_who_is_waited_for_is_kept_so_that_newer_transactions_put_nothing_off(
    goods: tuple[Variant, Variant, Location],
) -> None:
    tea, cake, shop = goods
    late = Late(tea, shop)
    assert inventory.value_entries(patience=0.05) == 0
    assert len(ValuationCursor.objects.get().lockers) == 1

    newer = Late(cake, shop, "newer")
    late.commit()

    assert inventory.value_entries(patience=0) == 1
    newer.commit()
    assert value_all() == 1


def test_many_at_once_value_each_entry_once(goods: tuple[Variant, Variant, Location]) -> None:
    tea, _cake, shop = goods
    for number in range(30):
        with db.transaction():
            sell(tea, shop, f"S-{number}")

    def work() -> int:
        return sum(inventory.value_entries(limit=3) for _ in range(20))

    counts = all_at_once([work] * 4)

    assert sum(counts) + value_all() == 30
    assert verification.find_drifts() == []


class Killed(Exception):
    pass


def test_killed_at_any_statement_it_starts_again_as_if_never_begun(
    goods: tuple[Variant, Variant, Location],
) -> None:
    tea, cake, shop = goods
    sale = post("SALE", (tea, shop, -2), (cake, shop, -1))
    post("RETURN", (tea, shop, 1), of=[sale])
    kills = 0

    while killed_at(kills):
        kills += 1
        assert Valuation.objects.count() == 2

    assert kills > 10
    assert rows()[2:] == [("SALE", -2, -200), ("SALE", -1, -100), ("RETURN", 1, 100)]
    assert verification.find_drifts() == []


def killed_at(statement: int) -> bool:
    """Value, and be killed right before that statement; False where there are not so many."""
    done = 0

    def kill(execute: Callable[..., object], *rest: object) -> object:
        nonlocal done
        done += 1
        if done > statement:
            raise Killed
        return execute(*rest)

    try:
        with connection.execute_wrapper(kill):
            inventory.value_entries()
    except Killed:
        return True
    return False


def test_the_database_refuses_an_entry_that_is_valued_twice(goods: tuple[Variant, Variant, Location]) -> None:
    ValuationCursor.objects.update(entry_id=0)

    with pytest.raises(Exception, match="entry_id_part_recorded_at"):
        inventory.value_entries()

    assert Valuation.objects.count() == 2
