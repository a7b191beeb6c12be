"""
Where the books of points don't add up: one set-wise statement a check.

The lots are what a member can spend, so a repair makes balance and ledger say what the lots
say, by a correcting transaction. A row of the ledger itself is never edited: an unbalanced
transaction or a broken chain stays reported until somebody has looked at it.
"""

from collections.abc import Sequence
from datetime import datetime

from loyalty.models import PointAccount, PointLot, PointTransaction
from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.ids import uuid7
from omni.core.verification import Drift, Repair

# balance = Σ active of the lots − shortfall; pending = Σ pending of the lots.
ACCOUNTS_AND_LOTS = """
SELECT account.id, account.customer_id, figure.what, figure.expected, figure.found, NULL::bigint
FROM loyalty_pointaccount AS account
LEFT JOIN (
    SELECT account_id, sum(active)::bigint AS active, sum(pending)::bigint AS pending
    FROM loyalty_pointlot GROUP BY account_id
) AS lots ON lots.account_id = account.id
CROSS JOIN LATERAL (VALUES
    ('balance', coalesce(lots.active, 0) - account.shortfall, account.balance),
    ('pending', coalesce(lots.pending, 0), account.pending)
) AS figure (what, expected, found)
WHERE account.kind = 'MEMBER' AND figure.expected <> figure.found
ORDER BY account.id, figure.what
"""

# balance and pending are the sums of the account's entries in their buckets.
ACCOUNTS_AND_LEDGER = """
SELECT account.id, account.customer_id, figure.what, figure.expected, figure.found, NULL::bigint
FROM loyalty_pointaccount AS account
LEFT JOIN (
    SELECT account_id, sum(points) FILTER (WHERE bucket = 'ACTIVE')::bigint AS active,
           sum(points) FILTER (WHERE bucket = 'PENDING')::bigint AS pending
    FROM loyalty_pointentry GROUP BY account_id
) AS ledger ON ledger.account_id = account.id
CROSS JOIN LATERAL (VALUES
    ('balance', coalesce(ledger.active, 0), account.balance),
    ('pending', coalesce(ledger.pending, 0), account.pending)
) AS figure (what, expected, found)
WHERE account.kind = 'MEMBER' AND figure.expected <> figure.found
ORDER BY account.id, figure.what
"""

LOTS = """
SELECT lot.id, account.customer_id, 'issued', lot.active + lot.pending + lot.spent + lot.expired
       + lot.clawed_back, lot.issued, NULL::bigint
FROM loyalty_pointlot AS lot JOIN loyalty_pointaccount AS account ON account.id = lot.account_id
WHERE lot.issued <> lot.active + lot.pending + lot.spent + lot.expired + lot.clawed_back
   OR least(lot.active, lot.pending, lot.spent, lot.expired, lot.clawed_back) < 0
ORDER BY lot.id
"""

HELD = """
SELECT lot.id, account.customer_id, 'held', coalesce(holds.points, 0), lot.held, NULL::bigint
FROM loyalty_pointlot AS lot
JOIN loyalty_pointaccount AS account ON account.id = lot.account_id
LEFT JOIN (
    SELECT lot_id, sum(points)::bigint AS points FROM loyalty_pointhold WHERE status = 'HELD' GROUP BY lot_id
) AS holds ON holds.lot_id = lot.id
WHERE lot.held <> coalesce(holds.points, 0)
ORDER BY lot.id
"""

TRANSACTIONS = """
SELECT entry.transaction_id, NULL::bigint, posted.source, 0, sum(entry.points)::bigint, min(entry.id)
FROM loyalty_pointentry AS entry
LEFT JOIN loyalty_pointtransaction AS posted ON posted.id = entry.transaction_id
GROUP BY entry.transaction_id, posted.source
HAVING sum(entry.points) <> 0
ORDER BY entry.transaction_id
"""

# The first entry of each account and bucket that does not follow from the one before it.
CHAINS = """
SELECT DISTINCT ON (account_id, bucket)
       account_id, customer_id, bucket, before + points, balance_after, id
FROM (
    SELECT entry.id, entry.account_id, account.customer_id, entry.bucket, entry.points, entry.balance_after,
           coalesce(lag(entry.balance_after) OVER chain, 0) AS before
    FROM loyalty_pointentry AS entry
    JOIN loyalty_pointaccount AS account ON account.id = entry.account_id AND account.kind = 'MEMBER'
    WINDOW chain AS (PARTITION BY entry.account_id, entry.bucket ORDER BY entry.id)
) AS links
WHERE balance_after IS DISTINCT FROM before + points
ORDER BY account_id, bucket, id
"""

CHECKS = {
    "points-account-lots": ("account", ACCOUNTS_AND_LOTS),
    "points-account-ledger": ("account", ACCOUNTS_AND_LEDGER),
    "points-lot": ("lot", LOTS),
    "points-held": ("lot", HELD),
    "points-transaction": ("transaction", TRANSACTIONS),
    "points-chain": ("account", CHAINS),
}
REPAIRABLE = ("points-account-lots", "points-account-ledger", "points-held")


