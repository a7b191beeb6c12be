"""What is done with a part of an order where it leaves from, and who did it."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from omni.core.fields import choices
from orders.models.fulfilments import Fulfilment

TO_DO = (
    Fulfilment.Status.PROPOSED,
    Fulfilment.Status.RESERVED,
    Fulfilment.Status.PREPARED,
    Fulfilment.Status.READY,
)
# What people were told of first, the longest first; then by when it is due.
MOST_URGENT = (
    F("escalated_at").asc(nulls_last=True),
    Coalesce("ready_by", "accept_by").asc(nulls_last=True),
    "pk",
)


class FulfilmentStep(models.Model):
    """
    A step of the work on a fulfilment. Rows are only added.

    The database alone holds a fulfilment that has any: an empty proposal is deleted without being asked for.
    """

    class Step(models.TextChoices):
        ACCEPT = "ACCEPT", _("accepted")
        PICK = "PICK", _("picking began")
        PACK = "PACK", _("packed")
        READY = "READY", _("made ready")
        HAND_OVER = "HAND_OVER", _("handed over")
        ESCALATE = "ESCALATE", _("overdue")

    fulfilment = models.ForeignKey(
        Fulfilment, on_delete=models.DO_NOTHING, related_name="steps", verbose_name=_("fulfilment")
    )
    step = choices(Step, _("step"))
    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("step of work")
        verbose_name_plural = _("steps of work")

    def __str__(self) -> str:
        return f"{self.fulfilment_id}: {self.get_step_display()}"


class HandOver(models.Model):
    """
    How a part was given to who came for it: whether the buyer's code was checked, and who came if not
    the buyer. Personal data.
    """

    fulfilment = models.OneToOneField(
        Fulfilment,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        related_name="handed_over",
        verbose_name=_("fulfilment"),
    )
    code_checked = models.BooleanField(_("code checked"))
    collector = models.CharField(_("collected by"), max_length=100, blank=True)
    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")

    def __str__(self) -> str:
        return f"{self.fulfilment_id}: {self.collector or self.at}"


class WorkManager(models.Manager["WorkItem"]):
    def get_queryset(self) -> "models.QuerySet[WorkItem]":
        return super().get_queryset().filter(status__in=TO_DO)


class WorkItem(Fulfilment):
    """A fulfilment that is still to be dealt with, as its location's staff see it in their queue."""

    objects: ClassVar[WorkManager] = WorkManager()

    class Meta:
        proxy = True
        verbose_name = _("work")
        verbose_name_plural = _("work queue")
