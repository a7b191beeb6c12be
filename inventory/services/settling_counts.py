"""What becomes of a sheet that was counted: differences, approval by another person, posting."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from inventory import counts, errors
from inventory.counts import Balance, Limit
from inventory.models import CountLine, CountRecord, CountSheet, Discrepancy, StockDocument
from inventory.services.batches import DocumentRef, Movement
from inventory.services.counting import SheetNow, Status, locked_sheet, move_on, sheet_now, source_of
from inventory.services.opening import Opening, open_discrepancies, settle_counted
from inventory.services.posting import create_levels, post_movements
from omni.core import db, idempotency, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from organisation import selectors as organisation
from organisation.errors import NotYours
from organisation.models import Location, User

# Locked by primary key, as posting locks them.
LOCK = """
SELECT level.id FROM inventory_stocklevel AS level
WHERE level.location_id = %(location)s::bigint AND level.variant_id = ANY(%(variants)s::bigint[])
ORDER BY level.id
FOR NO KEY UPDATE OF level
"""


def submit_count_sheet(
    *,
    number: str,
    location_id: int | None = None,
    leave_uncounted: bool = False,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> SheetNow:
    """
    Say that the sheet is counted: differences are worked out, and those beyond the limit are opened
    as discrepancies of kind COUNT. Lines that were not counted are left as the books say, if asked.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
        NotCounted: lines are missing (all of them, if they may be left).
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SheetNow):
            return replayed
        sheet = locked_sheet(number, Status.OPEN, location_id=location_id)
        lines = _counted_lines(sheet, leave_uncounted=leave_uncounted)
        _compare(sheet, lines)
        openings = [
            Opening("COUNT", line.variant_id, sheet.location_id, abs(line.variance or 0), source_of(sheet))
            for line in lines
            if line.beyond_limit
        ]
        open_discrepancies(openings=openings, actor=actor, now=now)
        move_on(sheet, Status.COUNTED, actor, now)
        return idempotency.settle(claim, sheet_now(sheet), now=now)


def approve_count(
    *,
    number: str,
    variant_ids: Sequence[int] | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> SheetNow:
    """
    Approve the differences beyond the limit (of these articles, or all), as they are by now.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
        NotYours: only a member of staff with the right, not a device, approves.
        OwnCount: whoever counted any of it, or was asked to, doesn't.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SheetNow):
            return replayed
        sheet = locked_sheet(number, Status.COUNTED)
        lines = _counted_lines(sheet, leave_uncounted=True)
        require_approver(actor, location_id=sheet.location_id, counters=_counters(sheet))
        _compare(sheet, lines)
        for line in lines:
            if line.beyond_limit and (variant_ids is None or line.variant_id in variant_ids):
                line.approved_variance, line.approved_by = line.variance, str(actor)
        CountLine.objects.bulk_update(lines, ["approved_variance", "approved_by"], batch_size=500)
        move_on(sheet, Status.COUNTED, actor, now)
        return idempotency.settle(claim, sheet_now(sheet), now=now)


def post_count_sheet(*, number: str, claim: Claim, actor: Actor, now: datetime) -> SheetNow:
    """
    Move each level by its difference: on hand is then what was counted plus what moved since.

    Differences are taken anew with the levels locked, so that neither a sale of this second nor one
    that arrived late is lost. A line that a later count has overtaken moves nothing.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
        CountNotApproved: a difference is beyond the limit and is not the one that was approved.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SheetNow):
            return replayed
        sheet = locked_sheet(number, Status.COUNTED)
        lines = _counted_lines(sheet, leave_uncounted=True)
        settle_counted(
            source=source_of(sheet),
            variant_ids=[line.variant_id for line in lines],
            remedy=Discrepancy.Remedy.COUNTED,
            resolution=sheet.number,
            actor=actor,
            now=now,
        )
        lock_levels_at(sheet.location_id, [line.variant_id for line in lines])
        _compare(sheet, lines)
        _refuse_unapproved(lines)
        sheet.closed_at, sheet.posted_through = now, counts.newest_entry()
        if movements := _movements(sheet.location_id, lines):
            document = DocumentRef(StockDocument.Kind.COUNT, sheet.number, sheet.note)
            post_movements(document=document, movements=movements, actor=actor, occurred_at=now, now=now)
            sheet.posted_through = counts.newest_entry()
        move_on(sheet, Status.POSTED, actor, now)
        return idempotency.settle(claim, sheet_now(sheet), now=now)


