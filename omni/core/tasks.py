"""Housekeeping of the kernel's own tables."""

from celery import shared_task
from django.utils import timezone

from omni.core import partitions
from omni.core.models import Claim


@shared_task
def purge_claims() -> None:
    Claim.objects.filter(expires_at__lt=timezone.now()).delete()


@shared_task
def make_partitions() -> None:
    partitions.make_ahead(now=timezone.now())
