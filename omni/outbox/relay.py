"""
The relay: leases events and hands them over in batches, to Celery or by the short way. Any number may run.

Handing over is not delivery. An event whose lease ran out is handed over again, to the
consumers that have neither its receipt nor given it up: an emptied broker or a killed worker
costs at most the lease and one poll.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import structlog
from django.conf import settings
from django.db import connection

from omni.core import db, sql, valkey
from omni.outbox import delivery, prompt, subscriptions
from omni.outbox.consumers import consumers_of, is_prompt
from omni.outbox.publish import WAKE

logger = structlog.get_logger(__name__)

LEASED_AT_ONCE = 1000
TASK_SIZE = 100
POLL_SECONDS = 1.0
# Tasks follow one another at this distance: one for many events costs hardly more than one for one.
TASK_SECONDS = 0.1

# A batch: for each consumer the events to hand to it.
Batch = dict[str, list[int]]
Dispatch = Callable[[Batch], None]
# For each event the consumers that it still has to reach.
Todo = dict[int, list[str]]

LEASE = f"""
WITH due AS (
    SELECT sequence, leased_until FROM outbox_event
    WHERE finished_at IS NULL AND (leased_until IS NULL OR leased_until < clock_timestamp())
    ORDER BY sequence
    LIMIT %(limit)s::int
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE outbox_event AS event SET leased_until = clock_timestamp() + %(lease)s::interval
FROM due, {db.LAZILY} WHERE event.sequence = due.sequence
RETURNING event.sequence, event.type, due.leased_until IS NOT NULL,
    ARRAY(SELECT consumer FROM outbox_subscription AS subscription WHERE subscription.type = event.type)
"""

# Waits for the disk, and with it for all that was committed before: PostgreSQL flushes its log in order.
FLUSH = "SELECT pg_logical_emit_message(true, 'flush', '')"

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
    gathered, wait, noted = Gathered(dispatch, backlog), 0.0, False
    while not stopped():
        try:
            if not noted:
                subscriptions.note()
                noted = True
            leased, todo = _lease_due()
            gathered.add(_hand_over_prompt(todo))
            gathered.hand_over_if_due()
            if leased < LEASED_AT_ONCE:
                wait_for_wake(gathered.seconds_left())
            wait = 0.0
        except Exception as error:
            wait = min(wait * 2 or 0.1, 2.0)
            logger.warning("relay.waiting", seconds=wait, error=f"{type(error).__name__}: {error}")
            connection.close()
            time.sleep(wait)


def relay_batch(*, dispatch: Dispatch) -> int:
    """Lease what is due and hand it over; answer how many events were leased."""
    leased, todo = _lease_due()
    _hand_over(_hand_over_prompt(todo), dispatch)
    return leased


class Gathered:
    """
    Events on their way to the workers: at once after a pause, else in tasks some way apart.

    While the workers are busy they gather on, at most for a second. Handed over one by one they would
    wait in the queue until their leases run out, be handed over again, and wait longer. Lost with the
    relay, they are handed over when their leases run out.
    """

    def __init__(self, dispatch: Dispatch, backlog: Callable[[], int]) -> None:
        self._dispatch, self._backlog = dispatch, backlog
        self._todo: Todo = {}
        self._since = self._next_at = 0.0

    def add(self, todo: Todo) -> None:
        if todo and not self._todo:
            self._since = time.monotonic()
        self._todo |= todo

    def seconds_left(self) -> float:
        """How long nothing has to be done here."""
        return max(0.001, self._next_at - time.monotonic()) if self._todo else POLL_SECONDS

    def hand_over_if_due(self) -> None:
        now = time.monotonic()
        if not self._todo or now < self._next_at:
            return
        self._next_at = now + TASK_SECONDS
        if now < self._since + POLL_SECONDS and self._backlog():
            return
        todo, self._todo = self._todo, {}
        _hand_over(todo, self._dispatch)


def _lease_due() -> tuple[int, Todo]:
    """Lease what is due; its commit doesn't wait for the disk: who hands it on does."""
    leased = sql.fetch_all(LEASE, {"limit": LEASED_AT_ONCE, "lease": settings.OUTBOX_LEASE})
    return len(leased), _still_to_do(leased) if leased else {}


def _hand_over_prompt(todo: Todo) -> Todo:
    """Hand the prompt consumers theirs, and answer what is left for the others."""
    batch: Batch = defaultdict(list)
    left: Todo = defaultdict(list)
    for sequence, names in sorted(todo.items()):
        for name in names:
            if is_prompt(name):
                batch[name].append(sequence)
            else:
                left[sequence].append(name)
    if batch:
        prompt.hand_over(batch)
    return dict(left)


def _hand_over(todo: Todo, dispatch: Dispatch) -> None:
    """Hand over in tasks, once all that the events tell of, and all before it, has been flushed."""
    if todo:
        sql.fetch_all(FLUSH)
    for chunk in _chunks(sorted(todo), TASK_SIZE):
        batch: Batch = defaultdict(list)
        for sequence in chunk:
            for consumer in todo[sequence]:
                batch[consumer].append(sequence)
        dispatch(dict(batch))


def _still_to_do(leased: Sequence[tuple[int, str, bool, list[str]]]) -> Todo:
    """For each event the consumers that it still has to reach, also other code's; those of none are finished here."""
    again = [sequence for sequence, _, before, _ in leased if before]
    settled = set(sql.fetch_all(SETTLED, {"sequences": again})) if again else set()
    todo = {
        sequence: [name for name in _names(event_type, noted) if (sequence, name) not in settled]
        for sequence, event_type, _, noted in leased
    }
    if done := [sequence for sequence, names in todo.items() if not names]:
        delivery.finish(done)
    return todo


def _names(event_type: str, noted: Sequence[str]) -> list[str]:
    own = consumers_of(event_type)
    return own + [name for name in noted if name not in own]


def _chunks(items: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def wait_for_wake(seconds: float) -> None:
    """Sleep until a publisher wakes us, at most so long; without Valkey, poll."""
    try:
        valkey.client().brpop([WAKE], timeout=seconds)
    except Exception:
        time.sleep(min(seconds, POLL_SECONDS / 4))
