"""Posting: documents move stock, the ledger explains it, levels follow. Set-based throughout."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from inventory import errors
from inventory.services import lotting
from inventory.services.batches import Batch, DocumentRef, Movement, Pair, Posting
from inventory.services.messages import stock_changed_at
from inventory.sourcing import EXPIRED
from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.ids import uuid7
from omni.outbox.events import DiscrepancyOpened
from omni.outbox.publish import Message, publish_all


@dataclass(frozen=True, slots=True)
class PostedDocument:
    id: int
    kind: str
    number: str


# A stock-take moves thousands of levels at once: consumers read them in digestible parts.
PAIRS_AN_EVENT = 1000

# One statement however many documents, and `STRAND` where promises fall short. Levels that are missing
# stop it before it locks anything: they are created first, so that whoever waits for another's new
# level holds none. Levels are locked by primary key, read as they are once locked, and every row's
# balance is the level's balance plus what the batch moved it by up to that row (`running`, summed by
# the caller). Arrays are read by position (scalar subqueries are computed once), so the cost stays
# linear whatever the planner believes about their length.
POST = """
WITH change AS MATERIALIZED (
    SELECT * FROM unnest(
        (SELECT %(variants)s::bigint[]), %(locations)s::bigint[], %(on_hand)s::bigint[], %(damaged)s::bigint[],
        %(quality_control)s::bigint[], %(promised)s::bigint[], %(lapsed)s::bigint[], %(sources)s::text[]
    ) WITH ORDINALITY AS row
        (variant_id, location_id, on_hand, damaged, quality_control, promised, lapsed, source, pair)
), missing AS MATERIALIZED (
    SELECT FROM change
    WHERE NOT EXISTS (
        SELECT FROM inventory_stocklevel AS level
        WHERE level.variant_id = change.variant_id AND level.location_id = change.location_id
    )
), locked AS MATERIALIZED (
    SELECT change.pair, change.source, level.id, level.variant_id, level.location_id,
           level.on_hand, level.damaged, level.quality_control, level.reserved, level.tracked,
           change.on_hand AS by_on_hand, change.damaged AS by_damaged,
           change.quality_control AS by_quality_control, change.promised AS by_promised,
           change.lapsed AS by_lapsed
    FROM change
    JOIN inventory_stocklevel AS level
      ON level.variant_id = change.variant_id AND level.location_id = change.location_id
    WHERE NOT EXISTS (SELECT FROM missing)
    ORDER BY level.id
    FOR NO KEY UPDATE OF level
), document AS MATERIALIZED (
    SELECT nextval('inventory_stockdocument_id_seq') AS id, row.*
    FROM unnest(
        (SELECT %(kinds)s::text[]), %(numbers)s::text[], %(document_locations)s::bigint[], %(notes)s::text[],
        %(documents_at)s::timestamptz[]
    ) WITH ORDINALITY AS row (kind, number, location_id, note, occurred_at, position)
), posted AS (
    INSERT INTO inventory_stockdocument (id, kind, number, location_id, note, actor, occurred_at)
    SELECT id, kind, number, location_id, note, %(actor)s, occurred_at
    FROM document
    WHERE (SELECT count(*) FROM locked) = %(levels)s::bigint
    ORDER BY position
    ON CONFLICT (kind, number, location_id) DO NOTHING
    RETURNING id
), complete AS MATERIALIZED (
    SELECT count(*) = %(documents)s::bigint AS yes FROM posted
), entry AS MATERIALIZED (
    SELECT row.*,
           ((SELECT array_agg(id ORDER BY position) FROM document))[row.document] AS document_id,
           row.running + CASE row.bucket
               WHEN 'ON_HAND' THEN ((SELECT array_agg(on_hand ORDER BY pair) FROM locked))[row.pair]
               WHEN 'DAMAGED' THEN ((SELECT array_agg(damaged ORDER BY pair) FROM locked))[row.pair]
               ELSE ((SELECT array_agg(quality_control ORDER BY pair) FROM locked))[row.pair]
           END AS balance_after
    FROM unnest(
        (SELECT %(entry_pairs)s::int[]), %(entry_documents)s::int[], %(entry_variants)s::bigint[],
        %(entry_locations)s::bigint[], %(entry_buckets)s::text[], %(entry_kinds)s::text[],
        %(entry_reasons)s::text[], %(entry_deltas)s::bigint[], %(entry_running)s::bigint[],
        %(entry_at)s::timestamptz[], %(entry_sources)s::text[]
    ) WITH ORDINALITY AS row
        (pair, document, variant_id, location_id, bucket, kind, reason, delta, running, occurred_at,
         source, position)
    WHERE (SELECT yes FROM complete)
), written AS (
    INSERT INTO inventory_stockentry
        (occurred_at, business_date, variant_id, location_id, document_id, bucket, kind, reason,
         delta, balance_after, actor)
    SELECT entry.occurred_at, (entry.occurred_at AT TIME ZONE location.time_zone)::date,
           entry.variant_id, entry.location_id, entry.document_id, entry.bucket, entry.kind,
           entry.reason, entry.delta, entry.balance_after, %(actor)s
    FROM entry
    JOIN organisation_location AS location ON location.id = entry.location_id
    ORDER BY entry.position
    RETURNING id
), moved AS (
    UPDATE inventory_stocklevel AS level
    SET on_hand = level.on_hand + locked.by_on_hand,
        damaged = level.damaged + locked.by_damaged,
        quality_control = level.quality_control + locked.by_quality_control,
        reserved = level.reserved - locked.by_promised
    FROM locked
    WHERE level.id = locked.id AND (SELECT yes FROM complete)
), short AS (
    SELECT variant_id, location_id, source, reserved, by_promised, by_lapsed,
           on_hand - damaged - quality_control AS usable,
           by_on_hand - by_damaged - by_quality_control AS by_usable
    FROM locked
    WHERE reserved - by_promised > greatest(0, on_hand - damaged - quality_control
                                               + by_on_hand - by_damaged - by_quality_control)
      AND (SELECT yes FROM complete)
), opened AS (
    INSERT INTO inventory_discrepancy
        (kind, status, variant_id, location_id, quantity, source, opened_at, resolution, actor)
    SELECT 'BELOW_ZERO', 'OPEN', variant_id, location_id, least(-balance_after, -delta), source,
           %(now)s, '', %(actor)s
    FROM entry
    WHERE kind = 'SALE' AND bucket = 'ON_HAND' AND delta < 0 AND balance_after < 0
    RETURNING id, variant_id, location_id, quantity
)
SELECT (SELECT count(*) FROM locked) < %(levels)s::bigint,
       (SELECT array_agg(id ORDER BY position) FROM document),
       (SELECT array_agg(id) FROM posted),
       (SELECT array_agg(ARRAY[id, variant_id, location_id, quantity] ORDER BY id) FROM opened),
       (SELECT jsonb_agg(short) FROM short),
       (SELECT array_agg(pair) FROM locked WHERE tracked),
       CASE WHEN EXISTS (SELECT FROM locked WHERE tracked)
            THEN (SELECT array_agg(id ORDER BY id) FROM written) END
