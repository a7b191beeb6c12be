"""Making connections, and switching them on."""

from datetime import datetime

from connectors.models import Connection
from omni.core import db
from omni.core.actor import Actor
from omni.outbox.events import ConnectionOpened
from omni.outbox.publish import publish


def save_connection(*, connection: Connection, actor: Actor, now: datetime) -> None:
    """
    Write a connection, new or changed.

    Nothing is marked for one that is off, nor for a channel that it does not sell: what it was not
    told meanwhile is made up for by the event that says that it is open.
    """
    db.require_transaction()
    before = Connection.objects.select_for_update(no_key=True).filter(pk=connection.pk, active=True)
    sold = before.values_list("channel_id", flat=True).first()
    connection.save()
    if connection.active and connection.channel_id != sold:
        opened = ConnectionOpened(connection.pk)
        publish(f"connection:{connection.pk}", opened, at=now, actor=actor)
