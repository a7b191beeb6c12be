"""
Do the books of stock add up? Each check is one statement, so it sees one moment.

The ledger is what explains a level, and its rows are never changed: where a counter differs, the
counter follows the ledger, and a CORRECTION document records who set it, from what to what.
"""

from collections.abc import Callable, Sequence
from typing import Any

from inventory import verification_lots, verification_value
from inventory.models import LAST_ARCHIVED_DOCUMENT, Bucket
from inventory.services.repairing import repair
from inventory.sourcing import EXPIRED_ANYWHERE
from inventory.verification_transit import find_held_drifts, find_incoming_drifts, find_transit_drifts
from omni.core import clock, sql
from omni.core.verification import Drift

__all__ = ["find_drifts", "repair"]

COUNTERS = """
WITH ledger AS (
    SELECT variant_id, location_id,
           sum(delta) FILTER (WHERE bucket = 'ON_HAND') AS on_hand,
           sum(delta) FILTER (WHERE bucket = 'DAMAGED') AS damaged,
           sum(delta) FILTER (WHERE bucket = 'QUALITY_CONTROL') AS quality_control
    FROM inventory_stockentry
    GROUP BY variant_id, location_id
)
SELECT variant.sku, location.code, counter.bucket, counter.expected::bigint, counter.found
FROM inventory_stocklevel AS level
LEFT JOIN ledger ON ledger.variant_id = level.variant_id AND ledger.location_id = level.location_id
CROSS JOIN LATERAL (VALUES
    ('ON_HAND', coalesce(ledger.on_hand, 0), level.on_hand),
    ('DAMAGED', coalesce(ledger.damaged, 0), level.damaged),
    ('QUALITY_CONTROL', coalesce(ledger.quality_control, 0), level.quality_control)
) AS counter (bucket, expected, found)
JOIN catalog_variant AS variant ON variant.id = level.variant_id
JOIN organisation_location AS location ON location.id = level.location_id
WHERE counter.expected <> counter.found
ORDER BY variant.sku, location.code, counter.bucket
"""

# Of each drifting bucket the first row whose balance is not the sum so far; where all are right,
# the last row: what went wrong came after it.
SINCE = """
SELECT DISTINCT ON (entry.sku, entry.code, entry.bucket)
       entry.sku, entry.code, entry.bucket, entry.balance_after <> entry.total, entry.id, entry.recorded_at,
       document.kind, document.number
FROM (
    SELECT drift.sku, drift.code, entry.bucket, entry.id, entry.recorded_at, entry.document_id,
           entry.balance_after,
           sum(entry.delta) OVER (
               PARTITION BY entry.variant_id, entry.location_id, entry.bucket ORDER BY entry.id
           ) AS total
    FROM unnest(%(skus)s::text[], %(locations)s::text[], %(buckets)s::text[]) AS drift (sku, code, bucket)
    JOIN catalog_variant AS variant ON variant.sku = drift.sku
    JOIN organisation_location AS location ON location.code = drift.code
    JOIN inventory_stockentry AS entry
      ON entry.variant_id = variant.id AND entry.location_id = location.id AND entry.bucket = drift.bucket
) AS entry
LEFT JOIN inventory_stockdocument AS document ON document.id = entry.document_id
ORDER BY entry.sku, entry.code, entry.bucket, entry.balance_after = entry.total,
         CASE WHEN entry.balance_after = entry.total THEN -entry.id ELSE entry.id END
"""

RESERVED = """
WITH open AS (
    SELECT variant_id, location_id, sum(quantity) AS quantity, min(id) AS oldest
    FROM inventory_reservation
    WHERE status IN ('ACTIVE', 'COMMITTED')
    GROUP BY variant_id, location_id
)
SELECT variant.sku, location.code, coalesce(open.quantity, 0)::bigint, coalesce(level.reserved, 0), open.oldest
FROM inventory_stocklevel AS level
FULL JOIN open ON open.variant_id = level.variant_id AND open.location_id = level.location_id
JOIN catalog_variant AS variant ON variant.id = coalesce(level.variant_id, open.variant_id)
JOIN organisation_location AS location ON location.id = coalesce(level.location_id, open.location_id)
WHERE coalesce(open.quantity, 0) <> coalesce(level.reserved, 0)
ORDER BY variant.sku, location.code
"""

