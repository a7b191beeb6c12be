"""What buyers wait for, for whom the stock office finds goods: by the day that was promised."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from omni.core import clock
from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline, display
from omni.core.admin.sheets import Exported, columns
from orders.admin.finding import orders as by_order
from orders.admin.fulfilments import BY_ORDER
from orders.admin.scope import OfOrder
from orders.models import Fulfilment, LinePromise, PromiseChange

WAITS = Q(
    line__fulfilment_lines__fulfilment__status=Fulfilment.Status.PROPOSED,
    line__fulfilment_lines__fulfilment__location=None,
)


class Waiting(admin.SimpleListFilter):
    title = _("waiting")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("waiting")), ("late", _("late, or without a day")), ("no", _("served or ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "no":
            return queryset.filter(units=None)
        waiting = queryset.filter(units__gt=0)
        today = clock.business_date(clock.now(), settings.TIME_ZONE)
        late = Q(promised_date=None) | Q(promised_date__lt=today)
        return {"yes": waiting, "late": waiting.filter(late)}.get(self.value() or "", queryset)


class PromiseChangeInline(ReadOnlyInline):
    model = PromiseChange
    fields = ("changed_at", "before", "after", "basis")


@admin.register(LinePromise)
class LinePromiseAdmin(Exported, OfOrder, ReadOnlyAdmin):
    order_path = "line__order"
    resource_classes = (
        columns(
            order="line__order__number",
            position="line__position",
            sku="line__variant__sku",
            kind="kind",
            waits="units",
            promised_date="promised_date",
            first_date="first_date",
            basis="basis",
            release_at="release_at",
        ),
    )
    list_display = ("order", "article", "kind", "waits", "promised_date", "first_date", "basis", "release_at")
    list_select_related = ("line__order", "line__variant")
    list_filter = (
        Waiting,
        ("kind", ChoicesDropdownFilter),
        ("basis", ChoicesDropdownFilter),
        "promised_date",
    )
    ordering = ("promised_date", "pk")
    finders = (by_order("line__order"),)
    search_help_text = BY_ORDER
    inlines = (PromiseChangeInline,)
    summary = ("kind", "promised_date", "basis")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        units = Sum("line__fulfilment_lines__quantity", filter=WAITS)
        return super().get_queryset(request).annotate(units=units)

    @admin.display(description=_("order"), ordering="line__order__placed_at")
    def order(self, promise: LinePromise) -> str:
        return promise.line.order.number

    @admin.display(description=_("variant"))
    def article(self, promise: LinePromise) -> str:
        return str(promise.line.variant)

    @admin.display(description=_("units that wait"))
    def waits(self, promise: Any) -> str:
        return str(promise.units) if promise.units else display.EMPTY

    def title_of(self, row: LinePromise) -> str:
        return f"{row.line.order.number} / {row.line.variant}"
