from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from omni.core import db, fields
from omni.core.audit import audited
from omni.core.errors import NotFound
from omni.core.fields import choices
from orders.models.changes import OrderChange
from orders.models.orders import Order
from orders.models.returns import Return
from organisation.models import Company, Location


class DocumentKind(models.TextChoices):
    """What Japan's Consumption Tax Act knows (articles 57-4 and 57-5), and the receipt of a payment."""

    INVOICE = "INVOICE", _("invoice")
    SIMPLIFIED_INVOICE = "SIMPLIFIED_INVOICE", _("simplified invoice")
    RETURN_INVOICE = "RETURN_INVOICE", _("return invoice")
    RECEIPT = "RECEIPT", _("receipt of payment")


# What says that something was supplied: at most one of them stands for a company's part of an order.
SUPPLY_KINDS = (DocumentKind.INVOICE, DocumentKind.SIMPLIFIED_INVOICE)


class DocumentSeriesQuerySet(models.QuerySet["DocumentSeries"]):
    def for_update_by_ids(self, ids: Iterable[int]) -> "list[DocumentSeries]":
        """Lock series by key, after everything else: who holds one keeps others from numbering."""
        db.require_transaction()
        return list(self.filter(pk__in=list(ids)).order_by("pk").select_for_update(no_key=True))


class DocumentSeries(models.Model):
    """
    The numbers of one kind of document of a company, from one place and one device of it.

    A number is taken under the series' row lock in the transaction that writes its document, so that
    one that is rolled back is not used up. `device` is the prefix of a till's key.
    """

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", verbose_name=_("selling company")
    )
    kind = choices(DocumentKind, _("kind"))
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("location"),
    )
    device = models.CharField(_("device"), max_length=12, blank=True)
    last_sequence = models.PositiveBigIntegerField(_("last number"), default=0)

    objects = DocumentSeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("document series")
        verbose_name_plural = _("document series")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "location", "device"],
                name="one_series_for_each_device",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind[0]}{self.pk}"


class DocumentQuerySet(models.QuerySet["Document"]):
    def for_update_by_number(self, number: str) -> "Document":
        """
        Lock the document.

        Raises:
            NotFound: there is none.
        """
        db.require_transaction()
        document = self.filter(number=number).select_for_update(no_key=True).first()
        if document is None:
            raise NotFound(document=number)
        return document

    def standing(self) -> "DocumentQuerySet":
        return self.filter(status=Document.Status.ISSUED)


class Document(models.Model):
    """
    A document as it was issued. `content` is everything that is printed on it, so that a reprint says
    the same for ever; a voided one keeps its number, and why. Rows are never deleted, and of what they
    say nothing is changed (trigger).

    `total` is what the buyer pays, or is given back, with tax; `tax` is in it.
    """

    class Status(models.TextChoices):
        ISSUED = "ISSUED", _("issued")
        VOID = "VOID", _("void")

    number = models.CharField(_("number"), max_length=32, unique=True)
    kind = choices(DocumentKind, _("kind"))
    status = choices(Status, _("status"), default=Status.ISSUED)
    series = models.ForeignKey(
        DocumentSeries, on_delete=models.PROTECT, related_name="documents", verbose_name=_("series")
    )
    sequence = models.PositiveBigIntegerField(_("number in the series"))
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", verbose_name=_("selling company"), db_index=False
    )
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="documents", verbose_name=_("order")
    )
    returned = models.ForeignKey(
        Return,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("return"),
        db_index=False,
    )
    change = models.ForeignKey(
        OrderChange,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("change of the order"),
        db_index=False,
    )
    currency = models.CharField(_("currency"), max_length=3)
    total = fields.amount(_("total"))
    tax = fields.amount(_("tax"))
    content = models.JSONField(_("content"))
    issued_at = models.DateTimeField(_("issued at"))
    actor = models.CharField(_("actor"), max_length=64)
    print_count = models.PositiveIntegerField(_("times printed"), default=0)
    exchanged_at = models.DateTimeField(_("exchanged for a receipt at"), null=True, blank=True)
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)
    voided_by = models.CharField(_("voided by"), max_length=64, blank=True)
    void_reason = models.CharField(_("reason for voiding"), max_length=200, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(fields=["series", "sequence"], name="document_number_once"),
            models.UniqueConstraint(
                fields=["order", "company"],
                condition=Q(kind__in=["INVOICE", "SIMPLIFIED_INVOICE"], status="ISSUED"),
                name="one_standing_invoice",
            ),
            models.UniqueConstraint(
                fields=["returned", "company"],
                condition=Q(kind="RETURN_INVOICE", status="ISSUED", returned__isnull=False),
                name="one_standing_return_invoice",
            ),
            models.UniqueConstraint(
                fields=["change", "company"],
                condition=Q(status="ISSUED", change__isnull=False),
                name="one_standing_invoice_of_change",
            ),
            models.CheckConstraint(
                condition=Q(status="ISSUED", voided_at__isnull=True)
                | (Q(status="VOID", voided_at__isnull=False) & ~Q(void_reason="")),
                name="void_document_says_why",
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="document_total_not_negative"),
        ]
        indexes = [models.Index(fields=["-issued_at", "-id"], name="document_issued")]

    def __str__(self) -> str:
        return self.number


class DocumentPrint(models.Model):
    """That a copy was given out, when and by whom. The first is the original, the others are reprints."""

    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="prints", verbose_name=_("document"), db_index=False
    )
    copy = models.PositiveIntegerField(_("copy"))
    printed_at = models.DateTimeField(_("printed at"))
    actor = models.CharField(_("actor"), max_length=64)

    class Meta:
        verbose_name = _("print")
        verbose_name_plural = _("prints")
        constraints = [models.UniqueConstraint(fields=["document", "copy"], name="document_copy_once")]

    def __str__(self) -> str:
        return f"{self.document_id} ({self.copy})"


@audited()
class StampDutyLimit(models.Model):
    """From which amount in cash, without tax, a receipt on paper bears a revenue stamp, since a day."""

    country = models.CharField(_("country"), max_length=2, default="JP")
    currency = models.CharField(_("currency"), max_length=3, default="JPY")
    amount = fields.amount(_("amount"))
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("stamp duty limit")
        verbose_name_plural = _("stamp duty limits")
        constraints = [
            models.UniqueConstraint(
                fields=["country", "currency", "valid_from"], name="one_stamp_limit_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.amount} {self.currency} ({self.valid_from})"
