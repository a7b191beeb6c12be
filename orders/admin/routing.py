from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.paginator import InfinitePaginator

from omni.core.admin import MasterAdmin, ReadOnlyAdmin
from omni.core.admin.search import containing
from orders.admin.finding import orders as by_order
from orders.admin.scope import OfOrder
from orders.admin.why import Told, points, tell
from orders.models import RoutingDecision, RoutingRules
from orders.routing.tracing import from_json
from organisation.admin.history import with_history


@admin.register(RoutingRules)
@with_history
class RoutingRulesAdmin(MasterAdmin):
    """Weights in points: only how they stand to one another matters."""

    list_display = (
        "channel",
        "active",
        "distance",
        "split",
        "workload",
        "health",
        "cutoff",
        "priority",
        "max_parcels",
    )
    list_select_related = ("channel",)
    ordering = ("channel__code",)
    finders = (containing("channel__code", "channel__name"),)
    search_help_text = _("Sales channel")

    def title_of(self, row: RoutingRules) -> str:
        return str(row.channel)


@admin.register(RoutingDecision)
class RoutingDecisionAdmin(OfOrder, ReadOnlyAdmin):
    """Why this shop and not that one."""

    paginator = InfinitePaginator
    list_display = ("order", "cause", "decided_at", "parcels", "shown_points", "kilometres", "exact")
    list_select_related = ("order",)
    list_filter = (
        ("cause", ChoicesDropdownFilter),
        ("order__channel", RelatedDropdownFilter),
        "exact",
        "decided_at",
    )
    ordering = ("-pk",)
    finders = (by_order("order"),)
    search_help_text = _("Order number, member number, phone, e-mail or name")
    fields = ("order", "cause", "decided_at", "notes", "chosen", "others")
    readonly_fields = ("notes", "chosen", "others")

    def title_of(self, row: RoutingDecision) -> str:
        return f"{row.order} / {row.get_cause_display()}"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.told = tell(from_json(row.trace))
        return row

    def _told(self, row: Any) -> Told:
        told: Told = row.told
        return told

    @column(description=_("points"))
    def shown_points(self, row: RoutingDecision) -> str:
        return points(row.cost)

    @column(description=_("kilometres"))
    def kilometres(self, row: RoutingDecision) -> str:
        return f"{row.metres / 1000:,.1f}"

    @column(description=_("in short"))
    def notes(self, row: RoutingDecision) -> str:
        return format_html_join("", "<p>{}</p>", ((note,) for note in self._told(row).notes))

    @column(description=_("who sends it"))
    def chosen(self, row: RoutingDecision) -> Any:
        return self._told(row).chosen

    @column(description=_("why not another"))
    def others(self, row: RoutingDecision) -> Any:
        return self._told(row).others
