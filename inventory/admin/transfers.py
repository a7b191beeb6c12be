from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.admin.finding import variants
from inventory.models import Transfer, TransferLine
from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline
from omni.core.admin.search import starting
from organisation.admin.scope import AtLocations, LocationFilter


class TransferLineInline(ReadOnlyInline):
    model = TransferLine
    fields = ("variant", "quantity")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("variant")


@admin.register(Transfer)
class TransferAdmin(AtLocations, ReadOnlyAdmin):
    """Transfers are made at a stock level."""

    at = ("origin", "destination")
    acts_at = "origin_id"
    list_display = ("number", "occurred_at", "origin", "destination", "note", "actor")
    list_select_related = ("origin", "destination")
    list_filter = (("origin", LocationFilter), ("destination", LocationFilter), "occurred_at")
    ordering = ("-pk",)
    finders = (starting("number"), variants("lines__variant"))
    search_help_text = _("Number, JAN, SKU or name")
    inlines = (TransferLineInline,)


@admin.register(TransferLine)
class TransferLineAdmin(AtLocations, ReadOnlyAdmin):
    at = ("transfer__origin", "transfer__destination")
    list_display = ("transfer", "variant", "quantity")
    list_select_related = ("transfer", "variant")
    ordering = ("-pk",)
    finders = (starting("transfer__number"), variants("variant"))
    search_help_text = _("Number, JAN, SKU or name")

    def title_of(self, row: TransferLine) -> str:
        return f"{row.transfer} / {row.variant}"
