"""Drawers: their days, what was counted, what went in and out, and the journals for the books."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import action

from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline, display
from omni.core.admin.search import exact
from omni.core.admin.sheets import Exported, columns
from organisation.admin.scope import AtLocations, LocationFilter
from organisation.models import Company
from tills.models import CashCount, CashMovement, CashSession, TillMoney, TillRecord
from tills.selectors import Report, get_report
from tills.selectors_journal import ENCODINGS, list_companies, list_journal_rows, written


class CountInline(ReadOnlyInline):
    model = CashCount
    currency = "session.currency"
    fields = ("kind", "amount", "expected", "pieces", "counted_at", "actor")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("session")


class MovementInline(ReadOnlyInline):
    model = CashMovement
    currency = "session.currency"
    fields = ("direction", "reason", "amount", "note", "occurred_at", "actor")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("session")


@admin.register(CashSession)
class CashSessionAdmin(Exported, AtLocations, ReadOnlyAdmin):
    """The days of drawers: 点検 and 精算 to print, and the journals of the shop's day."""

    resource_classes = (
        columns(
            location="location__code",
            till="till__code",
            business_date="business_date",
            status="status",
            currency="currency",
            float="float_amount",
            expected="expected_amount",
            counted="counted_amount",
            difference="difference_amount",
            deposit="deposit_amount",
            opened_at="opened_at",
            closed_at="closed_at",
        ),
    )
    currency = "currency"
    list_display = (
        "business_date",
        "location",
        "till_code",
        "status",
        "float_amount",
        "expected_amount",
        "counted_amount",
        "difference_amount",
        "deposit_amount",
        "closed_at",
    )
    list_select_related = ("location", "till__location")
    list_filter = (
        ("location", LocationFilter),
        ("status", ChoicesDropdownFilter),
        ("business_date", RangeDateFilter),
    )
    ordering = ("-business_date", "-pk")
    finders = (exact("till__code", "location__code"),)
    search_help_text = _("Code of the till or the shop")
    inlines = (CountInline, MovementInline)
    actions_detail = ("report", "journals")
    readonly_fields = ("so_far",)

    @admin.display(description=_("till"))
    def till_code(self, session: CashSession) -> str:
        return session.till.code

    @admin.display(description=_("as it stands"))
    def so_far(self, session: CashSession) -> SafeString:
        return display.table(*_money_table(get_report(session)))

    @action(description=_("Print the report"), icon="print", url_path="report", permissions=["view"])
    def report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        session = self._session(request, object_id)
        report = get_report(session)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Closing report") if report.closed_at else gettext("Interim report"),
            "report": report,
            "tables": [_money_table(report), _tender_table(report), _tax_table(report), _count_table(report)],
            "session": session,
            "opts": self.opts,
        }
        return TemplateResponse(request, "tills/admin/report.html", context)

    @action(description=_("Journals of the day"), icon="download", url_path="journals", permissions=["view"])
    def journals(self, request: HttpRequest, object_id: str) -> HttpResponse:
        session = self._session(request, object_id)
        links = [
            (company, encoding, reverse("admin:tills_journal_csv", args=[session.pk, company.code, encoding]))
            for company in list_companies(location=session.location, day=session.business_date)
            for encoding in ENCODINGS
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Journals of the day"),
            "session": session,
            "links": links,
            "opts": self.opts,
        }
        return TemplateResponse(request, "tills/admin/journals.html", context)

    def get_urls(self) -> list[Any]:
        download = self.admin_site.admin_view(self.download)
        return [
            path(
                "<int:session_id>/journal/<slug:company>/<slug:encoding>/", download, name="tills_journal_csv"
            ),
            *super().get_urls(),
        ]

    def download(self, request: HttpRequest, session_id: int, company: str, encoding: str) -> HttpResponse:
        session = self._session(request, str(session_id))
        seller = get_object_or_404(Company, code=company)
        if encoding not in ENCODINGS:
            raise Http404
        rows = list_journal_rows(location=session.location, company=seller, day=session.business_date)
        answer = StreamingHttpResponse(written(rows, encoding), content_type=f"text/csv; charset={encoding}")
        name = f"{session.location.code}-{company}-{session.business_date}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "no-store"
        return answer  # type: ignore[return-value]  # a response all the same

    def _session(self, request: HttpRequest, object_id: str) -> CashSession:
        session: CashSession | None = self.get_object(request, unquote(object_id))
        if session is None or not self.has_view_permission(request, session):
            raise Http404
        return session


