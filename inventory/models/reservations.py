"""What is promised out of a level."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from inventory.models.ledger import StockDocument
from omni.core.fields import choices
from organisation.models import Location


class Reservation(models.Model):
    """
    Units promised out of a level. Open (counted in `reserved`) while ACTIVE or COMMITTED.

    ACTIVE ones may expire: they then stop blocking anyone, whether or not a worker runs.
    `source` names what asked for it, as `order:42:1` (order and line).
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        COMMITTED = "COMMITTED", _("committed")
        FULFILLED = "FULFILLED", _("fulfilled")
        RELEASED = "RELEASED", _("released")
        EXPIRED = "EXPIRED", _("expired")

    OPEN = (Status.ACTIVE, Status.COMMITTED)

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant"), db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"), db_index=False
    )
    quantity = models.BigIntegerField(_("quantity"))
    status = choices(Status, _("status"), default=Status.ACTIVE)
    source = models.CharField(_("source"), max_length=64)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    document = models.ForeignKey(
        StockDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fulfilled by"),
        db_index=False,
    )

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "COMMITTED"], closed_at=None)
                | (~Q(status__in=["ACTIVE", "COMMITTED"]) & Q(closed_at__isnull=False)),
                name="reservation_closed_when_not_open",
            ),
            models.CheckConstraint(
                condition=Q(status="FULFILLED", document__isnull=False)
                | (~Q(status="FULFILLED") & Q(document=None)),
                name="fulfilled_by_a_document",
            ),
        ]
        indexes = [
            models.Index(
                fields=["variant", "location"],
                name="reservation_open",
                condition=Q(status__in=["ACTIVE", "COMMITTED"]),
            ),
            models.Index(
                fields=["expires_at"],
                name="reservation_expiring",
                condition=Q(status="ACTIVE", expires_at__isnull=False),
            ),
            models.Index(fields=["source"], name="reservation_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.quantity}"
