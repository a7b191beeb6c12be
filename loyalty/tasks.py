"""Scheduled work on points."""

from celery import shared_task

from loyalty import services
from omni.core import clock


@shared_task
def post_due_points() -> None:
    services.post_due(now=clock.now())
