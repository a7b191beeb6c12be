"""
Pushing availability: absolute quantities under a version that only grows.

One process at a time pushes for a connection (an advisory lock that dies with its holder), and
one push a pair is in flight. As a rule that is a standing pusher (`standing`). A row is leased, then availability is read, by a later snapshot:
whatever changes afterwards marks the row dirty again. Lost, repeated and reordered pushes all
end in the same state.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from connectors import wakes
from connectors.errors import PushFailed
from connectors.models import Connection
from connectors.ports import Capability, StockItem
from connectors.registry import lacks, reached
from inventory import selectors as inventory
from omni.core import db, sql

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)
REFUSALS_UNTIL_DEAD = 5
FAILURES_UNTIL_OPEN = 3
LONGEST_WAIT = 60.0
LOCK_CLASS = 0x50555348  # "PUSH"

# Whoever holds the connection's lock meets a lease only where its holder died: it is taken over at
# once. Rows that were refused before go alone, so that one bad item can't take others with it.
DUE = """
SELECT state.id, state.variant_id, variant.sku, state.tries
FROM connectors_pushstate AS state JOIN catalog_variant AS variant ON variant.id = state.variant_id
WHERE state.connection_id = %(connection)s::bigint AND state.dead_at IS NULL
  AND (state.next_try_at IS NULL OR state.next_try_at <= statement_timestamp())
  AND (state.dirty_at IS NOT NULL OR state.lease_until IS NOT NULL)
ORDER BY state.tries, state.dirty_at, state.id
LIMIT %(limit)s::int
FOR NO KEY UPDATE OF state SKIP LOCKED
"""

# An unchanged number that was acknowledged needs no push.
LEASED = """
UPDATE connectors_pushstate AS state SET
    version = CASE WHEN known THEN state.version ELSE state.version + 1 END,
    available = now_available,
    sending_dirty_at = CASE WHEN NOT known
        THEN least(state.sending_dirty_at, state.dirty_at, statement_timestamp()) END,
    dirty_at = NULL,
    lease_until = CASE WHEN NOT known THEN statement_timestamp() + %(lease)s::interval END
FROM (
    SELECT held.id, given.available AS now_available,
           held.available IS NOT NULL AND held.available = given.available
           AND held.acknowledged_version = held.version AND held.version > 0 AS known
    FROM unnest(%(ids)s::bigint[], %(available)s::bigint[]) AS given (id, available)
    JOIN connectors_pushstate AS held ON held.id = given.id
) AS reading
WHERE state.id = reading.id
RETURNING state.id, state.version, state.available, NOT known
"""

# Lost in a crash, it is pushed again.
ACKNOWLEDGED = f"""
UPDATE connectors_pushstate AS state SET
    acknowledged_version = greatest(state.acknowledged_version, pushed.version),
    acknowledged_at = statement_timestamp(),
    lag = statement_timestamp() - state.sending_dirty_at,
    sending_dirty_at = NULL, lease_until = NULL, tries = 0, next_try_at = NULL, error = ''
FROM unnest(%(ids)s::bigint[], %(versions)s::bigint[]) AS pushed (id, version), {db.LAZILY}
WHERE state.id = pushed.id AND state.version = pushed.version
"""

# A refusal counts towards giving up; silence does not, for it says nothing about the item.
FAILED = """
UPDATE connectors_pushstate SET
    dirty_at = least(dirty_at, sending_dirty_at), sending_dirty_at = NULL, lease_until = NULL,
    tries = tries + %(refused)s::int,
    next_try_at = statement_timestamp() + %(wait)s::interval,
    dead_at = CASE WHEN tries + %(refused)s::int >= %(most)s::int THEN statement_timestamp() END,
    error = %(error)s::text
WHERE id = ANY(%(ids)s::bigint[])
"""

CIRCUIT = """
UPDATE connectors_connection SET
    failures = failures + 1,
    retry_at = CASE WHEN failures + 1 >= %(most)s::int THEN statement_timestamp() + %(wait)s::interval END,
    last_error = %(error)s::text
WHERE id = %(id)s::bigint
RETURNING failures
"""

ANY_DUE = """
SELECT EXISTS (
    SELECT FROM connectors_pushstate
    WHERE connection_id = %(connection)s::bigint AND dead_at IS NULL
      AND (next_try_at IS NULL OR next_try_at <= statement_timestamp())
      AND (dirty_at IS NOT NULL OR lease_until IS NOT NULL))
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is in flight; `more` where there may be more that is due."""

    ids: list[int]
    items: list[StockItem]
    more: bool


class Pace:
    """At most so many pushes a second."""

    def __init__(self) -> None:
        self._next_at = 0.0

    def keep(self, per_second: int) -> None:
        now = time.monotonic()
        time.sleep(max(0.0, self._next_at - now))
        self._next_at = max(now, self._next_at) + 1 / max(1, per_second)


def push(*, connection_id: int) -> int:
    """
    Push all that is due for a connection; answer how many items were acknowledged.

    Where another process is at it, leave it to that one, which looks once it is woken.
    """
    pushed = 0
    while True:
        with sole_pusher(connection_id) as alone:
            if not alone:
                wakes.wake([connection_id])
                return pushed
            connection = Connection.objects.filter(pk=connection_id, active=True).first()
            before = pushed
            if connection:
                pushed += drain(connection, Pace())
        if pushed == before or not _any_due(connection_id):
            return pushed


def replay_dead(*, connection_id: int) -> int:
    """Give every dead letter of a connection all its tries again, in its caller's transaction; answer how many."""
    db.require_transaction()
    rows = sql.fetch_all(
        "UPDATE connectors_pushstate SET dead_at = NULL, tries = 0, next_try_at = NULL,"
        " dirty_at = coalesce(dirty_at, statement_timestamp())"
        " WHERE connection_id = %(connection)s::bigint AND dead_at IS NOT NULL RETURNING id",
        {"connection": connection_id},
    )
    return len(rows)


