"""Reservations: units promised out of a level, all or nothing, at any concurrency."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inventory import errors
from inventory.services.batches import Pair
from inventory.services.messages import stock_changed, stock_changed_at
from inventory.services.wants import Behind, OpenReservation, Want
from inventory.sourcing import KEEPS, PERCENT, SOMEBODY_WAITS, UNPROMISED, awaited_at_level, given_of
from omni.core import db, sql
from omni.core.actor import SYSTEM, Actor
from omni.outbox.publish import publish_all

NEED = """unnest((SELECT %(variants)s::bigint[]), %(locations)s::bigint[], %(quantities)s::bigint[],
                %(sourced)s::bigint[], %(own)s::bigint[])
         WITH ORDINALITY AS need (variant_id, location_id, quantity, sourced, own, position)"""
SOURCE = """LEFT JOIN inventory_channelsource AS source
           ON source.channel_id = %(channel)s::bigint AND source.location_id = need.location_id"""

# What a level has for who comes behind those who wait, and leaves them theirs. What the caller waits
# for itself (`own`, counted already) is not in its way.
OWED = "backlog.owed - CASE WHEN backlog.channel_id = %(behind)s::bigint THEN need.own ELSE 0 END"
FOR_US = f"({UNPROMISED} - {awaited_at_level(OWED)})"
NOBODY_WAITS = f"NOT {SOMEBODY_WAITS}"


def _reserve_of(units: str, allowed: str) -> str:
    """
    Promise what each level has of `units`, or nothing; nothing either where it is not `allowed`.

    Levels are locked by primary key and read as they are once locked; where each has enough,
    `reserved` goes up and the promises are written, in the order of the wants.
    """
    given = given_of(units, keeps=KEEPS, percent=PERCENT)
    return f"""
