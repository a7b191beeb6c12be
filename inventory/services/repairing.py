"""Repair of what verification finds: by rows that are added, never by changing a ledger row."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Sum

from catalog.models import Variant
from inventory.models import (
    Bucket,
    Discrepancy,
    Reservation,
    StockDocument,
    StockEntry,
    StockLevel,
    TransferPosting,
)
from inventory.services.batches import DocumentRef, Movement
from inventory.services.incoming import expected_at
from inventory.services.messages import stock_changed
from inventory.services.posting import create_levels, post_movements
from omni.core import db
from omni.core.actor import Actor
from omni.core.ids import uuid7
from omni.core.verification import Drift, Repair
from omni.outbox.publish import publish_all
from organisation.models import Location

COUNTERS = {
    "on_hand": Bucket.ON_HAND,
    "damaged": Bucket.DAMAGED,
    "quality_control": Bucket.QUALITY_CONTROL,
}


def repair(drifts: Iterable[Drift], *, actor: Actor, now: datetime) -> list[Repair]:
    """
    Repair each drift in a transaction of its own; answer what was done about each.

    What has mended itself meanwhile is left alone: figures are taken anew with the level locked.
    Drifts of other apps are passed over. Verify again afterwards: one repair may uncover another.
    """
    done = []
    for drift in drifts:
        if mend := REPAIRS.get(drift.kind):
            with db.transaction():
                done.append(Repair(drift, mend(drift, actor, now), now))
    return done


def _locked_level(drift: Drift) -> StockLevel:
    """The level, created where it is missing, and locked: nobody else moves it meanwhile."""
    variant = Variant.objects.get(sku=drift.where["sku"])
    location = Location.objects.get(code=drift.where["location"])
    create_levels([(variant.pk, location.pk)])
    return StockLevel.objects.for_update_by_pairs([(variant.pk, location.pk)])[0]


def _follow_ledger(drift: Drift, actor: Actor, now: datetime) -> str:
    level = _locked_level(drift)
    entries = StockEntry.objects.filter(variant=level.variant_id, location=level.location_id)
    sums = dict(entries.values_list("bucket").annotate(total=Sum("delta")))
    return _set(level, {name: sums.get(bucket, 0) for name, bucket in COUNTERS.items()}, drift, actor, now)


def _follow_reservations(drift: Drift, actor: Actor, now: datetime) -> str:
    level = _locked_level(drift)
    promised = Reservation.objects.filter(
        variant=level.variant_id, location=level.location_id, status__in=Reservation.OPEN
    ).aggregate(total=Sum("quantity"))["total"]
    usable = level.on_hand - level.damaged - level.quality_control - level.safety_stock
    if promised and promised > max(level.reserved, usable):
        return f"left: {promised} units are promised and {usable} are there; release reservations first"
    return _set(level, {"reserved": promised or 0}, drift, actor, now)


def _follow_what_is_open(drift: Drift, actor: Actor, now: datetime) -> str:
    level = _locked_level(drift)
    expected = expected_at((level.variant_id, level.location_id))
    return _set(level, {"incoming": expected}, drift, actor, now)


def _set(level: StockLevel, counters: dict[str, int], drift: Drift, actor: Actor, now: datetime) -> str:
    before = {name: getattr(level, name) for name in counters}
    changed = {name: value for name, value in counters.items() if value != before[name]}
    if not changed:
        return "nothing: it adds up by now"
    what = ", ".join(f"{name} {before[name]} → {value}" for name, value in changed.items())
    StockLevel.objects.filter(pk=level.pk).update(**changed)
    number = _record(
        f"counter:{uuid7()}", f"{drift.where['sku']} @ {drift.where['location']}: {what}", actor, now
    )
    publish_all([stock_changed([level])], at=now, actor=actor)
    return f"set {what} ({number})"


def _record(number: str, note: str, actor: Actor, now: datetime) -> str:
    """A document without ledger rows: the immutable trace of a correction."""
    StockDocument.objects.create(
        kind=StockDocument.Kind.CORRECTION, number=number, note=note[:500], actor=str(actor), occurred_at=now
    )
    return f"CORRECTION {number}"


def _acknowledge_balance(drift: Drift, actor: Actor, now: datetime) -> str:
    note = f"Ledger row {drift.where['entry']} says {drift.found}; its rows add up to {drift.expected}"
    number = _record(f"balance:{drift.where['entry']}", note, actor, now)
    return f"acknowledged ({number})"


def _stand_in_for_document(drift: Drift, actor: Actor, now: datetime) -> str:
    document_id = drift.where["document_id"]
    made = StockDocument.objects.create(
        pk=document_id,
        kind=StockDocument.Kind.CORRECTION,
        number=f"lost:{document_id}",
        note=f"Stands for the lost document of {drift.found} ledger rows",
        actor=str(actor),
        occurred_at=now,
    )
    return f"documented (CORRECTION {made.number})"


def _move_what_was_handed_over(drift: Drift, actor: Actor, now: datetime) -> str:
    level = _locked_level(drift)
    number = f"fulfilled:{drift.where['document_id']}:{level.variant_id}:{level.location_id}"
    missing = int(drift.expected or 0) - int(drift.found or 0)
    shipment = TransferPosting.objects.filter(document=drift.where["document_id"]).first()
    kind = "TRANSFER_OUT" if shipment else "SALE"
    posted = post_movements(
        document=DocumentRef(StockDocument.Kind.CORRECTION, number, drift.what),
        movements=[Movement(level.variant_id, level.location_id, -missing, kind)],
        actor=actor,
        occurred_at=now,
        now=now,
    )
    if shipment:
        TransferPosting.objects.create(transfer_id=shipment.transfer_id, document_id=posted.id)
    return f"posted {kind} of {missing} (CORRECTION {number})"


def _open_discrepancy(drift: Drift, actor: Actor, now: datetime) -> str:
    level = _locked_level(drift)
    opened = Discrepancy.objects.create(
        kind=Discrepancy.Kind.STRANDED,
        variant_id=level.variant_id,
        location_id=level.location_id,
        quantity=int(drift.by or 0),
        source="verification",
        opened_at=now,
        actor=str(actor),
    )
    return f"opened discrepancy {opened.pk}"


REPAIRS: dict[str, Callable[[Drift, Actor, datetime], str]] = {
    "stock-entry-without-level": _follow_ledger,
    "stock-entry-without-document": _stand_in_for_document,
    "stock-balance": _acknowledge_balance,
    "stock-counter": _follow_ledger,
    "stock-reserved": _follow_reservations,
    "stock-incoming": _follow_what_is_open,
    "stock-fulfilled-unmoved": _move_what_was_handed_over,
    "stock-promised-but-gone": _open_discrepancy,
}
