"""Pausing connections: nothing is sent, marks gather, and what differs goes once it is resumed."""

from datetime import datetime

import structlog

from connectors import wakes
from connectors.models import Connection, Pause
from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import InvalidField

logger = structlog.get_logger(__name__)
MOST = 200


def pause_connection(
    *, connection_id: int, reason: str, until: datetime | None = None, actor: Actor, now: datetime
) -> Pause:
    """
    Send nothing over a connection, until a moment or until it is resumed; orders still come in.

    A pause that stands is ended by the new one, and stays in the books. A push that is under way
    is finished; the next is not begun, a second later at most. A building block.

    Raises:
        InvalidField: no reason is given, or one of over 200 characters; or it would end in the past.
    """
    db.require_transaction()
    if not 0 < len(reason.strip()) <= MOST:
        raise InvalidField(field="reason", rule=f"1-to-{MOST}-characters")
    if until is not None and until <= now:
        raise InvalidField(field="until", rule="in-the-future")
    connection = Connection.objects.for_update_by_id(connection_id)
    _end_pauses(connection, actor, now)
    logger.info("connection.paused", connection=connection.code, actor=str(actor))
    return Pause.objects.create(
        connection=connection, started_at=now, ends_at=until, reason=reason.strip(), actor=str(actor)
    )


def resume_connection(*, connection_id: int, actor: Actor, now: datetime) -> bool:
    """Send again, and at once what differs from what was told; answer whether it was paused. A building block."""
    db.require_transaction()
    connection = Connection.objects.for_update_by_id(connection_id)
    paused = Connection.objects.with_pause().get(pk=connection_id).paused  # type: ignore[attr-defined]
    _end_pauses(connection, actor, now)
    db.after_commit(wakes.wake, [connection_id])
    logger.info("connection.resumed", connection=connection.code, actor=str(actor))
    return bool(paused)


def _end_pauses(connection: Connection, actor: Actor, now: datetime) -> None:
    """One whose end has passed ended then, by itself."""
    for pause in Pause.objects.filter(connection=connection, resumed_at=None):
        by_itself = pause.ends_at is not None and pause.ends_at <= now
        pause.resumed_at = pause.ends_at if by_itself else now
        pause.resumed_by = "" if by_itself else str(actor)
        pause.save(update_fields=["resumed_at", "resumed_by"])
