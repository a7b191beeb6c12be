"""Months that are closed: what stock was worth, and what goods sold had cost."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand, Category
from inventory.models.owners import CostMethod, Owner
from omni.core import fields
from omni.core.fields import choices
from organisation.models import Company, Location


class Closing(models.Model):
    """A month of a company that is closed: what comes late is posted to the next one."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="closings", verbose_name=_("company")
    )
    month = models.DateField(_("month"))
    method = choices(CostMethod, _("method of valuation"))
    currency = models.CharField(_("currency"), max_length=3)
    quantity = models.BigIntegerField(_("quantity"))
    value = fields.amount(_("value"))
    cost_of_sales = fields.amount(_("cost of goods sold"))
    closed_at = models.DateTimeField(_("closed at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("monthly closing")
        verbose_name_plural = _("monthly closings")
        constraints = [
            models.UniqueConstraint(fields=["company", "month"], name="month_closed_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="closing_of_a_month"),
        ]
        permissions = [("close", "Can close a month"), ("see_costs", "Can see what stock costs")]

    def __str__(self) -> str:
        return f"{self.company} {self.month:%Y-%m}"


class ClosingLine(models.Model):
    """A closed month's figures of a shop, brand and owner: opening + bought + other − sold = value."""

    closing = models.ForeignKey(
        Closing, on_delete=models.PROTECT, related_name="lines", verbose_name=_("monthly closing")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", verbose_name=_("brand"))
    owner = models.ForeignKey(Owner, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    quantity = models.BigIntegerField(_("quantity"))
    value = fields.amount(_("value"))
    purchases = fields.amount(_("purchases"))
    cost_of_sales = fields.amount(_("cost of goods sold"))
    other = fields.amount(_("other changes"))

    class Meta:
        verbose_name = _("closing balance")
        verbose_name_plural = _("closing balances")
        constraints = [
            models.UniqueConstraint(
                fields=["closing", "location", "brand", "owner"], name="closing_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.closing_id}: {self.quantity} = {self.value}"


class ClosingRatio(models.Model):
    """A department's cost ratio of a month: (opening + purchases) at cost, by the same at retail."""

    closing = models.ForeignKey(
        Closing, on_delete=models.PROTECT, related_name="ratios", verbose_name=_("monthly closing")
    )
    department = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("department"),
    )
    opening_cost = fields.amount(_("opening stock at cost"))
    opening_retail = fields.amount(_("opening stock at retail"))
    purchases_cost = fields.amount(_("purchases at cost"))
    purchases_retail = fields.amount(_("purchases at retail"))
    closing_retail = fields.amount(_("closing stock at retail"))
    closing_cost = fields.amount(_("closing stock at cost"))
    ratio = models.DecimalField(_("cost ratio"), max_digits=12, decimal_places=8)

    class Meta:
        verbose_name = _("cost ratio")
        verbose_name_plural = _("cost ratios")
        constraints = [
            models.UniqueConstraint(
                fields=["closing", "department"], name="closing_ratio_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.department_id}: {self.ratio}"
