"""
Returns: earned points are taken back, burnt ones given back.

Each statement locks accounts, then lots, then holds. Who makes more than one posting calls
`lock_points` first, and so does who restores: letting expired lots go is a posting of its own.
"""

from datetime import datetime

from loyalty.services.due import expire_lots_of
from loyalty.services.postings import Kind, Posted, announce
from omni.core import db, sql
from omni.core.actor import Actor

# One lot a source. Plan: lot_by_source, primary keys.
CLAW_BACK = """
WITH accounts AS MATERIALIZED (
    SELECT account.id, account.programme_id
    FROM loyalty_pointaccount AS account
    WHERE account.id IN (SELECT account_id FROM loyalty_pointlot WHERE source = %(source_of_lots)s)
    ORDER BY account.id FOR NO KEY UPDATE
), lots AS MATERIALIZED (
    SELECT lot.id, lot.account_id, accounts.programme_id, lot.active - lot.held AS free, lot.pending,
           least(%(points)s::bigint, lot.issued - lot.reclaimed) AS points
    FROM accounts JOIN loyalty_pointlot AS lot ON lot.account_id = accounts.id
    WHERE lot.source = %(source_of_lots)s
    ORDER BY lot.id FOR NO KEY UPDATE OF lot
), posted AS (
    INSERT INTO loyalty_pointtransaction (kind, source, reason, actor, occurred_at)
    SELECT 'CLAWBACK', %(source)s, '', %(actor)s, %(now)s WHERE EXISTS (SELECT FROM lots WHERE points > 0)
    ON CONFLICT (kind, source) DO NOTHING
    RETURNING id
), taken AS MATERIALIZED (
    SELECT posted.id AS transaction_id, lots.id, lots.account_id, lots.programme_id, lots.points,
           least(lots.points, free) AS active,
           least(lots.points - least(lots.points, free), lots.pending) AS pending,
           greatest(0, lots.points - free - lots.pending) AS short
    FROM posted, lots WHERE lots.points > 0
), changed AS (
    UPDATE loyalty_pointlot AS lot
    SET active = lot.active - taken.active, pending = lot.pending - taken.pending,
        clawed_back = lot.clawed_back + taken.active + taken.pending,
        reclaimed = lot.reclaimed + taken.points
    FROM taken WHERE lot.id = taken.id
), balances AS (
    UPDATE loyalty_pointaccount AS account
    SET balance = account.balance - taken.active - taken.short,
        pending = account.pending - taken.pending,
        shortfall = account.shortfall + taken.short
    FROM taken WHERE account.id = taken.account_id
    RETURNING account.id, account.balance, account.pending
), entries AS (
    INSERT INTO loyalty_pointentry
        (occurred_at, transaction_id, account_id, lot_id, bucket, points, balance_after)
    SELECT %(now)s, row.* FROM (
        SELECT taken.transaction_id, taken.account_id, move.lot_id, move.bucket, -move.points, move.after
        FROM taken JOIN balances ON balances.id = taken.account_id
        CROSS JOIN LATERAL (VALUES
            (taken.id, 'ACTIVE', taken.active, balances.balance + taken.short),
            (taken.id, 'PENDING', taken.pending, balances.pending),
            (NULL, 'ACTIVE', taken.short, balances.balance)
        ) AS move (lot_id, bucket, points, after)
        WHERE move.points > 0
        UNION ALL
        SELECT taken.transaction_id, own.id, NULL, 'ACTIVE', taken.points, NULL
        FROM taken
        JOIN loyalty_pointaccount AS own ON own.programme_id = taken.programme_id AND own.kind = 'ISSUED'
    ) AS row (transaction_id, account_id, lot_id, bucket, points, balance_after)
    ORDER BY row.balance_after IS NULL, row.lot_id NULLS LAST
)
SELECT coalesce(sum(points), 0)::bigint, ARRAY(SELECT account_id FROM taken ORDER BY 1) FROM taken
"""

