"""What a bundle's line was sold with, and what of it is held."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from inventory.models import Reservation
from orders.models.fulfilments import FulfilmentLine
from orders.models.orders import OrderLine


class LineComponent(models.Model):
    """
    So many units of a component in one unit of an order's line, as it was sold.

    The bundle may be made of something else since: handing over, cancelling and returning go by this.
    """

    line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        related_name="components",
        verbose_name=_("order line"),
        db_index=False,
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("component"), db_index=False
    )
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("component of a line")
        verbose_name_plural = _("components of lines")
        constraints = [
            models.UniqueConstraint(fields=["line", "variant"], name="line_component_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_component_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.variant_id} × {self.quantity}"


class ComponentReservation(models.Model):
    """What holds a component for a part of a bundle's line; the part counts bundles, this its units."""

    fulfilment_line = models.ForeignKey(
        FulfilmentLine,
        on_delete=models.PROTECT,
        related_name="component_reservations",
        verbose_name=_("fulfilment line"),
        db_index=False,
    )
    component = models.ForeignKey(
        LineComponent, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("component")
    )
    reservation = models.OneToOneField(
        Reservation, on_delete=models.PROTECT, related_name="+", verbose_name=_("reservation")
    )

    class Meta:
        verbose_name = _("reservation of a component")
        verbose_name_plural = _("reservations of components")
        constraints = [
            models.UniqueConstraint(
                fields=["fulfilment_line", "component"], name="component_reserved_once_per_part"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fulfilment_line_id}: {self.reservation_id}"
