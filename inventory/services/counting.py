"""
Cycle counts: open a sheet, record what is counted while the shop sells, approve, post.

A sheet's row is locked by whoever changes it; then its discrepancies, then the levels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from catalog.models import Category, Variant
from inventory import errors
from inventory.models import CountLine, CountRecord, CountSheet
from inventory.services.moving import refuse_stockless
from inventory.services.opening import settle_counted
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.outbox.events import CountChanged
from omni.outbox.publish import publish

Status = CountSheet.Status
# By how much a device's clock may be wrong.
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SheetNow:
    """
    A sheet as the operation left it; it tells nothing of what the books say.

    `unheeded` are the SKUs of which a count was written down and does not count: the line was to be
    counted again since, or was counted later.
    """

    number: str
    location: str
    status: str
    lines: int
    counted: int
    unheeded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """`quantity` stock units of an article, seen at a moment by the counter's clock."""

    variant_id: int
    quantity: int
    counted_at: datetime


def open_count_sheet(
    *,
    location_id: int,
    variant_ids: Sequence[int] = (),
    category_id: int | None = None,
    brand_id: int | None = None,
    blind: bool = True,
    assignee_id: int | None = None,
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> SheetNow:
    """
    Open a sheet of these articles, or of those of a category or brand that the location has levels of.

    Raises:
        ClaimInFlight, ClaimMismatch
        KeepsNoStock: no stock is kept of one that was named.
        NothingToCount
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SheetNow):
            return replayed
        refuse_stockless(variant_ids)
        chosen = list(dict.fromkeys(variant_ids)) or _levels_of(location_id, category_id, brand_id)
        if not chosen:
            raise errors.NothingToCount()
        sheet = CountSheet.objects.create(
            number=str(uuid7()),
            location_id=location_id,
            blind=blind,
            assignee_id=assignee_id,
            category_id=category_id,
            brand_id=brand_id,
            note=note,
            opened_at=now,
            actor=str(actor),
        )
        sheet.number = f"C{sheet.pk:06d}"
        sheet.save(update_fields=["number"])
        CountLine.objects.bulk_create(CountLine(sheet=sheet, variant_id=pk) for pk in chosen)
        announce(sheet, actor, now)
        return idempotency.settle(claim, sheet_now(sheet), now=now)


def _levels_of(location_id: int, category_id: int | None, brand_id: int | None) -> list[int]:
    if category_id is None and brand_id is None:
        return []
    wanted = Q(levels__location=location_id, keeps_stock=True, archived_at=None)
    if category_id is not None:
        path = Category.objects.values_list("path", flat=True).get(pk=category_id)
        within = Category.objects.within(path).values("pk")
        wanted &= Q(product__category__in=within)
    if brand_id is not None:
        wanted &= Q(product__brand=brand_id)
    return list(Variant.objects.filter(wanted).order_by("sku").values_list("pk", flat=True))


def record_counts(
    *,
    number: str,
    location_id: int | None = None,
    records: Sequence[Counted],
    device: str = "",
    counter: Actor | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> SheetNow:
    """
    Write down what was counted, at the moments when it was, in any order and however late.

    Every record is kept; the one with the latest moment is the line's count, unless it was made
    before the line was to be counted again. What does not count is named (`unheeded`).
    `location_id` narrows whose sheet it may be.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
        NotOnSheet: an article is not on it.
        CountedOutOfTime
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SheetNow):
            return replayed
        sheet = locked_sheet(number, Status.OPEN, location_id=location_id)
        lines = {line.variant_id: line for line in sheet.lines.select_related("variant")}
        _refuse_strangers(records, lines)
        by = str(counter or actor)
        made = [_record(lines[one.variant_id], one, sheet, by, device, now) for one in records]
        CountRecord.objects.bulk_create(made)
        heeded = {record.line_id: record.line for record in made if _answers(record)}
        CountLine.objects.bulk_update(
            list(heeded.values()), ["counted", "counted_at", "counted_by"], batch_size=500
        )
        unheeded = {record.line.variant.sku for record in made if record.line_id not in heeded}
        return idempotency.settle(claim, sheet_now(sheet, unheeded=sorted(unheeded)), now=now)


def _refuse_strangers(records: Sequence[Counted], lines: Mapping[int, CountLine]) -> None:
    if strangers := {one.variant_id for one in records} - set(lines):
        skus = Variant.objects.filter(pk__in=strangers).order_by("sku").values_list("sku", flat=True)
        raise errors.NotOnSheet(skus=list(skus))


