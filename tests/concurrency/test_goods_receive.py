"""Two people receive the same goods at once: they are booked once, and so is a shipment."""

from datetime import datetime
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db.models import F

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import PurchaseOrder, PurchaseOrderLine, StockLevel, Transfer, TransferLine
from inventory.services import Arrival
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def context(now: datetime) -> dict[str, Any]:
    claim = Claim.of(actor=SYSTEM, operation="test", key=f"key-{factories.number()}", request={})
    return {"claim": claim, "actor": SYSTEM, "now": now}


def requested(level: StockLevel, units: int, now: datetime) -> Transfer:
    number = inventory.request_transfer(
        origin_id=level.location_id,
        destination_id=factories.location().pk,
        lines=[(level.variant_id, units)],
        **context(now),
    ).number
    return Transfer.objects.get(number=number)


def shipped(units: int, now: datetime) -> Transfer:
    transfer = requested(factories.stock(factories.variant(), factories.location(), units), units, now)
    inventory.ship_transfer(transfer_id=transfer.pk, **context(now))
    return transfer


def ordered(units: int, now: datetime) -> PurchaseOrder:
    number = inventory.draft_purchase_order(
        supplier_id=factories.supplier().pk,
        destination_id=factories.location().pk,
        lines=[inventory.OrderedLine(factories.variant().pk, units, 100)],
        **context(now),
    ).number
    order = PurchaseOrder.objects.get(number=number)
    inventory.place_purchase_order(order_id=order.pk, **context(now))
    return order


def test_the_same_transfer_is_received_by_one_of_four(now: datetime) -> None:
    transfer = shipped(6, now)
    variant_id = transfer.lines.get().variant_id

    def receive() -> str:
        return inventory.receive_transfer(
            transfer_id=transfer.pk, arrivals=[Arrival(variant_id, 6)], **context(now)
        ).status

    outcomes = at_once([receive] * 4)

    assert outcomes.count("RECEIVED") == 1
    assert sum(isinstance(outcome, errors.TransferNotInState) for outcome in outcomes) == 3
    level = StockLevel.objects.get(location=transfer.destination_id)
    assert (level.on_hand, level.incoming) == (6, 0)
    assert verification.find_drifts() == []


def test_parts_received_at_once_are_all_counted(now: datetime) -> None:
    transfer, order = shipped(8, now), ordered(8, now)
    transfer_line, order_line = transfer.lines.get(), order.lines.get()

    def receive() -> None:
        inventory.receive_transfer(
            transfer_id=transfer.pk, arrivals=[Arrival(transfer_line.variant_id, 2)], **context(now)
        )

    def take_delivery() -> None:
        inventory.receive_purchase_order(
            order_id=order.pk, arrivals=[Arrival(order_line.variant_id, 2)], **context(now)
        )

    outcomes = at_once([receive, take_delivery] * 4)

    assert outcomes == [None] * 8
    for line in (transfer_line, order_line):
        line.refresh_from_db()
        assert line.received == 8
    assert (Transfer.objects.get().status, PurchaseOrder.objects.get().status) == ("RECEIVED", "RECEIVED")
    assert verification.find_drifts() == []


def test_more_than_is_tolerated_is_not_taken_by_two_at_once(now: datetime) -> None:
    order = ordered(10, now)
    variant_id = order.lines.get().variant_id

    def take_delivery() -> str:
        arrivals = [Arrival(variant_id, 6)]
        return inventory.receive_purchase_order(order_id=order.pk, arrivals=arrivals, **context(now)).status

    outcomes = at_once([take_delivery] * 2)

    assert outcomes.count("PARTIALLY_RECEIVED") == 1
    assert sum(isinstance(outcome, errors.OverDelivered) for outcome in outcomes) == 1
    assert (StockLevel.objects.get().on_hand, StockLevel.objects.get().incoming) == (6, 4)


def take_unlocked(line: TransferLine | PurchaseOrderLine, all_have_looked: Barrier) -> None:
    """What receiving would be without the document's lock: look, count, write what was counted."""
    with db.transaction():
        seen = type(line).objects.get(pk=line.pk)
        all_have_looked.wait(timeout=30)
        StockLevel.objects.filter(variant=line.variant_id, incoming__gt=0).update(incoming=F("incoming") - 2)
        type(line).objects.filter(pk=line.pk).update(received=seen.received + 2)


@pytest.mark.parametrize("document", [shipped, ordered])
def test_without_the_lock_what_one_received_is_forgotten(document: Any, now: datetime) -> None:
    """The negative control: four units came off what is incoming, and two were counted."""
    line = document(8, now).lines.get()

    outcomes = at_once([partial(take_unlocked, line, Barrier(2))] * 2)

    assert outcomes == [None] * 2
    line.refresh_from_db()
    assert line.received == 2
    drifts = {drift.kind: drift.by for drift in verification.find_drifts()}
    assert drifts["stock-incoming"] == -2


def test_a_transfer_and_sales_of_the_same_shelf_take_what_is_there_once(now: datetime) -> None:
    """Ten are there: six are asked for elsewhere while eight buyers want one each."""
    level = factories.stock(factories.variant(), factories.location(), 10)

    def buy() -> str:
        with db.transaction():
            wants = [inventory.Want(level.variant_id, level.location_id, 1, "order:1:1")]
            inventory.reserve(wants=wants, expires_at=None, actor=SYSTEM, now=now)
        return "sold"

    def transfer() -> str:
        inventory.ship_transfer(transfer_id=requested(level, 6, now).pk, **context(now))
        return "sent"

    outcomes = at_once([*[buy] * 8, transfer])

    sold, sent = outcomes.count("sold"), outcomes.count("sent")
    refused = sum(isinstance(outcome, errors.InsufficientStock) for outcome in outcomes)
    assert (sold, sent, refused) in [(8, 0, 1), (4, 1, 4)]
    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (10 - 6 * sent, sold)
    assert verification.find_drifts() == []


def test_transfers_back_and_forth_while_tills_sell_never_deadlock(now: datetime) -> None:
    variants, shops = [factories.variant() for _ in range(3)], [factories.location() for _ in range(2)]
    for variant in variants:
        for shop in shops:
            factories.stock(variant, shop, 60)

    def transfer(origin: int) -> None:
        for _ in range(4):
            number = inventory.request_transfer(
                origin_id=shops[origin].pk,
                destination_id=shops[1 - origin].pk,
                lines=[(variant.pk, 2) for variant in variants],
                **context(now),
            ).number
            pk = Transfer.objects.get(number=number).pk
            inventory.ship_transfer(transfer_id=pk, **context(now))
            inventory.receive_transfer(
                transfer_id=pk,
                arrivals=[Arrival(variant.pk, 2) for variant in variants[::-1]],
                **context(now),
            )

    def sell(seed: int) -> None:
        for receipt in range(8):
            with db.transaction():
                inventory.post_movements(
                    document=inventory.DocumentRef("SALE", f"S-{seed}-{receipt}"),
                    movements=[
                        inventory.Movement(variant.pk, shop.pk, -1, "SALE")
                        for variant in variants
                        for shop in shops
                    ],
                    actor=SYSTEM,
                    occurred_at=now,
                    now=now,
                )

    outcomes = at_once(
        [*(partial(transfer, place) for place in (0, 1, 0, 1)), *(partial(sell, n) for n in (1, 2))]
    )

    assert [outcome for outcome in outcomes if outcome is not None] == []
    assert {level.incoming for level in StockLevel.objects.all()} == {0}
    assert sum(level.on_hand for level in StockLevel.objects.all()) == 6 * 60 - 2 * 8 * 6
    assert verification.find_drifts() == []
