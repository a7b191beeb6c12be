"""The valuation ledger: what every movement of stock was worth. Immutable, partitioned."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from inventory.models.ledger import StockDocument
from inventory.models.owners import Owner
from omni.core import fields
from omni.core.fields import choices
from organisation.models import Company, Location


class ValuationKind(models.TextChoices):
    """The stock ledger's kinds, and those of rows that only value knows."""

    RECEIPT = "RECEIPT", _("receipt")
    SALE = "SALE", _("sale")
    RETURN = "RETURN", _("return")
    TRANSFER_OUT = "TRANSFER_OUT", _("transfer out")
    TRANSFER_IN = "TRANSFER_IN", _("transfer in")
    ADJUSTMENT = "ADJUSTMENT", _("adjustment")
    COUNT = "COUNT", _("count")
    DAMAGE = "DAMAGE", _("damage")
    PURCHASE = "PURCHASE", _("purchase at the sale")
    OWNER_CHANGE = "OWNER_CHANGE", _("change of owner")
    CORRECTION = "CORRECTION", _("correction of cost")
    CLOSING = "CLOSING", _("valuation at month-end")
    RECEIPT_COST = "RECEIPT_COST", _("correction of a receipt's cost")


class Valuation(models.Model):
    """
    A row of the valuation ledger: units of one owner that a stock entry moved, and their value.

    `running_quantity` and `running_value` are the pool's (company, variant, owner) after this row,
    in the order of ids, so the moving average is explained row by row. An entry's rows are
    unique by (entry_id, part): `recorded_at`, which partitions, is the entry's own. Rows of a
    month-end, and those that correct a receipt's cost, have no entry.
    """

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    posting_month = models.DateField(_("posting month"))
    business_date = models.DateField(_("business date"))
    company = models.ForeignKey(
        Company,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("company"),
        db_index=False,
    )
    variant = models.ForeignKey(
        Variant,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("variant"),
        db_index=False,
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("location"),
        db_index=False,
    )
    owner = models.ForeignKey(
        Owner,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("owner"),
        db_index=False,
    )
    document = models.ForeignKey(
        StockDocument,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="valuations",
        verbose_name=_("document"),
        db_index=False,
    )
    origin = models.ForeignKey(
        StockDocument,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name=_("came from"),
        db_index=False,
    )
    entry_id = models.BigIntegerField(_("stock ledger entry"), null=True)
    part = models.SmallIntegerField(_("part"))
    kind = choices(ValuationKind, _("kind"))
    quantity = models.BigIntegerField(_("quantity"))
    unit_cost = fields.amount(_("unit cost"))
    amount = fields.amount(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    running_quantity = models.BigIntegerField(_("quantity after"))
    running_value = fields.amount(_("value after"))
    assumed = models.BooleanField(_("cost assumed"), help_text=_("No document said what it cost."))

    class Meta:
        verbose_name = _("valuation entry")
        verbose_name_plural = _("valuation ledger")
        # Written out in the migration, on the partitioned parent.
        indexes = [
            models.Index(fields=["company", "variant", "owner", "id"], name="valuation_by_pool"),
            models.Index(fields=["company", "posting_month"], name="valuation_by_month"),
            models.Index(fields=["document"], name="valuation_by_document"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+d}: {self.amount}"


class CostPool(models.Model):
    """What a company has of an article and owner, and what it is worth: the ledger's latest sums."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", verbose_name=_("company"), db_index=False
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    owner = models.ForeignKey(
        Owner, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"), db_index=False
    )
    quantity = models.BigIntegerField(_("quantity"))
    value = fields.amount(_("value"))
    unit_cost = fields.amount(_("last known unit cost"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("cost of an article")
        verbose_name_plural = _("costs of articles")
        constraints = [
            models.UniqueConstraint(fields=["company", "variant", "owner"], name="one_cost_pool"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.quantity} = {self.value}"


class CostCorrection(models.Model):
    """
    What units that a document brought were taken for, what they cost, and why: kept for ever.

    Of `amount` what was in stock still went to its value (`kept`), the rest to cost of goods sold.
    """

    document = models.ForeignKey(
        StockDocument, on_delete=models.PROTECT, related_name="+", verbose_name=_("document")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", verbose_name=_("company")
    )
    quantity = models.BigIntegerField(_("quantity"))
    before = fields.amount(_("unit cost before"))
    after = fields.amount(_("unit cost after"))
    amount = fields.amount(_("difference"))
    kept = fields.amount(_("of it in stock"))
    currency = models.CharField(_("currency"), max_length=3)
    posting_month = models.DateField(_("posting month"))
    reason = models.CharField(_("reason"), max_length=500)
    actor = models.CharField(_("actor"), max_length=64)
    corrected_at = models.DateTimeField(_("corrected at"))

    class Meta:
        verbose_name = _("correction of a receipt's cost")
        verbose_name_plural = _("corrections of receipts' costs")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(before__gte=0, after__gte=0) & ~models.Q(before=models.F("after")),
                name="cost_corrected_to_another",
            )
        ]
        permissions = [("correct_cost", "Can correct what a receipt cost")]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.before} → {self.after}"


class OwnedStock(models.Model):
    """
    How many of a level's units are whose, as far as the valuation has come.

    Apart from the stock level, which is one row and never split: no sale writes here.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant"), db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    owner = models.ForeignKey(
        Owner, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"), db_index=False
    )
    quantity = models.BigIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("stock by owner")
        verbose_name_plural = _("stock by owner")
        constraints = [
            models.UniqueConstraint(fields=["variant", "location", "owner"], name="one_owned_stock"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.location_id}: {self.quantity}"


class ValuationCursor(models.Model):
    """
    How far the stock ledger has been valued: one row, whose lock makes its holder the only one.

    `fence` is an id beyond which nothing is read until every transaction in `lockers` has ended.
    """

    entry_id = models.BigIntegerField(_("stock ledger entry"), default=0)
    fence = models.BigIntegerField(_("fence"), default=0)
    lockers = models.JSONField(_("transactions waited for"), default=list)

    class Meta:
        verbose_name = _("valuation cursor")
        verbose_name_plural = _("valuation cursor")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_valuation_cursor"),
        ]

    def __str__(self) -> str:
        return str(self.entry_id)
