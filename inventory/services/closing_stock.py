"""What becomes of a stock-take: differences, what was not counted, approval, and one posting."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from inventory import counts, errors
from inventory.counts import LATER, RECOUNTED
from inventory.models import Discrepancy, Scan, SectionCount, StockDocument, StockTake, StockTakeLine
from inventory.services.batches import DocumentRef, Movement
from inventory.services.opening import Opening, open_discrepancies, settle_counted
from inventory.services.posting import post_movements
from inventory.services.settling_counts import lock_levels_at, require_approver
from inventory.services.stocktaking import Status, StockTakeNow, announce, locked_stock_take, stock_take_now
from omni.core import db, idempotency, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim

# A code may have been registered since it was scanned.
RESOLVE = """
UPDATE inventory_scan AS scan
SET variant_id = named.variant_id, quantity = scan.read * named.quantity
FROM (
    SELECT value, variant_id, quantity FROM catalog_variantcode
    UNION ALL SELECT sku, id, 1 FROM catalog_variant
) AS named
WHERE scan.stock_take_id = %(stock_take)s::bigint AND scan.variant_id IS NULL AND named.value = scan.code
"""
COUNTING = """
    SELECT DISTINCT ON (count.section_id) count.id, section.selling
    FROM inventory_sectioncount AS count
    JOIN inventory_stocktakesection AS section ON section.id = count.section_id
    WHERE section.stock_take_id = %(stock_take)s::bigint AND count.status = 'ACCEPTED'
    ORDER BY count.section_id, count.round DESC
"""
# An article's moment in a section is when its last unit was scanned there. Where it stands in
# several sections, what is sold meanwhile leaves the sales floor: the floor's moment is the one
# from which movements are added; `first` and `last` show what moved while it was between counts.
OF_LINE = {
    "variant": "found.variant_id",
    "location": "%(location)s::bigint",
    "moment": "found.moment",
    "opened": "%(opened)s::timestamptz",
}
WRITE = f"""
WITH counting AS MATERIALIZED ({COUNTING}), of_section AS (
    SELECT scan.variant_id, counting.id, counting.selling,
           sum(scan.quantity) AS quantity, max(scan.scanned_at) AS moment
    FROM counting
    JOIN inventory_scan AS scan ON scan.count_id = counting.id
    WHERE scan.variant_id IS NOT NULL
    GROUP BY scan.variant_id, counting.id, counting.selling
), scanned AS MATERIALIZED (
    SELECT variant_id, sum(quantity)::bigint AS counted, count(*)::int AS sections,
           coalesce(max(moment) FILTER (WHERE selling), max(moment)) AS moment,
           min(moment) AS first, max(moment) AS last
    FROM of_section
    GROUP BY variant_id
), found AS MATERIALIZED (
    SELECT * FROM scanned
    UNION ALL
    SELECT level.variant_id, NULL, 0, %(closed_at)s::timestamptz, NULL, NULL
    FROM inventory_stocklevel AS level
    WHERE level.location_id = %(location)s::bigint AND level.on_hand <> 0
      AND NOT EXISTS (SELECT FROM scanned WHERE scanned.variant_id = level.variant_id)
)
INSERT INTO inventory_stocktakeline
    (stock_take_id, variant_id, counted, counted_at, expected, variance, sections, moved_between,
     beyond_limit, superseded)
SELECT %(stock_take)s::bigint, found.variant_id, found.counted, found.moment, 0, 0, found.sections,
       CASE WHEN found.first < found.last THEN coalesce((
           SELECT sum(abs(entry.delta)) FROM inventory_stockentry AS entry
           WHERE entry.variant_id = found.variant_id AND entry.location_id = %(location)s::bigint
             AND entry.bucket = 'ON_HAND' AND entry.occurred_at > found.first
             AND entry.occurred_at <= found.last
             AND entry.recorded_at > %(opened)s::timestamptz - interval '1 day'
       ), 0) ELSE 0 END,
       false, false
FROM found
"""
# What the books said at each line's moment. Run with the levels locked it is exact.
COMPARE = f"""
UPDATE inventory_stocktakeline AS line
SET expected = told.expected,
    variance = coalesce(line.counted, 0) - told.expected,
    superseded = told.superseded,
    beyond_limit = NOT told.superseded AND (
        abs(coalesce(line.counted, 0) - told.expected) > %(most)s::bigint
        OR coalesce(abs(coalesce(line.counted, 0) - told.expected) > %(share)s::numeric * abs(told.expected),
                    false))
