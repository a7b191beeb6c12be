"""Stock-takes (実地棚卸): a whole location counted by sections, by many hands."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from omni.core import db
from omni.core.audit import audited
from omni.core.fields import amount, choices
from organisation.models import Location


class StockTakeQuerySet(models.QuerySet["StockTake"]):
    def for_update_by_number(self, number: str) -> "StockTake | None":
        db.require_transaction()
        return self.filter(number=number).select_for_update(no_key=True).first()


@audited()
class StockTake(models.Model):
    """The stock-take of a location for a business date. One is under way at a location at most."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("being counted")
        CLOSED = "CLOSED", _("counted")
        APPROVED = "APPROVED", _("approved")
        POSTED = "POSTED", _("posted")
        CANCELLED = "CANCELLED", _("cancelled")

    class Uncounted(models.TextChoices):
        ZERO = "ZERO", _("set to zero")
        LEAVE = "LEAVE", _("leave as the books say")

    UNDER_WAY = (Status.OPEN, Status.CLOSED, Status.APPROVED)

    number = models.CharField(_("number"), max_length=64, unique=True)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    business_date = models.DateField(_("business date"))
    status = choices(Status, _("status"), default=Status.OPEN)
    uncounted = models.CharField(
        _("what was not counted"), max_length=32, choices=Uncounted.choices, blank=True
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.CharField(_("approved by"), max_length=64, blank=True)
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True)
    posted_through = models.BigIntegerField(editable=False, null=True)
    actor = models.CharField(_("actor"), max_length=64)

    objects = StockTakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock-take")
        verbose_name_plural = _("stock-takes")
        constraints = [
            models.UniqueConstraint(
                fields=["location"],
                condition=Q(status__in=["OPEN", "CLOSED", "APPROVED"]),
                name="one_stock_take_under_way",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["APPROVED", "POSTED"])
                | (Q(approved_at__isnull=False) & ~Q(approved_by="")),
                name="posted_stock_take_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StockTakeSection(models.Model):
    """A shelf or room, by its number. Sales are taken from sections that sell, not from stock rooms."""

    stock_take = models.ForeignKey(
        StockTake, on_delete=models.PROTECT, related_name="sections", verbose_name=_("stock-take")
    )
    number = models.CharField(_("number"), max_length=32)
    name = models.CharField(_("name"), max_length=100, blank=True)
    selling = models.BooleanField(
        _("on the sales floor"),
        default=True,
        help_text=_("What is sold while the shop is counted leaves from here."),
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [
            models.UniqueConstraint(fields=["stock_take", "number"], name="section_once_per_stock_take")
        ]

    def __str__(self) -> str:
        return self.number


class SectionCountQuerySet(models.QuerySet["SectionCount"]):
    def for_update_of(self, section_id: int, round: int) -> "SectionCount | None":
        db.require_transaction()
        found = self.filter(section=section_id, round=round)
        return found.select_for_update(no_key=True, of=("self",)).first()

    def for_update_by_id(self, count_id: int) -> "SectionCount | None":
        db.require_transaction()
        return self.filter(pk=count_id).select_for_update(no_key=True, of=("self",)).first()

    def that_count(self) -> "SectionCountQuerySet":
        """Of each section the accepted count of the highest round."""
        return self.filter(status="ACCEPTED").order_by("section", "-round").distinct("section")


class SectionCount(models.Model):
    """One round of counting a section. Of those accepted the latest round counts."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("being counted")
        SUBMITTED = "SUBMITTED", _("counted")
        ACCEPTED = "ACCEPTED", _("accepted")
        REJECTED = "REJECTED", _("rejected")

    section = models.ForeignKey(
        StockTakeSection, on_delete=models.PROTECT, related_name="counts", verbose_name=_("section")
    )
    round = models.PositiveIntegerField(_("round"), default=1)
    status = choices(Status, _("status"), default=Status.OPEN)
    counted_by = models.CharField(_("counted by"), max_length=64, blank=True)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    actor = models.CharField(_("actor"), max_length=64)

    objects = SectionCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("section count")
        verbose_name_plural = _("section counts")
        constraints = [
            models.UniqueConstraint(fields=["section", "round"], name="section_counted_once_a_round"),
            models.CheckConstraint(condition=Q(round__gt=0), name="round_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.section_id}/{self.round}"


class Scan(models.Model):
    """
    What a device read: so many of a code. A device numbers its scans, so that what it sends again
    is known again. A code that names nothing yet has no variant until the stock-take is closed.
    """

    stock_take = models.ForeignKey(
        StockTake, on_delete=models.PROTECT, related_name="+", verbose_name=_("stock-take"), db_index=False
    )
    count = models.ForeignKey(
        SectionCount, on_delete=models.PROTECT, related_name="scans", verbose_name=_("section count")
    )
    device = models.CharField(_("device"), max_length=64)
    sequence = models.BigIntegerField(_("sequence"))
    code = models.CharField(_("code"), max_length=64)
    variant = models.ForeignKey(
        Variant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("variant"),
        db_index=False,
    )
    read = models.BigIntegerField(_("read"), help_text=_("With a minus it takes back what was read wrongly."))
    quantity = models.BigIntegerField(_("quantity"), help_text=_("In the article's stock unit."))
    scanned_at = models.DateTimeField(_("scanned at"))
    counted_by = models.CharField(_("counted by"), max_length=64)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        constraints = [
            models.UniqueConstraint(fields=["stock_take", "device", "sequence"], name="scan_sent_once"),
            models.CheckConstraint(condition=~Q(read=0), name="scan_reads_something"),
        ]

    def __str__(self) -> str:
        return f"{self.code} × {self.read}"


class StockTakeLine(models.Model):
    """
    What the stock-take says about an article: written when it is closed, exact once posted.

    `counted` is null where the books have stock and nobody scanned any; `variance` is then what
    setting it to zero would move. `moved_between` units moved while its sections were counted at
    different moments: where it is not zero, counting those again is what makes sure.
    """

    stock_take = models.ForeignKey(
        StockTake, on_delete=models.PROTECT, related_name="lines", verbose_name=_("stock-take")
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant")
    )
    counted = models.BigIntegerField(_("counted"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted at"))
    expected = models.BigIntegerField(_("expected"))
    variance = models.BigIntegerField(_("variance"))
    sections = models.PositiveIntegerField(_("sections"), default=0)
    moved_between = models.BigIntegerField(_("moved while counted"), default=0)
    beyond_limit = models.BooleanField(_("beyond the limit"), default=False)
    superseded = models.BooleanField(_("superseded"), default=False)
    unit_cost = amount(_("unit cost"), null=True, blank=True)

    class Meta:
        verbose_name = _("stock-take line")
        verbose_name_plural = _("stock-take lines")
        constraints = [
            models.UniqueConstraint(fields=["stock_take", "variant"], name="stock_take_line_once_per_variant")
        ]

    def __str__(self) -> str:
        return f"{self.stock_take_id}: {self.variant_id}"
