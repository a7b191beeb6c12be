"""Do the lots beneath a level add up to it, and does their own ledger explain them?"""

from collections.abc import Callable, Sequence

from inventory.models import LAST_ARCHIVED_ENTRY
from omni.core import sql
from omni.core.verification import Drift

_NAMES = """
JOIN catalog_variant AS variant ON variant.id = found.variant_id
JOIN organisation_location AS location ON location.id = found.location_id
"""

LEVELS = f"""
WITH lots AS (
    SELECT variant_id, location_id, sum(on_hand) AS on_hand, sum(damaged) AS damaged,
           sum(quality_control) AS quality_control
    FROM inventory_lotstock GROUP BY variant_id, location_id
), found AS (
    SELECT level.variant_id, level.location_id, counter.what, counter.level, counter.lots
    FROM inventory_stocklevel AS level
    LEFT JOIN lots ON lots.variant_id = level.variant_id AND lots.location_id = level.location_id
    CROSS JOIN LATERAL (VALUES
        ('on_hand', CASE WHEN level.tracked THEN level.on_hand ELSE 0 END, coalesce(lots.on_hand, 0)),
        ('damaged', CASE WHEN level.tracked THEN level.damaged ELSE 0 END, coalesce(lots.damaged, 0)),
        ('quality_control', CASE WHEN level.tracked THEN level.quality_control ELSE 0 END,
         coalesce(lots.quality_control, 0))
    ) AS counter (what, level, lots)
    WHERE level.tracked OR lots.variant_id IS NOT NULL
)
SELECT variant.sku, location.code, found.what, found.level::bigint, found.lots::bigint
FROM found {_NAMES}
WHERE found.level <> found.lots
ORDER BY variant.sku, location.code, found.what
"""

TRACKED = """
SELECT variant.sku, location.code, tracking.id IS NOT NULL, level.tracked
FROM inventory_stocklevel AS level
LEFT JOIN inventory_lottracking AS tracking ON tracking.variant_id = level.variant_id
JOIN catalog_variant AS variant ON variant.id = level.variant_id
JOIN organisation_location AS location ON location.id = level.location_id
WHERE level.tracked <> (tracking.id IS NOT NULL)
ORDER BY variant.sku, location.code
"""

COUNTERS = f"""
WITH ledger AS (
    SELECT variant_id, location_id, lot_id, bucket, sum(delta) AS units
    FROM inventory_lotentry GROUP BY variant_id, location_id, lot_id, bucket
), stock AS (
    SELECT stock.variant_id, stock.location_id, stock.lot_id, counter.bucket, counter.units
    FROM inventory_lotstock AS stock
    CROSS JOIN LATERAL (VALUES
        ('ON_HAND', stock.on_hand), ('DAMAGED', stock.damaged), ('QUALITY_CONTROL', stock.quality_control)
    ) AS counter (bucket, units)
), found AS (
    SELECT variant_id, location_id, lot_id, bucket, coalesce(ledger.units, 0) AS expected,
           coalesce(stock.units, 0) AS units
    FROM ledger FULL JOIN stock USING (variant_id, location_id, lot_id, bucket)
)
SELECT variant.sku, location.code, lot.number, found.bucket, found.expected::bigint, found.units::bigint
FROM found {_NAMES}
JOIN inventory_lot AS lot ON lot.id = found.lot_id
WHERE found.expected <> found.units
ORDER BY variant.sku, location.code, lot.number, found.bucket
"""

BALANCES = f"""
WITH found AS (
    SELECT id, variant_id, location_id, lot_id, balance_after,
           sum(delta) OVER (PARTITION BY location_id, lot_id, bucket ORDER BY id) AS expected
    FROM inventory_lotentry
)
SELECT variant.sku, location.code, lot.number, found.id, found.expected::bigint, found.balance_after
FROM found {_NAMES}
JOIN inventory_lot AS lot ON lot.id = found.lot_id
WHERE found.expected <> found.balance_after
ORDER BY found.id
"""

