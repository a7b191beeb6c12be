"""
Reads of counts: what the books said at a moment, how far off is too far, and what units cost.

A count is compared with the books *as of the moment it was made*, by the clock of what happened
(`occurred_at`), not of when it was written down: a sale that an offline till sends an hour late
had left the shelf before the count. Posting moves the level by the difference, so afterwards
`on_hand` is what was counted plus whatever moved since, however long posting took.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from inventory import errors
from inventory.models import (
    CostPool,
    CountLimit,
    CountLine,
    CountSheet,
    Ownership,
    SectionCount,
    StockLevel,
    StockTake,
    StockTakeLine,
    StockTakeSection,
)
from omni.core import sql

# What moved after the moment is taken off the level, so that only the newest rows of each level are
# read. Nothing that was recorded a day before the count was opened can have happened after it: a
# till's clock is not that wrong, and so older partitions stay unread. A later count that was posted
# already knows better: `superseded`.
LATER = """
    SELECT coalesce(sum(entry.delta), 0) AS delta,
           coalesce(bool_or(entry.kind = 'COUNT'), false) AS recounted
    FROM inventory_stockentry AS entry
    WHERE entry.variant_id = {variant} AND entry.location_id = {location}
      AND entry.bucket = 'ON_HAND' AND entry.occurred_at > {moment}
      AND entry.recorded_at > {opened} - interval '1 day'
"""
RECOUNTED = """
    EXISTS (
        SELECT FROM inventory_countline AS other
        JOIN inventory_countsheet AS posted ON posted.id = other.sheet_id AND posted.status = 'POSTED'
        WHERE other.variant_id = {variant} AND posted.location_id = {location}
          AND other.counted_at > {moment} AND NOT other.superseded
    ) OR EXISTS (
        SELECT FROM inventory_stocktakeline AS other
        JOIN inventory_stocktake AS posted ON posted.id = other.stock_take_id AND posted.status = 'POSTED'
        WHERE other.variant_id = {variant} AND posted.location_id = {location}
          AND other.counted_at > {moment} AND NOT other.superseded
          AND (other.counted IS NOT NULL OR posted.uncounted = 'ZERO')
    )
"""
OF_WANTED = {
    "variant": "wanted.variant_id",
    "location": "%(location)s::bigint",
    "moment": "wanted.moment",
    "opened": "%(opened)s::timestamptz",
}
BALANCES = f"""
SELECT wanted.variant_id, (coalesce(level.on_hand, 0) - later.delta)::bigint,
       later.recounted OR {RECOUNTED.format(**OF_WANTED)}
FROM unnest((SELECT %(variants)s::bigint[]), %(moments)s::timestamptz[]) AS wanted (variant_id, moment)
LEFT JOIN inventory_stocklevel AS level
       ON level.variant_id = wanted.variant_id AND level.location_id = %(location)s::bigint
CROSS JOIN LATERAL ({LATER.format(**OF_WANTED)}) AS later
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """What the books said at a moment; `superseded` where a later count has been posted."""

    expected: int
    superseded: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A variance is beyond it by more than `quantity` units, or by more than `share` of the books."""

    quantity: int = 0
    share: Decimal | None = None

    def is_passed_by(self, variance: int, expected: int) -> bool:
        if abs(variance) > self.quantity:
            return True
        return self.share is not None and abs(variance) > self.share * abs(expected)


def balances_at(*, location_id: int, moments: Mapping[int, datetime], opened: datetime) -> dict[int, Balance]:
    """
    What the books of a location said of each variant at its moment; one statement.

    `opened` is the database's time when the count was opened. Exact while the levels are locked.
    """
    rows = sql.fetch_all(
        BALANCES,
        {
            "location": location_id,
            "variants": sql.integers(moments),
            "moments": sql.array(moments.values()),
            "opened": opened,
        },
    )
    return {variant_id: Balance(expected, superseded) for variant_id, expected, superseded in rows}


def get_limit(location_id: int) -> Limit:
    """A location's limit, else that of all; without either every difference is beyond it."""
    limits = {
        limit.location_id: Limit(limit.quantity, limit.share)
        for limit in CountLimit.objects.filter(location=location_id)
        | CountLimit.objects.filter(location=None)
    }
    return limits.get(location_id) or limits.get(None) or Limit()


def newest_entry() -> int:
    """No row of the ledger has a greater id yet; of levels that are locked none will get a smaller one."""
    row = sql.fetch_one("SELECT last_value FROM inventory_stockentry_id_seq")
    assert row is not None
    return int(row[0])


def unit_costs(*, location_id: int | None, variant_ids: Sequence[int]) -> dict[int, Decimal]:
    """
    What a unit of each variant last cost a location's company; absent where nothing says it.

    As far as the valuation has come. What suppliers own is worth nothing to the company until a sale.
    """
    pools = CostPool.objects.filter(
        company__locations=location_id, owner__ownership=Ownership.OWN, variant__in=variant_ids
    )
    return dict(pools.values_list("variant_id", "unit_cost"))