FROM (
    SELECT found.id, (coalesce(level.on_hand, 0) - later.delta)::bigint AS expected,
           later.recounted OR {RECOUNTED.format(**OF_LINE)} AS superseded
    FROM (SELECT id, variant_id, counted_at AS moment FROM inventory_stocktakeline
          WHERE stock_take_id = %(stock_take)s::bigint) AS found
    LEFT JOIN inventory_stocklevel AS level
           ON level.variant_id = found.variant_id AND level.location_id = %(location)s::bigint
    CROSS JOIN LATERAL ({LATER.format(**OF_LINE)}) AS later
) AS told
WHERE line.id = told.id
"""
COST = """
UPDATE inventory_stocktakeline AS line SET unit_cost = known.cost
FROM unnest(%(variants)s::bigint[], %(costs)s::numeric[]) AS known (variant_id, cost)
WHERE line.stock_take_id = %(stock_take)s::bigint AND line.variant_id = known.variant_id
"""


def close_stock_take(*, number: str, claim: Claim, actor: Actor, now: datetime) -> StockTakeNow:
    """
    End the counting: each section has an accepted count, every code a meaning, and the differences
    are worked out. Those beyond the limit are opened as discrepancies of kind COUNT.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
        NotCounted: of these sections no count was accepted.
        CodesUnknown
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        stock_take = locked_stock_take(number, Status.OPEN)
        _refuse_uncounted_sections(stock_take)
        sql.fetch_all(RESOLVE, {"stock_take": stock_take.pk})
        _refuse_unknown_codes(stock_take)
        stock_take.closed_at = now
        sql.fetch_all(WRITE, {**_params(stock_take), "closed_at": now})
        _compare(stock_take)
        _cost(stock_take)
        open_discrepancies(openings=_openings(stock_take), actor=actor, now=now)
        _move_on(stock_take, Status.CLOSED, actor, now)
        return idempotency.settle(claim, stock_take_now(stock_take), now=now)


def reopen_stock_take(*, number: str, claim: Claim, actor: Actor, now: datetime) -> StockTakeNow:
    """
    Count on: the differences are thrown away, and so are the decision and the approval.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        stock_take = locked_stock_take(number, Status.CLOSED, Status.APPROVED)
        _settle(stock_take, Discrepancy.Remedy.NOTED, actor, now)
        StockTakeLine.objects.filter(stock_take=stock_take).delete()
        stock_take.closed_at = stock_take.approved_at = None
        stock_take.approved_by = stock_take.uncounted = ""
        _move_on(stock_take, Status.OPEN, actor, now)
        return idempotency.settle(claim, stock_take_now(stock_take), now=now)


def decide_uncounted(
    *, number: str, uncounted: str, claim: Claim, actor: Actor, now: datetime
) -> StockTakeNow:
    """
    Say what becomes of levels with stock that nobody scanned: ZERO or LEAVE.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen: it is not closed, or approved already.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        stock_take = locked_stock_take(number, Status.CLOSED)
        stock_take.uncounted = StockTake.Uncounted(uncounted)
        _move_on(stock_take, Status.CLOSED, actor, now)
        return idempotency.settle(claim, stock_take_now(stock_take), now=now)


def approve_stock_take(*, number: str, claim: Claim, actor: Actor, now: datetime) -> StockTakeNow:
    """
    Approve the differences as a whole.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
        UncountedUndecided
        NotYours, OwnCount: by a member of staff with the right who counted none of it.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        stock_take = locked_stock_take(number, Status.CLOSED)
        missing = StockTakeLine.objects.filter(stock_take=stock_take, counted=None).count()
        if missing and not stock_take.uncounted:
            raise errors.UncountedUndecided(uncounted=missing)
        require_approver(actor, location_id=stock_take.location_id, counters=_counters(stock_take))
        stock_take.approved_at, stock_take.approved_by = now, str(actor)
        _move_on(stock_take, Status.APPROVED, actor, now)
        return idempotency.settle(claim, stock_take_now(stock_take), now=now)


def post_stock_take(*, number: str, claim: Claim, actor: Actor, now: datetime) -> StockTakeNow:
    """
    Move every level by its difference, in one step, under one document.

    Differences are taken anew with the levels locked: on hand is then what was counted plus what
    moved since its moment, whatever was sold while the shop was being counted.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen: it is not approved, or posted already.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        stock_take = locked_stock_take(number, Status.APPROVED)
        _settle(stock_take, Discrepancy.Remedy.COUNTED, actor, now)
        lines = StockTakeLine.objects.filter(stock_take=stock_take)
        lock_levels_at(stock_take.location_id, list(lines.values_list("variant_id", flat=True)))
        _compare(stock_take)
        if movements := _movements(stock_take):
            document = DocumentRef(StockDocument.Kind.COUNT, stock_take.number, stock_take.note)
            post_movements(document=document, movements=movements, actor=actor, occurred_at=now, now=now)
        stock_take.posted_at, stock_take.posted_through = now, counts.newest_entry()
        _move_on(stock_take, Status.POSTED, actor, now)
        return idempotency.settle(claim, stock_take_now(stock_take), now=now)


