from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from omni.core import db
from omni.core.errors import NotFound
from omni.core.fields import choices
from organisation.models import Location
from tills.models.devices import Till


class ParkedSaleQuerySet(models.QuerySet["ParkedSale"]):
    def for_update_at(self, location_id: int, parked_id: int) -> "ParkedSale":
        """
        Lock a sale parked in this shop.

        Raises:
            NotFound
        """
        db.require_transaction()
        parked = self.filter(pk=parked_id, location_id=location_id).select_for_update(no_key=True).first()
        if parked is None:
            raise NotFound(parked_sale=parked_id)
        return parked


class ParkedSale(models.Model):
    """
    A sale put aside at one till and gone on with at any of the shop's, until it runs out.

    It holds no stock and no price: what it comes to is asked when it is rung up.
    """

    class Status(models.TextChoices):
        PARKED = "PARKED", _("parked")
        RESUMED = "RESUMED", _("resumed")
        EXPIRED = "EXPIRED", _("expired")

    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"), db_index=False
    )
    till = models.ForeignKey(
        Till, on_delete=models.PROTECT, related_name="+", verbose_name=_("till"), db_index=False
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("member"),
    )
    note = models.CharField(_("note"), max_length=100, blank=True)
    lines = models.JSONField(_("lines"), default=list)
    status = choices(Status, _("status"), default=Status.PARKED)
    parked_at = models.DateTimeField(_("parked at"))
    expires_at = models.DateTimeField(_("runs out at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    actor = models.CharField(_("actor"), max_length=64)

    objects = ParkedSaleQuerySet.as_manager()

    class Meta:
        verbose_name = _("parked sale")
        verbose_name_plural = _("parked sales")
        indexes = [
            models.Index(fields=["location"], name="parked_sale_open", condition=Q(status="PARKED")),
            models.Index(fields=["expires_at"], name="parked_sale_due", condition=Q(status="PARKED")),
        ]

    def __str__(self) -> str:
        return f"{self.till} {self.pk}"
