"""Every kind of drift is planted, found where it is, and repaired by rows that are added."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.db import connection

from inventory import services as inventory
from inventory import verification
from inventory.models import Discrepancy, Reservation, StockDocument, StockEntry, StockLevel, Transfer
from omni.core import clock, db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from omni.core.verification import Drift
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def level(now: datetime) -> StockLevel:
    """Three received, one sold, one reserved: every figure explained."""
    variant, shop = factories.variant(sku="TEA"), factories.location(code="shibuya")
    pair = (variant.pk, shop.pk)
    for number, movement in (
        ("R-1", inventory.Movement(*pair, 3, "RECEIPT")),
        ("S-1", inventory.Movement(*pair, -1, "SALE")),
    ):
        with db.transaction():
            inventory.post_movements(
                document=inventory.DocumentRef("SALE", number),
                movements=[movement],
                actor=SYSTEM,
                occurred_at=now,
                now=now,
            )
    with db.transaction():
        inventory.reserve(
            wants=[inventory.Want(*pair, 1, "order:1:1")], expires_at=None, actor=SYSTEM, now=now
        )
    return StockLevel.objects.get()


def plant(statement: str, *params: datetime | int) -> None:
    """Do what no code of the platform does."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def plant_entry(level: StockLevel, delta: int, balance: int, document: int | None = None) -> int:
    entry = StockEntry.objects.create(
        occurred_at=StockDocument.objects.latest("id").occurred_at,
        business_date="2026-11-22",
        variant_id=level.variant_id,
        location_id=level.location_id,
        document_id=document or StockDocument.objects.latest("id").pk,
        kind="ADJUSTMENT",
        delta=delta,
        balance_after=balance,
        actor="nobody",
    )
    return entry.pk


def the_drift() -> Drift:
    [drift] = verification.find_drifts()
    return drift


def repaired(drift: Drift, now: datetime) -> str:
    """Repair it, see that nothing is left to repair, and answer what was done."""
    ledger = list(StockEntry.objects.order_by("id").values())
    [repair] = verification.repair([drift], actor=SYSTEM, now=now)
    assert verification.find_drifts() == []
    assert list(StockEntry.objects.order_by("id").values())[: len(ledger)] == ledger
    return repair.action


def test_what_the_services_write_adds_up(level: StockLevel, now: datetime) -> None:
    with db.transaction():
        inventory.fulfil(
            reservation_ids=[Reservation.objects.get().pk],
            document=inventory.DocumentRef("FULFILMENT", "F-1"),
            actor=SYSTEM,
            occurred_at=now,
            now=now,
        )

    assert verification.find_drifts() == []


def test_a_counter_that_its_ledger_does_not_explain(level: StockLevel, now: datetime) -> None:
    plant("UPDATE inventory_stocklevel SET on_hand = on_hand + 5")
    last = StockEntry.objects.latest("id")

    drift = the_drift()

    assert (drift.kind, drift.what) == ("stock-counter", "on_hand")
    assert drift.where == {"sku": "TEA", "location": "shibuya"}
    assert (drift.expected, drift.found, drift.by) == (2, 7, 5)
    assert drift.since == {
        "after": {"entry": last.pk, "recorded_at": last.recorded_at.isoformat(), "document": "SALE S-1"}
    }
    assert repaired(drift, now).startswith("set on_hand 7 → 2 (CORRECTION counter:")
    assert StockLevel.objects.get().on_hand == 2
    assert StockDocument.objects.latest("id").note == "TEA @ shibuya: on_hand 7 → 2"


@pytest.mark.parametrize("column", ["damaged", "quality_control"])
def test_the_parts_of_what_is_on_hand_are_counted_too(level: StockLevel, column: str, now: datetime) -> None:
    plant(f"UPDATE inventory_stocklevel SET {column} = 1")

    drift = the_drift()

    assert (drift.kind, drift.what, drift.expected, drift.found) == ("stock-counter", column, 0, 1)
    assert drift.since is None
    repaired(drift, now)


def test_reserved_that_no_reservation_explains(level: StockLevel, now: datetime) -> None:
    plant("UPDATE inventory_stocklevel SET reserved = 2")

    drift = the_drift()

    assert (drift.kind, drift.expected, drift.found, drift.by) == ("stock-reserved", 1, 2, 1)
    assert drift.since == {"oldest_open_reservation": Reservation.objects.get().pk}
    assert "reserved 2 → 1" in repaired(drift, now)


def test_a_promise_that_was_not_counted(level: StockLevel, now: datetime) -> None:
    plant("UPDATE inventory_stocklevel SET reserved = 0")

    drift = the_drift()

    assert (drift.expected, drift.found, drift.by) == (1, 0, -1)
    assert "reserved 0 → 1" in repaired(drift, now)


