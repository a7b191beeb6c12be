"""What the clock sets off."""

from celery import shared_task

from catalog import services
from omni.core import clock


@shared_task
def tell_due_prices() -> None:
    """Tell channels of prices that have begun or ended."""
    services.tell_due(now=clock.now())