def _record(
    line: CountLine, one: Counted, sheet: CountSheet, by: str, device: str, now: datetime
) -> CountRecord:
    return CountRecord(
        line=line,
        quantity=one.quantity,
        counted_at=moment_within(one.counted_at, opened_at=sheet.opened_at, now=now),
        counted_by=by,
        device=device,
    )


def _answers(record: CountRecord) -> bool:
    """Let a record be its line's count, if it is the latest so far and late enough."""
    line = record.line
    if line.recount_since is not None and record.counted_at <= line.recount_since:
        return False
    if line.counted_at is not None and record.counted_at < line.counted_at:
        return False
    line.counted, line.counted_at, line.counted_by = record.quantity, record.counted_at, record.counted_by
    return True


def moment_within(at: datetime, *, opened_at: datetime, now: datetime) -> datetime:
    """
    A moment that a device claims: while the count was open, by a clock that is nearly right.

    Raises:
        CountedOutOfTime
    """
    if not opened_at - TOLERANCE <= at <= now + TOLERANCE:
        raise errors.CountedOutOfTime(counted_at=at.isoformat())
    return min(at, now)


def request_recount(
    *, number: str, variant_ids: Sequence[int], claim: Claim, actor: Actor, now: datetime
) -> SheetNow:
    """
    Have lines counted again: the sheet is open again, and what was found before no longer counts.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
        NotOnSheet
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SheetNow):
            return replayed
        sheet = locked_sheet(number, Status.OPEN, Status.COUNTED)
        lines = sheet.lines.filter(variant_id__in=list(variant_ids))
        if lines.count() < len(set(variant_ids)):
            known = set(lines.values_list("variant_id", flat=True))
            strangers = Variant.objects.filter(pk__in=set(variant_ids) - known).order_by("sku")
            raise errors.NotOnSheet(skus=list(strangers.values_list("sku", flat=True)))
        settle_counted(
            source=source_of(sheet),
            variant_ids=variant_ids,
            remedy="NOTED",
            resolution=f"{sheet.number}: recount",
            actor=actor,
            now=now,
        )
        lines.update(
            counted=None,
            counted_at=None,
            counted_by="",
            expected=None,
            variance=None,
            beyond_limit=False,
            approved_variance=None,
            approved_by="",
            recount_since=now,
        )
        move_on(sheet, Status.OPEN, actor, now)
        return idempotency.settle(claim, sheet_now(sheet), now=now)


def cancel_count_sheet(*, number: str, claim: Claim, actor: Actor, now: datetime) -> SheetNow:
    """
    Give a sheet up. Nothing moves; what was counted stays written down.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SheetNow):
            return replayed
        sheet = locked_sheet(number, Status.OPEN, Status.COUNTED)
        settle_counted(
            source=source_of(sheet),
            variant_ids=sheet.lines.values_list("variant_id", flat=True),
            remedy="NOTED",
            resolution=f"{sheet.number}: cancelled",
            actor=actor,
            now=now,
        )
        sheet.closed_at = now
        move_on(sheet, Status.CANCELLED, actor, now)
        return idempotency.settle(claim, sheet_now(sheet), now=now)


def locked_sheet(number: str, *states: str, location_id: int | None = None) -> CountSheet:
    """
    The sheet of that number, locked, in one of these states.

    Raises:
        CountNotFound: there is none, or it is another location's.
        CountNotOpen
    """
    sheet = CountSheet.objects.for_update_by_number(number)
    if sheet is None or location_id not in (None, sheet.location_id):
        raise errors.CountNotFound(number=number)
    if sheet.status not in states:
        raise errors.CountNotOpen(number=number, state=sheet.status)
    return sheet


def source_of(sheet: CountSheet) -> str:
    return f"count:{sheet.pk}"


def move_on(sheet: CountSheet, status: str, actor: Actor, now: datetime) -> None:
    sheet.status = status
    sheet.save(update_fields=["status", "closed_at", "posted_through"])
    announce(sheet, actor, now)


def announce(sheet: CountSheet, actor: Actor, now: datetime) -> None:
    changed = CountChanged("sheet", sheet.number, sheet.location_id, sheet.status)
    publish(f"count:{sheet.pk}", changed, at=now, actor=actor)


def sheet_now(sheet: CountSheet, *, unheeded: Sequence[str] = ()) -> SheetNow:
    return SheetNow(
        number=sheet.number,
        location=sheet.location.code,
        status=sheet.status,
        lines=sheet.lines.count(),
        counted=sheet.lines.exclude(counted=None).count(),
        unheeded=tuple(unheeded),
    )