def test_promises_beyond_what_is_there_are_left_to_people(level: StockLevel, now: datetime) -> None:
    plant("UPDATE inventory_stocklevel SET reserved = 0")
    plant("UPDATE inventory_reservation SET quantity = 9")

    [repair] = verification.repair(verification.find_drifts(), actor=SYSTEM, now=now)

    assert repair.action == "left: 9 units are promised and 2 are there; release reservations first"
    assert StockLevel.objects.get().reserved == 0


def test_incoming_that_nothing_brings(level: StockLevel, now: datetime) -> None:
    plant("UPDATE inventory_stocklevel SET incoming = 4")

    drift = the_drift()

    assert (drift.kind, drift.expected, drift.found) == ("stock-incoming", 0, 4)
    repaired(drift, now)


def asked_for(level: StockLevel, now: datetime) -> Transfer:
    """One unit wanted at another shop."""
    done = inventory.request_transfer(
        origin_id=level.location_id,
        destination_id=factories.location(code="ginza").pk,
        lines=[(level.variant_id, 1)],
        claim=Claim.of(actor=SYSTEM, operation="test", key="request", request={}),
        actor=SYSTEM,
        now=now,
    )
    return Transfer.objects.get(number=done.number)


def sent(level: StockLevel, now: datetime) -> Transfer:
    """One unit on its way to another shop."""
    transfer = asked_for(level, now)
    claim = Claim.of(actor=SYSTEM, operation="test", key="ship", request={})
    inventory.ship_transfer(transfer_id=transfer.pk, claim=claim, actor=SYSTEM, now=now)
    return transfer


def test_a_transfer_that_holds_nothing_any_more(level: StockLevel, now: datetime) -> None:
    transfer = asked_for(level, now)
    assert verification.find_drifts() == []
    plant(
        "UPDATE inventory_reservation SET status = 'RELEASED', closed_at = %s WHERE source LIKE 'transfer:%%'",
        now,
    )
    plant("UPDATE inventory_stocklevel SET reserved = 1")

    drift = the_drift()

    assert (drift.kind, drift.expected, drift.found, drift.by) == ("stock-transfer-held", 1, 0, -1)
    assert drift.where == {"sku": "TEA", "transfer": transfer.number}


def test_units_held_for_a_transfer_that_has_ended(level: StockLevel, now: datetime) -> None:
    asked_for(level, now)
    plant("UPDATE inventory_transfer SET status = 'CANCELLED'")

    drift = the_drift()

    assert (drift.kind, drift.expected, drift.found, drift.by) == ("stock-transfer-held", 0, 1, 1)


def test_incoming_that_is_not_what_open_documents_bring(level: StockLevel, now: datetime) -> None:
    sent(level, now)
    assert verification.find_drifts() == []
    plant("UPDATE inventory_stocklevel SET incoming = 4 WHERE incoming = 1")

    drift = the_drift()

    assert (drift.kind, drift.expected, drift.found, drift.by) == ("stock-incoming", 1, 4, 3)
    assert drift.where == {"sku": "TEA", "location": "ginza"}
    assert "set incoming 4 → 1" in repaired(drift, now)


def test_units_in_transit_that_the_ledger_does_not_explain(level: StockLevel, now: datetime) -> None:
    """Nothing repairs it: whether the line or the ledger is wrong is for people to say."""
    transfer = sent(level, now)
    plant("UPDATE inventory_transferline SET received = 1, shipped = 0")
    plant("UPDATE inventory_stocklevel SET incoming = 0")

    drift = the_drift()

    assert (drift.kind, drift.expected, drift.found, drift.by) == ("stock-in-transit", -1, 1, 2)
    assert drift.where == {"sku": "TEA", "transfer": transfer.number}
    assert verification.repair([drift], actor=SYSTEM, now=now) == []


def test_shipped_but_never_moved_in_full(level: StockLevel, now: datetime) -> None:
    """Two were asked for and shipped, says all but the ledger: the row that is posted is the transfer's."""
    sent(level, now)
    plant("UPDATE inventory_reservation SET quantity = 2 WHERE status = 'FULFILLED'")
    plant("UPDATE inventory_transferline SET quantity = 2, shipped = 2")
    plant("UPDATE inventory_stocklevel SET incoming = 2 WHERE incoming = 1")

    drifts = {drift.kind: drift for drift in verification.find_drifts()}

    assert set(drifts) == {"stock-fulfilled-unmoved", "stock-in-transit"}
    action = repaired(drifts["stock-fulfilled-unmoved"], now)
    assert action.startswith("posted TRANSFER_OUT of 1 ")


def test_a_balance_that_its_rows_do_not_add_up_to(level: StockLevel, now: datetime) -> None:
    wrong = plant_entry(level, 4, 60)
    plant_entry(level, 1, 61)
    plant("UPDATE inventory_stocklevel SET on_hand = 7")

    drift = the_drift()

    assert (drift.kind, drift.expected, drift.found, drift.by) == ("stock-balance", 6, 60, 54)
    assert drift.where == {"sku": "TEA", "location": "shibuya", "entry": wrong}
    assert drift.since is not None
    assert drift.since["from"]["entry"] == wrong
    assert repaired(drift, now) == f"acknowledged (CORRECTION balance:{wrong})"


