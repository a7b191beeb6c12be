"""Celery's side of connectors: ids in, one service call."""

from celery import shared_task

from connectors import services
from connectors.models import Connection
from omni.core import clock


@shared_task
def compare(*, connection_id: int) -> None:
    services.compare(connection_id=connection_id, now=clock.now())


@shared_task
def compare_all() -> None:
    for connection_id in Connection.objects.filter(active=True).values_list("pk", flat=True):
        compare.delay(connection_id=connection_id)


@shared_task
def retry_till_entries() -> None:
    services.retry_due_entries(now=clock.now())


@shared_task
def poll(*, connection_id: int) -> None:
    services.poll_orders(connection_id=connection_id, now=clock.now())


@shared_task
def poll_all() -> None:
    """A task for each: one that is slow to answer keeps no other waiting."""
    for connection_id in Connection.objects.filter(active=True).values_list("pk", flat=True):
        poll.delay(connection_id=connection_id)
