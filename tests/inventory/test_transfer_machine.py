"""Whatever is done to transfers, in whatever order: no unit is made, and none is lost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import StockEntry, StockLevel, Transfer, TransferDifference, TransferLine
from inventory.services import Arrival
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
FULL = 20
units = st.integers(0, 4)


class Transfers(RuleBasedStateMachine):
    """
    One article in two shops. The ledgers' sum and what is in transit are what there was, less what
    was written off as lost or broken and more what was accepted as a surplus.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
        self.gone = 0

    @initialize()
    def open_shops(self) -> None:
        self.shops = [factories.location() for _ in range(2)]
        self.variant = factories.variant()
        for shop in self.shops:
            factories.stock(self.variant, shop, FULL // 2)

    def context(self) -> dict[str, Any]:
        claim = Claim.of(actor=SYSTEM, operation="machine", key=f"key-{factories.number()}", request={})
        return {"claim": claim, "actor": SYSTEM, "now": self.now}

    def pick(self, data: st.DataObject, *states: str) -> Transfer | None:
        found = Transfer.objects.filter(origin__in=self.shops, status__in=states).order_by("pk")
        return data.draw(st.sampled_from(list(found))) if found else None

    def expected(self) -> int:
        return FULL - self.gone

    @rule(origin=st.integers(0, 1), quantity=st.integers(1, 6))
    def request(self, origin: int, quantity: int) -> None:
        here, there = self.shops[origin], self.shops[1 - origin]
        available = StockLevel.objects.with_available().get(variant=self.variant, location=here).available
        try:
            inventory.request_transfer(
                origin_id=here.pk,
                destination_id=there.pk,
                lines=[(self.variant.pk, quantity)],
                **self.context(),
            )
        except errors.InsufficientStock:
            assert available < quantity
            return
        assert available >= quantity

    @rule(origin=st.integers(0, 1), quantity=st.integers(1, 6))
    def transfer_at_once(self, origin: int, quantity: int) -> None:
        here, there = self.shops[origin], self.shops[1 - origin]
        try:
            inventory.transfer_stock(
                origin_id=here.pk,
                destination_id=there.pk,
                lines=[(self.variant.pk, quantity)],
                **self.context(),
            )
        except errors.InsufficientStock:
            assert StockLevel.objects.get(variant=self.variant, location=here).free < quantity

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if transfer := self.pick(data, "REQUESTED"):
            inventory.cancel_transfer(transfer_id=transfer.pk, reason="no", **self.context())

    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        if transfer := self.pick(data, "REQUESTED"):
            most = transfer.lines.get().quantity
            sent = {self.variant.pk: data.draw(st.integers(1, most))}
            inventory.ship_transfer(transfer_id=transfer.pk, quantities=sent, **self.context())

    @rule(data=st.data(), received=units, damaged=units, complete=st.booleans())
    def receive(self, data: st.DataObject, received: int, damaged: int, complete: bool) -> None:
        transfer = self.pick(data, "SHIPPED", "PARTIALLY_RECEIVED")
        if transfer and (received + damaged or complete):
            inventory.receive_transfer(
                transfer_id=transfer.pk,
                arrivals=[Arrival(self.variant.pk, received, damaged)],
                complete=complete,
                **self.context(),
            )

    @rule(data=st.data(), how=st.sampled_from(inventory.Settlement.values))
    def settle(self, data: st.DataObject, how: str) -> None:
        rows = TransferDifference.objects.filter(line__variant=self.variant).order_by("pk")
        open_ones = [row for row in rows if row.open]
        if not open_ones:
            return
        row = data.draw(st.sampled_from(open_ones))
        quantity = data.draw(st.integers(1, row.open))
        try:
            inventory.settle_difference(
                difference_id=row.pk, how=how, quantity=quantity, reason="x", **self.context()
            )
        except errors.SettlementUnfit:
            assert (row.nature, how) == ("OVER", "FOUND")
            return
        except errors.BelowZero:
            assert (row.nature, how) != ("MISSING", "FOUND")
            return
        if how == "WRITTEN_OFF":
            self.gone += -quantity if row.nature == "OVER" else quantity

    @invariant()
    def no_unit_is_made_and_none_is_lost(self) -> None:
        ledger = StockEntry.objects.filter(variant=self.variant, bucket="ON_HAND").aggregate(
            total=Sum("delta")
        )["total"]
        waiting = sum(
            line.outstanding
            for line in TransferLine.objects.filter(
                variant=self.variant, transfer__status__in=Transfer.UNDER_WAY
            )
        )
        differences = TransferDifference.objects.filter(line__variant=self.variant)
        missing = sum(row.open for row in differences if row.nature == "MISSING")
        over = sum(row.open for row in differences if row.nature == "OVER")
        assert ledger + waiting + missing - over == self.expected()

    @invariant()
    def what_is_waited_for_is_incoming(self) -> None:
        levels = StockLevel.objects.filter(variant=self.variant)
        under_way = TransferLine.objects.filter(variant=self.variant, transfer__status__in=Transfer.UNDER_WAY)
        assert sum(level.incoming for level in levels) == sum(line.outstanding for line in under_way)

    @invariant()
    def books_add_up(self) -> None:
        assert verification.find_drifts() == []


def test_units_are_conserved_whatever_becomes_of_transfers() -> None:
    run_state_machine_as_test(
        Transfers,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
