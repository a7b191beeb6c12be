"""Whose stock is, what it cost, and by which rule a company values it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from inventory.models.ledger import StockDocument
from omni.core import fields
from omni.core.audit import audited
from omni.core.fields import choices, translated
from omni.core.text import pick
from organisation.models import Company, SalesChannel


class Ownership(models.TextChoices):
    """CONSIGNED is 委託, PAID_AS_SOLD is 消化仕入: both are the supplier's until the moment of a sale."""

    OWN = "OWN", _("own")
    CONSIGNED = "CONSIGNED", _("consigned")
    PAID_AS_SOLD = "PAID_AS_SOLD", _("paid as sold")


@audited()
class Owner(models.Model):
    """
    Whose goods: the company's own (one row, OWN, without a supplier), or a supplier's.

    `supplier` is the supplier's code, so that a supplier's goods on consignment and those that are
    paid as sold are two owners of one supplier.
    """

    ownership = choices(Ownership, _("ownership"))
    supplier = models.CharField(_("supplier's code"), max_length=64, blank=True)
    name = translated(_("name"), blank=True)

    class Meta:
        verbose_name = _("owner of stock")
        verbose_name_plural = _("owners of stock")
        constraints = [
            models.UniqueConstraint(fields=["ownership", "supplier"], name="owner_once"),
            models.CheckConstraint(
                condition=Q(ownership="OWN", supplier="") | (~Q(ownership="OWN") & ~Q(supplier="")),
                name="others_goods_have_a_supplier",
                violation_error_message=_("Suppliers' goods name a supplier; our own don't."),
            ),
        ]

    def __str__(self) -> str:
        named = pick(self.name) or self.supplier
        return f"{self.get_ownership_display()} {named}".strip()


class CostMethod(models.TextChoices):
    """How a month's closing stock is valued; in between every movement is at moving average."""

    MOVING_AVERAGE = "MOVING_AVERAGE", _("moving average")
    LAST_PURCHASE = "LAST_PURCHASE", _("last purchase")
    RETAIL = "RETAIL", _("retail method")


class LeavesFirst(models.TextChoices):
    OWN = "OWN", _("own goods first")
    SUPPLIERS = "SUPPLIERS", _("suppliers' goods first")


@audited()
class CostPolicy(models.Model):
    """A company's rules of valuation from a month on; without one: moving average, own first, yen."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="cost_policies", verbose_name=_("company")
    )
    valid_from = models.DateField(_("valid from"), help_text=_("The first day of a month."))
    method = choices(CostMethod, _("method of valuation"), default=CostMethod.MOVING_AVERAGE)
    leaves_first = choices(LeavesFirst, _("leaves first"), default=LeavesFirst.OWN)
    currency = models.CharField(_("currency"), max_length=3, default="JPY")
    price_channel = models.ForeignKey(
        SalesChannel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("channel of retail prices"),
        help_text=_("Whose prices the retail method takes."),
    )

    class Meta:
        verbose_name = _("rule of valuation")
        verbose_name_plural = _("rules of valuation")
        constraints = [
            models.UniqueConstraint(fields=["company", "valid_from"], name="one_cost_policy_from_a_day"),
            models.CheckConstraint(
                condition=Q(valid_from__day=1),
                name="cost_policy_from_a_month",
                violation_error_message=_("It holds from the first day of a month."),
            ),
            models.CheckConstraint(
                condition=~Q(method="RETAIL") | Q(price_channel__isnull=False),
                name="retail_method_has_prices",
                violation_error_message=_("The retail method needs a channel whose prices it takes."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.valid_from}: {self.get_method_display()}"


@audited()
class SupplyTerm(models.Model):
    """What an article costs a company, and whose it is, where the document that brings it is silent."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="supply_terms", verbose_name=_("company")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="supply_terms", verbose_name=_("variant")
    )
    owner = models.ForeignKey(Owner, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    unit_cost = fields.amount(_("unit cost"), help_text=_("Without tax."))
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("term of supply")
        verbose_name_plural = _("terms of supply")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "variant", "valid_from"], name="one_supply_term_from_a_day"
            ),
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="supply_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.valid_from}: {self.unit_cost}"


class ReceiptCost(models.Model):
    """
    What a document's units of a variant cost, and whose they are. Written with the document.

    The one seam by which costs reach the valuation: deliveries, purchase orders and opening stock.
    """

    document = models.ForeignKey(
        StockDocument, on_delete=models.PROTECT, related_name="costs", verbose_name=_("document")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    owner = models.ForeignKey(Owner, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    unit_cost = fields.amount(_("unit cost"))

    class Meta:
        verbose_name = _("cost of a receipt")
        verbose_name_plural = _("costs of receipts")
        constraints = [
            models.UniqueConstraint(fields=["document", "variant"], name="receipt_cost_once"),
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="receipt_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.variant_id}: {self.unit_cost}"


class MovementOrigin(models.Model):
    """
    The document with which units once left that come in by this one: a return's sale, the sending
    of a transfer that arrives by a document of its own. They come in at the cost at which they left.
    """

    document = models.ForeignKey(
        StockDocument, on_delete=models.PROTECT, related_name="origins", verbose_name=_("document")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    origin = models.ForeignKey(
        StockDocument, on_delete=models.PROTECT, related_name="+", verbose_name=_("came from")
    )

    class Meta:
        verbose_name = _("origin of goods")
        verbose_name_plural = _("origins of goods")
        constraints = [
            models.UniqueConstraint(fields=["document", "variant", "origin"], name="movement_origin_once")
        ]

    def __str__(self) -> str:
        return f"{self.document_id} ← {self.origin_id}"
