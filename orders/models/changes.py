"""What was changed of an order after it was placed, by whom, and what that came to."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from omni.core import fields
from omni.core.fields import choices
from orders.models.orders import Order, OrderLine


class OrderChange(models.Model):
    """
    One change. The order stays as it was sold: what is taken off it stands here, as with returns.

    Of cancelled lines `amount` is what they were worth: `forgone_amount` of it was not paid yet and need
    not be any more, `refund_amount` goes back. A whole order's cancellation has no lines. Rows are only added.
    """

    class Kind(models.TextChoices):
        CANCEL = "CANCEL", _("lines cancelled")
        SWAP = "SWAP", _("line exchanged")
        CONTACT = "CONTACT", _("address changed")

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="changes", verbose_name=_("order")
    )
    kind = choices(Kind, _("kind"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    amount = fields.amount(_("amount"), default=0)
    forgone_amount = fields.amount(_("no longer to pay"), default=0)
    refund_amount = fields.amount(_("refund"), default=0)
    points_restored = models.BigIntegerField(_("points given back"), default=0)
    points_clawed_back = models.BigIntegerField(_("points taken back"), default=0)
    changed_at = models.DateTimeField(_("changed at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("change of an order")
        verbose_name_plural = _("changes of orders")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, forgone_amount__gte=0, refund_amount__gte=0),
                name="change_amounts_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.get_kind_display()}"


class OrderChangeLine(models.Model):
    """Units of a line that a change concerns; of an exchange, `variant` is what they became."""

    change = models.ForeignKey(
        OrderChange, on_delete=models.PROTECT, related_name="lines", verbose_name=_("change")
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="changes", verbose_name=_("order line")
    )
    quantity = models.BigIntegerField(_("quantity"))
    amount = fields.amount(_("amount"), default=0)
    points_amount = fields.amount(_("points spent, in money"), default=0)
    variant = models.ForeignKey(
        Variant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("exchanged for"),
        db_index=False,
    )

    class Meta:
        verbose_name = _("changed line")
        verbose_name_plural = _("changed lines")
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="change_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.order_line_id} × {self.quantity}"