# Of each section the rounds that were finished, with what they say of an article.
ROUNDS = """
SELECT variant.sku, count.round, count.status, sum(scan.quantity)::bigint
FROM inventory_sectioncount AS count
JOIN inventory_scan AS scan ON scan.count_id = count.id
JOIN catalog_variant AS variant ON variant.id = scan.variant_id
WHERE count.section_id = %(section)s::bigint AND count.status <> 'OPEN'
GROUP BY variant.sku, count.round, count.status
ORDER BY variant.sku, count.round
"""
FINISHED = """
SELECT round FROM inventory_sectioncount
WHERE section_id = %(section)s::bigint AND status <> 'OPEN' ORDER BY round
"""


def list_round_differences(*, section_id: int) -> list[tuple[str, dict[int, int]]]:
    """The articles (by sku) of which the finished rounds of a section found different quantities."""
    rounds = [row[0] for row in sql.fetch_all(FINISHED, {"section": section_id})]
    found: dict[str, dict[int, int]] = {}
    for sku, number, _status, quantity in sql.fetch_all(ROUNDS, {"section": section_id}):
        found.setdefault(sku, dict.fromkeys(rounds, 0))[number] = quantity
    return [(sku, by_round) for sku, by_round in found.items() if len(set(by_round.values())) > 1]


def with_books(lines: QuerySet[CountLine]) -> QuerySet[CountLine]:
    """
    Lines with the `book` quantity and the `difference` that may be told: what every screen shows.

    While a sheet is being counted it is what the books say now, and nothing at all where it is
    blind: neither of lines that wait nor of those that are counted, which may be counted again.
    """
    counting = Q(sheet__status=CountSheet.Status.OPEN)
    level = StockLevel.objects.filter(variant=OuterRef("variant"), location=OuterRef("sheet__location"))
    return lines.annotate(
        book=Case(
            When(counting & Q(sheet__blind=True), then=Value(None)),
            When(counting, then=Coalesce(Subquery(level.values("on_hand")), Value(0))),
            default=F("expected"),
            output_field=BigIntegerField(),
        ),
        difference=Case(
            When(counting, then=Value(None)), default=F("variance"), output_field=BigIntegerField()
        ),
    )


def list_open_sheets(*, location_id: int | None = None) -> QuerySet[CountSheet]:
    """Sheets that are being counted, with how many lines they have and how many are counted."""
    sheets = CountSheet.objects.filter(status=CountSheet.Status.OPEN).select_related("location", "assignee")
    sheets = sheets if location_id is None else sheets.filter(location=location_id)
    return sheets.annotate(
        line_count=Count("lines"), counted_count=Count("lines", filter=Q(lines__counted__isnull=False))
    )


def get_sheet(number: str, *, location_id: int | None = None) -> CountSheet:
    """
    Raises:
        CountNotFound: there is none, or it is another location's.
    """
    sheets = CountSheet.objects.filter(number=number).select_related("location", "assignee")
    sheet = (sheets if location_id is None else sheets.filter(location=location_id)).first()
    if sheet is None:
        raise errors.CountNotFound(number=number)
    return sheet


def list_open_stock_takes(*, location_id: int | None = None) -> QuerySet[StockTake]:
    """Stock-takes that are being counted, with their sections and the rounds of each."""
    takes = StockTake.objects.filter(status=StockTake.Status.OPEN).select_related("location")
    takes = takes if location_id is None else takes.filter(location=location_id)
    rounds = SectionCount.objects.order_by("round").annotate(scan_count=Count("scans"))
    sections = StockTakeSection.objects.order_by("number").prefetch_related(Prefetch("counts", rounds))
    return takes.prefetch_related(Prefetch("sections", sections))


@dataclass(frozen=True, slots=True)
class Differences:
    """
    A closed stock-take in figures: articles that differ, units more and fewer, and what they are
    worth where costs are known; `unvalued` articles differ and have none.
    """

    articles: int
    more: int
    fewer: int
    value: Decimal
    unvalued: int
    uncounted: int
    uncounted_units: int


def sum_differences(stock_take: StockTake) -> Differences:
    """One statement. What was not counted is in the sums if it is to be set to zero."""
    lines = StockTakeLine.objects.filter(stock_take=stock_take, superseded=False)
    posted = Q(variance__gt=0) | Q(variance__lt=0)
    if stock_take.uncounted != StockTake.Uncounted.ZERO:
        posted &= Q(counted__isnull=False)
    found = lines.aggregate(
        articles=Count("pk", filter=posted),
        more=Coalesce(Sum("variance", filter=posted & Q(variance__gt=0)), 0),
        fewer=Coalesce(Sum("variance", filter=posted & Q(variance__lt=0)), 0),
        value=Coalesce(Sum(F("variance") * F("unit_cost"), filter=posted), Decimal(0)),
        unvalued=Count("pk", filter=posted & Q(unit_cost=None)),
        uncounted=Count("pk", filter=Q(counted=None)),
        uncounted_units=Coalesce(Sum("expected", filter=Q(counted=None)), 0),
    )
    return Differences(**found)
