"""Marking (connection, variant) pairs whose availability may have changed."""

from collections.abc import Sequence
from datetime import datetime

from omni.core import db, sql

# Rows are locked in the order of their keys, by every caller, so that two batches can't deadlock.
UPSERT = """
INSERT INTO connectors_pushstate AS state
    (connection_id, variant_id, version, acknowledged_version, dirty_at, tries, error)
SELECT connection_id, variant_id, 0, 0, dirty_at, 0, '' FROM touched ORDER BY connection_id, variant_id
ON CONFLICT (connection_id, variant_id) DO UPDATE
    SET dirty_at = least(state.dirty_at, excluded.dirty_at)
RETURNING connection_id
"""

MARK = f"""
WITH changed AS (
    SELECT variant_id, location_id, min(at) AS at
    FROM unnest(%(variants)s::bigint[], %(locations)s::bigint[], %(ats)s::timestamptz[])
         AS changed (variant_id, location_id, at)
    GROUP BY variant_id, location_id
), touched AS (
    SELECT connection.id AS connection_id, changed.variant_id, min(changed.at) AS dirty_at
    FROM changed
    JOIN inventory_channelsource AS source ON source.location_id = changed.location_id AND source.active
    JOIN connectors_connection AS connection ON connection.channel_id = source.channel_id AND connection.active
    WHERE EXISTS (
        SELECT FROM catalog_listing AS listing
        WHERE listing.variant_id = changed.variant_id AND listing.channel_id = connection.channel_id
          AND tstzrange(listing.valid_from, listing.valid_until) @> statement_timestamp())
    GROUP BY connection.id, changed.variant_id
)
{UPSERT}
"""

MARK_LISTED = f"""
WITH touched AS (
    SELECT connection.id AS connection_id, listing.variant_id, %(at)s::timestamptz AS dirty_at
    FROM connectors_connection AS connection
    JOIN catalog_listing AS listing ON listing.channel_id = connection.channel_id
    WHERE connection.active AND connection.channel_id = %(channel)s::bigint
      AND (%(variants)s::bigint[] IS NULL OR listing.variant_id = ANY(%(variants)s::bigint[]))
    GROUP BY connection.id, listing.variant_id
)
{UPSERT}
"""


def mark_dirty(
    *, variant_ids: Sequence[int], location_ids: Sequence[int], ats: Sequence[datetime]
) -> set[int]:
    """
    Mark what changed at (variant, location) pairs; answer the connections that it concerns.

    `ats[i]` is when the change of pair i was committed: lag is measured from there.
    """
    db.require_transaction()
    params = {"variants": list(variant_ids), "locations": list(location_ids), "ats": list(ats)}
    return {row[0] for row in sql.fetch_all(MARK, params)}


def mark_listed(*, channel_id: int, variant_ids: Sequence[int] | None, at: datetime) -> set[int]:
    """Mark listed variants of a channel (all, without `variant_ids`), also those just taken off."""
    db.require_transaction()
    variants = None if variant_ids is None else list(variant_ids)
    params = {"channel": channel_id, "variants": variants, "at": at}
    return {row[0] for row in sql.fetch_all(MARK_LISTED, params)}
