"""
Pushing: absolute states under a version that only grows, stock before all else.

One process at a time pushes for a connection (an advisory lock that dies with its holder), and
one push a pair is in flight. As a rule that is a standing pusher (`standing`). A row is leased, then
its state is read, by a later snapshot: whatever changes afterwards marks the row dirty again. Lost,
repeated and reordered pushes all end in the same state.
"""

import random
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from connectors import wakes
from connectors.errors import KindUnavailable, PushFailed
from connectors.models import Connection
from connectors.ports import Capability
from connectors.registry import lacks, most_in_a_push, reached
from connectors.services import finishing, shipping
from connectors.services.lanes import ACKNOWLEDGED, ANY_DUE, DUE, FAILED, LANES, LEASED, LISTINGS, STOCK, Lane
from omni.core import db, locks, sql

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=15)
REFUSALS_UNTIL_DEAD = 5
FAILURES_UNTIL_OPEN = 3
LONGEST_WAIT = 60.0
LOCK_CLASS = 0x50555348  # "PUSH"

CIRCUIT = """
UPDATE connectors_connection SET
    failures = failures + 1,
    retry_at = CASE WHEN failures + 1 >= %(most)s::int THEN statement_timestamp() + %(wait)s::interval END,
    last_error = %(error)s::text
WHERE id = %(id)s::bigint
RETURNING failures
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is in flight; `more` where there may be more that is due."""

    ids: list[int]
    items: list[Any]
    more: bool


class Pace:
    """At most so many pushes a second; and none while the circuit is open."""

    def __init__(self) -> None:
        self._next_at = self._rests_until = 0.0

    def keep(self, per_second: int) -> None:
        now = time.monotonic()
        time.sleep(max(0.0, self._next_at - now))
        self._next_at = max(now, self._next_at) + 1 / max(1, per_second)

    def rest(self, seconds: float) -> None:
        self._rests_until = time.monotonic() + seconds

    @property
    def resting(self) -> bool:
        return time.monotonic() < self._rests_until


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
            connection = Connection.objects.flowing().filter(pk=connection_id).first()
            before = pushed
            if connection:
                pushed += drain(connection, Pace()) + drain_beside(connection, Pace())
                finish(connection, Pace())
        if pushed == before or not _any_due(connection_id):
            return pushed


def drain_beside(connection: Connection, pace: Pace) -> int:
    """All that is due beside stock; answer how many items were acknowledged."""
    beside, pushed, more = Beside(), 0, True
    while more:
        before = beside.acknowledged
        more = beside.take_turn(connection, pace)
        pushed += beside.acknowledged - before
        if more:
            finish(connection, pace)
    return pushed


def finish(connection: Connection, pace: Pace) -> None:
    """Let the kind finish what it was told. A failure counts as one of stock's, until nothing is left undone."""
    if lacks(connection, Capability.FINISH_PUSHES):
        return
    if connection.failures and not _may_try(connection, pace):
        return
    try:
        finishing.finish(connection)
    except KindUnavailable:
        # What waits to be pushed says so.
        return
    except PushFailed as failure:
        error = str(failure)[:2000]
        _count_failure(connection, error, timedelta(seconds=_wait(connection.failures)))
        logger.warning("push.unfinished", connection=connection.code, error=error)
        return
    if connection.failures and finishing.is_drained(connection, STOCK):
        _close_circuit(connection)


def drain(connection: Connection, pace: Pace) -> int:
    """Push what stock is due, by whoever holds the connection's lock; answer how many items were acknowledged."""
    if lacks(connection, Capability.PUSH_STOCK):
        return 0
    pushed, more = 0, not connection.failures or _may_try(connection, pace)
    while more and (batch := _lease(connection)):
        more = batch.more
        if not batch.items:
            continue
        pace.keep(connection.pushes_per_second)
        try:
            send(connection, batch, STOCK)
        except PushFailed as failure:
            _record_failure(connection, batch, failure)
            more = failure.permanent
            continue
        _record_success(connection, batch)
        pushed += len(batch.items)
        if more:
            finish(connection, pace)
    return pushed


def send(connection: Connection, batch: Batch, lane: Lane) -> None:
    """Raises PushFailed."""
    with reached(connection) as (connector, to):
        lane.send(connector, to, batch.items)


def _lease(connection: Connection, lane: Lane = STOCK) -> Batch | None:
    """Lock what is due, then read its state; None when nothing is due."""
    limit = most_in_a_push(connection, lane.capability) if connection.failures == 0 else 1
    with db.transaction():
        due = sql.fetch_all(lane.sql(DUE), {"connection": connection.pk, "limit": limit})
        if not due:
            return None
        more = len(due) == limit or bool(due[-1][3])
        if due[0][3] or due[-1][3]:
            due = due[:1] if due[0][3] else [row for row in due if not row[3]]
        states = lane.states(connection, [row[1] for row in due])
        rows = sql.fetch_all(
            lane.sql(LEASED),
            {
                "ids": sql.integers(row[0] for row in due),
                "states": sql.array(states[row[1]] for row in due),
                "lease": LEASE,
            },
        )
    skus = {row[0]: row[2] for row in due}
    changed = [(id_, lane.item(skus[id_], state, version)) for id_, version, state, new in rows if new]
    return Batch([id_ for id_, _ in changed], [item for _, item in changed], more)


