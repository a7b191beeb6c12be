"""Marking (connection, variant) pairs whose availability may have changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.ports import Capability
from connectors.selectors import SourcingChange, list_deaf, list_told_otherwise
from omni.core import db, sql
from omni.core.actor import SYSTEM
from omni.outbox.events import SourcingToCompare
from omni.outbox.publish import publish

# Rows are locked in the order of their keys, by every caller, so that two batches can't deadlock. What
# is dirty already is locked and left as it is: a connection that is away costs no row version a change.
# It is woken all the same, for its pusher may have passed over the locked row.
UPSERT = """, marked AS (
    INSERT INTO connectors_pushstate AS state
        (connection_id, variant_id, version, acknowledged_version, dirty_at, tries, error)
    SELECT connection_id, variant_id, 0, 0, dirty_at, 0, '' FROM touched ORDER BY connection_id, variant_id
    ON CONFLICT (connection_id, variant_id) DO UPDATE SET dirty_at = excluded.dirty_at
        WHERE state.dirty_at IS NULL OR state.dirty_at > excluded.dirty_at
)
SELECT DISTINCT connection_id FROM touched
"""

# What moves a component changes the bundles that hold it. A source that is switched off counts: the event that says so leaves out what its location no longer has.
TOUCHED = """
WITH moved AS (
    SELECT variant_id, location_id, min(at) AS at
    FROM unnest((SELECT %(variants)s::bigint[]), %(locations)s::bigint[], %(ats)s::timestamptz[])
         AS moved (variant_id, location_id, at)
    GROUP BY variant_id, location_id
), changed AS (
    SELECT variant_id, location_id, at FROM moved
    UNION ALL
    SELECT component.bundle_id, moved.location_id, moved.at
    FROM moved JOIN catalog_component AS component ON component.component_id = moved.variant_id
), touched AS (
    SELECT connection.id AS connection_id, changed.variant_id, min(changed.at) AS dirty_at
    FROM changed
    JOIN inventory_channelsource AS source ON source.location_id = changed.location_id
    JOIN connectors_connection AS connection ON connection.channel_id = source.channel_id AND connection.active
     AND connection.id <> ALL(%(deaf)s::bigint[])
    WHERE EXISTS (
        SELECT FROM catalog_listing AS listing
        WHERE listing.variant_id = changed.variant_id AND listing.channel_id = connection.channel_id
          AND tstzrange(listing.valid_from, listing.valid_until) @> statement_timestamp())
    GROUP BY connection.id, changed.variant_id
)
"""
MARK = f"{TOUCHED} {UPSERT}"
READ_TOUCHED = f"{TOUCHED} SELECT connection_id, variant_id, dirty_at FROM touched"

MARK_PAIRS = f"""
WITH touched AS (
    SELECT connection_id, variant_id, min(at) AS dirty_at
    FROM unnest((SELECT %(connections)s::bigint[]), %(variants)s::bigint[], %(ats)s::timestamptz[])
         AS pair (connection_id, variant_id, at)
    GROUP BY connection_id, variant_id
)
{UPSERT}
"""

MARK_LISTINGS = """
WITH touched AS (
    SELECT connection.id AS connection_id, variant.id AS variant_id
    FROM connectors_connection AS connection
    JOIN catalog_variant AS variant ON variant.id = ANY((SELECT %(variants)s::bigint[])::bigint[])
    WHERE connection.channel_id = %(channel)s::bigint AND connection.active
      AND connection.id <> ALL(%(deaf)s::bigint[])
)
{upsert}
"""
# What it ever listed, and what the connection was ever told of.
MARK_ALL_LISTINGS = """
WITH touched AS (
    SELECT connection.id AS connection_id, known.variant_id
    FROM connectors_connection AS connection
    CROSS JOIN LATERAL (
        SELECT variant_id FROM catalog_listing WHERE channel_id = connection.channel_id
        UNION
        SELECT variant_id FROM connectors_listingstate WHERE connection_id = connection.id
    ) AS known
    WHERE connection.channel_id = %(channel)s::bigint AND connection.active
      AND connection.id <> ALL(%(deaf)s::bigint[])
)
{upsert}
"""
UPSERT_LISTINGS = UPSERT.replace("connectors_pushstate", "connectors_listingstate").replace(
    "0, 0, dirty_at, 0", "0, 0, %(at)s::timestamptz, 0"
)


def mark_listings(*, channel_id: int, variant_ids: Sequence[int] | None, at: datetime) -> set[int]:
    """
    Mark what the channel's connections are to be told of listings: of these variants, or (None) of all.

    One statement. Answers the connections that it concerns; `at` is when the change was committed.
    """
    db.require_transaction()
    params = {"channel": channel_id, "at": at, "deaf": sql.integers(list_deaf(Capability.PUSH_LISTINGS))}
    if variant_ids is None:
        rows = sql.fetch_all(MARK_ALL_LISTINGS.format(upsert=UPSERT_LISTINGS), params)
    else:
        params["variants"] = sql.integers(variant_ids)
        rows = sql.fetch_all(MARK_LISTINGS.format(upsert=UPSERT_LISTINGS), params)
    return {row[0] for row in rows}


def mark_dirty(
    *,
    variant_ids: Sequence[int],
    location_ids: Sequence[int],
    ats: Sequence[datetime],
    changes: Mapping[SourcingChange, datetime],
) -> set[int]:
    """
    Mark what changed at (variant, location) pairs, and what changes of sourcing made untrue.

    Answers the connections that it concerns. `ats[i]` is when the change of pair i was committed:
    lag is measured from there. One statement marks whatever a batch brings; of a change of sourcing
    it marks a page, and publishes an event for what is left, so that no batch waits for a catalogue.
    """
    db.require_transaction()
    params = {
        "variants": sql.integers(variant_ids),
        "locations": sql.integers(location_ids),
        "ats": sql.array(ats),
        "deaf": sql.integers(list_deaf(Capability.PUSH_STOCK)),
    }
    if not changes:
        return {row[0] for row in sql.fetch_all(MARK, params)}
    told = list_told_otherwise(changes)
    _go_on_later(told.left)
    touched = [*sql.fetch_all(READ_TOUCHED, params), *told.pairs]
    pairs = {
        "connections": sql.integers(row[0] for row in touched),
        "variants": sql.integers(row[1] for row in touched),
        "ats": sql.array(row[2] for row in touched),
    }
    return {row[0] for row in sql.fetch_all(MARK_PAIRS, pairs)}


def _go_on_later(left: Mapping[SourcingChange, datetime]) -> None:
    for change, at in left.items():
        rest = SourcingToCompare(
            channel_id=change.channel_id,
            changed_at=at,
            after=change.after,
            variant_ids=change.variant_ids,
            location_id=change.location_id,
            connection_id=change.connection_id,
        )
        publish(f"channel:{change.channel_id}", rest, at=at, actor=SYSTEM)
