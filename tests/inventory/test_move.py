"""Receive, adjust, transfer, set: what each writes, what each refuses, and replays."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from inventory import errors, verification
from inventory import services as inventory
from inventory.models import (
    ChannelBuffer,
    ChannelSource,
    Discrepancy,
    Reservation,
    StockDocument,
    StockEntry,
    StockLevel,
    Transfer,
)
from omni.core import db
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.models import Claim as SettledClaim
from omni.outbox.models import Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor.user(7)


def context(key: str, now: datetime) -> dict[str, Any]:
    claim = Claim.of(actor=CLERK, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": CLERK, "now": now}


def test_goods_received_are_there(now: datetime) -> None:
    shop = factories.location(code="shibuya")
    tea, cup = factories.variant(sku="TEA"), factories.variant(sku="CUP")
    factories.stock(cup, shop, 1, safety_stock=1)

    change = inventory.receive_stock(
        location_id=shop.pk,
        lines=[(tea.pk, 5), (cup.pk, 2)],
        number="D-77",
        note="by van",
        **context("a", now),
    )

    assert (change.kind, change.number) == ("RECEIPT", "D-77")
    assert [(level.sku, level.location, level.on_hand, level.available) for level in change.levels] == [
        ("CUP", "shibuya", 3, 2),
        ("TEA", "shibuya", 5, 5),
    ]
    document = StockDocument.objects.get(number="D-77")
    assert (document.kind, document.note, document.actor) == ("RECEIPT", "by van", "user:7")


def test_a_replayed_receipt_answers_the_same_and_adds_nothing(now: datetime) -> None:
    shop, tea = factories.location(), factories.variant()

    first = inventory.receive_stock(location_id=shop.pk, lines=[(tea.pk, 5)], **context("a", now))
    again = inventory.receive_stock(location_id=shop.pk, lines=[(tea.pk, 5)], **context("a", now))

    assert again == first
    assert StockLevel.objects.get().on_hand == 5
    assert StockDocument.objects.count() == 1


def test_a_delivery_is_booked_once_under_its_number(now: datetime) -> None:
    shop, tea = factories.location(), factories.variant()
    inventory.receive_stock(location_id=shop.pk, lines=[(tea.pk, 5)], number="D-1", **context("a", now))

    with pytest.raises(errors.AlreadyPosted):
        inventory.receive_stock(location_id=shop.pk, lines=[(tea.pk, 5)], number="D-1", **context("b", now))

    assert StockLevel.objects.get().on_hand == 5
    assert SettledClaim.objects.count() == 1


def test_one_delivery_note_is_booked_once_at_each_shop(now: datetime) -> None:
    shops, tea = [factories.location(code=code) for code in ("shibuya", "umeda")], factories.variant()

    for shop in shops:
        inventory.receive_stock(
            location_id=shop.pk, lines=[(tea.pk, 5)], number="D-1", **context(shop.code, now)
        )
    with pytest.raises(errors.AlreadyPosted) as refusal:
        inventory.receive_stock(
            location_id=shops[1].pk, lines=[(tea.pk, 5)], number="D-1", **context("again", now)
        )

    assert refusal.value.data() == {"documents": [{"kind": "RECEIPT", "number": "D-1"}]}
    assert list(StockLevel.objects.order_by("location__code").values_list("on_hand", flat=True)) == [5, 5]
    documents = StockDocument.objects.filter(number="D-1").order_by("location__code")
    assert list(documents.values_list("location__code", flat=True)) == ["shibuya", "umeda"]
    assert StockEntry.objects.count() == 2


def test_our_own_numbers_are_unique_without_a_location(now: datetime) -> None:
    shops, tea = [factories.location(), factories.location()], factories.variant()
    document = inventory.DocumentRef("SALE", "S-1")

    for place, shop in enumerate(shops):
        movement = inventory.Movement(tea.pk, shop.pk, -1, "SALE")
        with db.transaction():
            if place == 0:
                inventory.post_movements(
                    document=document, movements=[movement], actor=CLERK, occurred_at=now, now=now
                )
                continue
            with pytest.raises(errors.AlreadyPosted):
                inventory.post_movements(
                    document=document, movements=[movement], actor=CLERK, occurred_at=now, now=now
                )

    assert list(StockDocument.objects.values_list("number", "location")) == [("S-1", None)]
    assert StockEntry.objects.get().location_id == shops[0].pk


def test_what_keeps_no_stock_is_not_received(now: datetime) -> None:
    shop, bag = factories.location(), factories.variant(sku="BAG", keeps_stock=False)

    with pytest.raises(errors.KeepsNoStock) as refusal:
        inventory.receive_stock(location_id=shop.pk, lines=[(bag.pk, 5)], **context("a", now))

    assert refusal.value.data() == {"skus": ["BAG"]}
    assert not StockLevel.objects.exists()
    assert not SettledClaim.objects.exists()


@pytest.mark.parametrize(
    ("reason", "bucket", "delta", "kind", "after"),
    [
        ("cycle_count", "ON_HAND", -2, "COUNT", (7, 1, 1)),
        ("shrinkage", "ON_HAND", -7, "ADJUSTMENT", (2, 1, 1)),
        ("damaged", "DAMAGED", 2, "DAMAGE", (9, 3, 1)),
        ("other", "QUALITY_CONTROL", -1, "ADJUSTMENT", (9, 1, 0)),
    ],
)
def test_an_adjustment_moves_one_bucket_for_a_reason(
    reason: str, bucket: str, delta: int, kind: str, after: tuple[int, int, int], now: datetime
) -> None:
    level = factories.stock(factories.variant(), factories.location(), 9, damaged=1, quality_control=1)

    inventory.adjust_stock(
        location_id=level.location_id,
        variant_id=level.variant_id,
        delta=delta,
        reason=reason,
        bucket=bucket,
        **context("a", now),
    )

    level.refresh_from_db()
    assert (level.on_hand, level.damaged, level.quality_control) == after
    row = StockEntry.objects.latest("id")
    assert (row.kind, row.reason, row.bucket, row.delta) == (kind, reason, bucket, delta)


@pytest.mark.parametrize(
    ("bucket", "delta", "found"), [("ON_HAND", -4, 3), ("DAMAGED", -2, 1), ("QUALITY_CONTROL", 3, 2)]
)
def test_an_adjustment_takes_no_more_than_there_is(
    bucket: str, delta: int, found: int, now: datetime
) -> None:
    level = factories.stock(factories.variant(sku="TEA"), factories.location(code="shibuya"), 3, damaged=1)
    rows = StockEntry.objects.count()

    with pytest.raises(errors.BelowZero) as refusal:
        inventory.adjust_stock(
            location_id=level.location_id,
            variant_id=level.variant_id,
            delta=delta,
            reason="correction",
            bucket=bucket,
            **context("a", now),
        )

    assert refusal.value.data() == {
        "sku": "TEA",
        "location": "shibuya",
        "bucket": bucket,
        "found": found,
        "delta": delta,
    }
    assert StockEntry.objects.count() == rows
    assert not Event.objects.exists()


def test_shrinkage_of_promised_goods_opens_a_discrepancy(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 3)
    with db.transaction():
        inventory.reserve(
            wants=[inventory.Want(level.variant_id, level.location_id, 3, "order:1:1")],
            expires_at=None,
            actor=CLERK,
            now=now,
        )

    inventory.adjust_stock(
        location_id=level.location_id,
        variant_id=level.variant_id,
        delta=-2,
        reason="shrinkage",
        **context("a", now),
    )

    opened = Discrepancy.objects.get()
    assert (opened.kind, opened.quantity, opened.actor) == ("STRANDED", 2, "user:7")
    assert verification.find_drifts() == []


def test_a_transfer_moves_from_one_place_to_the_other(now: datetime) -> None:
    here, there = factories.location(code="here"), factories.location(code="there")
    tea = factories.variant(sku="TEA")
    factories.stock(tea, here, 9, safety_stock=9)

    change = inventory.transfer_stock(
        origin_id=here.pk, destination_id=there.pk, lines=[(tea.pk, 3), (tea.pk, 1)], **context("a", now)
    )

    assert [(level.location, level.on_hand) for level in change.levels] == [("here", 5), ("there", 4)]
    transfer = Transfer.objects.get(number=change.number)
    assert list(transfer.lines.values_list("variant", "quantity")) == [(tea.pk, 4)]
    rows = StockEntry.objects.filter(document__number=change.number).order_by("id")
    assert list(rows.values_list("kind", "delta", "balance_after")) == [
        ("TRANSFER_OUT", -4, 5),
        ("TRANSFER_IN", 4, 4),
    ]


def test_a_transfer_leaves_what_is_promised_or_set_aside(now: datetime) -> None:
    here, there = factories.location(code="here"), factories.location()
    level = factories.stock(factories.variant(sku="TEA"), here, 9, damaged=1, quality_control=1)
    with db.transaction():
        inventory.reserve(
            wants=[inventory.Want(level.variant_id, here.pk, 3, "order:1:1")],
            expires_at=None,
            actor=CLERK,
            now=now,
        )

    with pytest.raises(errors.InsufficientStock) as refusal:
        inventory.transfer_stock(
            origin_id=here.pk, destination_id=there.pk, lines=[(level.variant_id, 5)], **context("a", now)
        )

    assert refusal.value.data() == {
        "shortages": [{"sku": "TEA", "location": "here", "requested": 5, "available": 4}]
    }
    assert not Transfer.objects.exists()
    assert not StockLevel.objects.filter(location=there).exists()


def test_what_has_run_out_keeps_no_transfer_back(now: datetime) -> None:
    """Five of nine were held: four are free before the hold's time is over, and all of them after it."""
    here, there = factories.location(), factories.location()
    level = factories.stock(factories.variant(), here, 9)
    hold = inventory.hold_stock(
        variant_id=level.variant_id,
        location_id=here.pk,
        quantity=5,
        expires_at=now + timedelta(hours=1),
        note="slip 12",
        **context("hold", now),
    )
    move = {"origin_id": here.pk, "destination_id": there.pk, "lines": [(level.variant_id, 9)]}
    with pytest.raises(errors.InsufficientStock):
        inventory.transfer_stock(**move, **context("early", now))
    assert Reservation.objects.get(pk=hold.id).status == "ACTIVE"

    inventory.transfer_stock(**move, **context("late", now + timedelta(hours=1)))

    levels = StockLevel.objects.order_by("location__pk").values_list("on_hand", "reserved")
    assert list(levels) == [(0, 0), (9, 0)]
    assert Reservation.objects.get(pk=hold.id).status == "EXPIRED"
    assert (Discrepancy.objects.count(), verification.find_drifts()) == (0, [])