WITH locked AS MATERIALIZED (
    SELECT level.id, need.quantity,
           {units} >= need.quantity AND (need.sourced = 0 OR need.sourced <= {given}) AS enough
    FROM {NEED}
    JOIN inventory_stocklevel AS level
      ON level.variant_id = need.variant_id AND level.location_id = need.location_id
    {SOURCE}
    ORDER BY level.id
    FOR NO KEY UPDATE OF level
), verdict AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE enough) = %(levels)s::bigint AND {allowed} AS yes FROM locked
), held AS (
    UPDATE inventory_stocklevel AS level
    SET reserved = level.reserved + locked.quantity
    FROM locked
    WHERE level.id = locked.id AND (SELECT yes FROM verdict)
), promised AS (
    INSERT INTO inventory_reservation
        (id, variant_id, location_id, quantity, status, source, expires_at, created_at)
    SELECT coalesce(want.id, nextval('inventory_reservation_id_seq')), want.variant_id, want.location_id,
           want.quantity, %(status)s, want.source, %(expires_at)s::timestamptz, %(now)s::timestamptz
    FROM unnest(
        (SELECT %(want_variants)s::bigint[]), %(want_locations)s::bigint[], %(want_quantities)s::bigint[],
        %(want_sources)s::text[], %(want_ids)s::bigint[]
    ) WITH ORDINALITY AS want (variant_id, location_id, quantity, source, id, position)
    WHERE (SELECT yes FROM verdict)
    ORDER BY want.position
    RETURNING id
)
SELECT (SELECT array_agg(id ORDER BY id) FROM promised)
"""


# Who is behind others asks the short form first, which knows no more of them than whether there are
# any: the whole one costs every order a fifth more time.
RESERVE = _reserve_of(UNPROMISED, "true")
RESERVE_ALONE = _reserve_of(UNPROMISED, NOBODY_WAITS)
RESERVE_BEHIND = _reserve_of(FOR_US, "true")

# Closes the reservations that `{chosen}` locks, and frees what they held.
CLOSE = """
WITH chosen AS MATERIALIZED (
    {chosen}
), closed AS (
    UPDATE inventory_reservation AS reservation
    SET status = %(status)s, closed_at = %(now)s::timestamptz
    FROM chosen
    WHERE reservation.id = chosen.id
    RETURNING reservation.variant_id, reservation.location_id, reservation.quantity
), freed AS (
    SELECT variant_id, location_id, sum(quantity)::bigint AS quantity, count(*) AS reservations
    FROM closed
    GROUP BY variant_id, location_id
), locked AS MATERIALIZED (
    SELECT level.id, freed.quantity
    FROM freed
    JOIN inventory_stocklevel AS level
      ON level.variant_id = freed.variant_id AND level.location_id = freed.location_id
    ORDER BY level.id
    FOR NO KEY UPDATE OF level
), released AS (
    UPDATE inventory_stocklevel AS level
    SET reserved = level.reserved - locked.quantity
    FROM locked
    WHERE level.id = locked.id
)
SELECT variant_id, location_id, reservations FROM freed
"""

RELEASE = CLOSE.format(
    chosen="""SELECT id FROM inventory_reservation
    WHERE id = ANY((SELECT %(ids)s::bigint[])::bigint[]) AND status IN ('ACTIVE', 'COMMITTED')
    ORDER BY id
    FOR NO KEY UPDATE"""
)

# Never waits: whoever closes a reservation has it locked, and will free what it held.
EXPIRE = CLOSE.format(
    chosen="""SELECT id FROM inventory_reservation
    WHERE status = 'ACTIVE' AND expires_at <= %(now)s::timestamptz
    ORDER BY expires_at, id
    LIMIT %(limit)s::bigint
    FOR NO KEY UPDATE SKIP LOCKED"""
)

# `reserve` holds these levels already, so here too it must not wait for a reservation.
EXPIRE_AT = CLOSE.format(
    chosen="""SELECT reservation.id
    FROM unnest((SELECT %(variants)s::bigint[]), %(locations)s::bigint[]) AS need (variant_id, location_id)
    JOIN inventory_reservation AS reservation
      ON reservation.variant_id = need.variant_id AND reservation.location_id = need.location_id
    WHERE reservation.status = 'ACTIVE' AND reservation.expires_at <= %(now)s::timestamptz
    FOR NO KEY UPDATE OF reservation SKIP LOCKED"""
)

LOCK_OPEN = """
SELECT id, variant_id, location_id, quantity, expires_at FROM inventory_reservation
WHERE id = ANY((SELECT %(ids)s::bigint[])::bigint[]) AND status IN ('ACTIVE', 'COMMITTED')
ORDER BY id
FOR NO KEY UPDATE
"""

COMMIT = """
UPDATE inventory_reservation SET status = 'COMMITTED', expires_at = NULL
WHERE id = ANY((SELECT %(ids)s::bigint[])::bigint[])
"""

FOR_ANYBODY = (
    f"({UNPROMISED} - CASE WHEN %(behind)s::bigint IS NULL THEN 0 ELSE {awaited_at_level(OWED)} END)"
)
SHORTAGES = f"""
SELECT sku, location, quantity, available
FROM (
    SELECT variant.sku, location.code AS location, need.quantity, need.position,
           least(coalesce(greatest(0, {FOR_ANYBODY}), 0),
                 CASE WHEN need.sourced > 0
                      THEN need.quantity - need.sourced + {given_of(FOR_ANYBODY, keeps=KEEPS, percent=PERCENT)} END) AS available
    FROM {NEED}
    JOIN catalog_variant AS variant ON variant.id = need.variant_id
    JOIN organisation_location AS location ON location.id = need.location_id
    LEFT JOIN inventory_stocklevel AS level
           ON level.variant_id = need.variant_id AND level.location_id = need.location_id
    {SOURCE}
) AS found
WHERE available < quantity
ORDER BY position
"""


def reserve(
    *,
    wants: Sequence[Want],
    expires_at: datetime | None,
    committed: bool = False,
    behind: Behind | None = None,
    actor: Actor,
    now: datetime,
    publish: bool = True,
) -> list[int]:
    """
    Promise all wants or none; answer the reservations' ids in the order of the wants.

    A building block of one statement in the good case, two where somebody waits for it. It locks levels, so call it last in the
    transaction, and once: after a refusal the levels stay locked until the transaction ends, so
    try others in a new one. Where stock is short, what has expired at these levels is released
    first. A buyer is `behind` those who wait: what arrived for who bought earlier is left to them.
    Who passes `publish=False` publishes `stock_changed(wants)` with messages of its own.

    Raises:
        InsufficientStock: a level, or what its source gives the wants' channel, is too little;
            nothing is promised.
    """
    db.require_transaction()
    if not wants:
        return []
    params = _reserve_params(wants, behind, expires_at=expires_at, committed=committed, now=now)
    ids = _reserve(params)
    if ids is None and sql.fetch_all(EXPIRE_AT, {**params, "status": "EXPIRED"}):
        ids = _reserve(params)
    if ids is None:
        raise errors.InsufficientStock(shortages=_shortages(params))
    if publish:
        publish_all([stock_changed(wants)], at=now, actor=actor)
    return ids


def expire_at(pairs: Sequence[Pair], *, now: datetime) -> bool:
    """
    Let go what has expired at these (variant, location) levels; whether there was anything.

    A building block of who holds the levels and publishes that they changed.
    """
    params = {
        "variants": sql.integers(variant_id for variant_id, _ in pairs),
        "locations": sql.integers(location_id for _, location_id in pairs),
    }
    return bool(sql.fetch_all(EXPIRE_AT, {**params, "status": "EXPIRED", "now": now}))


def draw_reservations(count: int) -> list[int]:
    """Draw ids for reservations that are yet to be made, in rising order."""
    draw = "SELECT nextval('inventory_reservation_id_seq') FROM generate_series(1, %(count)s::integer)"
    return [row[0] for row in sql.fetch_all(draw, {"count": count})]


def _reserve(params: Mapping[str, Any]) -> list[int] | None:
    if params["behind"] is None:
        return _ids_of(RESERVE, params)
    ids = _ids_of(RESERVE_ALONE, params)
    return _ids_of(RESERVE_BEHIND, params) if ids is None else ids


def _ids_of(statement: str, params: Mapping[str, Any]) -> list[int] | None:
    row = sql.fetch_one(statement, params)
    assert row is not None
    ids: list[int] | None = row[0]
    return ids


def _reserve_params(
    wants: Sequence[Want],
    behind: Behind | None,
    *,
    expires_at: datetime | None,
    committed: bool,
    now: datetime,
) -> dict[str, Any]:
    needs: dict[Pair, int] = {}
    sourced: dict[Pair, int] = {}
    for want in wants:
        pair = (want.variant_id, want.location_id)
        needs[pair] = needs.get(pair, 0) + want.quantity
        sourced[pair] = sourced.get(pair, 0) + (0 if want.channel_id is None else want.quantity)
    return {
        "levels": len(needs),
        "variants": sql.integers(variant_id for variant_id, _ in needs),
        "locations": sql.integers(location_id for _, location_id in needs),
        "quantities": sql.integers(needs.values()),
        "sourced": sql.integers(sourced.values()),
        "behind": behind.channel_id if behind else None,
        "own": sql.integers(behind.own.get(variant_id, 0) if behind else 0 for variant_id, _ in needs),
        "channel": next((want.channel_id for want in wants if want.channel_id is not None), None),
        "want_variants": sql.integers(want.variant_id for want in wants),
        "want_locations": sql.integers(want.location_id for want in wants),
        "want_quantities": sql.integers(want.quantity for want in wants),
        "want_sources": [want.source for want in wants],
        "want_ids": sql.integers(want.id for want in wants),
        "status": "COMMITTED" if committed else "ACTIVE",
        "expires_at": expires_at,
        "now": now,
        "at": now,
    }


def _shortages(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = ("sku", "location", "requested", "available")
    return [dict(zip(names, row, strict=True)) for row in sql.fetch_all(SHORTAGES, params)]


def release(
    *,
    reservation_ids: Sequence[int],
    status: str = "RELEASED",
    actor: Actor,
    now: datetime,
    publish: bool = True,
) -> int:
    """
    Release those of the reservations that are open, and answer how many were.

    A building block, one statement and its event; releasing again changes nothing. `status` is
    RELEASED or EXPIRED.
    """
    db.require_transaction()
    freed = sql.fetch_all(RELEASE, {"ids": sql.integers(reservation_ids), "status": str(status), "now": now})
    return _publish_freed(freed, actor=actor, now=now, publish=publish)


def expire_reservations(*, now: datetime, limit: int = 1000) -> int:
    """Expire up to `limit` reservations whose time has run out; answer how many."""
    with db.transaction():
        freed = sql.fetch_all(EXPIRE, {"limit": limit, "status": "EXPIRED", "now": now})
        return _publish_freed(freed, actor=SYSTEM, now=now, publish=True)


def _publish_freed(freed: Sequence[tuple[Any, ...]], *, actor: Actor, now: datetime, publish: bool) -> int:
    if freed and publish:
        publish_all([stock_changed_at([row[:2] for row in freed])], at=now, actor=actor)
    return sum(row[2] for row in freed)


def commit(*, reservation_ids: Sequence[int], now: datetime) -> None:
    """
    Make reservations final: they no longer expire. Committing again changes nothing.

    Raises:
        ReservationNotOpen: one was released, has been expired, or is fulfilled.
    """
    lock_open(reservation_ids)
    sql.fetch_all(COMMIT, {"ids": sql.integers(reservation_ids)})


def lock_open(reservation_ids: Sequence[int]) -> list[OpenReservation]:
    """
    Lock reservations in the order of their keys.

    Raises:
        ReservationNotOpen: one is not open.
    """
    db.require_transaction()
    rows = [OpenReservation(*row) for row in sql.fetch_all(LOCK_OPEN, {"ids": sql.integers(reservation_ids)})]
    if closed := sorted(set(reservation_ids) - {row.id for row in rows}):
        raise errors.ReservationNotOpen(reservation_ids=closed)
    return rows
