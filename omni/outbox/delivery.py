"""Delivery: a batch's receipts and its effect in one transaction, and what failed set aside."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from django.conf import settings

from omni.core import db, sql
from omni.outbox.consumers import CONSUMERS, Consumer, EventRecord, decode_payload, subscriptions
from omni.outbox.events import BY_TYPE

logger = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(minutes=5)

# Neither of these waits for the disk: receipts and effect are lost together, if a crash takes them,
# and then delivered again; nothing durable can rest on what was lost, for the log is in order.
# Two deliveries of one event meet on the receipt's key: the second waits, then gets no row.
# A type that this code's consumer doesn't take is left to newer code's.
RECEIVE = f"""
WITH event AS MATERIALIZED (
    SELECT sequence, id, type, aggregate, payload, occurred_at, recorded_at
    FROM outbox_event AS event, {db.LAZILY}
    WHERE event.sequence = ANY((SELECT %(sequences)s::bigint[])::bigint[]) AND event.type = ANY(%(types)s::text[])
      AND NOT EXISTS (
          SELECT FROM outbox_failure AS failure
          WHERE failure.event_id = event.sequence AND failure.consumer = %(consumer)s::text AND failure.dead_at IS NOT NULL)
), taken AS (
    INSERT INTO outbox_receipt (event_id, consumer, received_at)
    SELECT sequence, %(consumer)s::text, statement_timestamp() FROM event ORDER BY sequence
    ON CONFLICT DO NOTHING
    RETURNING event_id
)
SELECT event.* FROM event JOIN taken ON taken.event_id = event.sequence ORDER BY event.sequence
"""

# A consumer has done with an event by its receipt, or by giving it up. Those of other code that runs
# count too; an event of a type that we don't know is left to who does.
FINISH = f"""
WITH expected AS (
    SELECT type, consumer FROM unnest(%(types)s::text[], %(consumers)s::text[]) AS own (type, consumer)
    UNION
    SELECT type, consumer FROM outbox_subscription
)
UPDATE outbox_event AS event SET finished_at = statement_timestamp()
FROM {db.LAZILY}
WHERE event.sequence = ANY((SELECT %(sequences)s::bigint[])::bigint[]) AND event.finished_at IS NULL
  AND event.type = ANY(%(known)s::text[])
  AND NOT EXISTS (
      SELECT FROM expected
      WHERE expected.type = event.type
        AND NOT EXISTS (
            SELECT FROM outbox_receipt AS receipt
            WHERE receipt.event_id = event.sequence AND receipt.consumer = expected.consumer)
        AND NOT EXISTS (
            SELECT FROM outbox_failure AS failure
            WHERE failure.event_id = event.sequence AND failure.consumer = expected.consumer
              AND failure.dead_at IS NOT NULL))
"""

FAIL = """
INSERT INTO outbox_failure AS failure (event_id, consumer, tries, error, failed_at, next_try_at, dead_at)
SELECT sequence, %(consumer)s::text, 1, %(error)s::text, statement_timestamp(), statement_timestamp() + interval '1 second',
       CASE WHEN %(most)s::int <= 1 THEN statement_timestamp() END
FROM outbox_event WHERE sequence = %(sequence)s::bigint
ON CONFLICT (event_id, consumer) DO UPDATE SET
    tries = failure.tries + 1,
    error = excluded.error,
    failed_at = excluded.failed_at,
    next_try_at = statement_timestamp() + least(interval '1 second' * 2 ^ failure.tries, %(longest)s::interval),
    dead_at = CASE WHEN failure.tries + 1 >= %(most)s::int THEN statement_timestamp() END
RETURNING tries, dead_at IS NOT NULL
"""


def deliver_batch(batch: Mapping[str, Sequence[int]]) -> None:
    """Hand each consumer its events, one consumer after another; then finish those that all have."""
    finish(take_batch(batch))


def take_batch(batch: Mapping[str, Sequence[int]]) -> list[int]:
    """
    Hand each consumer its events, and answer which events are to be finished, by the caller.

    One that is only in newer or older code is left to a process of that: its events' leases run out.
    """
    for name, sequences in batch.items():
        if consumer := CONSUMERS.get(name):
            _deliver(consumer, list(sequences))
        else:
            logger.info("outbox.left-to-other-code", consumer=name, events=len(sequences))
    return sorted({sequence for sequences in batch.values() for sequence in sequences})


def deliver(*, consumer: str, sequences: Sequence[int]) -> None:
    """
    Hand events to a consumer, once each whatever is repeated.

    One event that fails does not hold up the rest of its batch: the batch is halved until the
    failure stands alone, which is then tried again later, and given up after OUTBOX_MAX_TRIES.
    """
    deliver_batch({consumer: sequences})


def _deliver(consumer: Consumer, sequences: list[int]) -> None:
    try:
        take(consumer, sequences)
    except Exception as error:
        if len(sequences) == 1:
            _record_failure(consumer, sequences[0], error)
            return
        middle = len(sequences) // 2
        _deliver(consumer, sequences[:middle])
        _deliver(consumer, sequences[middle:])


def take(consumer: Consumer, sequences: list[int]) -> None:
    """Hand a consumer events that it has not had, once, with their receipts; raise what it raises."""
    with db.transaction():
        params = {
            "consumer": consumer.name,
            "types": sql.array(sorted(consumer.types)),
            "sequences": sql.integers(sequences),
        }
        rows = sql.fetch_all(RECEIVE, params)
        events = [
            EventRecord(
                sequence, id_, aggregate, decode_payload(type_, json.loads(payload)), occurred_at, recorded_at
            )
            for sequence, id_, type_, aggregate, payload, occurred_at, recorded_at in rows
        ]
        if events:
            consumer.handle(events)


def _record_failure(consumer: Consumer, sequence: int, error: Exception) -> None:
    row = sql.fetch_one(
        FAIL,
        {
            "sequence": sequence,
            "consumer": consumer.name,
            "error": f"{type(error).__name__}: {error}"[:4000],
            "most": settings.OUTBOX_MAX_TRIES,
            "longest": LONGEST_WAIT,
        },
    )
    if row is not None:
        logger.error(
            "outbox.dead-letter" if row[1] else "outbox.failed",
            consumer=consumer.name,
            sequence=sequence,
            tries=row[0],
            exc_info=error,
        )


def finish(sequences: Sequence[int]) -> None:
    """
    Mark as finished those of the events that every consumer has done with.

    Runs after the consumer's commit, so that whichever consumer is last sees all receipts.
    """
    pairs = subscriptions()
    sql.fetch_all(
        FINISH,
        {
            "types": sql.array(type_ for type_, _ in pairs),
            "consumers": sql.array(consumer for _, consumer in pairs),
            "known": sql.array(sorted(BY_TYPE)),
            "sequences": sql.integers(sequences),
        },
    )