def test_a_transfer_goes_elsewhere(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 9)

    with pytest.raises(errors.SameLocation):
        inventory.transfer_stock(
            origin_id=level.location_id,
            destination_id=level.location_id,
            lines=[(level.variant_id, 1)],
            **context("a", now),
        )


def test_safety_stock_is_kept_from_sale_and_said(now: datetime) -> None:
    level = factories.stock(factories.variant(), factories.location(), 9)

    result = inventory.set_safety_stock(
        location_id=level.location_id, variant_id=level.variant_id, quantity=4, **context("a", now)
    )

    assert (result.safety_stock, result.available) == (4, 5)
    assert Event.objects.get().type == "inventory.stock-changed.v1"


def test_a_discrepancy_is_resolved_once(now: datetime) -> None:
    opened = Discrepancy.objects.create(
        kind="BELOW_ZERO",
        variant=factories.variant(),
        quantity=1,
        source="sale:1",
        opened_at=now,
        actor="x:y",
    )

    inventory.resolve_discrepancy(discrepancy_id=opened.pk, resolution="counted", **context("a", now))

    opened.refresh_from_db()
    assert (opened.status, opened.resolution, opened.resolved_at) == ("RESOLVED", "counted", now)
    with pytest.raises(errors.DiscrepancyResolved):
        inventory.resolve_discrepancy(discrepancy_id=opened.pk, resolution="again", **context("b", now))
    with pytest.raises(errors.UnknownDiscrepancy):
        inventory.resolve_discrepancy(discrepancy_id=0, resolution="what", **context("c", now))


def test_sourcing_changes_are_said(now: datetime) -> None:
    channel, shop, tea = factories.channel(), factories.location(), factories.variant()

    with db.transaction():
        for priority in (10, 20):
            inventory.set_source(
                channel_id=channel.pk, location_id=shop.pk, priority=priority, actor=CLERK, now=now
            )
        inventory.set_buffer(channel_id=channel.pk, quantity=1, actor=CLERK, now=now)
        inventory.set_buffer(channel_id=channel.pk, quantity=2, actor=CLERK, now=now)
        inventory.set_buffer(channel_id=channel.pk, variant_id=tea.pk, quantity=3, actor=CLERK, now=now)

    assert ChannelSource.objects.get().priority == 20
    assert set(ChannelBuffer.objects.values_list("variant", "quantity")) == {(None, 2), (tea.pk, 3)}
    said = list(Event.objects.order_by("sequence").values_list("type", "payload__variant_ids"))
    assert said == [("inventory.sourcing-changed.v1", None)] * 4 + [
        ("inventory.sourcing-changed.v1", [tea.pk])
    ]
