"""Months that are closed, with their report; and closing one."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action
from unfold.decorators import display as column

from inventory import selectors_value
from inventory import services as inventory
from inventory.admin.tables import as_csv, month_before, month_field
from inventory.admin.value import Costs, company_field
from inventory.models import Closing, ClosingLine, ClosingRatio, Ownership
from inventory.selectors_value import Figures, StockValue
from omni.core import clock
from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action

HEADS = (_("quantity"), _("value"), _("purchases"), _("cost of goods sold"), _("other changes"))


class CloseForm(ActionForm):
    company = company_field()
    month = month_field()

    def prepare(self) -> None:
        self.fields["month"].initial = f"{month_before(clock.now().date()):%Y-%m}"


class ClosingRatioInline(ReadOnlyInline):
    model = ClosingRatio
    currency = "closing.currency"
    hide_title = False
    fields = (
        "department",
        "opening_cost",
        "purchases_cost",
        "opening_retail",
        "purchases_retail",
        "ratio",
        "closing_retail",
        "closing_cost",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("department", "closing")


@admin.register(Closing)
class ClosingAdmin(Costs, ReadOnlyAdmin):
    """A closed month; its page is the report, tied to the ledger."""

    currency = "currency"
    list_display = ("company", "month", "method", "quantity", "value", "cost_of_sales", "closed_at", "actor")
    list_display_links = ("company", "month")
    list_select_related = ("company",)
    list_filter = (("company", RelatedDropdownFilter), ("method", ChoicesDropdownFilter))
    ordering = ("-month", "company__code")
    fieldsets = (
        (None, {"fields": (("company", "month", "method"), ("quantity", "value", "cost_of_sales"))}),
        (None, {"fields": (("ledger", "under_way"), ("closed_at", "actor"))}),
        (_("By shop"), {"fields": ("by_shop",)}),
        (_("By brand"), {"fields": ("by_brand",)}),
        (_("By owner"), {"fields": ("by_owner",)}),
    )
    readonly_fields = ("ledger", "under_way", "by_shop", "by_brand", "by_owner")
    inlines = (ClosingRatioInline,)
    actions_list = ("close",)
    actions_detail = ("export",)

    @column(description=_("ledger"))
    def ledger(self, closing: Closing) -> Any:
        """Whether the report's totals are what the valuation ledger says by itself."""
        value = self._value(closing)
        if value.total == value.ledger:
            return display.badge(_("agrees with the ledger"), "good")
        said = display.amount(value.ledger.value, value.currency)
        return display.badge(_("the ledger says %(value)s") % {"value": said}, "bad")

    @column(description=_("under way between places"))
    def under_way(self, closing: Closing) -> str:
        """On no place's books at the month's end, and the company's all the same."""
        value = self._value(closing)
        units = _("%(count)s units") % {"count": display.count(value.under_way.quantity)}
        return f"{display.amount(value.under_way.value, value.currency)} / {units}"

    @column(description=_("by shop"))
    def by_shop(self, closing: Closing) -> Any:
        return self._table(closing, "shop", _("location"))

    @column(description=_("by brand"))
    def by_brand(self, closing: Closing) -> Any:
        return self._table(closing, "brand", _("brand"))

    @column(description=_("by owner"))
    def by_owner(self, closing: Closing) -> Any:
        return self._table(closing, "owner", _("owner"))

    def _table(self, closing: Closing, by: str, head: Any) -> Any:
        value = self._value(closing)
        rows = [[_named(line.key), *_shown(line.figures, value.currency)] for line in value.added_up(by)]
        return display.table([head, *HEADS], [*rows, [_("total"), *_shown(value.total, value.currency)]])

    def _value(self, closing: Closing) -> StockValue:
        """The month, read once for a page: the row is the page's own."""
        kept: StockValue | None = vars(closing).get("stock_value")
        if kept is None:
            kept = selectors_value.get_stock_value(company=closing.company, month=closing.month)
            vars(closing)["stock_value"] = kept
        return kept

    @form_action(
        form=CloseForm,
        permission="inventory.close",
        description=_("Close a month"),
        icon="event_available",
        primary=True,
        help=_(
            "Values the closing stock by the company's method and keeps the balances. What comes late is "
            "posted to the next month. A month that is closed stays closed."
        ),
    )
    def close(self, asked: Asked) -> str:
        closed = inventory.close_month(
            company_id=asked.values["company"].pk,
            month=asked.values["month"],
            claim=asked.claim("close-month"),
            actor=asked.actor,
            now=asked.now,
        )
        return _("%(company)s %(month)s is closed: %(units)s units, cost of goods sold %(cost)s.") % {
            "company": asked.values["company"],
            "month": f"{closed.month:%Y-%m}",
            "units": display.count(closed.quantity),
            "cost": f"{closed.cost_of_sales:,f}",
        }

    @action(description=_("Download (CSV)"), icon="download", url_path="export", permissions=["view"])
    def export(self, request: HttpRequest, object_id: str) -> HttpResponse:
        closing = self.get_object(request, unquote(object_id))
        if closing is None:
            raise Http404
        value = self._value(closing)
        heads = (_("location"), _("brand"), _("ownership"), _("supplier's code"), *HEADS)
        rows = [[*line.key, *_plain(line.figures)] for line in value.lines]
        total = [_("total"), "", "", "", *_plain(value.total)]
        under_way = value.under_way
        moving = [_("under way"), "", "", "", str(under_way.quantity), f"{under_way.value.normalize():f}"]
        return as_csv(
            f"{closing.company.code}-{closing.month:%Y-%m}.csv", heads, [*rows, total, [*moving, "", "", ""]]
        )

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        return super().allows(request, permission, obj) and self.has_view_permission(request)


def _named(key: tuple[str, ...]) -> str:
    """An owner's key by the kind's name; a shop's or a brand's is its code."""
    first, *rest = key
    return " ".join([str(dict(Ownership.choices).get(first, first)), *rest]).strip()


def _shown(figures: Figures, currency: str) -> list[str]:
    amounts = (figures.value, figures.purchases, figures.cost_of_sales, figures.other)
    return [display.count(figures.quantity), *(display.amount(one, currency) for one in amounts)]


def _plain(figures: Figures) -> list[str]:
    amounts = (figures.value, figures.purchases, figures.cost_of_sales, figures.other)
    return [str(figures.quantity), *(f"{one.normalize():f}" for one in amounts)]


@admin.register(ClosingLine)
class ClosingLineAdmin(Costs, ReadOnlyAdmin):
    currency = "closing.currency"
    list_display = (
        "closing",
        "location",
        "brand",
        "owner",
        "quantity",
        "value",
        "purchases",
        "cost_of_sales",
        "other",
    )
    list_select_related = ("closing__company", "location", "brand", "owner")
    list_filter = (("location", RelatedDropdownFilter), ("owner", RelatedDropdownFilter))
    ordering = ("-closing__month", "pk")

    def title_of(self, row: ClosingLine) -> str:
        return f"{row.closing} / {row.location} / {row.brand}"


@admin.register(ClosingRatio)
class ClosingRatioAdmin(Costs, ReadOnlyAdmin):
    currency = "closing.currency"
    list_display = ("closing", "department", "ratio", "closing_retail", "closing_cost")
    list_select_related = ("closing__company", "department")
    ordering = ("-closing__month", "pk")

    def title_of(self, row: ClosingRatio) -> str:
        return f"{row.closing} / {row.department or display.EMPTY}"