Shown = tuple[list[Any], list[list[Any]]]


def _money_table(report: Report) -> Shown:
    drawer, currency = report.drawer, report.currency
    rows: list[tuple[Any, Any]] = [
        (_("float"), drawer.float_amount),
        (_("cash sales"), drawer.sales),
        (_("cash refunds"), -drawer.refunds),
        (_("cash in"), drawer.cash_in),
        (_("cash out"), -drawer.cash_out),
        (_("cash expected"), report.expected),
    ]
    if report.closed_at is not None:
        rows += [
            (_("cash counted"), report.counted),
            (_("over or short"), report.difference),
            (_("deposit"), report.deposit),
        ]
    return [_("cash"), _("amount")], [[name, display.amount(amount, currency)] for name, amount in rows]


def _tender_table(report: Report) -> Shown:
    return [_("tender"), _("sales"), _("refunds")], [
        [
            each.tender,
            display.amount(each.sales, report.currency),
            display.amount(each.refunds, report.currency),
        ]
        for each in report.tenders
    ]


def _tax_table(report: Report) -> Shown:
    heads = [_("company"), _("tax rate"), _("sales"), _("tax"), _("returns"), _("tax")]
    return heads, [
        [
            each.company,
            display.rate(each.rate),
            *(
                display.amount(figure, report.currency)
                for figure in (each.sales, each.sales_tax, each.returns, each.returns_tax)
            ),
        ]
        for each in report.taxes
    ]


def _count_table(report: Report) -> Shown:
    kinds = dict(CashCount.Kind.choices)
    return [_("cash count"), _("pieces"), _("cash counted"), _("cash expected")], [
        [
            kinds[count.kind],
            "、".join(f"{value} × {pieces}" for value, pieces in count.pieces.items()),
            display.amount(count.amount, report.currency),
            display.amount(count.expected, report.currency),
        ]
        for count in report.counts
    ]


class OfSession(AtLocations):
    """For the rows below a session: seen where the session is."""

    def at_locations(self, locations: frozenset[int]) -> Q:
        return Q(session__location__in=locations)


@admin.register(CashCount)
class CashCountAdmin(OfSession, ReadOnlyAdmin):
    currency = "session.currency"
    list_display = ("session", "kind", "amount", "expected", "counted_at", "actor")
    list_select_related = ("session__till__location",)
    list_filter = (("kind", ChoicesDropdownFilter), ("counted_at", RangeDateFilter))
    ordering = ("-pk",)


@admin.register(CashMovement)
class CashMovementAdmin(OfSession, ReadOnlyAdmin):
    currency = "session.currency"
    list_display = ("session", "direction", "reason", "amount", "note", "occurred_at", "actor")
    list_select_related = ("session__till__location",)
    list_filter = (("direction", ChoicesDropdownFilter), ("reason", ChoicesDropdownFilter))
    ordering = ("-pk",)


class MoneyInline(ReadOnlyInline):
    model = TillMoney
    fields = ("payment", "refund")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("payment", "refund")


@admin.register(TillRecord)
class TillRecordAdmin(AtLocations, ReadOnlyAdmin):
    """What was done at tills, and to which day it belongs; without one it waits for the next."""

    at = ("till__location",)
    list_display = ("occurred_at", "till", "kind", "order", "returned", "session", "offline", "actor")
    list_select_related = ("till__location", "order", "returned", "session__till__location")
    list_filter = (("kind", ChoicesDropdownFilter), "offline", ("occurred_at", RangeDateFilter))
    ordering = ("-pk",)
    finders = (exact("order__number", "returned__number"),)
    search_help_text = _("Order or return number")
    inlines = (MoneyInline,)


@admin.register(TillMoney)
class TillMoneyAdmin(AtLocations, ReadOnlyAdmin):
    at = ("record__till__location",)
    list_display = ("record", "payment", "refund")
    list_select_related = ("record__order", "payment", "refund")
    ordering = ("-pk",)
