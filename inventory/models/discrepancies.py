"""Where the books and the world differ."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from omni.core.fields import choices
from organisation.models import Location


class Discrepancy(models.Model):
    """Where the books and the world differ, until somebody settles it."""

    class Kind(models.TextChoices):
        BELOW_ZERO = "BELOW_ZERO", _("sold below zero")
        UNALLOCATED = "UNALLOCATED", _("sold outside, not in stock")
        STRANDED = "STRANDED", _("promised, but gone")
        TRANSFER = "TRANSFER", _("transferred otherwise than written")

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        RESOLVED = "RESOLVED", _("resolved")

    kind = choices(Kind, _("kind"))
    status = choices(Status, _("status"), default=Status.OPEN)
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("location"),
    )
    quantity = models.BigIntegerField(_("quantity"))
    source = models.CharField(_("source"), max_length=96)
    opened_at = models.DateTimeField(_("opened at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolution = models.CharField(_("resolution"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        indexes = [
            models.Index(fields=["variant", "location"], name="discrepancy_open", condition=Q(status="OPEN"))
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="discrepancy_quantity_positive")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source}"
