"""What is bought: from whom, for which place, and what of it has arrived."""

import math
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from inventory import errors
from inventory.models.ledger import StockDocument
from omni.core import db
from omni.core.audit import audited
from omni.core.fields import amount, choices, rate, translated
from omni.core.text import pick
from organisation.models import Company, Location


@audited()
class Supplier(models.Model):
    """Who a company buys from. `over_tolerance` is how much more than ordered is taken unasked."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = translated(_("name"))
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="suppliers", verbose_name=_("buying company")
    )
    lead_time_days = models.PositiveSmallIntegerField(_("lead time in days"), default=0)
    over_tolerance = rate(
        _("tolerance of over-delivery"),
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("0.05 takes up to 5% more than was ordered."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            models.CheckConstraint(condition=Q(over_tolerance__gte=0), name="supplier_tolerance_not_negative")
        ]

    def __str__(self) -> str:
        return pick(self.name) or self.code


class PurchaseOrderQuerySet(models.QuerySet["PurchaseOrder"]):
    def for_update_in(self, order_id: int, *states: str) -> "PurchaseOrder":
        """
        Lock a purchase order that is in one of the states.

        Raises:
            UnknownPurchaseOrder
            PurchaseOrderNotInState: somebody took it on; `state` is where it is.
        """
        db.require_transaction()
        order = self.select_for_update(no_key=True).filter(pk=order_id).first()
        if order is None:
            raise errors.UnknownPurchaseOrder()
        if order.status not in states:
            raise errors.PurchaseOrderNotInState(order=order.number, state=order.get_status_display())
        return order


class PurchaseOrder(models.Model):
    """Goods ordered from a supplier for one location. What is open of it is `incoming` there."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        ORDERED = "ORDERED", _("ordered")
        PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED", _("partially received")
        RECEIVED = "RECEIVED", _("received")
        CLOSED = "CLOSED", _("closed short")
        CANCELLED = "CANCELLED", _("cancelled")

    OPEN = (Status.ORDERED, Status.PARTIALLY_RECEIVED)

    number = models.CharField(_("number"), max_length=64, unique=True)
    status = choices(Status, _("status"), default=Status.DRAFT)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="orders", verbose_name=_("supplier")
    )
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", verbose_name=_("buying company")
    )
    destination = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="purchase_orders", verbose_name=_("to")
    )
    currency = models.CharField(_("currency"), max_length=3)
    expected_date = models.DateField(_("expected on"), null=True, blank=True)
    over_tolerance = rate(_("tolerance of over-delivery"), default=Decimal(0))
    note = models.CharField(_("note"), max_length=500, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=64)
    created_at = models.DateTimeField(_("created at"))
    ordered_at = models.DateTimeField(_("ordered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = PurchaseOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        constraints = [
            models.CheckConstraint(condition=Q(over_tolerance__gte=0), name="purchase_tolerance_not_negative")
        ]
        indexes = [
            models.Index(
                fields=["destination"],
                name="purchase_order_open",
                condition=Q(status__in=["ORDERED", "PARTIALLY_RECEIVED"]),
            )
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(models.Model):
    """`received` is fit for sale, `damaged` is not; both have arrived, maybe more than was ordered."""

    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.CASCADE, related_name="lines", verbose_name=_("purchase order")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    quantity = models.BigIntegerField(_("quantity"))
    unit_cost = amount(_("unit cost"))
    received = models.BigIntegerField(_("received"), default=0)
    damaged = models.BigIntegerField(_("damaged"), default=0)

    class Meta:
        verbose_name = _("purchase order line")
        verbose_name_plural = _("purchase order lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "variant"], name="purchase_line_once_per_variant"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_cost__gte=0, received__gte=0, damaged__gte=0),
                name="purchase_line_counts_what_arrived",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} × {self.quantity}"

    @property
    def arrived(self) -> int:
        return self.received + self.damaged

    @property
    def outstanding(self) -> int:
        return max(0, self.quantity - self.arrived)

    def most(self, tolerance: Decimal) -> int:
        """How many may arrive in all without being asked about."""
        return math.floor(self.quantity * (1 + tolerance))


class PurchaseReceipt(models.Model):
    """A delivery booked against an order; its document bears the delivery note's number."""

    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("purchase order")
    )
    document = models.OneToOneField(
        StockDocument, on_delete=models.PROTECT, related_name="+", verbose_name=_("document")
    )
    over_reason = models.CharField(_("reason for taking more"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("purchase receipt")
        verbose_name_plural = _("purchase receipts")

    def __str__(self) -> str:
        return f"{self.order_id}: {self.document_id}"
