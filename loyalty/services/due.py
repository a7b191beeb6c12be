"""
What time does to points: pending ones become active, lots expire.

Each batch is one statement that locks accounts, then lots, and looks again at what it locked:
several runs at once, or one killed anywhere, post each thing once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty.services.postings import Kind, Posted, announce
from omni.core import db, sql
from omni.core.actor import SYSTEM, Actor

BATCH = 1000
MAX_BATCHES = 1000

# Plan of the due run: the partial index lot_pending.
ACTIVATE = """
WITH due AS MATERIALIZED (
    SELECT lot.id, lot.account_id FROM loyalty_pointlot AS lot WHERE lot.pending > 0 AND {scope}
), accounts AS MATERIALIZED (
    SELECT account.id, account.balance, account.pending
    FROM loyalty_pointaccount AS account
    WHERE account.id IN (SELECT account_id FROM due)
    ORDER BY account.id FOR NO KEY UPDATE
), lots AS MATERIALIZED (
    SELECT lot.id, lot.account_id, lot.pending AS points, accounts.balance, accounts.pending
    FROM accounts JOIN due ON due.account_id = accounts.id JOIN loyalty_pointlot AS lot ON lot.id = due.id
    WHERE lot.pending > 0
    ORDER BY lot.id FOR NO KEY UPDATE OF lot
), posted AS (
    INSERT INTO loyalty_pointtransaction (kind, source, reason, actor, occurred_at)
    SELECT 'TRANSFER', 'activation:' || id, '', %(actor)s, %(now)s FROM lots ORDER BY id
    RETURNING id, source
), changed AS (
    UPDATE loyalty_pointlot AS lot
    SET active = lot.active + lots.points, pending = 0, activates_at = least(lot.activates_at, %(now)s)
    FROM lots WHERE lot.id = lots.id
), balances AS (
    UPDATE loyalty_pointaccount AS account
    SET balance = account.balance + moved.points, pending = account.pending - moved.points
    FROM (SELECT account_id, sum(points)::bigint AS points FROM lots GROUP BY account_id) AS moved
    WHERE account.id = moved.account_id
), entries AS (
    INSERT INTO loyalty_pointentry
        (occurred_at, transaction_id, account_id, lot_id, bucket, points, balance_after)
    SELECT %(now)s, posted.id, lots.account_id, lots.id, move.bucket, move.sign * lots.points, move.after
    FROM (
        SELECT *, (sum(points) OVER (PARTITION BY account_id ORDER BY id))::bigint AS running FROM lots
    ) AS lots
    JOIN posted ON posted.source = 'activation:' || lots.id
    CROSS JOIN LATERAL (VALUES
        ('PENDING', -1, lots.pending - lots.running),
        ('ACTIVE', 1, lots.balance + lots.running)
    ) AS move (bucket, sign, after)
    ORDER BY lots.id, move.sign
)
SELECT (SELECT count(*) FROM due), coalesce(sum(points), 0)::bigint,
       ARRAY(SELECT DISTINCT account_id FROM lots ORDER BY 1)
