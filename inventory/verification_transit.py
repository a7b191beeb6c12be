"""What is on its way: is all of it explained by open documents, and by the ledger?"""

from inventory.models import LAST_ARCHIVED_DOCUMENT
from inventory.services.incoming import EXPECTED
from omni.core import sql
from omni.core.verification import Drift

INCOMING = f"""
SELECT variant.sku, location.code, coalesce(expected.quantity, 0)::bigint, coalesce(level.incoming, 0)
FROM inventory_stocklevel AS level
FULL JOIN ({EXPECTED}) AS expected
       ON expected.variant_id = level.variant_id AND expected.location_id = level.location_id
JOIN catalog_variant AS variant ON variant.id = coalesce(level.variant_id, expected.variant_id)
JOIN organisation_location AS location ON location.id = coalesce(level.location_id, expected.location_id)
WHERE coalesce(expected.quantity, 0) <> coalesce(level.incoming, 0)
ORDER BY variant.sku, location.code
"""

# What has left one place for another and not arrived there is in neither place's books: a line's
# figures and its settled differences say how much that is, and the TRANSFER rows have to agree. Of a
# transfer that began in a month which is archived they are not all there.
IN_TRANSIT = f"""
WITH archived AS (
    SELECT DISTINCT transfer_id FROM inventory_transferposting WHERE document_id <= {LAST_ARCHIVED_DOCUMENT}
), settled AS (
    SELECT line_id, sum((written_off + returned) * CASE nature WHEN 'MISSING' THEN 1 ELSE -1 END) AS quantity
    FROM inventory_transferdifference
    WHERE nature IN ('MISSING', 'OVER')
    GROUP BY line_id
), line AS (
    SELECT line.transfer_id, line.variant_id,
           line.shipped - line.received - line.damaged - coalesce(settled.quantity, 0) AS quantity
    FROM inventory_transferline AS line
    LEFT JOIN settled ON settled.line_id = line.id
), moved AS (
    SELECT posting.transfer_id, entry.variant_id, -sum(entry.delta) AS quantity
    FROM inventory_transferposting AS posting
    JOIN inventory_stockentry AS entry ON entry.document_id = posting.document_id
    WHERE entry.kind IN ('TRANSFER_OUT', 'TRANSFER_IN') AND entry.bucket = 'ON_HAND'
    GROUP BY posting.transfer_id, entry.variant_id
)
SELECT variant.sku, transfer.number, coalesce(line.quantity, 0)::bigint, coalesce(moved.quantity, 0)::bigint
FROM line
FULL JOIN moved ON moved.transfer_id = line.transfer_id AND moved.variant_id = line.variant_id
JOIN catalog_variant AS variant ON variant.id = coalesce(line.variant_id, moved.variant_id)
JOIN inventory_transfer AS transfer ON transfer.id = coalesce(line.transfer_id, moved.transfer_id)
WHERE coalesce(line.quantity, 0) <> coalesce(moved.quantity, 0)
  AND transfer.id NOT IN (SELECT transfer_id FROM archived)
ORDER BY transfer.number, variant.sku
"""

# A transfer that has not left holds what was asked for, and nothing is held for one that has.
HELD = """
WITH line AS (
    SELECT line.reservation_id, line.quantity, line.variant_id, transfer.number
    FROM inventory_transferline AS line
    JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id
    WHERE transfer.status IN ('REQUESTED', 'APPROVED')
), held AS (
    SELECT id, quantity, variant_id, split_part(source, ':', 2) AS number
    FROM inventory_reservation
    WHERE status IN ('ACTIVE', 'COMMITTED') AND source LIKE 'transfer:%%'
)
SELECT variant.sku, coalesce(line.number, held.number), coalesce(line.quantity, 0), coalesce(held.quantity, 0)
FROM line
FULL JOIN held ON held.id = line.reservation_id
JOIN catalog_variant AS variant ON variant.id = coalesce(line.variant_id, held.variant_id)
WHERE coalesce(line.quantity, 0) <> coalesce(held.quantity, 0)
ORDER BY 2, variant.sku
"""


def find_incoming_drifts() -> list[Drift]:
    """`incoming` is not what open transfers and purchase orders bring."""
    return [
        Drift(
            "stock-incoming",
            "incoming",
            {"sku": sku, "location": location},
            expected,
            found,
            found - expected,
        )
        for sku, location, expected, found in sql.fetch_all(INCOMING)
    ]


def find_transit_drifts() -> list[Drift]:
    """A transfer's ledger rows leave another number of units in transit than its lines say."""
    return [
        Drift(
            "stock-in-transit",
            "units in transit",
            {"sku": sku, "transfer": number},
            expected,
            found,
            found - expected,
        )
        for sku, number, expected, found in sql.fetch_all(IN_TRANSIT)
    ]


def find_held_drifts() -> list[Drift]:
    """What is held at the origin is not what transfers that have not left ask for."""
    return [
        Drift(
            "stock-transfer-held",
            "units held",
            {"sku": sku, "transfer": number},
            expected,
            found,
            found - expected,
        )
        for sku, number, expected, found in sql.fetch_all(HELD)
    ]
