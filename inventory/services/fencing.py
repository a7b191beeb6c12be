"""
How far the stock ledger may be read without ever missing a row that commits late.

Ids are drawn before their transactions commit, so a lower id may appear after a higher one. But
whoever draws one holds ROW EXCLUSIVE on the ledger from before that until its transaction has
ended, and PostgreSQL shows who does. So: note the last id drawn, then who holds that lock; once
each of those transactions has ended, every id up to the noted one is there for good, or never
will be. It is what CREATE INDEX CONCURRENTLY waits for. No writer waits for anything.

What is waited for is kept with the cursor, so that a reader that is stopped goes on from there, and
transactions that start meanwhile can't put it off for ever.
"""

import time
from collections.abc import Sequence

from inventory.models import ValuationCursor
from omni.core import sql

PAUSE = 0.005

LAST_DRAWN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM inventory_stockentry_id_seq"

# The reader's own transaction sees its own rows. Prepared transactions hold locks without a pid.
LOCKERS = """
SELECT DISTINCT virtualtransaction
FROM pg_locks
WHERE locktype = 'relation' AND relation = 'inventory_stockentry'::regclass
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND mode = 'RowExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
"""


def pass_fence(cursor: ValuationCursor, *, patience: float) -> bool:
    """
    Move `cursor.fence` as far as can be known to be complete; answer whether it is beyond the cursor.

    Waits up to `patience` seconds for the transactions that are open; if they last longer, they
    are waited for again the next time. The caller holds the cursor, and saves it.
    """
    waiting = list(cursor.lockers)
    if not waiting and cursor.fence > cursor.entry_id:
        return True
    if not waiting:
        [[cursor.fence]] = sql.fetch_all(LAST_DRAWN)
        if cursor.fence <= cursor.entry_id:
            return False
        waiting = _lockers()
    deadline = time.monotonic() + patience
    waiting = _still(waiting)
    while waiting and time.monotonic() < deadline:
        time.sleep(PAUSE)
        waiting = _still(waiting)
    cursor.lockers = waiting
    return not waiting and cursor.fence > cursor.entry_id


def _lockers() -> list[str]:
    return [row[0] for row in sql.fetch_all(LOCKERS)]


def _still(waiting: Sequence[str]) -> list[str]:
    if not waiting:
        return []
    held = set(_lockers())
    return [one for one in waiting if one in held]