"""

# Of the levels that have less than is promised: how many more units of promises than before nothing is
# there for. Promises whose time has run out lose nothing, though no worker has closed them. A statement
# of its own, since only one that begins with the levels locked sees what was closed until then.
STRAND = f"""
WITH expired AS MATERIALIZED ({EXPIRED}), short AS (
    SELECT row.*, row.reserved - coalesce(expired.quantity, 0) AS live,
           row.by_promised - row.by_lapsed AS by_live
    FROM jsonb_to_recordset(%(short)s::jsonb) AS row
        (variant_id bigint, location_id bigint, source text, reserved bigint, by_promised bigint,
         by_lapsed bigint, usable bigint, by_usable bigint)
    LEFT JOIN expired ON expired.variant_id = row.variant_id AND expired.location_id = row.location_id
), stranding AS (
    SELECT variant_id, location_id, source,
           least(live - by_live, greatest(0, live - by_live - usable - by_usable))
         - least(live, greatest(0, live - usable)) AS quantity
    FROM short
    WHERE live > by_live
)
INSERT INTO inventory_discrepancy
    (kind, status, variant_id, location_id, quantity, source, opened_at, resolution, actor)
SELECT 'STRANDED', 'OPEN', variant_id, location_id, quantity, source, %(now)s, '', %(actor)s
FROM stranding
WHERE quantity > 0
ORDER BY variant_id, location_id
RETURNING id, variant_id, location_id, quantity
"""

# Ordered, so that two who create the same levels wait for one another in the same order.
CREATE_LEVELS = """
INSERT INTO inventory_stocklevel
    (variant_id, location_id, on_hand, reserved, safety_stock, incoming, damaged, quality_control)