FROM lots
"""

# What expires pays the account's shortfall first, without a posting: the balance is the same.
# Held points stay until their checkout has decided. Plan of the due run: open_lot_due.
EXPIRE = """
WITH due AS MATERIALIZED (
    SELECT lot.id, lot.account_id FROM loyalty_pointlot AS lot
    WHERE NOT lot.closed AND lot.expires_at <= %(now)s AND (lot.active > lot.held OR lot.held = 0)
      AND lot.pending = 0 AND {scope}
), accounts AS MATERIALIZED (
    SELECT account.id, account.programme_id, account.balance, account.shortfall
    FROM loyalty_pointaccount AS account
    WHERE account.id IN (SELECT account_id FROM due)
    ORDER BY account.id FOR NO KEY UPDATE
), lots AS MATERIALIZED (
    SELECT lot.id, lot.account_id, lot.active - lot.held AS free, lot.held, lot.expired, lot.expires_at,
           accounts.programme_id, accounts.balance, accounts.shortfall
    FROM accounts JOIN due ON due.account_id = accounts.id JOIN loyalty_pointlot AS lot ON lot.id = due.id
    WHERE NOT lot.closed AND lot.expires_at <= %(now)s AND lot.pending = 0
    ORDER BY lot.id FOR NO KEY UPDATE OF lot
), ended AS MATERIALIZED (
    SELECT *, free - paid AS points, 'expiry:' || id || ':' || expired AS source
    FROM (
        SELECT *, greatest(0, least(free, shortfall - (sum(free) OVER running - free)))::bigint AS paid
        FROM lots WINDOW running AS (PARTITION BY account_id ORDER BY expires_at, id)
    ) AS paying
), posted AS (
    INSERT INTO loyalty_pointtransaction (kind, source, reason, actor, occurred_at)
    SELECT 'EXPIRATION', source, '', %(actor)s, expires_at FROM ended WHERE points > 0 ORDER BY expires_at, id
    RETURNING id, source
), changed AS (
    UPDATE loyalty_pointlot AS lot
    SET active = lot.active - ended.free, expired = lot.expired + ended.points,
        clawed_back = lot.clawed_back + ended.paid, closed = ended.held = 0
    FROM ended WHERE lot.id = ended.id
), balances AS (
    UPDATE loyalty_pointaccount AS account
    SET balance = account.balance - lost.points, shortfall = account.shortfall - lost.paid
    FROM (
        SELECT account_id, sum(points)::bigint AS points, sum(paid)::bigint AS paid
        FROM ended GROUP BY account_id HAVING sum(free) > 0
    ) AS lost
    WHERE account.id = lost.account_id
), entries AS (
    INSERT INTO loyalty_pointentry
        (occurred_at, transaction_id, account_id, lot_id, bucket, points, balance_after)
    SELECT row.expires_at, posted.id, row.account_id, row.lot_id, 'ACTIVE', row.points, row.balance_after
    FROM (
        SELECT source, expires_at, id AS position, account_id, id AS lot_id, -points AS points,
               (balance - sum(points) OVER (PARTITION BY account_id ORDER BY expires_at, id))::bigint
                    AS balance_after
        FROM ended
        UNION ALL
        SELECT ended.source, ended.expires_at, ended.id, own.id, NULL, ended.points, NULL
        FROM ended
        JOIN loyalty_pointaccount AS own ON own.programme_id = ended.programme_id AND own.kind = 'EXPIRED'
    ) AS row
    JOIN posted ON posted.source = row.source
    ORDER BY row.expires_at, row.position, row.lot_id NULLS LAST
)
SELECT (SELECT count(*) FROM due), coalesce(sum(points), 0)::bigint,
       ARRAY(SELECT account_id FROM ended GROUP BY 1 HAVING sum(points) > 0 ORDER BY 1)
FROM ended
"""

DUE_PENDING = "lot.activates_at <= %(now)s ORDER BY lot.activates_at LIMIT %(limit)s"
ACTIVATE_DUE = ACTIVATE.replace("{scope}", DUE_PENDING)
ACTIVATE_SOURCES = ACTIVATE.replace("{scope}", "lot.source = ANY(%(sources)s::text[])")
EXPIRE_DUE = EXPIRE.replace("{scope}", "true ORDER BY lot.expires_at LIMIT %(limit)s")
EXPIRE_LOTS_OF = EXPIRE.replace(
    "{scope}", "lot.id IN (SELECT lot_id FROM loyalty_pointhold WHERE source = %(burnt_source)s)"
)


@dataclass(frozen=True, slots=True)
class DuePosted:
    """How many points a run made active, and how many it let expire."""

    activated: int
    expired: int


def post_due(*, now: datetime, actor: Actor = SYSTEM, batch: int = BATCH) -> DuePosted:
    """
    Activate and expire what is due at `now`, a transaction a batch. Running it again is harmless.

    A lot has expired at `expires_at` itself, and can be spent from `activates_at` on.
    """
    activated = _post_batches(ACTIVATE_DUE, Kind.TRANSFER, now=now, actor=actor, batch=batch)
    expired = _post_batches(EXPIRE_DUE, Kind.EXPIRATION, now=now, actor=actor, batch=batch)
    return DuePosted(activated=activated, expired=expired)


def activate(*, sources: Sequence[str], actor: Actor, now: datetime, publish: bool = True) -> Posted:
    """Make the pending points that the sources earned active before their day."""
    db.require_transaction()
    params = {"sources": list(sources), "actor": str(actor), "now": now}
    _, points, accounts = sql.fetch_all(ACTIVATE_SOURCES, params)[0]
    return announce(Posted(Kind.TRANSFER, points, tuple(accounts)), at=now, actor=actor, publish=publish)


def expire_lots_of(*, burnt_source: str, actor: Actor, now: datetime) -> int:
    """Let what is left in the lots that a source burnt from expire, where it is due."""
    db.require_transaction()
    params = {"burnt_source": burnt_source, "actor": str(actor), "now": now}
    return sql.fetch_all(EXPIRE_LOTS_OF, params)[0][1]


def _post_batches(statement: str, kind: str, *, now: datetime, actor: Actor, batch: int) -> int:
    """Every batch changes what it found, so the next one finds other rows."""
    total = 0
    params = {"actor": str(actor), "now": now, "limit": batch}
    for _ in range(MAX_BATCHES):
        with db.transaction():
            found, points, accounts = sql.fetch_all(statement, params)[0]
            announce(Posted(kind, points, tuple(accounts)), at=now, actor=actor, publish=True)
        total += points
        if found < batch:
            break
    return total
