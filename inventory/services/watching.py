"""Levels that have fallen to their reorder point: told once a fall, off the path of sales."""

from datetime import datetime

from inventory.sourcing import EXPIRED_ANYWHERE, UNPROMISED
from omni.core import db, sql
from omni.core.actor import SYSTEM
from omni.outbox.events import LowStock
from omni.outbox.publish import Message, publish_all

# As many levels as one event names.
TOLD_AT_ONCE = 500

# What is there for a new buyer, who an expired hold keeps nothing from.
FREE = f"({UNPROMISED} + coalesce(expired.quantity, 0))"
WITH_EXPIRED = f"""LEFT JOIN ({EXPIRED_ANYWHERE}) AS expired
       ON expired.variant_id = level.variant_id AND expired.location_id = level.location_id"""

# A fall ends where the level is above its point again, or has none any longer.
RECOVER = f"""
UPDATE inventory_lowstock AS low
SET recovered_at = %(now)s::timestamptz
FROM inventory_stocklevel AS level
LEFT JOIN inventory_stockplan AS plan
       ON plan.variant_id = level.variant_id AND plan.location_id = level.location_id
{WITH_EXPIRED}
WHERE level.variant_id = low.variant_id AND level.location_id = low.location_id
  AND low.recovered_at IS NULL AND coalesce({FREE} > plan.reorder_point OR plan.reorder_point = 0, true)
"""

# What sells nothing and keeps no safety has a reorder point of 0: that it is out is no news. Two passes
# at once tell of a fall once: `one_fall_at_a_time`.
FALL = f"""
INSERT INTO inventory_lowstock (location_id, variant_id, available, reorder_point, fell_at)
SELECT level.location_id, level.variant_id, {FREE}, plan.reorder_point, %(now)s::timestamptz
FROM inventory_stockplan AS plan
JOIN inventory_stocklevel AS level
  ON level.variant_id = plan.variant_id AND level.location_id = plan.location_id
{WITH_EXPIRED}
WHERE plan.reorder_point > 0 AND {FREE} <= plan.reorder_point
ORDER BY level.location_id, level.variant_id
ON CONFLICT (location_id, variant_id) WHERE recovered_at IS NULL DO NOTHING
RETURNING variant_id, location_id
"""


def watch_low_stock(*, now: datetime) -> int:
    """Note which levels have recovered and which have fallen, and tell of the latter; how many fell."""
    with db.transaction():
        sql.fetch_all(RECOVER, {"now": now, "at": now})
        fallen = sql.fetch_all(FALL, {"now": now, "at": now})
        messages = []
        for start in range(0, len(fallen), TOLD_AT_ONCE):
            variants, locations = zip(*fallen[start : start + TOLD_AT_ONCE], strict=True)
            messages.append(Message("stock", LowStock(variants, locations)))
        publish_all(messages, at=now, actor=SYSTEM)
        return len(fallen)
