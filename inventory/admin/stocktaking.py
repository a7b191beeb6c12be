"""Stock-takes: sections and their rounds, differences, what was not counted, approval, posting."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.paginator import InfinitePaginator

from catalog.admin.finding import variants
from inventory import counts
from inventory import services as inventory
from inventory.admin.count_forms import (
    OpenStockTakeForm,
    SectionsForm,
    SureForm,
    UncountedForm,
)
from inventory.admin.counting import InState, said
from inventory.models import SectionCount, StockTake, StockTakeLine, StockTakeSection
from omni.core.admin import Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.search import starting
from organisation.admin.history import with_history
from organisation.admin.scope import AtLocations, LocationFilter

Status = StockTake.Status


class SectionInline(ReadOnlyInline):
    model = StockTakeSection
    fields = ("page", "name", "selling", "rounds", "waiting")
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        waits = Q(counts__status=SectionCount.Status.SUBMITTED)
        accepted = Q(counts__status=SectionCount.Status.ACCEPTED)
        return (
            super()
            .get_queryset(request)
            .annotate(
                round_count=Count("counts"),
                waiting_count=Count("counts", filter=waits),
                accepted_count=Count("counts", filter=accepted),
            )
        )

    @column(description=_("section"))
    def page(self, section: Any) -> Any:
        return display.row_link(section)

    @column(description=_("rounds"))
    def rounds(self, section: Any) -> str:
        return display.count(section.round_count)

    @column(description=_("state"))
    def waiting(self, section: Any) -> Any:
        if section.waiting_count:
            return display.badge(_("to be accepted"), "waiting")
        if section.accepted_count:
            return display.badge(_("accepted"), "good")
        return display.badge(_("being counted") if section.round_count else _("not counted"), "over")


@admin.register(StockTake)
@with_history
class StockTakeAdmin(AtLocations, ReadOnlyAdmin):
    list_display = ("number", "location", "business_date", "status", "uncounted", "opened_at", "posted_at")
    list_select_related = ("location",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("location", LocationFilter),
        "business_date",
    )
    ordering = ("-pk",)
    finders = (starting("number"),)
    search_help_text = _("Number")
    fields = (
        ("number", "location", "business_date"),
        ("status", "uncounted"),
        "differences",
        "note",
        ("opened_at", "closed_at", "actor"),
        ("approved_at", "approved_by", "posted_at"),
    )
    readonly_fields = ("differences",)
    summary = ("number", "location", "business_date", "status", "uncounted")
    inlines = (SectionInline,)
    actions_list = ("open_stock_take",)
    actions_detail = ("accept", "add_sections", "close", "decide", "approve", "post", "reopen", "cancel")

    @column(description=_("differences"))
    def differences(self, row: StockTake) -> Any:
        """Units and value, with the lists behind them."""
        if row.closed_at is None:
            return display.EMPTY
        told = counts.sum_differences(row)
        base = f"{reverse('admin:inventory_stocktakeline_changelist')}?stock_take__id__exact={row.pk}"
        worth = display.amount(told.value, row.location.currency) if told.articles > told.unvalued else "–"
        return display.table(
            [_("articles"), _("more"), _("fewer"), _("worth"), _("without cost"), _("not counted")],
            [
                [
                    display.link(f"{base}&show=different", display.count(told.articles)),
                    f"{told.more:+,}",
                    f"{told.fewer:+,}",
                    worth,
                    display.count(told.unvalued),
                    display.link(f"{base}&show=uncounted", display.count(told.uncounted)),
                ]
            ],
        )

    @form_action(
        form=OpenStockTakeForm,
        permission="inventory.take_stock",
        description=_("Open a stock-take"),
        icon="inventory",
        primary=True,
    )
    def open_stock_take(self, asked: Asked) -> str:
        values = asked.values
        done = inventory.open_stock_take(
            location_id=values["location"].pk,
            business_date=values["business_date"],
            sections=[*values["shelves"], *values["rooms"]],
            note=values["note"],
            **said(asked, "open-stock-take"),
        )
        return f"{done.number}、{values['location']}"

    @form_action(
        form=SectionsForm,
        permission="inventory.take_stock",
        description=_("Add sections"),
        icon="add",
        when=InState(Status.OPEN),
    )
    def add_sections(self, asked: Asked) -> str:
        sections = [*asked.values["shelves"], *asked.values["rooms"]]
        inventory.add_sections(number=asked.row.number, sections=sections, **said(asked, "add-sections"))
        return _("%(number)s sections") % {"number": asked.row.sections.count()}

    @form_action(
        form=SureForm,
        permission="inventory.take_stock",
        description=_("Accept what was counted"),
        icon="done",
        when=InState(Status.OPEN),
        primary=True,
        help=_("Every round that waits. Of a section the latest that is accepted counts."),
    )
    def accept(self, asked: Asked) -> str:
        inventory.accept_counts(number=asked.row.number, **said(asked, "accept-counts"))
        return str(_("Accepted."))

    @form_action(
        form=SureForm,
        permission="inventory.take_stock",
        description=_("Counting is finished"),
        icon="done_all",
        when=InState(Status.OPEN),
        help=_("Differences are worked out, and what was not counted is listed."),
    )
    def close(self, asked: Asked) -> str:
        inventory.close_stock_take(number=asked.row.number, **said(asked, "close-stock-take"))
        return asked.changes(["status"])

    @form_action(
        form=UncountedForm,
        permission="inventory.take_stock",
        description=_("Decide on what was not counted"),
        icon="rule",
        when=InState(Status.CLOSED),
    )
    def decide(self, asked: Asked) -> str:
        inventory.decide_uncounted(
            number=asked.row.number, uncounted=asked.values["uncounted"], **said(asked, "decide-uncounted")
        )
        return asked.changes(["uncounted"])

    @form_action(
        form=SureForm,
        permission="inventory.approve_count",
        description=_("Approve the differences"),
        icon="verified",
        when=InState(Status.CLOSED),
        help=_("Nobody approves what they have counted themselves."),
    )
    def approve(self, asked: Asked) -> str:
        inventory.approve_stock_take(number=asked.row.number, **said(asked, "approve-stock-take"))
        return asked.changes(["status"])

    @form_action(
        form=SureForm,
        permission="inventory.take_stock",
        description=_("Post the stock-take"),
        icon="publish",
        when=InState(Status.APPROVED),
        primary=True,
        help=_("On hand becomes what was counted, with what moved since."),
    )
    def post(self, asked: Asked) -> str:
        inventory.post_stock_take(number=asked.row.number, **said(asked, "post-stock-take"))
        return asked.changes(["status"])

    @form_action(
        form=SureForm,
        permission="inventory.take_stock",
        description=_("Count on"),
        icon="replay",
        when=InState(Status.CLOSED, Status.APPROVED),
        help=_("The differences are thrown away, with the decision and the approval."),
    )
    def reopen(self, asked: Asked) -> str:
        inventory.reopen_stock_take(number=asked.row.number, **said(asked, "reopen-stock-take"))
        return asked.changes(["status"])

    @form_action(
        form=SureForm,
        permission="inventory.take_stock",
        description=_("Cancel"),
        icon="cancel",
        when=InState(*StockTake.UNDER_WAY),
        danger=True,
    )
    def cancel(self, asked: Asked) -> str:
        inventory.cancel_stock_take(number=asked.row.number, **said(asked, "cancel-stock-take"))
        return asked.changes(["status"])


class Shown(admin.SimpleListFilter):
    title = _("lines")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("different", _("different")),
            ("uncounted", _("not counted")),
            ("beyond", _("beyond the limit")),
            ("moved", _("moved while counted")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted = {
            "different": Q(counted__isnull=False) & ~Q(variance=0),
            "uncounted": Q(counted=None),
            "beyond": Q(beyond_limit=True),
            "moved": Q(moved_between__gt=0),
        }
        return queryset.filter(wanted[value]) if (value := self.value()) in wanted else queryset


@admin.register(StockTakeLine)
class StockTakeLineAdmin(AtLocations, ReadOnlyAdmin):
    at = ("stock_take__location",)
    currency = "stock_take.location.currency"
    paginator = InfinitePaginator
    list_display = (
        "stock_take",
        "variant",
        "counted",
        "expected",
        "variance",
        "worth",
        "moved_between",
        "sections",
        "beyond_limit",
    )
    list_select_related = ("stock_take__location", "variant")
    list_filter = (Shown, ("stock_take", RelatedDropdownFilter))
    ordering = ("-stock_take", "variant__sku")
    finders = (starting("stock_take__number"), variants("variant"))
    search_help_text = _("Number, JAN, SKU or name")
    readonly_fields = ("worth",)

    @column(description=_("worth"))
    def worth(self, line: StockTakeLine) -> str:
        value = None if line.unit_cost is None else line.unit_cost * line.variance
        return display.amount(value, line.stock_take.location.currency)

    def title_of(self, row: StockTakeLine) -> str:
        return f"{row.stock_take} / {row.variant}"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "stock_take__id__exact" or bool(super().lookup_allowed(lookup, value, request))
