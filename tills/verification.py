"""Where drawers don't add up: what was frozen at a closing beside the rows that it came from."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from omni.core import sql
from omni.core.actor import Actor
from omni.core.verification import Drift, Repair
from tills.selectors import CASH

# What a closing froze is float + cash sales − cash refunds + in − out, from the rows as they are now.
EXPECTED = f"""
SELECT location.code, till.code, session.business_date::text, 'expected_amount',
       session.float_amount + coalesce(sum(
           CASE cash.what WHEN 'sales' THEN cash.amount WHEN 'in' THEN cash.amount ELSE -cash.amount END
       ), 0), session.expected_amount
FROM tills_cashsession AS session
JOIN tills_till AS till ON till.id = session.till_id
JOIN organisation_location AS location ON location.id = session.location_id
LEFT JOIN ({CASH.format(ids="ARRAY(SELECT id FROM tills_cashsession WHERE status = 'CLOSED')")}) AS cash
       ON cash.session_id = session.id
WHERE session.status = 'CLOSED'
GROUP BY session.id, till.code, location.code
HAVING session.float_amount + coalesce(sum(
           CASE cash.what WHEN 'sales' THEN cash.amount WHEN 'in' THEN cash.amount ELSE -cash.amount END
       ), 0) <> session.expected_amount
ORDER BY session.id
"""

COUNTS = """
SELECT location.code, till.code, session.business_date::text, lower(count.kind),
       coalesce(piece.amount, 0), count.amount
FROM tills_cashcount AS count
JOIN tills_cashsession AS session ON session.id = count.session_id
JOIN tills_till AS till ON till.id = session.till_id
JOIN organisation_location AS location ON location.id = session.location_id
LEFT JOIN LATERAL (
    SELECT sum(key::numeric * value::bigint) AS amount FROM jsonb_each_text(count.pieces)
) AS piece ON true
WHERE coalesce(piece.amount, 0) <> count.amount
ORDER BY count.id
"""

# A sale of a till has all its money in that till's records, or none of it was the till's.
MONEY = """
SELECT location.code, till.code, "order".number, 'money',
       sum(payment.captured_amount), coalesce(sum(payment.captured_amount) FILTER (WHERE money.id IS NOT NULL), 0)
FROM tills_tillrecord AS record
JOIN tills_till AS till ON till.id = record.till_id
JOIN organisation_location AS location ON location.id = till.location_id
JOIN orders_order AS "order" ON "order".id = record.order_id
JOIN orders_payment AS payment ON payment.order_id = record.order_id AND payment.status = 'CAPTURED'
LEFT JOIN tills_tillmoney AS money ON money.payment_id = payment.id
WHERE record.kind = 'SALE'
GROUP BY record.id, location.code, till.code, "order".number
HAVING sum(payment.captured_amount)
       <> coalesce(sum(payment.captured_amount) FILTER (WHERE money.id IS NOT NULL), 0)
ORDER BY record.id
"""

CHECKS = {
    "cash-session": (EXPECTED, "business_date"),
    "cash-count": (COUNTS, "business_date"),
    "till-money": (MONEY, "order"),
}


def find_drifts() -> list[Drift]:
    """Every closing, count and sale of a till whose figures are not what its rows explain."""
    return [
        _drift(kind, named, row)
        for kind, (statement, named) in CHECKS.items()
        for row in sql.fetch_all(statement)
    ]


def _drift(kind: str, named: str, row: sql.Row) -> Drift:
    location, till, value, what, expected, found = row
    where = {"location": location, "till": till, named: value}
    return Drift(kind, what, where, _figure(expected), _figure(found), _figure(found - expected))


def _figure(value: Decimal) -> str:
    return f"{value.normalize():f}"


def repair(drifts: Sequence[Drift], *, actor: Actor, now: datetime) -> list[Repair]:
    """Nothing is mended by itself: somebody counted this money, and has to say what became of it."""
    return []
