from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from omni.core import fields
from omni.core.fields import choices
from orders.models.orders import Order, OrderLine
from organisation.models import Location


class Return(models.Model):
    """Goods of an order come back, at any location that takes returns."""

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", _("requested")
        PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED", _("partially received")
        RECEIVED = "RECEIVED", _("received")
        CANCELLED = "CANCELLED", _("cancelled")

    number = models.CharField(_("number"), max_length=64, unique=True)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="returns", verbose_name=_("order")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="returns", verbose_name=_("location")
    )
    status = choices(Status, _("status"))
    reason = models.CharField(_("reason"), max_length=200)
    refund_amount = fields.amount(_("refund"), default=0)
    points_restored = models.BigIntegerField(_("points given back"), default=0)
    points_clawed_back = models.BigIntegerField(_("points taken back"), default=0)
    created_at = models.DateTimeField(_("created at"))
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    business_date = models.DateField(_("business date"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    """Units that came back: put on sale again, or written off there as damaged."""

    returned = models.ForeignKey(
        Return, on_delete=models.PROTECT, related_name="lines", verbose_name=_("return")
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="return_lines", verbose_name=_("order line")
    )
    quantity = models.BigIntegerField(_("quantity"))
    restock = models.BooleanField(_("back on sale"), default=True)
    amount = fields.amount(_("amount"))
    points_amount = fields.amount(_("points spent, in money"), default=0)

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="return_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.order_line_id} × {self.quantity}"
