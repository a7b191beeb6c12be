"""
The relay: leases events and hands them to Celery, in batches. Any number may run.

Handing over is not delivery. An event whose lease ran out is handed over again, to the
consumers that have neither its receipt nor given it up: an emptied broker or a killed worker
costs at most the lease and one poll.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import structlog
from django.conf import settings
from django.db import connection, transaction

from omni.core import sql, valkey
from omni.outbox import delivery
from omni.outbox.consumers import consumers_of
from omni.outbox.publish import WAKE

logger = structlog.get_logger(__name__)

LEASED_AT_ONCE = 1000
TASK_SIZE = 100
POLL_SECONDS = 1.0
BUSY_SECONDS = 0.003

# A batch: for each consumer the events to hand to it.
Batch = dict[str, list[int]]
Dispatch = Callable[[Batch], None]

LEASE = """
WITH due AS (
    SELECT sequence, leased_until FROM outbox_event
    WHERE finished_at IS NULL AND (leased_until IS NULL OR leased_until < clock_timestamp())
    ORDER BY sequence
    LIMIT %(limit)s::int
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE outbox_event AS event SET leased_until = clock_timestamp() + %(lease)s::interval
FROM due WHERE event.sequence = due.sequence
RETURNING event.sequence, event.type, due.leased_until IS NOT NULL
"""

# Who need not be asked again: done, given up, or not due yet.
SETTLED = """
SELECT event_id, consumer FROM outbox_receipt WHERE event_id = ANY(%(sequences)s::bigint[])
UNION ALL
SELECT event_id, consumer FROM outbox_failure
WHERE event_id = ANY(%(sequences)s::bigint[]) AND (dead_at IS NOT NULL OR next_try_at > statement_timestamp())
"""


def run(*, dispatch: Dispatch, backlog: Callable[[], int], stopped: Callable[[], bool]) -> None:
    """
    Relay until `stopped`; a lost database or broker is waited for, and said once a time.

    `backlog` is how many tasks wait for a worker that is free.
    """
    wait = 0.0
    while not stopped():
        try:
            wait_for_workers(backlog)
            if relay_batch(dispatch=dispatch) < LEASED_AT_ONCE:
                wait_for_wake()
            wait = 0.0
        except Exception as error:
            wait = min(wait * 2 or 0.1, 2.0)
            logger.warning("relay.waiting", seconds=wait, error=f"{type(error).__name__}: {error}")
            connection.close()
            time.sleep(wait)


def relay_batch(*, dispatch: Dispatch) -> int:
    """Lease what is due, commit, and hand it over; answer how many events were leased."""
    with transaction.atomic(durable=True):
        # Synchronous: what leaves the platform after this has been flushed, and all before it.
        leased = sql.fetch_all(LEASE, {"limit": LEASED_AT_ONCE, "lease": settings.OUTBOX_LEASE})
    if not leased:
        return 0
    todo = _still_to_do(leased)
    for chunk in _chunks(sorted(row[0] for row in leased), TASK_SIZE):
        batch: Batch = defaultdict(list)
        for sequence in chunk:
            for consumer in todo.get(sequence, ()):
                batch[consumer].append(sequence)
        if batch:
            dispatch(dict(batch))
    return len(leased)


def _still_to_do(leased: Sequence[tuple[int, str, bool]]) -> dict[int, list[str]]:
    """For each event the consumers that it still has to reach; those of none are finished here."""
    again = [sequence for sequence, _, before in leased if before]
    settled = set(sql.fetch_all(SETTLED, {"sequences": again})) if again else set()
    todo = {
        sequence: [name for name in consumers_of(event_type) if (sequence, name) not in settled]
        for sequence, event_type, _ in leased
    }
    if done := [sequence for sequence, names in todo.items() if not names]:
        delivery.finish(done)
    return todo


def _chunks(items: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def wait_for_workers(backlog: Callable[[], int]) -> None:
    """
    Let events gather while the workers are busy, at most for a second.

    They then go in one task, which costs hardly more than one event does. Handed over one by one
    they would wait in the queue until their leases run out, be handed over again, and wait longer.
    """
    until = time.monotonic() + POLL_SECONDS
    while backlog() and time.monotonic() < until:
        time.sleep(BUSY_SECONDS)


def wait_for_wake() -> None:
    """Sleep until a publisher wakes us, at most a second; without Valkey, poll."""
    try:
        valkey.client().brpop([WAKE], timeout=POLL_SECONDS)
    except Exception:
        time.sleep(POLL_SECONDS / 4)
