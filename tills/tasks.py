"""What tidies up behind tills; it may run at any time."""

from celery import shared_task

from omni.core import clock
from tills.services import parking


@shared_task
def expire_parked() -> None:
    parking.expire_parked(now=clock.now())
