"""What the relay hands to Celery, and housekeeping."""

from celery import shared_task
from django.conf import settings

from omni.core import clock
from omni.outbox import delivery
from omni.outbox.models import Event

PURGED_AT_ONCE = 10_000


@shared_task(name="omni.outbox.tasks.deliver")
def deliver(*, batch: dict[str, list[int]]) -> None:
    """`batch` holds, for each consumer, the events to hand to it; one that fails stops no other."""
    delivery.deliver_batch(batch)


@shared_task
def purge() -> None:
    """Delete events that were finished OUTBOX_KEPT ago, with their receipts; dead letters stay."""
    old = Event.objects.filter(finished_at__lt=clock.now() - settings.OUTBOX_KEPT, failures=None)
    Event.objects.filter(pk__in=old.order_by("finished_at").values("pk")[:PURGED_AT_ONCE]).delete()
