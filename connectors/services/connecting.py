"""Making connections, and switching them on."""

from datetime import datetime

from connectors import kind_settings, registry
from connectors.errors import PushFailed
from connectors.models import Connection, ShipmentNotice
from connectors.ports import Capability
from connectors.services.lanes import FORGOTTEN, LANES
from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.outbox.events import ConnectionOpened
from omni.outbox.publish import publish


def save_connection(*, connection: Connection, actor: Actor, now: datetime) -> None:
    """
    Write a connection, new or changed.

    Nothing is marked for one that is off, nor for a channel that it does not sell, nor for what its
    settings say that it can't do: what it was not told meanwhile is made up for by the event that
    says that it is open. What was waiting for a capability that it lost waits no longer.

    Raises:
        InvalidField: the kind is not installed, or its settings, URL or secret don't suit it.
    """
    db.require_transaction()
    check_connection(connection=connection)
    before = Connection.objects.select_for_update(no_key=True).filter(pk=connection.pk).first()
    connection.save()
    able = registry.capabilities(connection)
    if connection.active and (before is None or _opens(before, connection, able)):
        opened = ConnectionOpened(connection.pk)
        publish(f"connection:{connection.pk}", opened, at=now, actor=actor)
    if before is not None:
        forget(connection=connection, lost=registry.capabilities(before) - able)


def _opens(before: Connection, after: Connection, able: frozenset[Capability]) -> bool:
    """Whether it may be told what it was not told before."""
    if not before.active or before.channel_id != after.channel_id:
        return True
    return bool((able - registry.capabilities(before)) & {Capability.PUSH_STOCK, Capability.PUSH_LISTINGS})


def forget(*, connection: Connection, lost: frozenset[Capability]) -> None:
    """Take off what waits, or was given up, for what a connection can't do any more."""
    for lane in LANES:
        if lane.capability in lost:
            sql.fetch_all(lane.sql(FORGOTTEN), {"connection": connection.pk})
    if Capability.ACKNOWLEDGE_SHIPMENT in lost:
        ShipmentNotice.objects.filter(connection=connection, acknowledged_at=None).delete()


def check_connection(*, connection: Connection) -> None:
    """
    See that a connection fits its kind. One whose kind went missing may still be switched off.

    Raises:
        InvalidField: `kind`, `settings.name`, `url` or `secret`, and the rule that it breaks.
    """
    connector = registry.find_kind(connection.kind).connector
    if connector is None:
        known = Connection.objects.filter(pk=connection.pk, kind=connection.kind)
        if connection.active or not known.exists():
            kinds = ", ".join(kind.name for kind in registry.usable())
            raise InvalidField(field="kind", rule=f"one-of: {kinds}", value=connection.kind)
        return
    kind_settings.read(connector.settings, connection.settings)
    for field, needed in (("url", connector.needs_url), ("secret", connector.needs_secret)):
        if needed and not getattr(connection, field):
            raise InvalidField(field=field, rule="required")
    if connector.credentials:
        kind_settings.read_secret(connector.credentials, connection.secret)


def ask_health(*, connection_id: int) -> str | None:
    """Ask the other side whether it answers: empty if it does, else why not; None where its kind can't ask."""
    connection = Connection.objects.get(pk=connection_id)
    if registry.lacks(connection, Capability.CHECK_HEALTH):
        return None
    try:
        with registry.reached(connection) as (connector, to):
            connector.check_health(to)
    except PushFailed as error:
        return str(error)[:2000]
    return ""
