"""Guests' carts that nobody came back to."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from omni.core import db, sql

AT_ONCE = 500
EARLIEST = (datetime(2000, 1, 1, tzinfo=UTC), UUID(int=0))

# A page of the guests' carts by age, through their index; of it goes what is open, untouched and
# nobody's order, and what no checkout holds just now. One that was reopened still is its order's.
PURGE = """
WITH page AS MATERIALIZED (
    SELECT id, created_at FROM orders_cart
    WHERE customer_id IS NULL AND created_at < %(before)s::timestamptz
      AND (created_at, id) > (%(after_at)s::timestamptz, %(after_id)s::uuid)
    ORDER BY created_at, id
    LIMIT %(limit)s::int
), abandoned AS MATERIALIZED (
    SELECT cart.id
    FROM page JOIN orders_cart AS cart ON cart.id = page.id
    WHERE cart.status = 'OPEN' AND cart.customer_id IS NULL AND cart.updated_at < %(before)s::timestamptz
      AND NOT EXISTS (SELECT FROM orders_order WHERE orders_order.cart_id = cart.id)
    FOR NO KEY UPDATE OF cart SKIP LOCKED
), uncouponed AS (
    DELETE FROM orders_cartcoupon WHERE cart_id IN (SELECT id FROM abandoned)
), emptied AS (
    DELETE FROM orders_cartline WHERE cart_id IN (SELECT id FROM abandoned)
), purged AS (
    DELETE FROM orders_cart WHERE id IN (SELECT id FROM abandoned) RETURNING id
)
SELECT (SELECT count(*) FROM purged), page.created_at, page.id
FROM page ORDER BY page.created_at DESC, page.id DESC LIMIT 1
"""


def purge_guest_carts(*, before: datetime, limit: int = AT_ONCE) -> int:
    """
    Delete guests' open carts that were not touched since `before`; answer how many.

    Each `limit` is a transaction of its own. A cart that was ordered stays, whatever became of
    the order, and so does one that somebody is ordering meanwhile.
    """
    purged, after = 0, EARLIEST
    while page := _purge_page(before, after, limit):
        purged += page[0]
        after = page[1:]
    return purged


def _purge_page(before: datetime, after: tuple[Any, ...], limit: int) -> Any:
    params = {"before": before, "after_at": after[0], "after_id": after[1], "limit": limit}
    with db.transaction():
        return sql.fetch_one(PURGE, params)