def _counted_lines(sheet: CountSheet, *, leave_uncounted: bool) -> list[CountLine]:
    lines = list(sheet.lines.select_related("variant").order_by("pk"))
    counted = [line for line in lines if line.counted is not None]
    if not counted or (len(counted) < len(lines) and not leave_uncounted):
        missing = sorted(line.variant.sku for line in lines if line.counted is None)
        raise errors.NotCounted(skus=missing)
    return counted


def _compare(sheet: CountSheet, lines: Sequence[CountLine]) -> None:
    """Write on each line what the books said at its moment, and whether it differs by too much."""
    moments = {line.variant_id: line.counted_at for line in lines if line.counted_at is not None}
    balances = counts.balances_at(location_id=sheet.location_id, moments=moments, opened=sheet.recorded_at)
    limit = counts.get_limit(sheet.location_id)
    for line in lines:
        _weigh(line, balances[line.variant_id], limit)
    CountLine.objects.bulk_update(
        list(lines), ["expected", "variance", "beyond_limit", "superseded"], batch_size=500
    )


def _weigh(line: CountLine, balance: Balance, limit: Limit) -> None:
    assert line.counted is not None
    line.expected = balance.expected
    line.variance = line.counted - balance.expected
    line.superseded = balance.superseded
    line.beyond_limit = bool(
        line.variance and not line.superseded and limit.is_passed_by(line.variance, line.expected)
    )


def _refuse_unapproved(lines: Iterable[CountLine]) -> None:
    waiting = [line for line in lines if line.beyond_limit and line.approved_variance != line.variance]
    if waiting:
        raise errors.CountNotApproved(skus=sorted(line.variant.sku for line in waiting))


def _movements(location_id: int, lines: Iterable[CountLine]) -> list[Movement]:
    return [
        Movement(
            line.variant_id,
            location_id,
            line.variance,
            "COUNT",
            reason="cycle_count",
            occurred_at=line.counted_at,
        )
        for line in lines
        if line.variance and not line.superseded
    ]


def _counters(sheet: CountSheet) -> set[str]:
    records = CountRecord.objects.filter(line__sheet=sheet).values_list("counted_by", flat=True)
    assignee = {str(Actor.user(sheet.assignee_id))} if sheet.assignee_id else set()
    return set(records.distinct()) | assignee


def lock_levels_at(location_id: int, variant_ids: Sequence[int]) -> None:
    """Lock the levels of these articles at a location; missing ones are created before."""
    create_levels([(variant_id, location_id) for variant_id in variant_ids])
    sql.fetch_all(LOCK, {"location": location_id, "variants": sql.integers(variant_ids)})


def require_approver(actor: Actor, *, location_id: int, counters: set[str]) -> None:
    """
    Raises:
        NotYours: not a member of staff who approves counts there.
        OwnCount: one of those who counted.
    """
    user = User.objects.filter(pk=int(actor.key)).first() if actor.kind == "user" else None
    if user is None or not organisation.may(user, "inventory.approve_count", location_id):
        code = Location.objects.values_list("code", flat=True).get(pk=location_id)
        raise NotYours(function="inventory.approve_count", location=code)
    if str(actor) in counters:
        raise errors.OwnCount()


def get_counter(email: str, location_id: int) -> Actor:
    """
    The member of staff who counts with a device, by e-mail.

    Raises:
        UnknownCounter
    """
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None or not organisation.may(user, "inventory.count", location_id):
        raise errors.UnknownCounter(counter=email)
    return Actor.user(user.pk)
