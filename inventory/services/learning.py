"""Learning how far books can be believed, and keeping it on the levels, night by night."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog import selectors as catalog
from inventory.believing import LONGEST_DAYS, Class, Learned, Observation, learn
from inventory.models import ChannelSource, LearnedBuffer
from omni.core import db, sql
from omni.core.actor import SYSTEM
from omni.outbox.events import SourcingChanged
from omni.outbox.publish import Message, publish_all

# As many levels as are locked at once.
BATCH = 500

# A level's class: the root of its category, and how fast it sells by the latest rates.
CLASS = """
    (SELECT root.id FROM catalog_category AS root WHERE root.path = split_part(category.path, '/', 1))
        AS department_id,
    CASE WHEN plan.sold >= greatest(plan.days_in_stock, 1) THEN 'A'
         WHEN plan.sold * 7 >= greatest(plan.days_in_stock, 1) THEN 'B' ELSE 'C' END AS speed
"""

CLASS_OF = """
    JOIN catalog_variant AS variant ON variant.id = {row}.variant_id
    JOIN catalog_product AS product ON product.id = variant.product_id
    LEFT JOIN catalog_category AS category ON category.id = product.category_id
    LEFT JOIN inventory_stockplan AS plan
           ON plan.variant_id = {row}.variant_id AND plan.location_id = {row}.location_id
"""

# When somebody looked at a shelf, and how many units the books said too much. A sale below zero finds
# too few in the books: as many of another article of the class are taken to be too many. Refusals of
# other reasons, and units that were found after all, say nothing of the books.
SEEN = """
    SELECT line.variant_id, sheet.location_id, line.counted_at AS at, 'COUNT' AS kind,
           greatest(0, -line.variance) AS size
    FROM inventory_countline AS line
    JOIN inventory_countsheet AS sheet ON sheet.id = line.sheet_id
    WHERE sheet.status = 'POSTED' AND NOT line.superseded AND line.counted IS NOT NULL
    UNION ALL
    SELECT line.variant_id, take.location_id, line.counted_at, 'COUNT', greatest(0, -line.variance)
    FROM inventory_stocktakeline AS line
    JOIN inventory_stocktake AS take ON take.id = line.stock_take_id
    WHERE take.status = 'POSTED' AND NOT line.superseded AND line.counted IS NOT NULL
    UNION ALL
    SELECT variant_id, location_id, opened_at, kind, quantity
    FROM inventory_discrepancy
    WHERE location_id IS NOT NULL
      AND (kind = 'BELOW_ZERO'
           OR (kind = 'REJECTED' AND reason IN ('NOT_IN_STOCK', 'MISMATCH') AND remedy <> 'FOUND'))
"""

# Each with the days since the level was last seen, or since it was first stocked.
OBSERVATIONS = f"""
WITH seen AS ({SEEN}), followed AS (
    SELECT seen.*, lag(seen.at) OVER (
        PARTITION BY seen.variant_id, seen.location_id ORDER BY seen.at, seen.kind, seen.size
    ) AS former
    FROM seen
    WHERE seen.at < %(until)s::timestamptz
)
SELECT followed.location_id, {CLASS}, followed.kind,
       extract(day FROM followed.at - coalesce(followed.former, first.occurred_at, followed.at))::bigint,
       followed.size::bigint
