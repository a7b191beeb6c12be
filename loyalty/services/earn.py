"""
Earning points: any number of accruals in two statements.

Locks the accounts, in the order of their keys. What an account is short of is paid first, out
of the new lot (`clawed_back`), so that the lot still says what it was issued for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty.services.postings import Kind, Own, Posted, announce
from omni.core import db, sql
from omni.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Accrual:
    """`points` earned by a customer record for `source`, which is posted once."""

    programme_id: int
    customer_id: int
    points: int
    source: str
    occurred_at: datetime


GIVEN = """
WITH given AS MATERIALIZED (
    SELECT DISTINCT ON (source) *
    FROM unnest((SELECT %(programme_ids)s::bigint[]), (SELECT %(customer_ids)s::bigint[]),
                (SELECT %(points)s::bigint[]), (SELECT %(sources)s::text[]),
                (SELECT %(occurred_ats)s::timestamptz[]))
         WITH ORDINALITY AS row (programme_id, customer_id, points, source, occurred_at, position)
    ORDER BY source, position
)
"""

OPEN_ACCOUNTS = (
    GIVEN
    + """
INSERT INTO loyalty_pointaccount (programme_id, kind, customer_id, balance, pending, shortfall)
SELECT DISTINCT given.programme_id, 'MEMBER', given.customer_id, 0, 0, 0
FROM given
LEFT JOIN loyalty_pointaccount AS held
       ON held.programme_id = given.programme_id AND held.customer_id = given.customer_id
