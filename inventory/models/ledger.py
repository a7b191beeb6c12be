"""The stock ledger: what moved, why, and by which document. Immutable, partitioned by `recorded_at`."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from omni.core.fields import choices
from organisation.models import Location


class Bucket(models.TextChoices):
    """What a ledger row moves. DAMAGED and QUALITY_CONTROL are parts of what is on hand."""

    ON_HAND = "ON_HAND", _("on hand")
    DAMAGED = "DAMAGED", _("damaged")
    QUALITY_CONTROL = "QUALITY_CONTROL", _("in quality control")


class MovementKind(models.TextChoices):
    RECEIPT = "RECEIPT", _("receipt")
    SALE = "SALE", _("sale")
    RETURN = "RETURN", _("return")
    TRANSFER_OUT = "TRANSFER_OUT", _("transfer out")
    TRANSFER_IN = "TRANSFER_IN", _("transfer in")
    ADJUSTMENT = "ADJUSTMENT", _("adjustment")
    COUNT = "COUNT", _("count")
    DAMAGE = "DAMAGE", _("damage")
    # What archived rows came to: no movement.
    CARRIED = "CARRIED", _("carried forward")


class AdjustmentReason(models.TextChoices):
    CORRECTION = "correction", _("correction")
    CYCLE_COUNT = "cycle_count", _("cycle count")
    DAMAGED = "damaged", _("damaged")
    PROMOTION = "promotion", _("promotion")
    RECEIVED = "received", _("received")
    RESTOCK = "restock", _("restock")
    SHRINKAGE = "shrinkage", _("shrinkage")
    OTHER = "other", _("other")


class StockDocument(models.Model):
    """
    What moved stock: posted once, whatever is repeated. Its rows are in the ledger.

    `location` is named where the number is one that others gave (a delivery note's), and is part
    of what is posted once then; like a ledger row's it is held by its id alone.
    """

    class Kind(models.TextChoices):
        RECEIPT = "RECEIPT", _("receipt")
        SALE = "SALE", _("sale")
        FULFILMENT = "FULFILMENT", _("fulfilment")
        RETURN = "RETURN", _("return")
        TRANSFER = "TRANSFER", _("transfer")
        ADJUSTMENT = "ADJUSTMENT", _("adjustment")
        COUNT = "COUNT", _("count")
        OPENING = "OPENING", _("opening")
        CORRECTION = "CORRECTION", _("correction")
        CARRIED = "CARRIED", _("carried forward")

    kind = choices(Kind, _("kind"))
    number = models.CharField(_("number"), max_length=64)
    location = models.ForeignKey(
        Location,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("location"),
        db_index=False,
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=64)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("stock document")
        verbose_name_plural = _("stock documents")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number", "location"],
                name="stock_document_posted_once_at",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class StockEntry(models.Model):
    """
    A row of the stock ledger: one bucket of one level moved by `delta` to `balance_after`.

    Immutable (trigger), partitioned by `recorded_at`: the database's key is (id, recorded_at).
    No foreign key points at it, and it names variant, location and document by id alone.
    """

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    occurred_at = models.DateTimeField(_("occurred at"))
    business_date = models.DateField(_("business date"))
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
    document = models.ForeignKey(
        StockDocument,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="entries",
        verbose_name=_("document"),
        db_index=False,
    )
    bucket = choices(Bucket, _("bucket"), default=Bucket.ON_HAND)
    kind = choices(MovementKind, _("kind"))
    reason = models.CharField(_("reason"), max_length=32, blank=True, choices=AdjustmentReason.choices)
    delta = models.BigIntegerField(_("change"))
    balance_after = models.BigIntegerField(_("balance after"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("stock ledger entry")
        verbose_name_plural = _("stock ledger")
        # Written out in the migration, on the partitioned parent.
        indexes = [
            models.Index(fields=["variant", "location", "id"], name="stock_entry_by_level"),
            models.Index(fields=["document"], name="stock_entry_by_document"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delta:+d}"
