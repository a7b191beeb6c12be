"""To whom, how and when an order's goods are delivered, where that is not the usual way to its contact."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Temperature
from omni.core import fields
from omni.core.fields import choices


class OrderDelivery(models.Model):
    """
    What of an order goes to one address by one method: a snapshot of what was chosen and asked.

    `positions` are the order's lines. An order without rows goes to its contact by the channel's
    usual method. `amount` is its part of the order's shipping.
    """

    class Noshi(models.TextChoices):
        """The cords of a noshi: a bow for what may come again, a knot for what may not."""

        BOW = "BOW", _("bow (celebration)")
        KNOT = "KNOT", _("knot (wedding, recovery)")
        MOURNING = "MOURNING", _("knot (condolence)")

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("order")
    )
    positions = ArrayField(models.PositiveIntegerField(), verbose_name=_("positions"))
    method = models.CharField(_("shipping method"), max_length=32)
    carrier = models.CharField(_("carrier"), max_length=32)
    temperature = choices(Temperature, _("temperature"), default=Temperature.AMBIENT)
    parcels = models.PositiveSmallIntegerField(_("parcels"), default=1)
    date = models.DateField(_("delivery date"), null=True, blank=True)
    slot = models.CharField(_("time slot"), max_length=16, blank=True)
    slot_name = models.CharField(_("name of the time slot"), max_length=64, blank=True)
    slot_label = models.CharField(_("code on labels"), max_length=8, blank=True)
    amount = fields.amount(_("amount"))
    hides_prices = models.BooleanField(_("papers without prices"), default=False)
    wrapping = models.CharField(_("wrapping"), max_length=64, blank=True)
    noshi = choices(Noshi, _("noshi"), blank=True)
    noshi_text = models.CharField(_("words above the cords"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self) -> str:
        return f"{self.order_id}: {self.method}"


class OrderAddress(models.Model):
    """
    The personal data of a delivery, apart, so that it can go and the books stay: to whom it goes, where
    that is not the order's contact, and what is written for them.
    """

    delivery = models.OneToOneField(
        OrderDelivery,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="address",
        verbose_name=_("delivery"),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    name_kana = models.CharField(_("name (kana)"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    country = models.CharField(_("country"), max_length=2, default="JP")
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    prefecture = models.CharField(_("prefecture"), max_length=100, blank=True)
    city = models.CharField(_("city"), max_length=200, blank=True)
    line1 = models.CharField(_("street and number"), max_length=200, blank=True)
    line2 = models.CharField(_("building and room"), max_length=200, blank=True)
    noshi_name = models.CharField(_("name on the noshi"), max_length=64, blank=True)
    message = models.CharField(_("message"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("address of a delivery")
        verbose_name_plural = _("addresses of deliveries")

    def __str__(self) -> str:
        return self.name or str(self.delivery_id)
