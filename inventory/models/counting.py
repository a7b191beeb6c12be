"""Cycle counts: some articles of a location counted while it sells, and how far off is too far."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand, Category, Variant
from omni.core import db
from omni.core.audit import audited
from omni.core.fields import choices, rate
from organisation.models import Location


@audited()
class CountLimit(models.Model):
    """
    How far a count may be off without somebody else's approval; a location's own goes before the
    one for all. A variance is beyond it when either figure is passed.
    """

    location = models.OneToOneField(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="count_limit",
        verbose_name=_("location"),
        help_text=_("Empty: for every location without a limit of its own."),
    )
    quantity = models.BigIntegerField(
        _("units"),
        validators=[MinValueValidator(0)],
        help_text=_("A difference of more units than this needs approval."),
    )
    share = rate(
        _("share"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("So does one of a greater share of what the books say: 0.1 is ten per cent."),
    )

    class Meta:
        verbose_name = _("count limit")
        verbose_name_plural = _("count limits")
        constraints = [
            models.UniqueConstraint(
                fields=["location"], name="one_count_limit_for_all", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="count_limit_not_negative"),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gte=0), name="count_share_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return str(self.location or _("every location"))


class CountSheetQuerySet(models.QuerySet["CountSheet"]):
    def for_update_by_number(self, number: str) -> "CountSheet | None":
        """Lock a sheet: whoever records, approves or posts does so one after the other."""
        db.require_transaction()
        return self.filter(number=number).select_for_update(no_key=True).first()


@audited()
class CountSheet(models.Model):
    """What is to be counted at a location. Blind: who counts is not told what the books say."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("being counted")
        COUNTED = "COUNTED", _("counted")
        POSTED = "POSTED", _("posted")
        CANCELLED = "CANCELLED", _("cancelled")

    number = models.CharField(_("number"), max_length=64, unique=True)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    status = choices(Status, _("status"), default=Status.OPEN)
    blind = models.BooleanField(
        _("blind"), default=True, help_text=_("Who counts is not told what the books say.")
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    # The database's own clock: what was recorded long before it can't have moved after a count.
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # The newest row of the ledger when it was posted: what comes after it came late.
    posted_through = models.BigIntegerField(editable=False, null=True)
    actor = models.CharField(_("actor"), max_length=64)

    objects = CountSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("count sheet")
        verbose_name_plural = _("count sheets")
        indexes = [
            models.Index(
                fields=["location"], name="count_sheet_open", condition=Q(status__in=["OPEN", "COUNTED"])
            )
        ]

    def __str__(self) -> str:
        return self.number


class CountLine(models.Model):
    """
    An article of a sheet. `expected` is what the books said at `counted_at`, and `variance` how far
    the count differs from it: both are there from when the sheet is counted, and exact once posted.
    """

    sheet = models.ForeignKey(
        CountSheet, on_delete=models.PROTECT, related_name="lines", verbose_name=_("count sheet")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    counted = models.BigIntegerField(_("counted"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    counted_by = models.CharField(_("counted by"), max_length=64, blank=True)
    expected = models.BigIntegerField(_("expected"), null=True, blank=True)
    variance = models.BigIntegerField(_("variance"), null=True, blank=True)
    beyond_limit = models.BooleanField(_("beyond the limit"), default=False)
    approved_variance = models.BigIntegerField(_("approved variance"), null=True, blank=True)
    approved_by = models.CharField(_("approved by"), max_length=64, blank=True)
    # A count that was asked for again is not answered by an earlier one that arrives late.
    recount_since = models.DateTimeField(_("recount asked at"), null=True, blank=True)
    superseded = models.BooleanField(
        _("superseded"), default=False, help_text=_("A later count was posted first; this one moves nothing.")
    )

    class Meta:
        verbose_name = _("count line")
        verbose_name_plural = _("count lines")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "variant"], name="count_line_once_per_variant"),
            models.CheckConstraint(
                condition=Q(counted__isnull=True) | Q(counted__gte=0), name="counted_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(counted=None, counted_at=None)
                | Q(counted__isnull=False, counted_at__isnull=False),
                name="counted_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id}: {self.variant_id}"


class CountRecord(models.Model):
    """What somebody counted, at a moment: kept, whichever of them came to count."""

    line = models.ForeignKey(
        CountLine, on_delete=models.PROTECT, related_name="records", verbose_name=_("count line")
    )
    quantity = models.BigIntegerField(_("quantity"))
    counted_at = models.DateTimeField(_("counted at"))
    counted_by = models.CharField(_("counted by"), max_length=64)
    device = models.CharField(_("device"), max_length=64, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("count record")
        verbose_name_plural = _("count records")
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=0), name="count_record_not_negative")]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.quantity}"
