"""Lots and serial numbers: what of a level is of which lot, until when it keeps, and what moved it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Variant
from inventory.models.ledger import Bucket, MovementKind, StockDocument
from omni.core.audit import audited
from omni.core.fields import choices
from organisation.models import Location, SalesChannel


class Tracks(models.TextChoices):
    LOT = "LOT", _("lots")
    SERIAL = "SERIAL", _("serial numbers")


class Dated(models.TextChoices):
    """Which date a lot bears: 賞味期限 is of quality, 消費期限 of safety. Both are the last good day."""

    NONE = "NONE", _("no date")
    BEST_BEFORE = "BEST_BEFORE", _("best before")
    USE_BY = "USE_BY", _("use by")


@audited()
class LotTracking(models.Model):
    """
    That a variant's stock is told apart by lots or serial numbers. Without a row it is not.

    Written by `start_tracking` and `stop_tracking` alone: levels carry the same in `tracked`.
    """

    variant = models.OneToOneField(
        Variant, on_delete=models.PROTECT, related_name="lot_tracking", verbose_name=_("variant")
    )
    tracks = choices(Tracks, _("tracks"))
    dated = choices(Dated, _("date of a lot"), default=Dated.NONE)
    started_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("lot tracking")
        verbose_name_plural = _("lot tracking")

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.get_tracks_display()}"


@audited()
class ShelfLife(models.Model):
    """
    How many days what a channel sells has still to be good for, counted from the location's today.

    A variant's own row holds, else that of the nearest category above it, else the channel's for
    everything. Without one, what is good today may be sold.
    """

    channel = models.ForeignKey(
        SalesChannel, on_delete=models.CASCADE, related_name="shelf_lives", verbose_name=_("sales channel")
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("variant")
    )
    days = models.PositiveIntegerField(_("days left at least"))

    class Meta:
        verbose_name = _("minimum remaining shelf life")
        verbose_name_plural = _("minimum remaining shelf lives")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "category", "variant"], name="shelf_life_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(category=None) | Q(variant=None),
                name="shelf_life_of_one_thing",
                violation_error_message=_("Name a category or a variant, not both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} ≥ {self.days}"


class Lot(models.Model):
    """
    Units of a variant that were made together; or, where serials are kept, one unit.

    The lot without a number holds what nobody has told apart: each tracked variant has one.
    `expires_on` is the last day on which it is good. A blocked lot's units are set aside wherever
    they turn up.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="lots", verbose_name=_("variant"), db_index=False
    )
    number = models.CharField(_("lot or serial number"), max_length=64, blank=True)
    expires_on = models.DateField(_("good until"), null=True, blank=True)
    produced_on = models.DateField(_("produced on"), null=True, blank=True)
    created_at = models.DateTimeField(_("first seen at"), db_default=Now())
    blocked_at = models.DateTimeField(_("blocked at"), null=True, blank=True)
    blocked_by = models.CharField(_("blocked by"), max_length=64, blank=True)
    block_reason = models.CharField(_("why it is blocked"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.UniqueConstraint(fields=["variant", "number"], name="lot_number_once_per_variant"),
            models.CheckConstraint(
                condition=~Q(number="") | Q(expires_on=None, produced_on=None, blocked_at=None),
                name="unknown_lot_says_nothing",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_on"], name="lot_by_expiry", condition=Q(expires_on__isnull=False)),
            models.Index(fields=["number"], name="lot_by_number"),
        ]
        permissions = [
            ("recall_lots", "Can trace lots to their buyers and block them"),
            ("track_lots", "Can have an article tracked by lots, or no longer"),
        ]

    def __str__(self) -> str:
        return self.number or str(_("unknown lot"))


class LotStock(models.Model):
    """
    How many units of a level are of a lot: the level's three buckets, split beneath it. What is gone
    has no row, so that a level reads as many as it has, and not all that it ever had.

    The rows of a tracked level add up to it (a trigger checks as the transaction commits), and are
    changed only under the level's lock. Of the unknown lot there may be fewer than none: what was
    sold and the books had not. `unknown` and `serial` are the lot's, copied for the constraints.
    """

    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant"), db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"), db_index=False
    )
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="stock", verbose_name=_("lot"))
    on_hand = models.BigIntegerField(_("on hand"), default=0)
    damaged = models.BigIntegerField(_("damaged"), default=0)
    quality_control = models.BigIntegerField(_("in quality control"), default=0)
    unknown = models.BooleanField(_("unknown"), default=False)
    serial = models.BooleanField(_("serial number"), default=False)

    class Meta:
        verbose_name = _("stock of a lot")
        verbose_name_plural = _("stock of lots")
        constraints = [
            models.UniqueConstraint(fields=["variant", "location", "lot"], name="lot_stock_once"),
            models.CheckConstraint(
                condition=~Q(on_hand=0, damaged=0, quality_control=0), name="lot_stock_is_of_something"
            ),
            models.CheckConstraint(
                condition=Q(unknown=True) | Q(on_hand__gte=0, damaged__gte=0, quality_control__gte=0),
                name="known_lots_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(serial=False) | Q(unknown=True) | Q(on_hand__lte=1), name="serial_is_one_unit"
            ),
            models.UniqueConstraint(
                fields=["lot"],
                condition=Q(serial=True, unknown=False, on_hand__gt=0),
                name="serial_in_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} @ {self.location_id}: {self.on_hand}"


class LotEntry(models.Model):
    """
    A row of the lot ledger: one bucket of one lot at one place moved by `delta` to `balance_after`.

    It goes with the row `entry` of the stock ledger, whose units it says the lot of; without one it
    moves units from lot to lot of a level that stays as it is. Immutable and partitioned as that is.
    """

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    occurred_at = models.DateTimeField(_("occurred at"))
    entry_id = models.BigIntegerField(_("stock ledger entry"), null=True, blank=True)
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
    lot = models.ForeignKey(
        Lot,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="entries",
        verbose_name=_("lot"),
        db_index=False,
    )
    document = models.ForeignKey(
        StockDocument,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("document"),
        db_index=False,
    )
    bucket = choices(Bucket, _("bucket"), default=Bucket.ON_HAND)
    kind = choices(MovementKind, _("kind"))
    delta = models.BigIntegerField(_("change"))
    balance_after = models.BigIntegerField(_("balance after"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("lot ledger entry")
        verbose_name_plural = _("lot ledger")
        # Written out in the migration, on the partitioned parent.
        indexes = [
            models.Index(fields=["lot", "id"], name="lot_entry_by_lot"),
            models.Index(fields=["document"], name="lot_entry_by_document"),
            models.Index(fields=["variant", "location", "id"], name="lot_entry_by_level"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delta:+d}"
