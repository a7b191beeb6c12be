from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import RejectionReason, Reservation
from omni.core.fields import choices
from organisation.models import Location


class FulfilmentKind(models.TextChoices):
    SHIP = "SHIP", _("ship")
    SHIP_FROM_STORE = "SHIP_FROM_STORE", _("ship from store")
    PICKUP = "PICKUP", _("pick up")
    ORDER_AHEAD = "ORDER_AHEAD", _("order ahead")
    HOLD = "HOLD", _("hold")
    CARRY_OUT = "CARRY_OUT", _("carry out")


class Fulfilment(models.Model):
    """
    How a part of an order gets to its buyer, from one location.

    One that its location rejects has FAILED, and says why and who said so; its goods wait in another,
    which is `rerouted`, until they are served from elsewhere.
    """

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        RESERVED = "RESERVED", _("reserved")
        PREPARED = "PREPARED", _("prepared")
        READY = "READY", _("ready")
        COMPLETED = "COMPLETED", _("completed")
        CANCELLED = "CANCELLED", _("cancelled")
        FAILED = "FAILED", _("failed")

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="fulfilments", verbose_name=_("order")
    )
    kind = choices(FulfilmentKind, _("kind"))
    status = choices(Status, _("status"))
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="fulfilments",
        verbose_name=_("location"),
        db_index=False,
    )
    created_at = models.DateTimeField(_("created at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    picked_up_at = models.DateTimeField(_("picked up at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    expired_at = models.DateTimeField(_("expired at"), null=True, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=64, blank=True)
    # The database's own defaults: the hot statement that writes fulfilments names none of these.
    rejection = models.CharField(
        _("reason for rejecting"), max_length=32, blank=True, choices=RejectionReason.choices, db_default=""
    )
    rejected_at = models.DateTimeField(_("rejected at"), null=True, blank=True)
    rejected_by = models.CharField(_("rejected by"), max_length=64, blank=True, db_default="")
    note = models.CharField(_("note"), max_length=200, blank=True, db_default="")
    rerouted = models.BooleanField(_("rejected elsewhere before"), default=False, db_default=False)
    # The shop's work on it (`orders.services.working`): by when, how far, and since when people were told.
    accept_by = models.DateTimeField(_("to be accepted by"), null=True, blank=True)
    picking_at = models.DateTimeField(_("picking began at"), null=True, blank=True)
    packed_at = models.DateTimeField(_("packed at"), null=True, blank=True)
    ready_by = models.DateTimeField(_("to be ready by"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("overdue since"), null=True, blank=True)

    class Meta:
        verbose_name = _("fulfilment")
        verbose_name_plural = _("fulfilments")
        indexes = [
            models.Index(
                fields=["location", "status"],
                name="fulfilment_to_do",
                condition=Q(status__in=["PROPOSED", "RESERVED", "PREPARED", "READY"]),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rejection="", rejected_at=None)
                | (~Q(rejection="") & Q(rejected_at__isnull=False, location__isnull=False, status="FAILED")),
                name="rejected_fulfilments_say_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.get_kind_display()}"


class FulfilmentLineQuerySet(models.QuerySet["FulfilmentLine"]):
    def waiting(self) -> "FulfilmentLineQuerySet":
        """Parts that have no stock yet: sold without it, or rejected where it should have been."""
        return self.filter(
            quantity__gt=0, fulfilment__status=Fulfilment.Status.PROPOSED, fulfilment__location=None
        )


class FulfilmentLine(models.Model):
    """Units of an order line in a fulfilment; `reservation` is what holds them until they go."""

    fulfilment = models.ForeignKey(
        Fulfilment, on_delete=models.PROTECT, related_name="lines", verbose_name=_("fulfilment")
    )
    order_line = models.ForeignKey(
        "orders.OrderLine",
        on_delete=models.PROTECT,
        related_name="fulfilment_lines",
        verbose_name=_("order line"),
    )
    quantity = models.BigIntegerField(_("quantity"))
    reservation = models.ForeignKey(
        Reservation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reservation"),
        db_index=False,
    )

    objects = FulfilmentLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("fulfilment line")
        verbose_name_plural = _("fulfilment lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="fulfilment_quantity_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id} × {self.quantity}"
