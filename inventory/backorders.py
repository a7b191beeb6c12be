"""
What may be sold ahead of stock, and for which day: reads, as SQL that is shared with product lists.

Supply is what open documents bring to the channel's sources that ship, day by day. Who comes now stands behind
all units that buyers wait for in channels which share a source; the day promised is that on which
supply reaches the end of the queue with the new units in it. A document that is overdue gives no day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from inventory.sourcing import SOURCES, UNPROMISED
from omni.core import sql

_AT = "coalesce(%(at)s::timestamptz, statement_timestamp())"
TODAY = f"({_AT} AT TIME ZONE '{settings.TIME_ZONE}')::date"

IS_OPEN = f"""(
    policy.active AND policy.opens_at <= {_AT} AND (policy.closes_at IS NULL OR policy.closes_at > {_AT})
    AND (policy.release_at IS NULL OR policy.release_at > {_AT}))"""

# A variant itself, or the components of a bundle.
_GOODS = """(
    SELECT component_id AS variant_id, quantity::bigint AS units FROM catalog_component
    WHERE bundle_id = policy.variant_id
    UNION ALL
    SELECT policy.variant_id, 1
    WHERE NOT EXISTS (SELECT FROM catalog_component WHERE bundle_id = policy.variant_id)
)"""

_OWED = """coalesce((
    SELECT sum(backlog.owed) FROM inventory_backlog AS backlog
    WHERE backlog.variant_id = good.variant_id AND backlog.owed > 0 AND EXISTS (
        SELECT FROM inventory_channelsource AS theirs
        WHERE theirs.channel_id = backlog.channel_id AND theirs.active
          AND theirs.location_id IN (SELECT location_id FROM source))
), 0)"""

# What open documents bring of `good` to the sources; overdue ones come last, without a day.
BROUGHT = f"""
    SELECT CASE WHEN purchase.expected_date >= {TODAY} THEN purchase.expected_date END AS day,
           greatest(0, line.quantity - line.received - line.damaged) AS units
    FROM inventory_purchaseorderline AS line
    JOIN inventory_purchaseorder AS purchase ON purchase.id = line.order_id
    WHERE line.variant_id = good.variant_id AND purchase.status IN ('ORDERED', 'PARTIALLY_RECEIVED')
      AND purchase.destination_id IN (SELECT location_id FROM source)
    UNION ALL
    SELECT CASE WHEN transfer.expected_date >= {TODAY} THEN transfer.expected_date END,
           greatest(0, line.shipped - line.received - line.damaged)
    FROM inventory_transferline AS line
    JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id
    WHERE line.variant_id = good.variant_id AND transfer.status IN ('SHIPPED', 'PARTIALLY_RECEIVED')
      AND transfer.destination_id IN (SELECT location_id FROM source)
"""

# Stock that is there counts where all units wait for it: those of a preorder, and of a bundle that
# lacks something else.
_STOCK = f"""
    SELECT {TODAY}, greatest(0, sum({UNPROMISED}))::bigint
    FROM inventory_stocklevel AS level
    WHERE level.variant_id = good.variant_id AND level.location_id IN (SELECT location_id FROM source)
      AND (policy.kind = 'PREORDER' OR good.variant_id <> policy.variant_id)
