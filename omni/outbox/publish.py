"""Publishing: a row beside the change, in the change's own transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from omni.core import db, sql, valkey
from omni.core.actor import Actor
from omni.core.codec import encode
from omni.core.context import correlation
from omni.core.ids import uuid7
from omni.outbox.events import Payload

WAKE = "outbox:wake"
# The relay waits for an element of a list, which is kept at one, however many were added.
WAKE_UP = valkey.packed("LPUSH", WAKE, 1) + valkey.packed("LTRIM", WAKE, 0, 0)

logger = structlog.get_logger(__name__)

INSERT = """
INSERT INTO outbox_event (id, type, aggregate, payload, occurred_at, actor, correlation)
SELECT row.id, row.type, row.aggregate, row.payload::jsonb, %(at)s::timestamptz, %(actor)s::text, %(correlation)s::text
FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(aggregates)s::text[], %(payloads)s::text[])
     WITH ORDINALITY AS row (id, type, aggregate, payload, position)
ORDER BY row.position
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A payload and the aggregate (`order:42`, `stock:17`) whose row its publisher holds."""

    aggregate: str
    payload: Payload


def publish(aggregate: str, payload: Payload, *, at: datetime, actor: Actor) -> None:
    """
    Publish one event with the caller's transaction: both commit, or neither.

    Raises:
        NoTransaction: the caller has opened none.
    """
    publish_all([Message(aggregate, payload)], at=at, actor=actor)


def publish_all(messages: Sequence[Message], *, at: datetime, actor: Actor) -> None:
    """Publish a set of events in one statement, in the order given."""
    db.require_transaction()
    if not messages:
        return
    sql.fetch_all(
        INSERT,
        {
            "ids": sql.array(uuid7() for _ in messages),
            "types": sql.array(message.payload.type for message in messages),
            "aggregates": sql.array(message.aggregate for message in messages),
            "payloads": sql.array(json.dumps(encode(message.payload)) for message in messages),
            "at": at,
            "actor": str(actor),
            "correlation": correlation.get(),
        },
    )
    db.after_commit(wake)


def wake() -> None:
    """Tell the relay that something waits. Lost, it is found by the relay's poll a second later."""
    try:
        valkey.tell(WAKE_UP)
    except Exception:
        logger.warning("outbox.wake-lost")
