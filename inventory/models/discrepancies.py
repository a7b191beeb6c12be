"""Where the books and the world differ."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Variant
from omni.core import db
from omni.core.audit import audited
from omni.core.fields import amount, choices
from organisation.models import Location


class DiscrepancyQuerySet(models.QuerySet["Discrepancy"]):
    def for_update_by_id(self, discrepancy_id: int) -> "Discrepancy | None":
        db.require_transaction()
        found = self.filter(pk=discrepancy_id)
        return found.select_for_update(no_key=True, of=("self",)).first()


class RejectionReason(models.TextChoices):
    """Why a shop can't hand over what it was asked for."""

    NOT_IN_STOCK = "NOT_IN_STOCK", _("not in stock")
    MISMATCH = "MISMATCH", _("not what the label says")
    DAMAGED = "DAMAGED", _("damaged")
    WORN_DISPLAY = "WORN_DISPLAY", _("worn display piece")
    STORE_CLOSED = "STORE_CLOSED", _("shop closed")


@audited()
class Discrepancy(models.Model):
    """
    Where the books and the world differ, until somebody settles it.

    `moved` is what opening it has moved on hand already: a remedy moves the rest, or takes it back.
    """

    class Kind(models.TextChoices):
        BELOW_ZERO = "BELOW_ZERO", _("sold below zero")
        UNALLOCATED = "UNALLOCATED", _("sold, held nowhere")
        STRANDED = "STRANDED", _("promised, but gone")
        REJECTED = "REJECTED", _("rejected by the shop")
        COUNT = "COUNT", _("count beyond the limit")
        TRANSFER = "TRANSFER", _("transferred otherwise than written")
        EXPIRED_SOLD = "EXPIRED_SOLD", _("sold after its last good day")
        LOT_UNKNOWN = "LOT_UNKNOWN", _("sold, but of which lot is not known")

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        RESOLVED = "RESOLVED", _("resolved")

    class Remedy(models.TextChoices):
        NOTED = "NOTED", _("noted")
        ADDED = "ADDED", _("the goods were there: added")
        SHRINKAGE = "SHRINKAGE", _("written off as shrinkage")
        FOUND = "FOUND", _("found again")
        RELEASED = "RELEASED", _("promises released")
        COUNTED = "COUNTED", _("settled by the count")

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
    reason = models.CharField(
        _("reason"), max_length=32, blank=True, choices=RejectionReason.choices, db_default=""
    )
    moved = models.BigIntegerField(_("moved already"), default=0, db_default=0)
    value = amount(_("worth"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("staff", "owner"),
    )
    opened_at = models.DateTimeField(_("opened at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    remedy = models.CharField(_("remedy"), max_length=32, blank=True, choices=Remedy.choices, db_default="")
    resolution = models.CharField(_("resolution"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=64)

    objects = DiscrepancyQuerySet.as_manager()

    class Meta:
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        indexes = [
            models.Index(fields=["variant", "location"], name="discrepancy_open", condition=Q(status="OPEN")),
            models.Index(fields=["source"], name="discrepancy_source", condition=Q(status="OPEN")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="discrepancy_quantity_positive")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source}"
