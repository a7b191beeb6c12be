"""
The one stock: a level for each variant and location, the ledger that explains it, and what is
promised out of it.

`on_hand` is everything physically there; `available = on_hand − reserved − damaged −
quality_control − safety_stock`. The ledger is immutable and partitioned by `recorded_at`.
"""

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from omni.core import db
from omni.core.fields import choices
from organisation.models import Location, SalesChannel


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


class AdjustmentReason(models.TextChoices):
    CORRECTION = "correction", _("correction")
    CYCLE_COUNT = "cycle_count", _("cycle count")
    DAMAGED = "damaged", _("damaged")
    PROMOTION = "promotion", _("promotion")
    RECEIVED = "received", _("received")
    RESTOCK = "restock", _("restock")
    SHRINKAGE = "shrinkage", _("shrinkage")
    OTHER = "other", _("other")


class StockLevelQuerySet(models.QuerySet["StockLevel"]):
    def with_available(self) -> "StockLevelQuerySet":
        return self.annotate(
            available=F("on_hand") - F("reserved") - F("damaged") - F("quality_control") - F("safety_stock")
        )

    def select_related_names(self) -> "StockLevelQuerySet":
        return self.select_related("variant", "location")

    def of_pairs(self, pairs: Iterable[tuple[int, int]]) -> "StockLevelQuerySet":
        """The levels of (variant, location) pairs."""
        wanted = Q(pk__in=[])
        for variant_id, location_id in pairs:
            wanted |= Q(variant_id=variant_id, location_id=location_id)
        return self.filter(wanted)

    def for_update_by_pairs(self, pairs: Iterable[tuple[int, int]]) -> "list[StockLevel]":
        """Lock the levels of (variant, location) pairs in the order of their keys."""
        db.require_transaction()
        return list(self.of_pairs(pairs).order_by("pk").select_for_update(no_key=True, of=("self",)))