# The latest-expiring lot gets its points back first: it was burnt last. Plan:
# one_hold_per_source_and_lot, primary keys.
RESTORE = """
WITH accounts AS MATERIALIZED (
    SELECT account.id, account.programme_id
    FROM loyalty_pointaccount AS account
    WHERE account.id IN (
        SELECT lot.account_id
        FROM loyalty_pointhold AS hold JOIN loyalty_pointlot AS lot ON lot.id = hold.lot_id
        WHERE hold.source = %(burnt_source)s AND hold.status = 'BURNT'
    )
    ORDER BY account.id FOR NO KEY UPDATE
), holds AS MATERIALIZED (
    SELECT hold.id, hold.lot_id, hold.points - hold.restored AS rest, lot.expires_at,
           accounts.id AS account_id, accounts.programme_id
    FROM accounts
    JOIN loyalty_pointlot AS lot ON lot.account_id = accounts.id
    JOIN loyalty_pointhold AS hold ON hold.lot_id = lot.id
    WHERE hold.source = %(burnt_source)s AND hold.status = 'BURNT' AND hold.points > hold.restored
    ORDER BY lot.id FOR NO KEY UPDATE OF lot, hold
), queued AS (
    SELECT *, (sum(rest) OVER (ORDER BY expires_at DESC, lot_id DESC) - rest)::bigint AS before FROM holds
), posted AS (
    INSERT INTO loyalty_pointtransaction (kind, source, reason, actor, occurred_at)
    SELECT 'RESTORATION', %(source)s, '', %(actor)s, %(now)s WHERE EXISTS (SELECT FROM holds)
    ON CONFLICT (kind, source) DO NOTHING
    RETURNING id
), given AS MATERIALIZED (
    SELECT posted.id AS transaction_id, queued.id, lot_id, account_id, programme_id, before,
           least(rest, %(points)s::bigint - before) AS points
    FROM posted, queued WHERE before < %(points)s::bigint
), marked AS (
    UPDATE loyalty_pointhold AS hold SET restored = hold.restored + given.points
    FROM given WHERE hold.id = given.id
), changed AS (
    UPDATE loyalty_pointlot AS lot
    SET spent = lot.spent - given.points, active = lot.active + given.points, closed = false,
        expires_at = CASE WHEN lot.expires_at > %(now)s THEN lot.expires_at
                     ELSE %(now)s + make_interval(days => programme.restored_days) END
    FROM given JOIN loyalty_programme AS programme ON programme.id = given.programme_id
    WHERE lot.id = given.lot_id
), balances AS (
    UPDATE loyalty_pointaccount AS account SET balance = account.balance + gained.points
    FROM (SELECT account_id, sum(points)::bigint AS points FROM given GROUP BY account_id) AS gained
    WHERE account.id = gained.account_id
    RETURNING account.id, account.balance
), entries AS (
    INSERT INTO loyalty_pointentry
        (occurred_at, transaction_id, account_id, lot_id, bucket, points, balance_after)
    SELECT %(now)s, transaction_id, account_id, lot_id, 'ACTIVE', points, balance_after FROM (
        SELECT given.transaction_id, given.account_id, given.lot_id, given.points, given.before,
               (balances.balance + given.points - sum(given.points)
                OVER (PARTITION BY given.account_id ORDER BY given.before DESC))::bigint AS balance_after
        FROM given JOIN balances ON balances.id = given.account_id
        UNION ALL
        SELECT given.transaction_id, own.id, NULL, -sum(given.points)::bigint, NULL, NULL
        FROM given
        JOIN loyalty_pointaccount AS own ON own.programme_id = given.programme_id AND own.kind = 'REDEEMED'
        GROUP BY given.transaction_id, own.id
    ) AS row
    ORDER BY row.before NULLS LAST
)
SELECT coalesce(sum(points), 0)::bigint, ARRAY(SELECT DISTINCT account_id FROM given ORDER BY 1) FROM given
"""


def claw_back(
    *, source_of_lots: str, points: int, source: str, actor: Actor, now: datetime, publish: bool = True
) -> Posted:
    """
    Take back points that `source_of_lots` earned: from what is active, then what is pending.

    What has been spent (or is held) becomes the account's shortfall, which its next earning
    pays first. Never takes more than the lot was issued with, over all returns; the answer's
    `points` says how many. A `source` is posted once.
    """
    db.require_transaction()
    if points <= 0:
        return Posted(Kind.CLAWBACK, 0, ())
    params = {"source_of_lots": source_of_lots, "points": points, "source": source}
    taken, accounts = sql.fetch_all(CLAW_BACK, {**params, "actor": str(actor), "now": now})[0]
    return announce(Posted(Kind.CLAWBACK, taken, tuple(accounts)), at=now, actor=actor, publish=publish)


def restore(
    *, burnt_source: str, points: int, source: str, actor: Actor, now: datetime, publish: bool = True
) -> Posted:
    """
    Give burnt points back to the lots that they came from, the latest-expiring first.

    A lot that has expired meanwhile gets the programme's `restored_days` from now, for the
    restored points alone: what was left in it expires first. Never gives back more than
    `burnt_source` burnt, over all returns; the answer's `points` says how many. A `source` is
    posted once.
    """
    db.require_transaction()
    if points <= 0:
        return Posted(Kind.RESTORATION, 0, ())
    expire_lots_of(burnt_source=burnt_source, actor=actor, now=now)
    params = {"burnt_source": burnt_source, "points": points, "source": source}
    given, accounts = sql.fetch_all(RESTORE, {**params, "actor": str(actor), "now": now})[0]
    return announce(Posted(Kind.RESTORATION, given, tuple(accounts)), at=now, actor=actor, publish=publish)