def _record_success(connection: Connection, batch: Batch, lane: Lane = STOCK) -> None:
    params = {
        "ids": sql.integers(batch.ids),
        "versions": sql.integers(item.version for item in batch.items),
    }
    sql.fetch_all(lane.sql(ACKNOWLEDGED), params)
    if connection.failures and lane is STOCK:
        _close_circuit(connection)


def _close_circuit(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(failures=0, retry_at=None, last_error="")
    connection.failures = 0
    connection.retry_at = None


def _record_failure(connection: Connection, batch: Batch, failure: PushFailed) -> None:
    wait = timedelta(seconds=_wait(connection.failures))
    error = _postpone(connection, batch, failure, STOCK, wait)
    if not failure.permanent:
        _count_failure(connection, error, wait)


def _count_failure(connection: Connection, error: str, wait: timedelta) -> None:
    params = {"id": connection.pk, "most": FAILURES_UNTIL_OPEN, "wait": wait, "error": error}
    if row := sql.fetch_one(CIRCUIT, params):
        connection.failures = row[0]


def _postpone(connection: Connection, batch: Batch, failure: PushFailed, lane: Lane, wait: timedelta) -> str:
    """Let the batch's items wait; answer what went wrong, as it was written down."""
    error = str(failure)[:2000]
    sql.fetch_all(
        lane.sql(FAILED),
        {
            "ids": sql.integers(batch.ids),
            "refused": int(failure.permanent),
            "wait": timedelta(0) if failure.permanent and len(batch.ids) > 1 else wait,
            "most": REFUSALS_UNTIL_DEAD,
            "error": error,
        },
    )
    logger.warning("push.failed", connection=connection.code, items=len(batch.ids), error=error)
    return error


class Backoff:
    """How long one kind of thing waits after failures in a row; another process begins anew."""

    def __init__(self) -> None:
        self._failures, self._ready_at = 0, 0.0

    def ready(self) -> bool:
        return time.monotonic() >= self._ready_at

    def failed(self, failure: PushFailed) -> timedelta:
        wait = _wait(self._failures)
        if not failure.permanent:
            self._failures += 1
            self._ready_at = time.monotonic() + wait
        return timedelta(seconds=wait)

    def succeeded(self) -> None:
        self._failures = 0


class Beside:
    """
    What goes out beside stock, a batch of listings and one of shipments a turn.

    Failures here open no circuit: a receiver that takes no prices still gets its stock at once.
    """

    def __init__(self) -> None:
        self.acknowledged = 0
        self._listings, self._shipments = Backoff(), Backoff()

    def take_turn(self, connection: Connection, pace: Pace) -> bool:
        """Answer whether there may be more to send at once."""
        if connection.failures and not _may_try(connection, pace):
            return False
        more = [
            self._listings.ready() and self._push_listings(connection, pace),
            self._shipments.ready() and self._tell_shipments(connection, pace),
        ]
        return any(more)

    def _push_listings(self, connection: Connection, pace: Pace) -> bool:
        if lacks(connection, Capability.PUSH_LISTINGS) or not (batch := _lease(connection, LISTINGS)):
            return False
        if not batch.items:
            return batch.more
        pace.keep(connection.pushes_per_second)
        try:
            send(connection, batch, LISTINGS)
        except PushFailed as failure:
            _postpone(connection, batch, failure, LISTINGS, self._listings.failed(failure))
            return failure.permanent
        _record_success(connection, batch, LISTINGS)
        self._listings.succeeded()
        self.acknowledged += len(batch.items)
        return batch.more

    def _tell_shipments(self, connection: Connection, pace: Pace) -> bool:
        if lacks(connection, Capability.ACKNOWLEDGE_SHIPMENT):
            return False
        due = shipping.list_due(connection.pk)
        for notice in due:
            pace.keep(connection.pushes_per_second)
            try:
                with reached(connection) as (connector, to):
                    connector.acknowledge_shipment(to, shipping.shipment_of(notice))
            except PushFailed as failure:
                shipping.postpone(notice, failure, self._shipments.failed(failure), REFUSALS_UNTIL_DEAD)
                if not failure.permanent:
                    return False
                continue
            shipping.acknowledge(notice)
            self._shipments.succeeded()
            self.acknowledged += 1
        return len(due) == shipping.PAGE


def _wait(failures: int) -> float:
    """Exponential back-off with full jitter's upper half: 0.25 s at first, a minute at most."""
    ceiling = min(LONGEST_WAIT, 0.5 * 2.0 ** min(failures, 10))
    return ceiling / 2 + random.random() * ceiling / 2


def _may_try(connection: Connection, pace: Pace) -> bool:
    """Whether the circuit lets one push through; asked once, and known until then, however often it is woken."""
    if pace.resting:
        return False
    row = sql.fetch_one(
        "SELECT greatest(0, extract(epoch FROM retry_at - statement_timestamp()))::float8"
        " FROM connectors_connection WHERE id = %(id)s::bigint",
        {"id": connection.pk},
    )
    if row is None or row[0]:
        pace.rest(row[0] if row else 0.0)
        return False
    return True


def _any_due(connection_id: int) -> bool:
    params = {"connection": connection_id}
    found = (sql.fetch_one(lane.sql(ANY_DUE), params) for lane in LANES)
    return any(row and row[0] for row in found)


def sole_pusher(connection_id: int) -> AbstractContextManager[bool]:
    """The right to push for a connection, where nobody else has it."""
    return locks.sole(LOCK_CLASS, connection_id)
