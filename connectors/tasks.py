"""Celery's side of connectors: ids in, one service call."""

from contextlib import suppress
from datetime import timedelta

import structlog
from celery import shared_task
from celery.exceptions import OperationalError

from connectors import services
from connectors.errors import ComparisonRunning
from connectors.models import Connection
from omni.core import clock

logger = structlog.get_logger(__name__)

# As for what beat queues (`omni.schedule`): the clock asks again meanwhile.
EXPIRES = timedelta(minutes=10).total_seconds()


@shared_task
def compare(*, connection_id: int) -> None:
    with suppress(ComparisonRunning):
        services.compare(connection_id=connection_id, now=clock.now())


def compare_soon(*, connection_id: int) -> None:
    """Queue a comparison that was asked for; where the queue is away, the clock's next one carries it out."""
    try:
        compare.apply_async(kwargs={"connection_id": connection_id}, expires=EXPIRES, retry=False)
    except OperationalError as error:
        logger.warning("compare.not-queued", connection=connection_id, error=str(error))


@shared_task
def compare_all() -> None:
    for connection_id in Connection.objects.filter(active=True).values_list("pk", flat=True):
        compare.apply_async(kwargs={"connection_id": connection_id}, expires=EXPIRES)


@shared_task
def retry_till_entries() -> None:
    services.retry_due_entries(now=clock.now())


@shared_task
def poll(*, connection_id: int) -> None:
    services.poll_orders(connection_id=connection_id, now=clock.now())


@shared_task
def poll_all() -> None:
    """A task for each: one that is slow to answer keeps no other waiting."""
    for connection_id in Connection.objects.to_poll().filter(active=True).values_list("pk", flat=True):
        poll.apply_async(kwargs={"connection_id": connection_id}, expires=EXPIRES)
