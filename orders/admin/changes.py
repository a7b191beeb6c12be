"""What was changed of orders after they were placed."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline, display
from omni.core.admin.sheets import Exported, columns
from orders.admin.finding import orders as by_order
from orders.admin.fulfilments import BY_ORDER
from orders.admin.scope import OfOrder
from orders.models import OrderChange, OrderChangeLine


class ChangeLineInline(ReadOnlyInline):
    model = OrderChangeLine
    currency = "change.order.currency"
    fields = ("order_line", "quantity", "amount", "points_amount", "variant")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        related = ("change__order", "order_line__variant", "variant")
        return super().get_queryset(request).select_related(*related)


@admin.register(OrderChange)
class OrderChangeAdmin(Exported, OfOrder, ReadOnlyAdmin):
    resource_classes = (
        columns(
            order="order__number",
            kind="kind",
            reason="reason",
            currency="order__currency",
            amount="amount",
            forgone_amount="forgone_amount",
            refund_amount="refund_amount",
            points_restored="points_restored",
            points_clawed_back="points_clawed_back",
            changed_at="changed_at",
            actor="actor",
        ),
    )
    currency = "order.currency"
    list_display = ("order", "kind", "changed_at", "amount", "forgone_amount", "refund_amount", "actor")
    list_select_related = ("order",)
    list_filter = (("kind", ChoicesDropdownFilter), ("changed_at", RangeDateFilter))
    ordering = ("-pk",)
    finders = (by_order("order"),)
    search_help_text = BY_ORDER
    inlines = (ChangeLineInline,)


@admin.register(OrderChangeLine)
class OrderChangeLineAdmin(OfOrder, ReadOnlyAdmin):
    order_path = "change__order"
    currency = "change.order.currency"
    list_display = ("change", "article", "quantity", "amount", "points_amount", "became")
    list_select_related = ("change__order", "order_line__variant", "variant")
    ordering = ("-pk",)
    finders = (by_order("change__order"),)
    search_help_text = BY_ORDER

    @admin.display(description=_("variant"))
    def article(self, line: OrderChangeLine) -> str:
        return str(line.order_line.variant)

    @admin.display(description=_("exchanged for"))
    def became(self, line: OrderChangeLine) -> str:
        return str(line.variant) if line.variant else display.EMPTY

    def title_of(self, row: OrderChangeLine) -> str:
        return f"{row.change.order.number} / {self.article(row)}"