# Each row of the stock ledger that has lots is split whole, in its own bucket and place. Of archived
# rows only the lots are still there.
ENTRIES = f"""
WITH found AS (
    SELECT split.entry_id, split.variant_id, split.location_id, split.units,
           coalesce((
               SELECT entry.delta FROM inventory_stockentry AS entry
               WHERE entry.id = split.entry_id AND entry.variant_id = split.variant_id
                 AND entry.location_id = split.location_id AND entry.bucket = split.bucket
           ), 0) AS expected
    FROM (
        SELECT entry_id, variant_id, location_id, bucket, sum(delta) AS units
        FROM inventory_lotentry WHERE entry_id NOT BETWEEN 1 AND {LAST_ARCHIVED_ENTRY}
        GROUP BY entry_id, variant_id, location_id, bucket
    ) AS split
)
SELECT variant.sku, location.code, found.entry_id, found.expected::bigint, found.units::bigint
FROM found {_NAMES}
WHERE found.expected <> found.units
ORDER BY found.entry_id
"""

# Units that go from lot to lot of a level leave it as it is.
RELABELLED = f"""
WITH found AS (
    SELECT entry.document_id, entry.variant_id, entry.location_id, sum(entry.delta) AS units
    FROM inventory_lotentry AS entry
    JOIN inventory_stockdocument AS document ON document.id = entry.document_id
    WHERE entry.entry_id IS NULL AND document.kind <> 'OPENING'
    GROUP BY entry.document_id, entry.variant_id, entry.location_id, entry.bucket
)
SELECT variant.sku, location.code, found.document_id, found.units::bigint
FROM found {_NAMES}
WHERE found.units <> 0
ORDER BY found.document_id
"""


def find_level_drifts() -> list[Drift]:
    """The lots of a level are more or fewer than it has; of one that is not tracked there are none."""
    return [
        Drift("lots-of-level", what, {"sku": sku, "location": code}, expected, found, found - expected)
        for sku, code, what, expected, found in sql.fetch_all(LEVELS)
    ]


def find_tracked_drifts() -> list[Drift]:
    """A level says that it is tracked and its variant that it isn't, or the other way round."""
    return [
        Drift("lots-tracked", "tracked", {"sku": sku, "location": code}, str(expected), str(found))
        for sku, code, expected, found in sql.fetch_all(TRACKED)
    ]


def find_counter_drifts() -> list[Drift]:
    """What a place has of a lot is not the sum of the lot ledger."""
    return [
        Drift(
            "lot-counter",
            bucket.lower(),
            {"sku": sku, "location": code, "lot": lot},
            expected,
            found,
            found - expected,
        )
        for sku, code, lot, bucket, expected, found in sql.fetch_all(COUNTERS)
    ]


def find_balance_drifts() -> list[Drift]:
    """A lot ledger row's balance is not the sum of the rows up to it."""
    return [
        Drift(
            "lot-balance",
            "balance_after",
            {"sku": sku, "location": code, "lot": lot, "entry": entry},
            expected,
            found,
            found - expected,
        )
        for sku, code, lot, entry, expected, found in sql.fetch_all(BALANCES)
    ]


def find_split_drifts() -> list[Drift]:
    """A row of the stock ledger moved more or fewer units than its lots, or there is no such row."""
    return [
        Drift(
            "lot-entry",
            "units of all lots",
            {"sku": sku, "location": code, "entry": entry},
            expected,
            found,
            found - expected,
        )
        for sku, code, entry, expected, found in sql.fetch_all(ENTRIES)
    ]


def find_relabel_drifts() -> list[Drift]:
    """Units that only changed their lot became more or fewer."""
    return [
        Drift(
            "lot-relabelled",
            "units of all lots",
            {"sku": sku, "location": code, "document_id": document},
            0,
            found,
            found,
        )
        for sku, code, document, found in sql.fetch_all(RELABELLED)
    ]


CHECKS: Sequence[Callable[[], list[Drift]]] = (
    find_tracked_drifts,
    find_level_drifts,
    find_counter_drifts,
    find_balance_drifts,
    find_split_drifts,
    find_relabel_drifts,
)