def find_drifts() -> list[Drift]:
    """Every drift of the points' books, a statement for each of the six checks."""
    return [
        _drift(kind, subject, row)
        for kind, (subject, statement) in CHECKS.items()
        for row in sql.fetch_all(statement)
    ]


def _drift(kind: str, subject: str, row: sql.Row) -> Drift:
    identifier, customer_id, what, expected, found, entry_id = row
    where = {subject: identifier} | ({"customer": customer_id} if customer_id else {})
    by = None if found is None else found - expected
    since = {"point_entry": entry_id} if entry_id else None
    return Drift(kind, what, where, expected=expected, found=found, by=by, since=since)


# Each repair locks what it mends and looks at it again, so that a drift which is no more stays so.
LOCKED_ACCOUNT = """
SELECT account.programme_id, account.balance, account.pending, account.shortfall
FROM loyalty_pointaccount AS account WHERE account.id = %(account_id)s FOR NO KEY UPDATE
"""

TARGETS = """
SELECT coalesce((SELECT sum(active) FROM loyalty_pointlot WHERE account_id = %(account_id)s), 0)::bigint,
       coalesce((SELECT sum(pending) FROM loyalty_pointlot WHERE account_id = %(account_id)s), 0)::bigint,
       coalesce(sum(points) FILTER (WHERE bucket = 'ACTIVE'), 0)::bigint,
       coalesce(sum(points) FILTER (WHERE bucket = 'PENDING'), 0)::bigint
FROM loyalty_pointentry WHERE account_id = %(account_id)s
"""

CORRECT = """
INSERT INTO loyalty_pointentry (occurred_at, transaction_id, account_id, bucket, points, balance_after)
SELECT %(now)s, %(transaction_id)s, row.account_id, row.bucket, row.points, row.balance_after
FROM (
    SELECT %(account_id)s::bigint AS account_id, 'ACTIVE' AS bucket, %(active)s::bigint AS points,
           %(balance)s::bigint AS balance_after
    UNION ALL SELECT %(account_id)s, 'PENDING', %(waiting)s, %(pending)s::bigint
    UNION ALL
    SELECT own.id, 'ACTIVE', -(%(active)s::bigint + %(waiting)s::bigint), NULL
    FROM loyalty_pointaccount AS own
    WHERE own.programme_id = %(programme_id)s AND own.kind = 'ADJUSTED'
) AS row
WHERE row.points <> 0
"""


def repair(drifts: Sequence[Drift], *, actor: Actor, now: datetime) -> list[Repair]:
    """
    Mend what can be mended, a transaction each: ledger and balance follow the lots by correcting
    rows, `held` follows the open holds.
    """
    done = []
    for drift in drifts:
        if drift.kind in REPAIRABLE:
            with db.transaction():
                action = (
                    _repair_held(drift) if drift.kind == "points-held" else _repair_account(drift, actor, now)
                )
            done.append(Repair(drift, action, now))
    return done


def _repair_held(drift: Drift) -> str:
    lot_id = drift.where["lot"]
    account_id = PointLot.objects.values_list("account_id", flat=True).get(pk=lot_id)
    sql.fetch_all(LOCKED_ACCOUNT, {"account_id": account_id})
    for row in sql.fetch_all(HELD):
        if row[0] == lot_id:
            PointLot.objects.filter(pk=lot_id).update(held=row[3])
            return f"held set to {row[3]}"
    return "right by now"


def _repair_account(drift: Drift, actor: Actor, now: datetime) -> str:
    account_id = drift.where["account"]
    programme_id, balance, pending, shortfall = sql.fetch_all(LOCKED_ACCOUNT, {"account_id": account_id})[0]
    lots_active, lots_pending, posted, waiting = sql.fetch_all(TARGETS, {"account_id": account_id})[0]
    right, right_pending = lots_active - shortfall, lots_pending
    action = "right by now"
    if (posted, waiting) != (right, right_pending):
        _correct(account_id, programme_id, (right, right_pending), (posted, waiting), actor, now)
        action = f"posted {right - posted:+d} active, {right_pending - waiting:+d} pending"
    if (balance, pending) != (right, right_pending):
        PointAccount.objects.filter(pk=account_id).update(balance=right, pending=right_pending)
        action = f"balance set to {right}, pending to {right_pending}" if action == "right by now" else action
    return action


def _correct(
    account_id: int,
    programme_id: int,
    right: tuple[int, int],
    posted: tuple[int, int],
    actor: Actor,
    now: datetime,
) -> None:
    transaction = PointTransaction.objects.create(
        kind=PointTransaction.Kind.ADJUSTMENT,
        source=f"repair:{uuid7()}",
        reason="verify_ledgers",
        actor=str(actor),
        occurred_at=now,
    )
    sql.fetch_all(
        CORRECT,
        {
            "now": now,
            "transaction_id": transaction.pk,
            "account_id": account_id,
            "programme_id": programme_id,
            "active": right[0] - posted[0],
            "waiting": right[1] - posted[1],
            "balance": right[0],
            "pending": right[1],
        },
    )
