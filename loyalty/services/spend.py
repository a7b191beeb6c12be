"""
Spending points: held by a checkout and then burnt, or burnt at once.

Locks: the person, its accounts, its lots, in one statement. A row that waited for its lock is
read anew (READ COMMITTED), so lots and shortfalls are current. What another transaction *added*
meanwhile is not seen, hence a refusal is checked once more before it is given. Of a person whose
records changed meanwhile (merging touches the root's row) the wrong accounts would be seen, hence
the caller starts again.
"""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.numeric import Int8

from loyalty.errors import InsufficientPoints, PersonMoved
from loyalty.services.postings import Kind, Own, Posted, announce
from omni.core import db, sql
from omni.core.actor import Actor

# `person` is empty where it was merged into another meanwhile; `fresh` counts it only where this
# statement's snapshot shows it as it is now. Soonest-expiring lots first. Plan: primary key, index on
# person_id, one_account_per_customer, lot_by_account.
CHOOSE = """
WITH person AS MATERIALIZED (
    SELECT id, xmin::text AS version
    FROM customers_customer WHERE id = %(person_id)s AND person_id = id FOR NO KEY UPDATE
), fresh AS MATERIALIZED (
    SELECT count(*) AS persons
    FROM person JOIN customers_customer AS seen ON seen.id = person.id AND seen.xmin::text = person.version
), accounts AS MATERIALIZED (
    SELECT account.id, account.shortfall
    FROM person
    JOIN customers_customer AS record ON record.person_id = person.id
    JOIN loyalty_pointaccount AS account ON account.customer_id = record.id
    WHERE account.programme_id = %(programme_id)s AND account.kind = 'MEMBER'
    ORDER BY account.id FOR NO KEY UPDATE OF account
), lots AS MATERIALIZED (
    SELECT lot.id, lot.account_id, lot.expires_at, lot.active - lot.held AS free
    FROM accounts JOIN loyalty_pointlot AS lot ON lot.account_id = accounts.id
    WHERE lot.active > lot.held AND lot.expires_at > %(now)s
    ORDER BY lot.id FOR NO KEY UPDATE OF lot
), have AS MATERIALIZED (
    SELECT (coalesce((SELECT sum(free) FROM lots), 0)
            - coalesce((SELECT sum(shortfall) FROM accounts), 0))::bigint AS available
), queued AS (
    SELECT *, (sum(free) OVER (ORDER BY expires_at, id) - free)::bigint AS before FROM lots
), known AS MATERIALIZED (
    SELECT count(*) AS holds FROM loyalty_pointhold WHERE source = %(source)s
), takes AS MATERIALIZED (
    SELECT id, account_id, before, least(free, %(points)s::bigint - before) AS points
    FROM queued
    WHERE before < %(points)s::bigint
      AND (SELECT available FROM have) >= %(points)s::bigint
      AND (SELECT holds FROM known) = 0
      AND (SELECT persons FROM fresh) = 1
)
"""

ANSWER = """
SELECT (SELECT persons FROM fresh), (SELECT holds FROM known), greatest(available, 0),
       ARRAY(SELECT DISTINCT account_id FROM takes ORDER BY 1)
FROM have
"""

HOLD = (
    CHOOSE
    + """, written AS (
    INSERT INTO loyalty_pointhold (lot_id, source, points, restored, status, created_at)
    SELECT id, %(source)s, points, 0, 'HELD', %(now)s FROM takes ORDER BY id
), locked AS (
    UPDATE loyalty_pointlot AS lot SET held = lot.held + takes.points FROM takes WHERE lot.id = takes.id
)"""
    + ANSWER
)