SELECT row.variant_id, row.location_id, 0, 0, 0, 0, 0, 0
FROM unnest((SELECT %(variants)s::bigint[]), %(locations)s::bigint[]) AS row (variant_id, location_id)
WHERE NOT EXISTS (
    SELECT FROM inventory_stocklevel AS level
    WHERE level.variant_id = row.variant_id AND level.location_id = row.location_id
)
ORDER BY row.variant_id, row.location_id
ON CONFLICT (variant_id, location_id) DO NOTHING
"""


def post_movements(
    *,
    document: DocumentRef,
    movements: Sequence[Movement],
    actor: Actor,
    occurred_at: datetime,
    now: datetime,
    publish: bool = True,
) -> PostedDocument:
    """
    Post one document: its ledger rows, the levels that they move, and one StockChanged.

    A building block. Levels are created where there are none. A SALE that leaves `on_hand` below
    zero opens a BELOW_ZERO discrepancy (by how far this movement went below); whatever leaves
    less than is promised opens a STRANDED one; a promise whose time has run out is none.

    Raises:
        AlreadyPosted: a document of this kind, number and location moved stock before.
    """
    return post_documents(
        documents=[(document, movements, occurred_at)], actor=actor, now=now, publish=publish
    )[0]


def post_documents(
    *, documents: Sequence[Posting], actor: Actor, now: datetime, publish: bool = True
) -> list[PostedDocument]:
    """
    Post a batch of documents in the order given, each as `post_movements` would.

    A building block, and the same few statements whatever the batch's size. It locks levels, so
    call it last in the transaction, and once. A batch's STRANDED discrepancies name the last
    document that moved the level.

    Raises:
        AlreadyPosted: one of the documents moved stock before. The transaction can only be
            rolled back then.
    """
    db.require_transaction()
    if not documents:
        return []
    batch = Batch.of(documents)
    params = {**batch.params(), "actor": str(actor), "now": now}
    lacking, ids, posted, opened, short, tracked, entry_ids = _run(params)
    if lacking:
        create_levels(list(batch.pairs))
        lacking, ids, posted, opened, short, tracked, entry_ids = _run(params)
    refs = [document for document, _, _ in documents]
    _refuse_posted(refs, ids, posted or [])
    stranded = _strand(short, actor=actor, now=now) if short else []
    if tracked or batch.names_lots:
        by_lot = set(tracked or ())
        pairs = [pair for pair, position in batch.pairs.items() if position in by_lot]
        _book_lots(documents, pairs, ids, entry_ids or [], actor=actor, now=now)
    if publish:
        _publish(list(batch.pairs), [*(opened or []), *stranded], actor=actor, now=now)
    return [PostedDocument(pk, ref.kind, ref.number) for pk, ref in zip(ids, refs, strict=True)]


def _book_lots(
    documents: Sequence[Posting],
    pairs: Sequence[Pair],
    ids: Sequence[int],
    entry_ids: Sequence[int],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Split what moved tracked levels by lots; what has to be set aside of these is posted after it."""
    aside = lotting.book(
        documents=documents, pairs=pairs, document_ids=ids, entry_ids=entry_ids, actor=actor, now=now
    )
    if aside:
        note = ", ".join(str(document) for document, _, _ in documents)[:500]
        ref = DocumentRef("ADJUSTMENT", str(uuid7()), note)
        post_documents(documents=[(ref, aside, now)], actor=actor, now=now, publish=False)


def create_levels(pairs: Sequence[Pair]) -> None:
    """Create the empty levels that are missing, before any level is locked."""
    db.require_transaction()
    sql.fetch_all(
        CREATE_LEVELS,
        {
            "variants": sql.integers(variant_id for variant_id, _ in pairs),
            "locations": sql.integers(location_id for _, location_id in pairs),
        },
    )


def _run(params: dict[str, Any]) -> tuple[Any, ...]:
    row = sql.fetch_one(POST, params)
    assert row is not None
    return row


def _strand(short: str, *, actor: Actor, now: datetime) -> list[tuple[int, ...]]:
    params = {
        "short": short,
        "variants": sql.integers(row["variant_id"] for row in json.loads(short)),
        "at": now,
        "now": now,
        "actor": str(actor),
    }
    return sql.fetch_all(STRAND, params)


def _refuse_posted(refs: Sequence[DocumentRef], ids: list[int], posted: list[int]) -> None:
    if len(posted) == len(refs):
        return
    # The documents that were new are written by now: nobody may commit them.
    transaction.set_rollback(True)
    new = set(posted)
    repeated = [ref for pk, ref in zip(ids, refs, strict=True) if pk not in new]
    raise errors.AlreadyPosted(documents=[{"kind": ref.kind, "number": ref.number} for ref in repeated])


def _publish(pairs: list[Pair], opened: Sequence[Sequence[int]], *, actor: Actor, now: datetime) -> None:
    changes = [
        stock_changed_at(pairs[at : at + PAIRS_AN_EVENT]) for at in range(0, len(pairs), PAIRS_AN_EVENT)
    ]
    discrepancies = [Message(f"discrepancy:{row[0]}", DiscrepancyOpened(*row)) for row in opened]
    publish_all([*changes, *discrepancies], at=now, actor=actor)
