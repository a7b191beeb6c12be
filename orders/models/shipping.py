from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import TaxClass
from omni.core import fields
from organisation.models import SalesChannel


class ShippingRate(models.Model):
    """
    What a channel asks for delivery, tax included, however many parcels it takes.

    Free where the goods, after discounts and before points, reach `free_from`. A channel
    without a rate delivers for nothing.
    """

    channel = models.OneToOneField(
        SalesChannel,
        on_delete=models.CASCADE,
        related_name="shipping_rate",
        verbose_name=_("sales channel"),
    )
    amount = fields.amount(_("amount"))
    free_from = fields.amount(_("free from"), null=True, blank=True)
    tax_class = models.ForeignKey(
        TaxClass, on_delete=models.PROTECT, related_name="+", verbose_name=_("tax class")
    )

    class Meta:
        verbose_name = _("shipping rate")
        verbose_name_plural = _("shipping rates")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="shipping_rate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.amount}"
