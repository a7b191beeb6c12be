"""What happened before a count and is written down only after the count was posted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from inventory.models import StockDocument
from inventory.services.batches import DocumentRef, Movement, Pair
from inventory.services.posting import post_movements
from omni.core import db, sql
from omni.core.actor import SYSTEM
from omni.core.ids import uuid7

# For how long a till may stay off line and still be made up for.
KEPT = timedelta(days=14)

# Of each level the last count that was posted, and what was recorded since then of the time before
# it. A correction is of that time too, so what has been made up for adds up to nothing.
LATE = """
WITH counted AS (
    SELECT line.variant_id, sheet.location_id, line.counted_at, sheet.posted_through, sheet.recorded_at
    FROM inventory_countsheet AS sheet
    JOIN inventory_countline AS line ON line.sheet_id = sheet.id
    WHERE sheet.status = 'POSTED' AND sheet.closed_at > %(since)s::timestamptz
      AND line.counted IS NOT NULL AND NOT line.superseded
    UNION ALL
    SELECT line.variant_id, take.location_id, line.counted_at, take.posted_through, take.recorded_at
    FROM inventory_stocktake AS take
    JOIN inventory_stocktakeline AS line ON line.stock_take_id = take.id
    WHERE take.status = 'POSTED' AND take.posted_at > %(since)s::timestamptz
      AND (line.counted IS NOT NULL OR take.uncounted = 'ZERO') AND NOT line.superseded
), latest AS MATERIALIZED (
    SELECT DISTINCT ON (variant_id, location_id) *
    FROM counted
    WHERE %(variants)s::bigint[] IS NULL
       OR (variant_id, location_id) IN (
           SELECT * FROM unnest(%(variants)s::bigint[], %(locations)s::bigint[])
       )
    ORDER BY variant_id, location_id, counted_at DESC
)
SELECT latest.variant_id, latest.location_id, latest.counted_at, sum(entry.delta)::bigint
FROM latest
JOIN inventory_stockentry AS entry
  ON entry.variant_id = latest.variant_id AND entry.location_id = latest.location_id
 AND entry.id > latest.posted_through AND entry.recorded_at > latest.recorded_at
 AND entry.bucket = 'ON_HAND' AND entry.occurred_at <= latest.counted_at
GROUP BY latest.variant_id, latest.location_id, latest.counted_at
HAVING sum(entry.delta) <> 0
ORDER BY latest.location_id, latest.variant_id
LIMIT %(limit)s::bigint
"""

LOCK = """
SELECT level.id FROM inventory_stocklevel AS level
JOIN unnest(%(variants)s::bigint[], %(locations)s::bigint[]) AS pair (variant_id, location_id)
  ON pair.variant_id = level.variant_id AND pair.location_id = level.location_id
ORDER BY level.id
FOR NO KEY UPDATE OF level
"""


def absorb_late_movements(*, now: datetime, limit: int = 1000) -> int:
    """
    Take back what arrived late of the time before a count: the count had seen it already.

    An offline till's sale of ten o'clock that is sent at noon had left the shelf when the shelf was
    counted at eleven. Answers how many levels (up to `limit`) were put right; repeating it changes
    nothing.
    """
    with db.transaction():
        found = _late(now=now, limit=limit, pairs=None)
        pairs = [(variant_id, location_id) for variant_id, location_id, _, _ in found]
        if not pairs:
            return 0
        sql.fetch_all(LOCK, _columns(pairs))
        late = _late(now=now, limit=limit, pairs=pairs)
        movements = [
            Movement(variant_id, location_id, -delta, "COUNT", reason="cycle_count", occurred_at=counted_at)
            for variant_id, location_id, counted_at, delta in late
        ]
        if movements:
            document = DocumentRef(StockDocument.Kind.COUNT, f"late:{uuid7()}")
            post_movements(document=document, movements=movements, actor=SYSTEM, occurred_at=now, now=now)
        return len(movements)


def _late(*, now: datetime, limit: int, pairs: Sequence[Pair] | None) -> list[tuple[Any, ...]]:
    columns = {"variants": None, "locations": None} if pairs is None else _columns(pairs)
    return sql.fetch_all(LATE, {"since": now - KEPT, "limit": limit, **columns})


def _columns(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {
        "variants": sql.integers(variant_id for variant_id, _ in pairs),
        "locations": sql.integers(location_id for _, location_id in pairs),
    }
