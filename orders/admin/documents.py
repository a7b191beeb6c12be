from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.paginator import InfinitePaginator

from omni.core.admin import Asked, MasterAdmin, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.search import exact
from omni.core.admin.sheets import Exported, columns
from orders import services as orders
from orders.admin.document_forms import IssueForm, PrintForm, VoidForm
from orders.admin.finding import orders as by_order
from orders.admin.scope import OfOrder
from orders.documents.issued import IssuedDocuments
from orders.documents.rendering import render_copy
from orders.finding import handled_at
from orders.models import Document, DocumentKind, DocumentPrint, DocumentSeries, Order, StampDutyLimit


class DocumentInline(ReadOnlyInline):
    """Of an order or of a return."""

    model = Document
    currency = "currency"
    show_change_link = True
    fields = ("number", "kind", "status", "company", "total", "tax", "print_count", "issued_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("company")


class PrintInline(ReadOnlyInline):
    model = DocumentPrint
    fields = ("copy", "printed_at", "actor")
    ordering = ("copy",)


@admin.register(Document)
class DocumentAdmin(Exported, OfOrder, ReadOnlyAdmin):
    """Every invoice and receipt, as it was issued."""

    resource_classes = (
        columns(
            number="number",
            kind="kind",
            status="status",
            company="company__code",
            order="order__number",
            returned="returned__number",
            currency="currency",
            total="total",
            tax="tax",
            issued_at="issued_at",
            voided_at="voided_at",
            void_reason="void_reason",
        ),
    )
    paginator = InfinitePaginator
    currency = "currency"
    hidden = ("content", "sequence")
    list_display = (
        "number",
        "kind",
        "status",
        "company",
        "order",
        "total",
        "tax",
        "print_count",
        "issued_at",
    )
    list_select_related = ("company", "order")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("company", RelatedDropdownFilter),
        ("issued_at", RangeDateFilter),
    )
    ordering = ("-issued_at", "-pk")
    finders = (exact("number"), by_order("order"))
    search_help_text = _("Document or order number, member number, phone, e-mail or name")
    inlines = (PrintInline,)
    actions_detail = ("print_copy", "void")

    def acts_within(self, row: Document, locations: frozenset[int]) -> bool:
        return Order.objects.filter(handled_at(locations), pk=row.order_id).exists()

    @form_action(
        form=PrintForm,
        permission="orders.issue_document",
        description=_("Print"),
        icon="print",
        help=_("The first copy is the original; every further one is marked as a reprint."),
    )
    def print_copy(self, asked: Asked) -> HttpResponse:
        document: Document = asked.row
        printed = orders.print_document(
            number=document.number,
            order=document.order.number,
            claim=asked.claim("print-document"),
            actor=asked.actor,
            now=asked.now,
        )
        given = {name: asked.values[name] for name in ("format", "language", "paper")}
        copy = render_copy(number=printed.number, copy=printed.copy, **given)
        disposition = f'attachment; filename="{copy.filename}"'
        return HttpResponse(
            copy.body, content_type=copy.content_type, headers={"Content-Disposition": disposition}
        )

    @form_action(
        form=VoidForm,
        permission="orders.void_document",
        description=_("Void"),
        icon="block",
        when=lambda document: document.status == Document.Status.ISSUED,
        danger=True,
        help=_("Its number stays, with the reason, and is not used again."),
    )
    def void(self, asked: Asked) -> str:
        orders.void_document(
            number=asked.row.number,
            reason=": ".join(part for part in (asked.values["reason"], asked.values["note"]) if part),
            claim=asked.claim("void-document"),
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status"])


@admin.register(DocumentSeries)
class DocumentSeriesAdmin(ReadOnlyAdmin):
    """Numbers by company, kind, shop and device, and how many of them stand for nothing."""

    list_display = ("series", "company", "kind", "location", "device", "last_sequence", "voided", "missing")
    list_select_related = ("company", "location")
    list_filter = (("kind", ChoicesDropdownFilter), ("company", RelatedDropdownFilter))
    ordering = ("company", "kind", "pk")
    readonly_fields = ("voided", "missing")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        counted = Count("documents"), Count("documents", filter=Q(documents__status="VOID"))
        return super().get_queryset(request).annotate(written=counted[0], void=counted[1])

    @admin.display(description=_("series"), ordering="pk")
    def series(self, row: DocumentSeries) -> str:
        return str(row)

    @admin.display(description=_("voided"))
    def voided(self, row: Any) -> str:
        return display.count(row.void)

    @admin.display(description=_("not explained"), ordering=F("last_sequence") - F("written"))
    def missing(self, row: Any) -> str:
        """Numbers without a document: `manage.py explain_numbers` lists them."""
        return display.count(row.last_sequence - row.written)


@admin.register(DocumentPrint)
class DocumentPrintAdmin(OfOrder, ReadOnlyAdmin):
    """Every copy that was given out."""

    order_path = "document__order"
    paginator = InfinitePaginator
    list_display = ("document", "copy", "printed_at", "actor")
    list_select_related = ("document",)
    ordering = ("-pk",)
    finders = (exact("document__number"), by_order("document__order"))
    search_help_text = _("Document or order number, member number, phone, e-mail or name")


@admin.register(StampDutyLimit)
class StampDutyLimitAdmin(MasterAdmin):
    list_display = ("country", "currency", "amount", "valid_from")
    currency = "currency"
    ordering = ("country", "-valid_from")


def issue(asked: Asked) -> str:
    """Issue what the form of an order asks for, and say its numbers."""
    form = asked.form
    assert isinstance(form, IssueForm)
    values = asked.values
    given: dict[str, Any] = {"number": asked.row.number, "actor": asked.actor, "now": asked.now}
    given["claim"] = asked.claim(f"issue-{values['kind']}")
    if values["kind"] == DocumentKind.RETURN_INVOICE:
        return _told(orders.issue_return_invoice(**given))
    given |= {"addressee": values["addressee"], "company": form.company_code()}
    if values["kind"] == DocumentKind.RECEIPT:
        return _told(orders.issue_receipt(proviso=values["proviso"], amount=values["amount"], **given))
    return _told(orders.issue_invoice(kind=values["kind"], **given))


def issue_for_return(asked: Asked) -> str:
    """Issue the return invoices of a return's order that are still to be issued."""
    claim = asked.claim("issue-return-invoice")
    number = asked.row.order.number
    return _told(orders.issue_return_invoice(number=number, claim=claim, actor=asked.actor, now=asked.now))


def _told(issued: IssuedDocuments) -> str:
    numbers = "、".join(document.number for document in issued.documents)
    return str(_("Issued: %(numbers)s") % {"numbers": numbers})