# Posts what was chosen. `{change}` says where the lots' points go. That the programme's own account is
# no member's goes without saying, but not to PostgreSQL: said, one_account_per_kind finds it, where
# else every account of the programme is read.
POST = """, posted AS (
    INSERT INTO loyalty_pointtransaction (kind, source, reason, actor, occurred_at)
    SELECT %(kind)s, %(source)s, %(reason)s, %(actor)s, %(now)s WHERE EXISTS (SELECT FROM takes)
    RETURNING id
), spent AS (
    UPDATE loyalty_pointlot AS lot SET active = lot.active - takes.points, {change}
    FROM takes WHERE lot.id = takes.id
), balances AS (
    UPDATE loyalty_pointaccount AS account SET balance = account.balance - taken.points
    FROM (SELECT account_id, sum(points)::bigint AS points FROM takes GROUP BY account_id) AS taken
    WHERE account.id = taken.account_id
    RETURNING account.id, account.balance
), entries AS (
    INSERT INTO loyalty_pointentry
        (occurred_at, transaction_id, account_id, lot_id, bucket, points, balance_after)
    SELECT %(now)s, posted.id, row.account_id, row.lot_id, 'ACTIVE', row.points, row.balance_after
    FROM posted, (
        SELECT takes.account_id, takes.id AS lot_id, -takes.points AS points, takes.before AS position,
               (balances.balance - takes.points + sum(takes.points)
                OVER (PARTITION BY takes.account_id ORDER BY takes.before DESC))::bigint AS balance_after
        FROM takes JOIN balances ON balances.id = takes.account_id
        UNION ALL
        SELECT own.id, NULL, %(points)s::bigint, %(points)s::bigint, NULL
        FROM loyalty_pointaccount AS own
        WHERE own.programme_id = %(programme_id)s AND own.kind = %(own)s AND own.kind <> 'MEMBER'
    ) AS row
    ORDER BY row.position
)"""

BURN = (
    CHOOSE
    + """, written AS (
    INSERT INTO loyalty_pointhold (lot_id, source, points, restored, status, created_at)
    SELECT id, %(source)s, points, 0, 'BURNT', %(now)s FROM takes ORDER BY id
)"""
    + POST.replace("{change}", "spent = lot.spent + takes.points")
    + ANSWER
)

WITHDRAW = CHOOSE + POST.replace("{change}", "clawed_back = lot.clawed_back + takes.points") + ANSWER

# What `%(sources)s` hold, once their accounts are locked; a hold that somebody else released or
# burnt while this waited no longer matches.
TAKE_HOLDS = """
WITH accounts AS MATERIALIZED (
    SELECT account.id, account.programme_id
    FROM loyalty_pointaccount AS account
    WHERE account.id IN (
        SELECT lot.account_id
        FROM loyalty_pointhold AS hold JOIN loyalty_pointlot AS lot ON lot.id = hold.lot_id
        WHERE hold.source = ANY(%(sources)s::text[]) AND hold.status = 'HELD'
    )
    ORDER BY account.id FOR NO KEY UPDATE
), taken AS (
    UPDATE loyalty_pointhold AS hold SET status = %(status)s
    FROM accounts JOIN loyalty_pointlot AS lot ON lot.account_id = accounts.id
    WHERE hold.lot_id = lot.id AND hold.source = ANY(%(sources)s::text[]) AND hold.status = 'HELD'
    RETURNING hold.source, hold.lot_id, hold.points, accounts.id AS account_id, accounts.programme_id
), by_lot AS (
    SELECT lot_id, sum(points)::bigint AS points FROM taken GROUP BY lot_id
)
"""

TAKEN = """
SELECT coalesce(sum(points), 0)::bigint, ARRAY(SELECT DISTINCT account_id FROM taken ORDER BY 1) FROM taken
"""

RELEASE = (
    TAKE_HOLDS
    + """, lots AS (
    UPDATE loyalty_pointlot AS lot SET held = lot.held - by_lot.points
    FROM by_lot WHERE lot.id = by_lot.lot_id
)"""
    + TAKEN
)

BURN_HELD = (
    TAKE_HOLDS
    + """, lots AS (
    UPDATE loyalty_pointlot AS lot
    SET held = lot.held - by_lot.points, active = lot.active - by_lot.points, spent = lot.spent + by_lot.points
    FROM by_lot WHERE lot.id = by_lot.lot_id
), posted AS (
    INSERT INTO loyalty_pointtransaction (kind, source, reason, actor, occurred_at)
    SELECT DISTINCT 'REDEMPTION', source, '', %(actor)s, %(now)s::timestamptz FROM taken
    RETURNING id, source
), balances AS (
    UPDATE loyalty_pointaccount AS account SET balance = account.balance - spent.points
    FROM (SELECT account_id, sum(points)::bigint AS points FROM taken GROUP BY account_id) AS spent
    WHERE account.id = spent.account_id
    RETURNING account.id, account.balance
), entries AS (
    INSERT INTO loyalty_pointentry
        (occurred_at, transaction_id, account_id, lot_id, bucket, points, balance_after)
    SELECT %(now)s, row.* FROM (
        SELECT posted.id, taken.account_id, taken.lot_id, 'ACTIVE', -taken.points,
               (balances.balance - taken.points + sum(taken.points) OVER (
                    PARTITION BY taken.account_id ORDER BY posted.id DESC, taken.lot_id DESC))::bigint
        FROM taken
        JOIN posted ON posted.source = taken.source
        JOIN balances ON balances.id = taken.account_id
        UNION ALL
        SELECT posted.id, own.id, NULL, 'ACTIVE', sum(taken.points)::bigint, NULL
        FROM taken
        JOIN posted ON posted.source = taken.source
        JOIN loyalty_pointaccount AS own ON own.programme_id = taken.programme_id AND own.kind = 'REDEEMED'
        GROUP BY posted.id, own.id
    ) AS row (transaction_id, account_id, lot_id, bucket, points, balance_after)
    ORDER BY row.transaction_id, row.lot_id NULLS LAST
)"""
    + TAKEN
)


