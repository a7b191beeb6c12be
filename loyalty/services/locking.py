"""
One lock before several postings: every account that any of them touches, then every lot.

Of a merged person a source may have earned in one record's account and spent from another's. Each
posting locks its own accounts in the order of their keys, but two of them after each other do not,
and meet the due run, which locks both in one statement, head-on.
"""

from collections.abc import Iterable, Sequence

from omni.core import db, sql

# Read by key, so that nothing but what is chosen is locked, and in the order of keys. No lot is
# looked at before the last account is locked: `accounts` is counted first. Plan: lot_by_source,
# one_hold_per_source_and_lot, primary keys.
LOCK = """
WITH chosen AS MATERIALIZED (
    SELECT id, account_id FROM loyalty_pointlot WHERE source = ANY(%(sources)s::text[])
    UNION
    SELECT lot.id, lot.account_id
    FROM loyalty_pointhold AS hold JOIN loyalty_pointlot AS lot ON lot.id = hold.lot_id
    WHERE hold.source = ANY(%(sources)s::text[])
), accounts AS MATERIALIZED (
    SELECT id FROM loyalty_pointaccount
    WHERE id = ANY(ARRAY(
        SELECT account_id FROM chosen
        UNION
        SELECT id FROM loyalty_pointaccount WHERE customer_id = ANY((SELECT %(customers)s::bigint[])::bigint[])
    ))
    ORDER BY id FOR NO KEY UPDATE
)
SELECT id FROM loyalty_pointlot
WHERE id = ANY(ARRAY(SELECT id FROM chosen)) AND (SELECT count(*) FROM accounts) > 0
ORDER BY id FOR NO KEY UPDATE
"""


def lock_points(*, sources: Sequence[str] = (), customer_ids: Iterable[int | None] = ()) -> None:
    """
    Lock the accounts and lots that the sources earned or spent in, and the customers' accounts.

    A building block for what posts more than once; the caller has locked the person. Locking
    again what is locked costs a round trip and changes nothing.
    """
    db.require_transaction()
    sql.fetch_all(LOCK, {"sources": list(sources), "customers": sql.integers(customer_ids)})