def test_a_row_that_never_reached_its_level(level: StockLevel, now: datetime) -> None:
    """The counter's drift says from which row the ledger's own balances went wrong."""
    wrong = plant_entry(level, 4, 60)

    kinds = {drift.kind: drift for drift in verification.find_drifts()}

    assert set(kinds) == {"stock-balance", "stock-counter"}
    counter = kinds["stock-counter"]
    assert (counter.expected, counter.found, counter.by) == (6, 2, -4)
    assert counter.since is not None
    assert counter.since["from"]["entry"] == wrong
    verification.repair(kinds.values(), actor=SYSTEM, now=now)
    assert verification.find_drifts() == []
    assert StockLevel.objects.get().on_hand == 6


def test_rows_without_a_level(now: datetime) -> None:
    factories.stock(factories.variant(sku="TEA"), factories.location(code="shibuya"), 8)
    plant("DELETE FROM inventory_stocklevel")

    drift = the_drift()

    assert (drift.kind, drift.found) == ("stock-entry-without-level", 1)
    assert drift.where == {"sku": "TEA", "location": "shibuya"}
    assert drift.since == {"from": {"entry": StockEntry.objects.get().pk}}
    repaired(drift, now)
    assert StockLevel.objects.get().on_hand == 8


def test_rows_without_a_document(level: StockLevel, now: datetime) -> None:
    plant_entry(level, 1, 3, document=10**9)
    plant("UPDATE inventory_stocklevel SET on_hand = 3")

    drift = the_drift()

    assert (drift.kind, drift.where) == ("stock-entry-without-document", {"document_id": 10**9})
    assert repaired(drift, now) == f"documented (CORRECTION lost:{10**9})"


def test_fulfilled_but_never_moved(level: StockLevel, now: datetime) -> None:
    document = StockDocument.objects.create(kind="FULFILMENT", number="F-9", actor="nobody", occurred_at=now)
    plant(
        "UPDATE inventory_reservation SET status = 'FULFILLED', closed_at = %s, document_id = %s",
        now,
        document.pk,
    )
    plant("UPDATE inventory_stocklevel SET reserved = 0")

    drift = the_drift()

    assert (drift.kind, drift.what) == ("stock-fulfilled-unmoved", "units sold by FULFILMENT F-9")
    assert (drift.expected, drift.found, drift.by) == (1, 0, -1)
    repaired(drift, now)
    assert StockLevel.objects.get().on_hand == 1


def test_promised_but_gone_and_nobody_told(now: datetime) -> None:
    factories.stock(factories.variant(sku="TEA"), factories.location(), 3)
    level = StockLevel.objects.get()
    with db.transaction():
        inventory.reserve(
            wants=[inventory.Want(level.variant_id, level.location_id, 3, "order:1:1")],
            expires_at=None,
            actor=SYSTEM,
            now=now,
        )
    plant_entry(level, -2, 1)
    plant("UPDATE inventory_stocklevel SET on_hand = 1")

    drift = the_drift()

    assert (drift.kind, drift.expected, drift.found, drift.by) == ("stock-promised-but-gone", 1, 3, 2)
    repaired(drift, now)
    assert Discrepancy.objects.get().quantity == 2


def test_what_has_expired_is_promised_to_nobody(level: StockLevel, now: datetime) -> None:
    """Nobody has closed the reservation, whose units are sold."""
    with db.transaction():
        want = inventory.Want(level.variant_id, level.location_id, 1, "order:1:2")
        ended = clock.now() - timedelta(seconds=1)
        inventory.reserve(wants=[want], expires_at=ended, actor=SYSTEM, now=now)
    plant_entry(level, -1, 1)
    plant("UPDATE inventory_stocklevel SET on_hand = 1")

    assert verification.find_drifts() == []


def test_repair_leaves_what_has_mended_itself(level: StockLevel, now: datetime) -> None:
    plant("UPDATE inventory_stocklevel SET on_hand = 9")
    drift = the_drift()
    plant("UPDATE inventory_stocklevel SET on_hand = 2")

    [repair] = verification.repair([drift], actor=SYSTEM, now=now)

    assert repair.action == "nothing: it adds up by now"
    assert not StockDocument.objects.filter(kind="CORRECTION").exists()


@pytest.mark.parametrize("levels", [1, 30])
def test_verification_is_a_constant_number_of_statements(
    levels: int, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    shop = factories.location()
    for _ in range(levels):
        factories.stock(factories.variant(), shop, 3)
    plant("UPDATE inventory_stocklevel SET on_hand = 4, reserved = 1")

    with django_assert_num_queries(len(verification.CHECKS) + 2):  # two of orphans; and since when
        assert len(verification.find_drifts()) == 2 * levels
