"""Housekeeping of the kernel's own tables."""

from celery import shared_task

from omni.core import clock, partitions
from omni.core.models import Claim


@shared_task
def purge_claims() -> None:
    Claim.objects.filter(expires_at__lt=clock.now()).delete()


@shared_task
def make_partitions() -> None:
    partitions.make_ahead(now=clock.now())