FROM followed
{CLASS_OF.format(row="followed")}
LEFT JOIN LATERAL (
    SELECT entry.occurred_at FROM inventory_stockentry AS entry
    WHERE followed.former IS NULL
      AND entry.variant_id = followed.variant_id AND entry.location_id = followed.location_id
    ORDER BY entry.id LIMIT 1
) AS first ON true
WHERE followed.at >= %(until)s::timestamptz - make_interval(days => {LONGEST_DAYS})
ORDER BY followed.location_id, followed.variant_id, followed.at, followed.kind, followed.size
"""

# The levels whose buffer is another than it was: never counted is as good as counted a year ago.
STALE = f"""
WITH counted AS MATERIALIZED (
    SELECT variant_id, location_id, max(at) AS at FROM ({SEEN}) AS seen
    WHERE kind = 'COUNT' GROUP BY variant_id, location_id
), classed AS (
    SELECT level.id, level.variant_id, level.location_id, level.learned_buffer,
           least({LONGEST_DAYS}, coalesce(
               extract(day FROM %(now)s::timestamptz - counted.at)::integer, {LONGEST_DAYS})) AS days,
           {CLASS}
    FROM inventory_stocklevel AS level
    {CLASS_OF.format(row="level")}
    LEFT JOIN counted ON counted.variant_id = level.variant_id AND counted.location_id = level.location_id
), wanted AS (
    SELECT classed.id, classed.variant_id, classed.location_id, classed.learned_buffer, coalesce(
        (SELECT count(*) FROM unnest(learned.thresholds) AS enough WHERE enough < classed.days), 0)::integer
        AS units
    FROM classed
    LEFT JOIN inventory_learnedbuffer AS learned
           ON learned.location_id = classed.location_id AND learned.speed = classed.speed
          AND learned.department_id IS NOT DISTINCT FROM classed.department_id
)
SELECT id, variant_id, location_id, units FROM wanted WHERE units <> learned_buffer ORDER BY id
"""

SET = """
WITH locked AS MATERIALIZED (
    SELECT level.id, change.units
    FROM unnest((SELECT %(levels)s::bigint[]), %(units)s::bigint[]) AS change (id, units)
    JOIN inventory_stocklevel AS level ON level.id = change.id
    ORDER BY level.id
    FOR NO KEY UPDATE OF level
)
UPDATE inventory_stocklevel AS level SET learned_buffer = locked.units FROM locked
WHERE level.id = locked.id
"""

Change = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class LearnedClass:
    """A class as a machine or a person reads it: what was seen, the rate, and when which buffer ends."""

    location: str
    department: str | None
    speed: str
    observed: int
    overstated: int
    units: int
    exposure_days: int
    rate: float
    size: float
    thresholds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LearnedAll:
    """What was learned, and how many levels have another buffer for it."""

    classes: tuple[LearnedClass, ...]
    changed: int


def observe(*, until: datetime) -> list[Observation]:
    """What was seen of shelves in the year before a moment, in the order of time at each level."""
    rows = sql.fetch_all(OBSERVATIONS, {"until": until})
    return [
        Observation((location_id, department_id, speed), kind, int(days), int(size))
        for location_id, department_id, speed, kind, days, size in rows
    ]


def learn_buffers(*, now: datetime, dry_run: bool = False) -> LearnedAll:
    """
    Learn each class anew, and set the buffer of each level by the days since its last count.

    Channels whose sources keep it back are told of the variants that it changed, and of no other; a
    batch of levels is one transaction. A dry run writes nothing, and so changes none.
    """
    learned = learn(observe(until=now))
    if dry_run:
        return LearnedAll(_told(learned), 0)
    with db.transaction():
        LearnedBuffer.objects.all().delete()
        LearnedBuffer.objects.bulk_create(_row(one, now) for one in learned.values())
    changes: list[Change] = sql.fetch_all(STALE, {"now": now})
    for start in range(0, len(changes), BATCH):
        with db.transaction():
            _set(changes[start : start + BATCH], now)
    return LearnedAll(_told(learned), len(changes))


def _row(one: Learned, now: datetime) -> LearnedBuffer:
    location_id, department_id, speed = one.goods
    return LearnedBuffer(
        location_id=location_id,
        department_id=department_id,
        speed=speed,
        observed=one.observed,
        overstated=one.overstated,
        units=one.units,
        exposure_days=one.exposure_days,
        rejected=one.rejected,
        below_zero=one.below_zero,
        own_rate=one.own_rate,
        mean_rate=one.mean_rate,
        weight=one.weight,
        rate=one.rate,
        size=one.size,
        thresholds=list(one.thresholds),
        learned_at=now,
    )


def _set(changes: Sequence[Change], now: datetime) -> None:
    """Set the buffers of some levels, and tell the channels that mind them."""
    sql.fetch_all(
        SET,
        {
            "levels": sql.integers(change[0] for change in changes),
            "units": sql.integers(change[3] for change in changes),
        },
    )
    touched: dict[int, set[int]] = defaultdict(set)
    for _, variant_id, location_id, _ in changes:
        touched[location_id].add(variant_id)
    sources = ChannelSource.objects.filter(location__in=touched, learned=True, active=True)
    by_channel: dict[int, set[int]] = defaultdict(set)
    for channel_id, location_id in sources.values_list("channel_id", "location_id"):
        by_channel[channel_id] |= touched[location_id]
    bundles = {
        channel_id: catalog.list_bundles_with(sorted(variant_ids))
        for channel_id, variant_ids in by_channel.items()
    }
    messages = [
        Message(
            f"channel:{channel_id}", SourcingChanged(channel_id, (*sorted(variant_ids), *bundles[channel_id]))
        )
        for channel_id, variant_ids in sorted(by_channel.items())
    ]
    publish_all(messages, at=now, actor=SYSTEM)


def _told(learned: Mapping[Class, Learned]) -> tuple[LearnedClass, ...]:
    names: dict[int, str] = dict(sql.fetch_all("SELECT id, code FROM organisation_location"))
    departments: dict[int | None, str] = dict(
        sql.fetch_all("SELECT id, code FROM catalog_category WHERE parent_id IS NULL")
    )
    lines: Iterable[LearnedClass] = (
        LearnedClass(
            location=names[one.goods[0]],
            department=departments.get(one.goods[1]),
            speed=one.goods[2],
            observed=one.observed,
            overstated=one.overstated,
            units=one.units,
            exposure_days=one.exposure_days,
            rate=round(one.rate, 6),
            size=round(one.size, 3),
            thresholds=one.thresholds,
        )
        for one in learned.values()
    )
    return tuple(sorted(lines, key=lambda line: (line.location, line.department or "", line.speed)))
