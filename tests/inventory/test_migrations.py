"""Migrations that move rows of a live table: there and back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from inventory import errors
from inventory import services as inventory
from inventory.models import StockDocument, StockEntry
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("inventory", "0004_fulfilled_by")]
CLERK = Actor.user(7)


def migrate(targets: list[tuple[str, str]]) -> None:
    MigrationExecutor(connection).migrate(targets)


def newest() -> list[tuple[str, str]]:
    return [
        node for node in MigrationExecutor(connection).loader.graph.leaf_nodes() if node[0] == "inventory"
    ]


@pytest.fixture
def before() -> Iterator[None]:
    """The tables as they were; whatever becomes of the test, they are brought up to date again."""
    leaves = newest()
    migrate(BEFORE)
    yield
    migrate(leaves)


def receive(shop: Any, variant: Any, key: str, now: datetime) -> None:
    inventory.receive_stock(
        location_id=shop.pk,
        lines=[(variant.pk, 5)],
        number="D-1",
        claim=Claim.of(actor=CLERK, operation="test", key=key, request={}),
        actor=CLERK,
        now=now,
    )


def old_receipt(number: str, shop: Any, variant: Any, now: datetime) -> int:
    """A receipt as the version before wrote it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stockdocument (kind, number, note, actor, occurred_at)"
            " VALUES ('RECEIPT', %s, '', 'user:7', %s) RETURNING id",
            [number, now],
        )
        [document] = cursor.fetchone()
    StockEntry.objects.create(
        occurred_at=now,
        business_date=now.date(),
        variant=variant,
        location=shop,
        document_id=document,
        kind="RECEIPT",
        delta=5,
        balance_after=5,
        actor="user:7",
    )
    return int(document)


def test_receipts_booked_before_keep_their_number_at_their_shop(
    before: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    shops, tea = [factories.location(), factories.location()], factories.variant()
    documents = {old_receipt(f"D-{n}", shops[0], tea, now): shops[0].pk for n in range(1, 4)}
    module = __import__("inventory.migrations.0006_receipts_by_location", fromlist=["AT_ONCE"])
    monkeypatch.setattr(module, "AT_ONCE", 2)

    migrate(newest())

    assert dict(StockDocument.objects.values_list("pk", "location_id")) == documents
    with pytest.raises(errors.AlreadyPosted):
        receive(shops[0], tea, "again", now)
    receive(shops[1], tea, "other shop", now)
    assert StockDocument.objects.filter(number="D-1").count() == 2
    with pytest.raises(DatabaseError, match="never changed"):
        StockDocument.objects.filter(number="D-1").update(note="edited")
