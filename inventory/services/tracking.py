"""A variant's stock is told apart by lots or serial numbers from now on, or no longer: an explicit step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from catalog.models import Variant
from inventory import errors
from inventory.models import (
    Dated,
    Lot,
    LotEntry,
    LotStock,
    LotTracking,
    StockDocument,
    StockLevel,
    Tracks,
    Transfer,
)
from inventory.services.batches import DocumentRef, Movement
from inventory.services.lot_books import LotBooks, Row
from inventory.services.moving import refuse_stockless
from inventory.services.picking import Held
from omni.core import db, idempotency, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7

# Held alone; who creates a level of the variant holds it with others. Taken before any level is. One of
# 64, so that who creates levels of thousands of variants does not fill PostgreSQL's table of locks.
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('inventory.lots:' || %(variant)s::bigint % 64, 0))"
BUCKETS = ("ON_HAND", "DAMAGED", "QUALITY_CONTROL")


@dataclass(frozen=True, slots=True)
class TrackingNow:
    """What a variant tracks, and how many of its units are of no known lot."""

    sku: str
    tracks: str
    dated: str
    unknown: int


def start_tracking(
    *, variant_id: int, tracks: str, dated: str = Dated.NONE, claim: Claim, actor: Actor, now: datetime
) -> TrackingNow:
    """
    Tell a variant's stock apart from now on. What is there is of the unknown lot, until it is counted
    in by lot (`count_lots`) or has gone; nothing of the levels or the stock ledger changes.

    Raises:
        ClaimInFlight, ClaimMismatch
        KeepsNoStock
        LotsRefused: it is tracked already; or a serial number would bear a date.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=TrackingNow):
            return replayed
        refuse_stockless([variant_id])
        sku, levels = _sku(variant_id), lock_everywhere(variant_id)
        if LotTracking.objects.filter(variant=variant_id).exists():
            raise errors.LotsRefused(field="tracks", rule="tracked", sku=sku)
        tracking = LotTracking.objects.create(
            variant_id=variant_id, tracks=Tracks(tracks), dated=Dated(dated), started_at=now
        )
        unknown, _ = Lot.objects.get_or_create(variant_id=variant_id, number="")
        _mark(levels, tracked=True)
        books = LotBooks(
            {variant_id: tracking}, {}, {}, {(variant_id, one.location_id): {} for one in levels}
        )
        document = _document(sku, actor, now)
        for level in levels:
            _open(books, level, unknown, document, actor, now)
        books.store()
        return idempotency.settle(claim, _answer(sku, tracking, sum(one.on_hand for one in levels)), now=now)


def stop_tracking(*, variant_id: int, claim: Claim, actor: Actor, now: datetime) -> TrackingNow:
    """
    No longer tell a variant's stock apart. Lots and their ledger stay, for whoever asks later.

    Raises:
        ClaimInFlight, ClaimMismatch
        LotsRefused: it is not tracked; a known lot is in stock (`not-empty`) or on its way
            (`under-way`): which units are whose would be lost.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=TrackingNow):
            return replayed
        sku, levels = _sku(variant_id), lock_everywhere(variant_id)
        tracking = LotTracking.objects.filter(variant=variant_id).first()
        if tracking is None:
            raise errors.LotsRefused(field="tracks", rule="not-tracked", sku=sku)
        _refuse_known(variant_id, sku)
        _mark(levels, tracked=False)
        books = LotBooks(
            {variant_id: tracking}, {}, {}, {(variant_id, one.location_id): {} for one in levels}
        )
        books.load_stock()
        document = _document(sku, actor, now)
        for level in levels:
            _close(books, level, document, actor, now)
        books.store()
        tracking.delete()
        return idempotency.settle(claim, TrackingNow(sku, "NONE", Dated.NONE, 0), now=now)


def lock_everywhere(variant_id: int) -> list[StockLevel]:
    """
    All levels of a variant, locked by key, with none born meanwhile: whoever is moving it has committed,
    and whoever is about to sees what is written now. Called before any other level is locked.
    """
    sql.fetch_all(ALONE, {"variant": variant_id})
    return StockLevel.objects.for_update_of_variant(variant_id)


def _sku(variant_id: int) -> str:
    sku: str = Variant.objects.values_list("sku", flat=True).get(pk=variant_id)
    return sku


def _mark(levels: Sequence[StockLevel], *, tracked: bool) -> None:
    StockLevel.objects.filter(pk__in=[level.pk for level in levels]).update(tracked=tracked)


def _refuse_known(variant_id: int, sku: str) -> None:
    known = LotStock.objects.filter(variant=variant_id, unknown=False)
    if known.exists():
        lot = known.order_by("pk").values_list("lot__number", flat=True)[0]
        raise errors.LotsRefused(field="tracks", rule="not-empty", sku=sku, lot=lot)
    under_way = Transfer.objects.filter(status__in=Transfer.UNDER_WAY, lines__variant=variant_id)
    moved = LotEntry.objects.filter(
        Q(kind="TRANSFER_OUT") | Q(kind="TRANSFER_IN"),
        document__in=under_way.values("postings__document"),
        variant=variant_id,
    ).exclude(lot__number="")
    if any(row["moved"] for row in moved.values("lot").annotate(moved=Sum("delta"))):
        raise errors.LotsRefused(field="tracks", rule="under-way", sku=sku)


def _document(sku: str, actor: Actor, now: datetime) -> StockDocument:
    return StockDocument.objects.create(
        kind=StockDocument.Kind.OPENING, number=f"lots:{uuid7()}", note=sku, actor=str(actor), occurred_at=now
    )


def _open(
    books: LotBooks, level: StockLevel, unknown: Lot, document: StockDocument, actor: Actor, now: datetime
) -> None:
    held = books.hold((level.variant_id, level.location_id), unknown)
    for bucket in BUCKETS:
        _shift(books, level, held, bucket, getattr(level, bucket.lower()), document, actor, now)


def _close(books: LotBooks, level: StockLevel, document: StockDocument, actor: Actor, now: datetime) -> None:
    for held in books.shelf((level.variant_id, level.location_id)):
        for bucket in BUCKETS:
            _shift(books, level, held, bucket, -held.units[bucket], document, actor, now)


def _shift(
    books: LotBooks,
    level: StockLevel,
    held: Held,
    bucket: str,
    units: int,
    document: StockDocument,
    actor: Actor,
    now: datetime,
) -> None:
    """Units of a lot that appear or go while the level stays as it is: a row without a stock entry."""
    movement = Movement(level.variant_id, level.location_id, units, "ADJUSTMENT", bucket)
    row = Row(None, document.pk, DocumentRef(str(document.kind), document.number), movement, now)
    books.move(row, [(held, units)], sign=1, actor=str(actor))


def _answer(sku: str, tracking: LotTracking, unknown: int) -> TrackingNow:
    return TrackingNow(sku, str(tracking.tracks), str(tracking.dated), unknown)