class StockLevel(models.Model):
    """
    One row a variant and location, never split. A sale changes `on_hand` or `reserved` alone,
    and no index names either, so its update stays on the page (HOT).

    A trigger refuses an increase of `reserved` that leaves `available` negative.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="levels", verbose_name=_("variant"), db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="levels", verbose_name=_("location")
    )
    on_hand = models.BigIntegerField(_("on hand"), default=0)
    reserved = models.BigIntegerField(_("reserved"), default=0)
    safety_stock = models.BigIntegerField(_("safety stock"), default=0)
    incoming = models.BigIntegerField(_("incoming"), default=0)
    damaged = models.BigIntegerField(_("damaged"), default=0)
    quality_control = models.BigIntegerField(_("in quality control"), default=0)

    objects = StockLevelQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "location"], name="one_level_per_variant_and_location"
            ),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_not_negative"),
            models.CheckConstraint(condition=Q(safety_stock__gte=0), name="safety_stock_not_negative"),
            models.CheckConstraint(condition=Q(incoming__gte=0), name="incoming_not_negative"),
            models.CheckConstraint(condition=Q(damaged__gte=0), name="damaged_not_negative"),
            models.CheckConstraint(condition=Q(quality_control__gte=0), name="quality_control_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} @ {self.location_id}"

    @property
    def free(self) -> int:
        """What is there and promised to nobody, safety stock included."""
        return self.on_hand - self.reserved - self.damaged - self.quality_control


class StockDocument(models.Model):
    """What moved stock: posted once, whatever is repeated. Its rows are in the ledger."""

    class Kind(models.TextChoices):
        RECEIPT = "RECEIPT", _("receipt")
        SALE = "SALE", _("sale")
        FULFILMENT = "FULFILMENT", _("fulfilment")
        RETURN = "RETURN", _("return")
        TRANSFER = "TRANSFER", _("transfer")
        ADJUSTMENT = "ADJUSTMENT", _("adjustment")
        OPENING = "OPENING", _("opening")
        CORRECTION = "CORRECTION", _("correction")

    kind = choices(Kind, _("kind"))
    number = models.CharField(_("number"), max_length=64)
    note = models.CharField(_("note"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=64)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("stock document")
        verbose_name_plural = _("stock documents")
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="stock_document_posted_once")]

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


class Reservation(models.Model):
    """
    Units promised out of a level. Open (counted in `reserved`) while ACTIVE or COMMITTED.

    ACTIVE ones may expire: they then stop blocking anyone, whether or not a worker runs.
    `source` names what asked for it, as `order:42:1` (order and line).
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        COMMITTED = "COMMITTED", _("committed")
        FULFILLED = "FULFILLED", _("fulfilled")
        RELEASED = "RELEASED", _("released")
        EXPIRED = "EXPIRED", _("expired")

    OPEN = (Status.ACTIVE, Status.COMMITTED)

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant"), db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"), db_index=False
    )
    quantity = models.BigIntegerField(_("quantity"))
    status = choices(Status, _("status"), default=Status.ACTIVE)
    source = models.CharField(_("source"), max_length=64)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    document = models.ForeignKey(
        StockDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fulfilled by"),
        db_index=False,
    )

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "COMMITTED"], closed_at=None)
                | (~Q(status__in=["ACTIVE", "COMMITTED"]) & Q(closed_at__isnull=False)),
                name="reservation_closed_when_not_open",
            ),
            models.CheckConstraint(
                condition=Q(status="FULFILLED", document__isnull=False)
                | (~Q(status="FULFILLED") & Q(document=None)),
                name="fulfilled_by_a_document",
            ),
        ]
        indexes = [
            models.Index(
                fields=["variant", "location"],
                name="reservation_open",
                condition=Q(status__in=["ACTIVE", "COMMITTED"]),
            ),
            models.Index(
                fields=["expires_at"],
                name="reservation_expiring",
                condition=Q(status="ACTIVE", expires_at__isnull=False),
            ),
            models.Index(fields=["source"], name="reservation_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.quantity}"


class ChannelSource(models.Model):
    """A location that serves a channel. Lower `priority` is asked first."""

    channel = models.ForeignKey(
        SalesChannel, on_delete=models.CASCADE, related_name="sources", verbose_name=_("sales channel")
    )
    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="channel_sources", verbose_name=_("location")
    )
    priority = models.PositiveIntegerField(_("priority"), default=100)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("channel source")
        verbose_name_plural = _("channel sources")
        constraints = [
            models.UniqueConstraint(fields=["channel", "location"], name="source_once_per_channel")
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} ← {self.location_id}"


class ChannelBuffer(models.Model):
    """Units that a channel never offers, of one variant or (without one) of every variant."""

    channel = models.ForeignKey(
        SalesChannel, on_delete=models.CASCADE, related_name="buffers", verbose_name=_("sales channel")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("variant")
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=0)

    class Meta:
        verbose_name = _("channel buffer")
        verbose_name_plural = _("channel buffers")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "variant"], name="one_buffer_per_channel_and_variant", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.quantity}"


class Transfer(models.Model):
    """Units moved from one location to another, in one step."""

    number = models.CharField(_("number"), max_length=64, unique=True)
    origin = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="transfers_out", verbose_name=_("from")
    )
    destination = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="transfers_in", verbose_name=_("to")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=64)
    occurred_at = models.DateTimeField(_("occurred at"))

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(condition=~Q(origin=F("destination")), name="transfer_goes_elsewhere")
        ]

    def __str__(self) -> str:
        return self.number


class TransferLine(models.Model):
    transfer = models.ForeignKey(
        Transfer, on_delete=models.CASCADE, related_name="lines", verbose_name=_("transfer")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    quantity = models.BigIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("transfer line")
        verbose_name_plural = _("transfer lines")
        constraints = [
            models.UniqueConstraint(fields=["transfer", "variant"], name="transfer_line_once_per_variant"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} × {self.quantity}"


class Discrepancy(models.Model):
    """Where the books and the world differ, until somebody settles it."""

    class Kind(models.TextChoices):
        BELOW_ZERO = "BELOW_ZERO", _("sold below zero")
        UNALLOCATED = "UNALLOCATED", _("sold outside, not in stock")
        STRANDED = "STRANDED", _("promised, but gone")

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        RESOLVED = "RESOLVED", _("resolved")

    kind = choices(Kind, _("kind"))
    status = choices(Status, _("status"), default=Status.OPEN)
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("location"),
    )
    quantity = models.BigIntegerField(_("quantity"))
    source = models.CharField(_("source"), max_length=96)
    opened_at = models.DateTimeField(_("opened at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolution = models.CharField(_("resolution"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        indexes = [
            models.Index(fields=["variant", "location"], name="discrepancy_open", condition=Q(status="OPEN"))
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="discrepancy_quantity_positive")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.source}"
