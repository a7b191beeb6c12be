"""What our warehouse does to an order, as a peer's connection is told of it."""

from datetime import datetime

from connectors import services
from connectors.models import ListingState, PushState
from omni.core import db
from orders.models import Fulfilment


def ship(external_number: str, tracking_number: str, now: datetime) -> None:
    """All of the order has left."""
    part = Fulfilment.objects.get(order__external_number=external_number)
    Fulfilment.objects.filter(pk=part.pk).update(
        completed_at=now, status="COMPLETED", tracking_number=tracking_number
    )
    with db.transaction():
        services.note_shipments(fulfilment_ids=[part.pk])


def settle() -> None:
    """Past the seconds for which a comparison leaves alone what was just acknowledged."""
    PushState.objects.update(acknowledged_at=None)
    ListingState.objects.update(acknowledged_at=None)