def cancel_stock_take(*, number: str, claim: Claim, actor: Actor, now: datetime) -> StockTakeNow:
    """
    Give a stock-take up. Nothing moves; what was scanned stays written down.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        stock_take = locked_stock_take(number, *StockTake.UNDER_WAY)
        _settle(stock_take, Discrepancy.Remedy.NOTED, actor, now)
        _move_on(stock_take, Status.CANCELLED, actor, now)
        return idempotency.settle(claim, stock_take_now(stock_take), now=now)


def _refuse_uncounted_sections(stock_take: StockTake) -> None:
    accepted = SectionCount.objects.filter(status=SectionCount.Status.ACCEPTED).values("section")
    missing = stock_take.sections.exclude(pk__in=accepted).order_by("number")
    if numbers := list(missing.values_list("number", flat=True)):
        raise errors.NotCounted(sections=numbers)


def _refuse_unknown_codes(stock_take: StockTake) -> None:
    counting = SectionCount.objects.filter(section__stock_take=stock_take).that_count()
    unknown = Scan.objects.filter(count__in=[one.pk for one in counting], variant=None)
    if codes := sorted(set(unknown.values_list("code", flat=True))):
        raise errors.CodesUnknown(codes=codes)


def _params(stock_take: StockTake) -> dict[str, object]:
    return {
        "stock_take": stock_take.pk,
        "location": stock_take.location_id,
        "opened": stock_take.recorded_at,
    }


def _compare(stock_take: StockTake) -> None:
    limit = counts.get_limit(stock_take.location_id)
    sql.fetch_all(COMPARE, {**_params(stock_take), "most": limit.quantity, "share": limit.share})


def _cost(stock_take: StockTake) -> None:
    lines = StockTakeLine.objects.filter(stock_take=stock_take)
    costs: dict[int, Decimal] = counts.unit_costs(
        location_id=stock_take.location_id, variant_ids=list(lines.values_list("variant_id", flat=True))
    )
    if costs:
        params = {"variants": sql.integers(costs), "costs": sql.array(costs.values())}
        sql.fetch_all(COST, {**params, "stock_take": stock_take.pk})


def _openings(stock_take: StockTake) -> list[Opening]:
    lines = StockTakeLine.objects.filter(stock_take=stock_take, beyond_limit=True).order_by("pk")
    return [
        Opening("COUNT", line.variant_id, stock_take.location_id, abs(line.variance), source_of(stock_take))
        for line in lines
    ]


def _settle(stock_take: StockTake, remedy: str, actor: Actor, now: datetime) -> None:
    lines = StockTakeLine.objects.filter(stock_take=stock_take, beyond_limit=True)
    settle_counted(
        source=source_of(stock_take),
        variant_ids=lines.values_list("variant_id", flat=True),
        remedy=remedy,
        resolution=stock_take.number,
        actor=actor,
        now=now,
    )


def source_of(stock_take: StockTake) -> str:
    return f"stock-take:{stock_take.pk}"


def _movements(stock_take: StockTake) -> Sequence[Movement]:
    lines = StockTakeLine.objects.filter(stock_take=stock_take, superseded=False).exclude(variance=0)
    if stock_take.uncounted != StockTake.Uncounted.ZERO:
        lines = lines.exclude(counted=None)
    rows = lines.order_by("pk").values_list("variant_id", "variance", "counted_at")
    return [
        Movement(variant_id, stock_take.location_id, variance, "COUNT", reason="cycle_count", occurred_at=at)
        for variant_id, variance, at in rows
    ]


def _counters(stock_take: StockTake) -> set[str]:
    rounds = SectionCount.objects.filter(section__stock_take=stock_take)
    scans = Scan.objects.filter(stock_take=stock_take)
    return set(rounds.values_list("counted_by", flat=True)) | set(
        scans.values_list("counted_by", flat=True).distinct()
    )


def _move_on(stock_take: StockTake, status: str, actor: Actor, now: datetime) -> None:
    stock_take.status = status
    stock_take.save()
    announce(stock_take, actor, now)