def drain(connection: Connection, pace: Pace) -> int:
    """Push what is due, by whoever holds the connection's lock; answer how many items were acknowledged."""
    if lacks(connection, Capability.PUSH_STOCK):
        return 0
    pushed, more = 0, not connection.failures or _may_try(connection)
    while more and (batch := _lease(connection)):
        more = batch.more
        if not batch.items:
            continue
        pace.keep(connection.pushes_per_second)
        try:
            with reached(connection) as (connector, to):
                connector.push_stock(to, batch.items)
        except PushFailed as failure:
            _record_failure(connection, batch, failure)
            more = failure.permanent
            continue
        _record_success(connection, batch)
        pushed += len(batch.items)
    return pushed


def _lease(connection: Connection) -> Batch | None:
    """Lock what is due, then read its availability; None when nothing is due."""
    limit = max(1, connection.batch_size) if connection.failures == 0 else 1
    with db.transaction():
        due = sql.fetch_all(DUE, {"connection": connection.pk, "limit": limit})
        if not due:
            return None
        more = len(due) == limit or bool(due[-1][3])
        if due[0][3] or due[-1][3]:
            due = due[:1] if due[0][3] else [row for row in due if not row[3]]
        available = inventory.channel_availability(
            channel_id=connection.channel_id, variant_ids=[row[1] for row in due]
        )
        rows = sql.fetch_all(
            LEASED,
            {
                "ids": [row[0] for row in due],
                "available": [available.get(row[1], 0) for row in due],
                "lease": LEASE,
            },
        )
    skus = {row[0]: row[2] for row in due}
    changed = [(id_, StockItem(skus[id_], count, version)) for id_, version, count, new in rows if new]
    return Batch([id_ for id_, _ in changed], [item for _, item in changed], more)


def _record_success(connection: Connection, batch: Batch) -> None:
    sql.fetch_all(ACKNOWLEDGED, {"ids": batch.ids, "versions": [item.version for item in batch.items]})
    if connection.failures:
        Connection.objects.filter(pk=connection.pk).update(failures=0, retry_at=None, last_error="")
        connection.failures = 0
        connection.retry_at = None


def _record_failure(connection: Connection, batch: Batch, failure: PushFailed) -> None:
    wait = timedelta(seconds=_wait(connection.failures))
    error = str(failure)[:2000]
    sql.fetch_all(
        FAILED,
        {
            "ids": batch.ids,
            "refused": int(failure.permanent),
            "wait": timedelta(0) if failure.permanent and len(batch.ids) > 1 else wait,
            "most": REFUSALS_UNTIL_DEAD,
            "error": error,
        },
    )
    if not failure.permanent:
        params = {"id": connection.pk, "most": FAILURES_UNTIL_OPEN, "wait": wait, "error": error}
        if row := sql.fetch_one(CIRCUIT, params):
            connection.failures = row[0]
    logger.warning("push.failed", connection=connection.code, items=len(batch.ids), error=error)


def _wait(failures: int) -> float:
    """Exponential back-off with full jitter's upper half: 0.25 s at first, a minute at most."""
    ceiling = min(LONGEST_WAIT, 0.5 * 2.0 ** min(failures, 10))
    return ceiling / 2 + random.random() * ceiling / 2


def _may_try(connection: Connection) -> bool:
    row = sql.fetch_one(
        "SELECT retry_at IS NULL OR retry_at <= statement_timestamp()"
        " FROM connectors_connection WHERE id = %(id)s::bigint",
        {"id": connection.pk},
    )
    return bool(row and row[0])


def _any_due(connection_id: int) -> bool:
    row = sql.fetch_one(ANY_DUE, {"connection": connection_id})
    return bool(row and row[0])


@contextmanager
def sole_pusher(connection_id: int) -> Iterator[bool]:
    """Hold the connection's lock, in this database session, for as long as the block runs."""
    params = {"class": LOCK_CLASS, "id": connection_id}
    row = sql.fetch_one("SELECT pg_try_advisory_lock(%(class)s::int, %(id)s::int)", params)
    locked = bool(row and row[0])
    try:
        yield locked
    finally:
        if locked:
            sql.fetch_all("SELECT pg_advisory_unlock(%(class)s::int, %(id)s::int)", params)
