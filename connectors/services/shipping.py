"""Telling the connection that brought an order what has left of it: at least once, under an id."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q

from connectors import registry
from connectors.errors import PushFailed
from connectors.models import Connection, ShipmentNotice, StatementNow
from connectors.ports import Capability, Shipment, ShipmentLine
from omni.core import clock, db
from omni.core.actor import Actor
from orders.models import Fulfilment, FulfilmentLine

PAGE = 50


def note_shipments(*, fulfilment_ids: Sequence[int]) -> set[int]:
    """
    Note which fulfilments an outside connection is to be told of; answer the connections.

    An order that came in through a connection carries it as its actor. Told twice of a
    fulfilment, it is noted once. A connection that can't be told is told nothing.
    """
    db.require_transaction()
    done = Fulfilment.objects.filter(
        pk__in=fulfilment_ids, completed_at__isnull=False, order__external_number__isnull=False
    ).select_related("order")
    connections = {
        str(Actor.connection(connection.code)): connection
        for connection in Connection.objects.all()
        if not registry.lacks(connection, Capability.ACKNOWLEDGE_SHIPMENT)
    }
    notices = [
        ShipmentNotice(connection=connections[part.order.actor], fulfilment=part, fulfilled_at=at)
        for part in done.order_by("pk")
        if part.order.actor in connections and (at := part.completed_at)
    ]
    ShipmentNotice.objects.bulk_create(notices, ignore_conflicts=True)
    return {notice.connection_id for notice in notices}


def list_due(connection_id: int) -> list[ShipmentNotice]:
    """What is to be told now, the oldest first."""
    due = Q(next_try_at=None) | Q(next_try_at__lte=StatementNow())
    notices = ShipmentNotice.objects.filter(due, connection=connection_id, acknowledged_at=None, dead_at=None)
    return list(notices.select_related("fulfilment__order").order_by("pk")[:PAGE])


def shipment_of(notice: ShipmentNotice) -> Shipment:
    """The message, read as things are now. No carrier is known: only its number of the parcel is."""
    part = notice.fulfilment
    lines = FulfilmentLine.objects.filter(fulfilment=part, quantity__gt=0).order_by("pk")
    return Shipment(
        id=str(notice.public_id),
        order_number=part.order.external_number or "",
        number=part.order.number,
        shipped_at=notice.fulfilled_at,
        carrier="",
        tracking_number=part.tracking_number,
        lines=tuple(ShipmentLine(*row) for row in lines.values_list("order_line__variant__sku", "quantity")),
    )


def acknowledge(notice: ShipmentNotice) -> None:
    ShipmentNotice.objects.filter(pk=notice.pk).update(
        acknowledged_at=clock.now(), tries=0, next_try_at=None, error=""
    )


def postpone(notice: ShipmentNotice, failure: PushFailed, wait: timedelta, most: int) -> None:
    """Try again later; a refusal counts towards giving up, silence does not."""
    at: datetime = clock.now()
    refused = int(failure.permanent)
    ShipmentNotice.objects.filter(pk=notice.pk).update(
        tries=F("tries") + refused,
        next_try_at=at + wait,
        dead_at=at if notice.tries + refused >= most else None,
        error=str(failure)[:2000],
    )