def hold_points(
    *, programme_id: int, person_id: int, points: int, source: str, now: datetime
) -> tuple[int, ...]:
    """
    Lock points for a checkout, soonest-expiring lots first; answer the accounts they are in.

    A lot can be used until before `expires_at`. Holding for the same source again changes
    nothing. One statement in the good case.

    Raises:
        InsufficientPoints: the person has fewer, over all its accounts; nothing is written.
        PersonMoved: `person_id` is no person, or was merged meanwhile; read it again.
    """
    return take(HOLD, programme_id=programme_id, person_id=person_id, points=points, source=source, now=now)


def burn_points(
    *,
    programme_id: int,
    person_id: int,
    points: int,
    source: str,
    actor: Actor,
    now: datetime,
    publish: bool = True,
) -> Posted:
    """
    Spend points at once, soonest-expiring lots first: hold and burn in one statement.

    Burning for the same source again changes nothing. A caller with events of its own passes
    `publish=False` and publishes the answer's `messages` with them.

    Raises:
        InsufficientPoints: the person has fewer, over all its accounts; nothing is written.
        PersonMoved: `person_id` is no person, or was merged meanwhile; read it again.
    """
    accounts = take(
        BURN,
        programme_id=programme_id,
        person_id=person_id,
        points=points,
        source=source,
        kind=Kind.REDEMPTION,
        own=Own.REDEEMED,
        reason="",
        actor=str(actor),
        now=now,
    )
    posted = Posted(Kind.REDEMPTION, points if accounts else 0, accounts)
    return announce(posted, at=now, actor=actor, publish=publish)


def burn_held(*, sources: Sequence[str], actor: Actor, now: datetime, publish: bool = True) -> Posted:
    """Spend what the sources hold, in one statement; those that hold nothing are passed over."""
    db.require_transaction()
    params = {"sources": list(sources), "status": "BURNT", "actor": str(actor), "now": now}
    points, accounts = sql.fetch_all(BURN_HELD, params)[0]
    posted = Posted(Kind.REDEMPTION, points, tuple(accounts))
    return announce(posted, at=now, actor=actor, publish=publish)


def release_held(*, sources: Sequence[str], now: datetime) -> int:
    """Unlock what the sources hold; answer how many points. Expired ones go with the next due run."""
    db.require_transaction()
    return sql.fetch_all(RELEASE, {"sources": list(sources), "status": "RELEASED"})[0][0]


def take(
    statement: str, *, programme_id: int, person_id: int, points: int, source: str, **params: object
) -> tuple[int, ...]:
    """
    Run a taking statement, and once more before a refusal.

    A person that changed is not followed: the locks taken would be kept while those of other
    accounts are waited for, against the order of locks.
    """
    db.require_transaction()
    if points < 0:
        raise ValueError("points are taken, not given")
    if points == 0:
        return ()
    # One type of integer, hence one prepared statement, whatever its size.
    numbers = {"person_id": Int8(person_id), "points": Int8(points), "programme_id": Int8(programme_id)}
    available = 0
    for _ in range(2):
        row = sql.fetch_all(statement, {**numbers, "source": source, **params})[0]
        fresh, known, available, accounts = row
        if not fresh:
            raise PersonMoved(customer_id=person_id)
        if accounts or known:
            return tuple(accounts)
    raise InsufficientPoints(requested=points, available=available)
