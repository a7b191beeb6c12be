"""Migrations that move rows of a live table: there and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import StockDocument, StockEntry, Transfer
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ("inventory", "0004_fulfilled_by")
BEFORE_STEPS = ("inventory", "0006_receipts_by_location")
CLERK = Actor.user(7)


def migrate(targets: list[tuple[str, str]]) -> None:
    MigrationExecutor(connection).migrate(targets)


def newest() -> list[tuple[str, str]]:
    return [
        node for node in MigrationExecutor(connection).loader.graph.leaf_nodes() if node[0] == "inventory"
    ]


def as_before(last: tuple[str, str]) -> list[tuple[str, str]]:
    """The newest of every app that asks for none of inventory's after `last`."""
    graph = MigrationExecutor(connection).loader.graph
    [following] = [child.key for child in graph.node_map[last].children if child.key[0] == "inventory"]
    kept = set(graph.nodes) - set(graph.backwards_plan(following))
    return sorted(key for key in kept if kept.isdisjoint(child.key for child in graph.node_map[key].children))


@contextmanager
def using(database: str) -> Iterator[None]:
    """Let Django's connection lead to another database of the same server."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def execute(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def before(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The tables as they were, without rows: migrated onwards, since going backwards takes minutes."""
    old = f"{connection.settings_dict['NAME']}_old"
    with django_db_blocker.unblock():
        execute(f'CREATE DATABASE "{old}"')
        try:
            with using(old):
                migrate(as_before(BEFORE))
                yield
        finally:
            execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')


def receive(shop: Any, variant: Any, key: str, now: datetime) -> None:
    inventory.receive_stock(
        location_id=shop.pk,
        lines=[(variant.pk, 5)],
        number="D-1",
        claim=Claim.of(actor=CLERK, operation="test", key=key, request={}),
        actor=CLERK,
        now=now,
    )


def old_entry(
    document: int, shop: Any, variant: Any, kind: str, delta: int, balance: int, now: datetime
) -> None:
    StockEntry.objects.create(
        occurred_at=now,
        business_date=now.date(),
        variant=variant,
        location=shop,
        document_id=document,
        kind=kind,
        delta=delta,
        balance_after=balance,
        actor="user:7",
    )


def old_receipt(nth: int, shop: Any, variant: Any, now: datetime) -> int:
    """A receipt of five units as the version before wrote it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stockdocument (kind, number, note, actor, occurred_at)"
            " VALUES ('RECEIPT', %s, '', 'user:7', %s) RETURNING id",
            [f"D-{nth}", now],
        )
        [document] = cursor.fetchone()
    old_entry(int(document), shop, variant, "RECEIPT", 5, 5 * nth, now)
    return int(document)


def old_level(shop: Any, variant: Any, on_hand: int) -> None:
    """A level with the columns of the version before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stocklevel (location_id, variant_id, on_hand, reserved, safety_stock,"
            " incoming, damaged, quality_control) VALUES (%s, %s, %s, 0, 0, 0, 0, 0)",
            [shop.pk, variant.pk, on_hand],
        )


def old_transfer(number: str, shops: list[Any], variant: Any, now: datetime) -> None:
    """A transfer of five units as the version before wrote it, with its document and rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_transfer (number, origin_id, destination_id, note, actor, occurred_at)"
            " VALUES (%s, %s, %s, '', 'user:7', %s) RETURNING id",
            [number, shops[0].pk, shops[1].pk, now],
        )
        cursor.execute(
            "INSERT INTO inventory_transferline (transfer_id, variant_id, quantity) VALUES (%s, %s, 5)",
            [cursor.fetchone()[0], variant.pk],
        )
    moved = StockDocument.objects.create(kind="TRANSFER", number=number, actor="user:7", occurred_at=now)
    old_entry(moved.pk, shops[0], variant, "TRANSFER_OUT", -5, 10, now)
    old_entry(moved.pk, shops[1], variant, "TRANSFER_IN", 5, 5, now)


def test_documents_of_older_versions_are_what_they_were(
    before: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    shops, tea = [factories.location(), factories.location()], factories.variant()
    receipts = {old_receipt(n, shops[0], tea, now): shops[0].pk for n in range(1, 4)}
    module = __import__("inventory.migrations.0006_receipts_by_location", fromlist=["AT_ONCE"])
    monkeypatch.setattr(module, "AT_ONCE", 2)
    migrate(as_before(BEFORE_STEPS))
    old_level(shops[0], tea, 10)
    old_level(shops[1], tea, 5)
    old_transfer("old", shops, tea, now)

    migrate(newest())

    assert verification.find_drifts() == []
    assert_numbers_belong_to_their_shop(receipts, shops, tea, now)
    assert_received(Transfer.objects.get(), now)


def assert_numbers_belong_to_their_shop(
    receipts: dict[int, int], shops: list[Any], variant: Any, now: datetime
) -> None:
    booked = StockDocument.objects.filter(kind="RECEIPT")
    assert dict(booked.values_list("pk", "location_id")) == receipts
    with pytest.raises(errors.AlreadyPosted):
        receive(shops[0], variant, "again", now)
    receive(shops[1], variant, "other shop", now)
    assert booked.filter(number="D-1").count() == 2
    with pytest.raises(DatabaseError, match="never changed"):
        booked.filter(number="D-1").update(note="edited")


def assert_received(transfer: Transfer, now: datetime) -> None:
    line = transfer.lines.get()
    assert (transfer.status, transfer.shipped_at, transfer.closed_at) == ("RECEIVED", now, now)
    assert (line.quantity, line.shipped, line.received, line.damaged) == (5, 5, 5, 0)
    assert transfer.postings.get().document.number == "old"
