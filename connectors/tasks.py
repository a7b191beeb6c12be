"""Celery's side of connectors: ids in, one service call."""

from celery import shared_task
from django.utils import timezone

from connectors import services
from connectors.models import Connection
from connectors.services.pushing import due_connections
from omni.core import valkey

# How long a dispatched push is believed to be on its way.
WAITING_SECONDS = 2


def announce_push(connection_id: int) -> bool:
    """Say that a push is about to be dispatched; False where one waits already, and will see this change."""
    return bool(valkey.client().set(_waiting(connection_id), 1, nx=True, ex=WAITING_SECONDS))


def _waiting(connection_id: int) -> str:
    return f"push:waiting:{connection_id}"


@shared_task
def push(*, connection_id: int) -> None:
    # Taken off before looking: what is committed from now on dispatches a push of its own.
    valkey.client().delete(_waiting(connection_id))
    services.push(connection_id=connection_id)


@shared_task
def sweep() -> None:
    """Push what a lost task, an expired lease or a closed circuit left due."""
    for connection_id in due_connections():
        services.push(connection_id=connection_id)


@shared_task
def compare(*, connection_id: int) -> None:
    services.compare(connection_id=connection_id, now=timezone.now())


@shared_task
def compare_all() -> None:
    for connection_id in Connection.objects.filter(active=True).values_list("pk", flat=True):
        compare.delay(connection_id=connection_id)


@shared_task
def poll_orders() -> None:
    for connection_id in Connection.objects.filter(active=True).values_list("pk", flat=True):
        services.poll_orders(connection_id=connection_id, now=timezone.now())