# Rows are compared with the sum up to them, and only where the difference changes: one wrong row
# is one drift, though the rows after it go on from it. A CORRECTION named after it says it is known.
BALANCES = """
WITH summed AS (
    SELECT *, balance_after - sum(delta) OVER level AS difference
    FROM inventory_stockentry
    WINDOW level AS (PARTITION BY variant_id, location_id, bucket ORDER BY id)
), compared AS (
    SELECT *, lag(difference, 1, 0) OVER (PARTITION BY variant_id, location_id, bucket ORDER BY id) AS before
    FROM summed
)
SELECT DISTINCT ON (entry.variant_id, entry.location_id, entry.bucket)
       coalesce(variant.sku, '#' || entry.variant_id), coalesce(location.code, '#' || entry.location_id),
       entry.bucket, (entry.balance_after - entry.difference)::bigint, entry.balance_after, entry.id,
       entry.recorded_at, document.kind, document.number
FROM compared AS entry
LEFT JOIN catalog_variant AS variant ON variant.id = entry.variant_id
LEFT JOIN organisation_location AS location ON location.id = entry.location_id
LEFT JOIN inventory_stockdocument AS document ON document.id = entry.document_id
WHERE entry.difference <> 0 AND entry.difference <> entry.before
  AND NOT EXISTS (
      SELECT FROM inventory_stockdocument AS known
      WHERE known.kind = 'CORRECTION' AND known.number = 'balance:' || entry.id
  )
ORDER BY entry.variant_id, entry.location_id, entry.bucket, entry.id
"""

WITHOUT_LEVEL = """
SELECT coalesce(variant.sku, '#' || entry.variant_id), coalesce(location.code, '#' || entry.location_id),
       count(*), min(entry.id)
FROM inventory_stockentry AS entry
LEFT JOIN catalog_variant AS variant ON variant.id = entry.variant_id
LEFT JOIN organisation_location AS location ON location.id = entry.location_id
WHERE NOT EXISTS (
    SELECT FROM inventory_stocklevel AS level
    WHERE level.variant_id = entry.variant_id AND level.location_id = entry.location_id
)
GROUP BY 1, 2
ORDER BY 1, 2
"""

WITHOUT_DOCUMENT = """
SELECT entry.document_id, count(*), min(entry.id)
FROM inventory_stockentry AS entry
WHERE NOT EXISTS (SELECT FROM inventory_stockdocument AS document WHERE document.id = entry.document_id)
GROUP BY entry.document_id
ORDER BY entry.document_id
"""

# What a reservation's document moved, with what a CORRECTION named after it moved later. What an
# archived document moved stands in its file.
FULFILLED = f"""
WITH fulfilled AS (
    SELECT document_id, variant_id, location_id, sum(quantity) AS quantity, min(id) AS first
    FROM inventory_reservation
    WHERE status = 'FULFILLED' AND document_id NOT BETWEEN 1 AND {LAST_ARCHIVED_DOCUMENT}
    GROUP BY document_id, variant_id, location_id
)
SELECT variant.sku, location.code, document.kind, document.number, fulfilled.document_id,
       fulfilled.quantity::bigint, coalesce(moved.quantity, 0)::bigint, fulfilled.first
FROM fulfilled
JOIN inventory_stockdocument AS document ON document.id = fulfilled.document_id
JOIN catalog_variant AS variant ON variant.id = fulfilled.variant_id
JOIN organisation_location AS location ON location.id = fulfilled.location_id
LEFT JOIN inventory_stockdocument AS correction
       ON correction.kind = 'CORRECTION'
      AND correction.number = 'fulfilled:' || fulfilled.document_id || ':' || fulfilled.variant_id
                              || ':' || fulfilled.location_id
LEFT JOIN LATERAL (
    SELECT -sum(entry.delta) AS quantity
    FROM inventory_stockentry AS entry
    WHERE entry.document_id IN (fulfilled.document_id, correction.id)
      AND entry.variant_id = fulfilled.variant_id AND entry.location_id = fulfilled.location_id
      AND entry.kind IN ('SALE', 'TRANSFER_OUT') AND entry.bucket = 'ON_HAND'
) AS moved ON true
WHERE fulfilled.quantity > coalesce(moved.quantity, 0)
ORDER BY fulfilled.document_id, variant.sku, location.code
"""

# More is promised than is there, and no discrepancy was ever opened about that level. What has expired is
# promised to nobody.
UNEXPLAINED = f"""
WITH expired AS MATERIALIZED ({EXPIRED_ANYWHERE})
SELECT variant.sku, location.code, level.reserved - coalesce(expired.quantity, 0),
       level.on_hand - level.damaged - level.quality_control
FROM inventory_stocklevel AS level
JOIN catalog_variant AS variant ON variant.id = level.variant_id
JOIN organisation_location AS location ON location.id = level.location_id
LEFT JOIN expired ON expired.variant_id = level.variant_id AND expired.location_id = level.location_id
WHERE level.reserved - coalesce(expired.quantity, 0)
      > greatest(0, level.on_hand - level.damaged - level.quality_control)
  AND NOT EXISTS (
      SELECT FROM inventory_discrepancy AS discrepancy
      WHERE discrepancy.variant_id = level.variant_id AND discrepancy.location_id = level.location_id
        AND discrepancy.kind <> 'TRANSFER'
  )
ORDER BY variant.sku, location.code
"""

