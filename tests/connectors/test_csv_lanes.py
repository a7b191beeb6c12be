"""Whole files of a connection: all that its channel has, by whoever pushes, however it was told."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from catalog.models import Variant
from connectors import services, wakes
from connectors.models import Connection, PushState
from connectors.services import finishing, pushing, standing
from inventory.models import StockLevel
from omni.core import clock, db
from omni.core.actor import SYSTEM
from tests import factories, processes
from tests.conftest import NOW
from tests.connectors.drops import STOCK, Drop, drop
from tests.connectors.test_csv_whole_files import number, shown

__all__ = ["drop"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mall(drop: Drop, transactional_db: None) -> Connection:
    """A partner that takes stock in files: of SKU-1 there is nothing, of the others there are 2, 3, 4 and 5."""
    drop.settings = {"stock": STOCK}
    channel, location = factories.channel(code="mall"), factories.location()
    factories.source(channel, location)
    for on_hand in (0, 2, 3, 4, 5):
        variant = factories.variant(sku=f"SKU-{on_hand}")
        factories.listing(variant, channel)
        factories.stock(variant, location, on_hand)
    connection = Connection(code="mall", name="Mall", kind="csv", channel=channel, batch_size=2)
    connection.settings = {"stock": list(STOCK)}
    with db.transaction():
        services.save_connection(connection=connection, actor=SYSTEM, now=NOW)
    return connection


WHOLE = {"SKU-0": 0, "SKU-2": 2, "SKU-3": 3, "SKU-4": 4, "SKU-5": 5}


def mark(connection: Connection, *skus: str) -> None:
    """Mark these as a page of what the connection is to be told of."""
    for variant in Variant.objects.filter(sku__in=skus):
        PushState.objects.update_or_create(
            connection=connection, variant=variant, defaults={"dirty_at": NOW, "next_try_at": None}
        )


def pass_write_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)


def test_a_publication_in_pages_is_one_file(mall: Connection, drop: Drop) -> None:
    mark(mall, *WHOLE)

    assert services.push(connection_id=mall.pk) == 5

    assert (number(drop), shown(drop)) == (1, WHOLE)


def test_the_first_page_alone_is_no_file(mall: Connection, drop: Drop) -> None:
    """All that is due was told, and it is not all: the rest is marked, and only then is there a file."""
    mark(mall, "SKU-0", "SKU-2")
    mall.batch_size = 200
    with pushing.sole_pusher(mall.pk):
        assert pushing.drain(mall, pushing.Pace()) == 2

        pushing.finish(mall, pushing.Pace())

        assert drop.names("outbox") == []
        waiting = PushState.objects.filter(dirty_at__isnull=False).values_list("variant__sku", flat=True)
        assert sorted(waiting) == ["SKU-3", "SKU-4", "SKU-5"]
    assert services.push(connection_id=mall.pk) == 3
    assert (number(drop), shown(drop)) == (1, WHOLE)


def test_publishing_all_again_is_one_more_file(
    mall: Connection, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark(mall, *WHOLE)
    services.push(connection_id=mall.pk)
    pass_write_seconds(monkeypatch)
    StockLevel.objects.update(on_hand=9)
    mark(mall, *WHOLE)

    services.push(connection_id=mall.pk)

    assert (number(drop), shown(drop)) == (2, dict.fromkeys(WHOLE, 9))


def test_what_was_told_before_a_crash_is_written_after_it(mall: Connection, drop: Drop) -> None:
    mark(mall, *WHOLE)
    with pushing.sole_pusher(mall.pk):
        assert pushing.drain(mall, pushing.Pace()) == 5
    # Told and acknowledged; whoever told it died before a file was written. Nothing is due any more.
    assert drop.names("outbox") == []

    assert services.push(connection_id=mall.pk) == 0

    assert shown(drop) == WHOLE


def test_a_standing_pusher_writes_when_the_pace_lets_it(
    mall: Connection, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark(mall, *WHOLE)
    stopping = threading.Event()

    def stand() -> None:
        try:
            standing.stand(connection_id=mall.pk, stopped=stopping.is_set)
        finally:
            connections.close_all()

    pusher = threading.Thread(target=stand)
    pusher.start()
    try:
        processes.eventually(lambda: drop.names("outbox") == ["stock_mall_000000000001.csv"])
        StockLevel.objects.update(on_hand=9)
        mark(mall, "SKU-2")
        wakes.wake([mall.pk])
        processes.eventually(
            lambda: PushState.objects.filter(dirty_at=None, acknowledged_version=2, lease_until=None).exists()
        )
        assert number(drop) == 1
        pass_write_seconds(monkeypatch)
        processes.eventually(lambda: drop.names("outbox") == ["stock_mall_000000000002.csv"])
    finally:
        stopping.set()
        wakes.wake([mall.pk])
        pusher.join(timeout=5)
    assert shown(drop) == {**WHOLE, "SKU-2": 9}


def test_what_is_refused_for_good_holds_no_file_up(mall: Connection, drop: Drop) -> None:
    mall.settings = {"stock": list(STOCK), "encoding": "cp932"}
    drop.settings["encoding"] = "cp932"
    with db.transaction():
        services.save_connection(connection=mall, actor=SYSTEM, now=NOW)
    Variant.objects.filter(sku="SKU-3").update(sku="𠮷")
    mark(mall, "SKU-0", "SKU-2", "𠮷", "SKU-4", "SKU-5")
    services.push(connection_id=mall.pk)
    assert drop.names("outbox") == []

    for _ in range(pushing.REFUSALS_UNTIL_DEAD):
        PushState.objects.update(next_try_at=None)
        services.push(connection_id=mall.pk)

    assert PushState.objects.get(dead_at__isnull=False).variant.sku == "𠮷"
    assert shown(drop) == {sku: at for sku, at in WHOLE.items() if sku != "SKU-3"}


def test_a_lost_memory_is_filled_before_there_is_a_file(mall: Connection, drop: Drop) -> None:
    mark(mall, *WHOLE)
    services.push(connection_id=mall.pk)
    (drop.place("state") / "stock.sqlite3").unlink()
    StockLevel.objects.update(on_hand=7)
    mark(mall, "SKU-2")

    services.push(connection_id=mall.pk)

    assert (number(drop), shown(drop)) == (2, dict.fromkeys(WHOLE, 7))


def test_a_file_that_can_not_be_written_opens_the_circuit_until_it_can(mall: Connection, drop: Drop) -> None:
    mark(mall, *WHOLE)
    drop.place("outbox").rmdir()
    blocked = drop.root / "mall" / "outbox"
    with pushing.sole_pusher(mall.pk):
        pushing.drain(mall, pushing.Pace())
    blocked.rmdir()
    blocked.write_text("a file stands where the directory should")
    for _ in range(pushing.FAILURES_UNTIL_OPEN):
        services.push(connection_id=mall.pk)
    mall.refresh_from_db()
    assert (mall.failures, "File exists" in mall.last_error) == (pushing.FAILURES_UNTIL_OPEN, True)
    services.push(connection_id=mall.pk)  # it is open: nothing is tried
    blocked.unlink()
    Connection.objects.update(retry_at=clock.now() - timedelta(seconds=1))

    services.push(connection_id=mall.pk)

    mall.refresh_from_db()
    assert (mall.failures, mall.retry_at, mall.last_error, shown(drop)) == (0, None, "", WHOLE)


def test_a_connection_that_is_paused_gets_no_file(mall: Connection, drop: Drop) -> None:
    mark(mall, *WHOLE)
    with pushing.sole_pusher(mall.pk):
        pushing.drain(mall, pushing.Pace())
    with db.transaction():
        services.pause_connection(connection_id=mall.pk, reason="stock-take", actor=SYSTEM, now=clock.now())

    services.push(connection_id=mall.pk)

    assert drop.names("outbox") == []


def test_a_kind_that_has_nothing_to_finish_is_asked_nothing(mall: Connection) -> None:
    webhook = Connection(code="w", kind="webhook", channel=mall.channel, url="http://127.0.0.1:1", secret="s")

    with CaptureQueriesContext(connections["default"]) as captured:
        pushing.finish(webhook, pushing.Pace())
        pushing.finish(Connection(code="x", kind="not-installed", channel=mall.channel), pushing.Pace())

    assert len(captured) == 0


def test_while_nothing_is_unwritten_the_database_is_not_asked(mall: Connection, drop: Drop) -> None:
    mark(mall, *WHOLE)
    services.push(connection_id=mall.pk)

    with CaptureQueriesContext(connections["default"]) as captured:
        finishing.finish(mall)

    assert len(captured) == 0


@pytest.mark.parametrize("more", [0, 30])
def test_writing_takes_two_statements(mall: Connection, drop: Drop, more: int) -> None:
    for at in range(more):
        variant = factories.variant(sku=f"MORE-{at}")
        factories.listing(variant, mall.channel)
        mark(mall, variant.sku)
    mark(mall, *WHOLE)
    with pushing.sole_pusher(mall.pk):
        pushing.drain(mall, pushing.Pace())

    with CaptureQueriesContext(connections["default"]) as captured:
        finishing.finish(mall)

    assert (len(captured), len(shown(drop))) == (2, 5 + more)
