"""
Work that nobody does in time: it is given a time to be accepted by, and people are told once that has passed.

What overdue is stands on the fulfilment (`escalated_at`), first in its location's queue, on the staff's home,
and as an event. What no location can serve is told of likewise: it would wait for ever, and nobody see it.
That is a proposal, which goes once it is served: it has no steps.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox import publish as outbox
from omni.outbox.events import FulfilmentOverdue
from omni.outbox.publish import Message
from orders.models import Fulfilment, FulfilmentStep, Order
from orders.services.working import after_opening
from organisation import selectors as organisation

# As many at once as keep a transaction short; the next tick goes on.
MOST = 500
PLACED = Q(order__status=Order.Status.PLACED)


def set_accept_by(*, now: datetime) -> int:
    """
    Give new work of locations that accept within a time the moment by which they are to have; answer how much.

    The minutes are of opening time, and begin with the order.
    """
    with db.transaction():
        wanted = Fulfilment.objects.filter(
            PLACED,
            status=Fulfilment.Status.RESERVED,
            location__accept_within_minutes__isnull=False,
            accept_by=None,
            accepted_at=None,
        )
        parts = _locked(wanted)
        locations = {part.location_id: part.location for part in parts if part.location is not None}
        since = min((part.created_at for part in parts), default=now).date()
        schedules = organisation.get_schedules(list(locations.values()), since=since) if parts else {}
        for part in parts:
            assert part.location is not None
            lead = timedelta(minutes=part.location.accept_within_minutes or 0)
            due = after_opening(schedules[part.location.pk], part.created_at, lead)
            part.accept_by = due or now + lead
        Fulfilment.objects.bulk_update(parts, ["accept_by"])
    return len(parts)


def escalate_overdue(*, now: datetime) -> int:
    """
    Mark what should have been accepted or ready by now, and what no location has been found for; answer how much.
    """
    late = Q(accepted_at=None, accept_by__lte=now, status=Fulfilment.Status.RESERVED) | Q(
        ready_by__lte=now, status__in=(Fulfilment.Status.RESERVED, Fulfilment.Status.PREPARED)
    )
    stranded = Q(
        status=Fulfilment.Status.PROPOSED,
        location=None,
        rerouted=True,
        created_at__lte=now - settings.STRANDED_AFTER,
    )
    with db.transaction():
        parts = _locked(Fulfilment.objects.filter(PLACED, late | stranded, escalated_at=None))
        Fulfilment.objects.filter(pk__in=[part.pk for part in parts]).update(escalated_at=now)
        FulfilmentStep.objects.bulk_create(
            FulfilmentStep(fulfilment=part, step=FulfilmentStep.Step.ESCALATE, at=now, actor=str(SYSTEM))
            for part in parts
            if part.location_id is not None
        )
        outbox.publish_all(_messages(parts), at=now, actor=SYSTEM)
    return len(parts)


def _locked(wanted: "QuerySet[Fulfilment]") -> list[Fulfilment]:
    """What somebody works on at this moment is passed over: it is looked at again soon."""
    rows = wanted.select_related("order", "location").order_by("pk")
    return list(rows.select_for_update(no_key=True, of=("self",), skip_locked=True)[:MOST])


def _messages(parts: Sequence[Fulfilment]) -> list[Message]:
    return [
        Message(
            f"order:{part.order_id}",
            FulfilmentOverdue(
                order_id=part.order_id,
                number=part.order.number,
                fulfilment_id=part.pk,
                location_id=part.location_id,
            ),
        )
        for part in parts
    ]