WHAT = {Bucket.ON_HAND: "on_hand", Bucket.DAMAGED: "damaged", Bucket.QUALITY_CONTROL: "quality_control"}


def find_drifts() -> list[Drift]:
    """Run every check of stock; an empty list says that the books add up."""
    return [drift for check in CHECKS for drift in check()]


def find_counter_drifts() -> list[Drift]:
    """A counter of a level is not the sum of its ledger."""
    rows = sql.fetch_all(COUNTERS)
    since = _since([row[:3] for row in rows])
    return [
        Drift(
            kind="stock-counter",
            what=WHAT[Bucket(bucket)],
            where={"sku": sku, "location": location},
            expected=expected,
            found=found,
            by=found - expected,
            since=since.get((sku, location, bucket)),
        )
        for sku, location, bucket, expected, found in rows
    ]


def _since(drifting: Sequence[tuple[Any, ...]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    if not drifting:
        return {}
    skus, locations, buckets = (list(column) for column in zip(*drifting, strict=True))
    rows = sql.fetch_all(SINCE, {"skus": skus, "locations": locations, "buckets": buckets})
    return {
        (sku, location, bucket): {"from" if wrong else "after": _entry(*entry)}
        for sku, location, bucket, wrong, *entry in rows
    }


def _entry(entry_id: int, recorded_at: Any, kind: str | None, number: str | None) -> dict[str, Any]:
    return {
        "entry": entry_id,
        "recorded_at": recorded_at.isoformat(),
        "document": f"{kind} {number}" if kind else None,
    }


def find_reserved_drifts() -> list[Drift]:
    """`reserved` is not the sum of the open reservations."""
    return [
        Drift(
            kind="stock-reserved",
            what="reserved",
            where={"sku": sku, "location": location},
            expected=expected,
            found=found,
            by=found - expected,
            since={"oldest_open_reservation": oldest} if oldest else None,
        )
        for sku, location, expected, found, oldest in sql.fetch_all(RESERVED)
    ]


def find_balance_drifts() -> list[Drift]:
    """A ledger row's balance is not the sum of the rows up to it: the first of each bucket."""
    return [
        Drift(
            kind="stock-balance",
            what=f"balance_after of {WHAT[Bucket(bucket)]}",
            where={"sku": sku, "location": location, "entry": entry_id},
            expected=expected,
            found=found,
            by=found - expected,
            since={"from": _entry(entry_id, recorded_at, kind, number)},
        )
        for sku, location, bucket, expected, found, entry_id, recorded_at, kind, number in sql.fetch_all(
            BALANCES
        )
    ]


def find_orphans() -> list[Drift]:
    """Ledger rows of a level or a document that does not exist."""
    levels = [
        Drift(
            "stock-entry-without-level",
            "ledger rows",
            {"sku": sku, "location": location},
            0,
            count,
            count,
            {"from": {"entry": first}},
        )
        for sku, location, count, first in sql.fetch_all(WITHOUT_LEVEL)
    ]
    documents = [
        Drift(
            "stock-entry-without-document",
            "ledger rows",
            {"document_id": document_id},
            0,
            count,
            count,
            {"from": {"entry": first}},
        )
        for document_id, count, first in sql.fetch_all(WITHOUT_DOCUMENT)
    ]
    return levels + documents


def find_unmoved_fulfilments() -> list[Drift]:
    """Reservations are fulfilled by a document that moved less than they held."""
    return [
        Drift(
            kind="stock-fulfilled-unmoved",
            what=f"units sold by {kind} {number}",
            where={"sku": sku, "location": location, "document_id": document_id},
            expected=expected,
            found=found,
            by=found - expected,
            since={"first_reservation": first},
        )
        for sku, location, kind, number, document_id, expected, found, first in sql.fetch_all(FULFILLED)
    ]


def find_unexplained_shortages() -> list[Drift]:
    """More is promised than is there, and nobody has been told."""
    return [
        Drift(
            "stock-promised-but-gone",
            "reserved",
            {"sku": sku, "location": location},
            max(0, usable),
            reserved,
            reserved - max(0, usable),
        )
        for sku, location, reserved, usable in sql.fetch_all(UNEXPLAINED, {"at": clock.now()})
    ]


CHECKS: Sequence[Callable[[], list[Drift]]] = (
    find_orphans,
    find_balance_drifts,
    find_counter_drifts,
    find_reserved_drifts,
    find_incoming_drifts,
    find_transit_drifts,
    find_held_drifts,
    find_unmoved_fulfilments,
    find_unexplained_shortages,
    *verification_value.CHECKS,
    *verification_lots.CHECKS,
)