WHERE held.id IS NULL
ORDER BY 1, 3
ON CONFLICT DO NOTHING
"""
)

# `forced` NULL: pending while the programme's days run; true: pending even if they are over;
# false: active at once. Plan: one_account_per_customer, points_posted_once_per_source.
ACCRUE = (
    GIVEN
    + """, accounts AS MATERIALIZED (
    SELECT account.id, account.programme_id, account.customer_id,
           account.balance, account.pending, account.shortfall
    FROM loyalty_pointaccount AS account
    JOIN (SELECT DISTINCT programme_id, customer_id FROM given) AS wanted
      ON wanted.programme_id = account.programme_id AND wanted.customer_id = account.customer_id
    ORDER BY account.id FOR NO KEY UPDATE OF account
), posted AS (
    INSERT INTO loyalty_pointtransaction (kind, source, reason, actor, occurred_at)
    SELECT %(kind)s, source, %(reason)s, %(actor)s, occurred_at FROM given ORDER BY position
    ON CONFLICT (kind, source) DO NOTHING
    RETURNING id, source
), earned AS MATERIALIZED (
    SELECT posted.id AS transaction_id, accounts.id AS account_id, accounts.balance AS balance_before,
           accounts.pending AS pending_before, given.source, given.points, given.occurred_at, given.position,
           given.programme_id, dated.activates_at,
           given.occurred_at + make_interval(days => programme.valid_days) AS expires_at,
           coalesce(%(forced)s::boolean, dated.activates_at > %(now)s) AS waits,
           greatest(0, least(given.points, accounts.shortfall
               - (sum(given.points) OVER running - given.points)))::bigint AS paid
    FROM given
    JOIN posted ON posted.source = given.source
    JOIN accounts ON accounts.programme_id = given.programme_id AND accounts.customer_id = given.customer_id
    JOIN loyalty_programme AS programme ON programme.id = given.programme_id
    CROSS JOIN LATERAL (
        SELECT given.occurred_at + CASE WHEN %(forced)s::boolean IS FALSE THEN interval '0'
               ELSE make_interval(days => programme.pending_days) END AS activates_at
    ) AS dated
    WINDOW running AS (PARTITION BY accounts.id ORDER BY given.position)
), lots AS (
    INSERT INTO loyalty_pointlot (account_id, source, issued, active, pending, spent, expired,
                                  clawed_back, held, earned_at, activates_at, expires_at)
    SELECT account_id, source, points, CASE WHEN waits THEN 0 ELSE points - paid END,
           CASE WHEN waits THEN points - paid ELSE 0 END, 0, 0, paid, 0, occurred_at, activates_at, expires_at
    FROM earned ORDER BY position
    RETURNING id, source
), moves AS (
    SELECT earned.*, lots.id AS lot_id, bucket.name AS bucket, bucket.moved
    FROM earned JOIN lots ON lots.source = earned.source
    CROSS JOIN LATERAL (VALUES
        ('ACTIVE', CASE WHEN waits THEN paid ELSE points END),
        ('PENDING', CASE WHEN waits THEN points - paid ELSE 0 END)
    ) AS bucket (name, moved)
    WHERE bucket.moved <> 0
), balances AS (
    UPDATE loyalty_pointaccount AS account
    SET balance = account.balance + gained.active, pending = account.pending + gained.pending,
        shortfall = account.shortfall - gained.paid
    FROM (
        SELECT account_id, sum(paid)::bigint AS paid,
               sum(CASE WHEN waits THEN paid ELSE points END)::bigint AS active,
               sum(CASE WHEN waits THEN points - paid ELSE 0 END)::bigint AS pending
        FROM earned GROUP BY account_id
    ) AS gained
    WHERE account.id = gained.account_id
), entries AS (
    INSERT INTO loyalty_pointentry
        (occurred_at, transaction_id, account_id, lot_id, bucket, points, balance_after)
    SELECT row.occurred_at, row.transaction_id, row.account_id, row.lot_id, row.bucket, row.points,
           row.balance_after
    FROM (
        SELECT occurred_at, transaction_id, account_id, lot_id, bucket, moved AS points, position,
               (CASE bucket WHEN 'ACTIVE' THEN balance_before ELSE pending_before END
                + sum(moved) OVER (PARTITION BY account_id, bucket ORDER BY position))::bigint AS balance_after
        FROM moves
        UNION ALL
        SELECT earned.occurred_at, earned.transaction_id, own.id, NULL, 'ACTIVE', -earned.points,
               earned.position, NULL
        FROM earned
        JOIN loyalty_pointaccount AS own
          ON own.programme_id = earned.programme_id AND own.kind = %(own)s AND own.kind <> 'MEMBER'
    ) AS row
    ORDER BY row.position
)
SELECT coalesce(sum(points), 0)::bigint, ARRAY(SELECT DISTINCT account_id FROM earned ORDER BY 1) FROM earned
"""
)


def accrue(
    *,
    accruals: Sequence[Accrual],
    pending: bool | None = None,
    actor: Actor,
    now: datetime,
    publish: bool = True,
) -> Posted:
    """
    Post earned points: a lot each, a balanced transaction each, whatever the batch's size.

    A source is posted once: repeated ones, and accruals of no points, are passed over. Points
    wait until `occurred_at` + the programme's pending days, if that is still to come; `pending`
    True makes them wait for the next due run at least, False makes them active at once. They
    expire `valid_days` after they were earned. A shortfall is paid first.
    """
    db.require_transaction()
    wanted = [accrual for accrual in accruals if accrual.points > 0]
    if not wanted:
        return Posted(Kind.ACCRUAL, 0, ())
    posted = issue(
        wanted, kind=Kind.ACCRUAL, own=Own.ISSUED, pending=pending, reason="", actor=actor, now=now
    )
    return announce(posted, at=now, actor=actor, publish=publish)


def issue(
    accruals: Sequence[Accrual],
    *,
    kind: str,
    own: str,
    pending: bool | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Posted:
    """Post new lots against the programme's account `own`; nothing is announced."""
    params = _columns(accruals)
    sql.fetch_all(OPEN_ACCOUNTS, params)
    posting = {"kind": kind, "own": own, "forced": pending, "reason": reason, "actor": str(actor), "now": now}
    points, accounts = sql.fetch_all(ACCRUE, {**params, **posting})[0]
    return Posted(kind, points, tuple(accounts))


def _columns(accruals: Sequence[Accrual]) -> dict[str, object]:
    return {
        "programme_ids": sql.integers(accrual.programme_id for accrual in accruals),
        "customer_ids": sql.integers(accrual.customer_id for accrual in accruals),
        "points": sql.integers(accrual.points for accrual in accruals),
        "sources": [accrual.source for accrual in accruals],
        "occurred_ats": [accrual.occurred_at for accrual in accruals],
    }
