"""What the clock sets off."""

from celery import shared_task

from omni.core import clock
from organisation import services


@shared_task
def resume_locations() -> None:
    """Tell connections and open pages of locations whose pause has ended."""
    services.resume_due(now=clock.now())