"""

# For `wanted` (variant_id, quantity), beside a `source`: how many more are sold ahead and the day of
# `quantity` of them. No row, after one probe, where nothing is.
AHEAD_OF = f"""
    SELECT policy.id AS policy_id, policy.kind, policy.release_at,
           greatest(0, CASE WHEN policy.most IS NOT NULL THEN policy.most - coalesce(own.ahead, 0)
                            WHEN goods.bundle THEN 0 ELSE goods.left END)::bigint AS units,
           CASE
               WHEN policy.release_at IS NOT NULL THEN greatest(
                   CASE WHEN goods.known THEN goods.day END,
                   (policy.release_at AT TIME ZONE '{settings.TIME_ZONE}')::date)
               WHEN goods.known THEN goods.day
               WHEN NOT goods.covered THEN {TODAY} + supplier.lead_time_days::int
           END AS promised_date,
           CASE WHEN goods.covered THEN 'SUPPLY' WHEN supplier.id IS NOT NULL THEN 'LEAD_TIME'
                WHEN policy.release_at IS NOT NULL THEN 'RELEASE' ELSE 'NOTHING' END AS basis
    FROM inventory_backorderpolicy AS policy
    LEFT JOIN inventory_backlog AS own
           ON own.variant_id = policy.variant_id AND own.channel_id = policy.channel_id
    LEFT JOIN inventory_supplier AS supplier ON supplier.id = policy.supplier_id
    CROSS JOIN LATERAL (
        SELECT bool_and(reached.upto IS NOT NULL) AS covered, bool_and(reached.day IS NOT NULL) AS known,
               max(reached.day) AS day, min(queue.brought - queue.owed) AS left,
               bool_or(good.variant_id <> policy.variant_id) AS bundle
        FROM {_GOODS} AS good
        CROSS JOIN LATERAL (
            SELECT {_OWED} AS owed,
                   coalesce((SELECT sum(units) FROM ({BROUGHT}) AS brought), 0) AS brought
        ) AS queue
        LEFT JOIN LATERAL (
            SELECT supply.day, supply.upto
            FROM (
                SELECT day, sum(units) OVER (ORDER BY day NULLS LAST, units DESC
                                             ROWS UNBOUNDED PRECEDING) AS upto
                FROM ({BROUGHT} UNION ALL {_STOCK}) AS brought
            ) AS supply
            WHERE supply.upto >= queue.owed + wanted.quantity * good.units
            ORDER BY supply.upto, supply.day NULLS LAST
            LIMIT 1
        ) AS reached ON true
    ) AS goods
    WHERE policy.variant_id = wanted.variant_id AND policy.channel_id = %(channel)s::bigint AND {IS_OPEN}
"""

AHEAD = f"""
WITH source AS MATERIALIZED ({SOURCES})
SELECT wanted.variant_id, ahead.kind, ahead.units, ahead.promised_date, ahead.release_at, ahead.basis
FROM unnest((SELECT %(variants)s::bigint[]), %(quantities)s::bigint[]) AS wanted (variant_id, quantity)
CROSS JOIN LATERAL ({AHEAD_OF}) AS ahead
"""

SOLD_AHEAD = f"""
SELECT policy.variant_id FROM inventory_backorderpolicy AS policy
WHERE policy.channel_id = %(channel)s::bigint
  AND policy.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]) AND {IS_OPEN}
"""


@dataclass(frozen=True, slots=True)
class Ahead:
    """
    What of a variant is sold ahead: `units` more at most, and the day from which what was asked for
    is expected to leave; None where nobody can say. `basis` is what the day rests on: SUPPLY (stock
    and documents), LEAD_TIME (of the supplier), RELEASE, or NOTHING.
    """

    variant_id: int
    kind: str
    units: int
    promised_date: date | None
    release_at: datetime | None
    basis: str


def find_ahead(
    *, channel_id: int, wants: Iterable[tuple[int, int]], at: datetime | None = None
) -> dict[int, Ahead]:
    """What the channel sells ahead, by variant, for (variant, units) wanted; one statement."""
    wanted = list(wants)
    params = {
        "channel": channel_id,
        "variants": sql.integers(variant_id for variant_id, _ in wanted),
        "quantities": sql.integers(quantity for _, quantity in wanted),
        "at": at,
    }
    return {row[0]: Ahead(*row) for row in sql.fetch_all(AHEAD, params)}


def sold_ahead(*, channel_id: int, variant_ids: Sequence[int], at: datetime) -> set[int]:
    """Those of the variants that the channel sells ahead at that moment, if only there were units left."""
    params = {"channel": channel_id, "variants": sql.integers(variant_ids), "at": at}
    return {row[0] for row in sql.fetch_all(SOLD_AHEAD, params)}
