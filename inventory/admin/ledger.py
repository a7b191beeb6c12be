from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.paginator import InfinitePaginator

from catalog.admin.finding import variants
from inventory.models import LedgerArchive, StockDocument, StockEntry
from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline
from omni.core.admin.search import exact, starting
from omni.core.admin.sheets import Exported, columns
from organisation.admin.scope import AtLocations, LocationFilter


@admin.register(StockEntry)
class StockEntryAdmin(Exported, AtLocations, ReadOnlyAdmin):
    """The ledger. Counting its millions of rows would cost more than any page of it."""

    resource_classes = (
        columns(
            id="id",
            recorded_at="recorded_at",
            occurred_at="occurred_at",
            business_date="business_date",
            sku="variant__sku",
            location="location__code",
            kind="kind",
            bucket="bucket",
            delta="delta",
            balance_after="balance_after",
            reason="reason",
            document="document__number",
            actor="actor",
        ),
    )
    paginator = InfinitePaginator
    list_display = (
        "occurred_at",
        "variant",
        "location",
        "kind",
        "bucket",
        "delta",
        "balance_after",
        "reason",
        "document",
        "actor",
    )
    list_select_related = ("variant", "location", "document")
    list_filter = (
        ("location", LocationFilter),
        ("kind", ChoicesDropdownFilter),
        ("bucket", ChoicesDropdownFilter),
        ("reason", ChoicesDropdownFilter),
        ("business_date", RangeDateFilter),
    )
    ordering = ("-id",)
    finders = (variants("variant"), exact("document__number"))
    search_help_text = _("JAN, SKU, name or document number")


class EntryInline(AtLocations, ReadOnlyInline):
    model = StockEntry
    fields = ("variant", "location", "kind", "bucket", "delta", "balance_after", "reason")
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("variant", "location")


@admin.register(StockDocument)
class StockDocumentAdmin(AtLocations, ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("number", "kind", "location", "occurred_at", "actor", "note")
    list_select_related = ("location",)
    list_filter = (("kind", ChoicesDropdownFilter), "occurred_at")
    ordering = ("-pk",)
    finders = (starting("number"),)
    search_help_text = _("Number")
    inlines = (EntryInline,)

    def at_locations(self, locations: frozenset[int]) -> Q:
        return Q(pk__in=StockEntry.objects.filter(location__in=locations).values("document_id"))


@admin.register(LedgerArchive)
class LedgerArchiveAdmin(ReadOnlyAdmin):
    """Months that have left the ledger for a file; `manage.py ledger` moves them out and back."""

    list_display = ("month", "rows", "file_name", "archived_at", "actor")
    ordering = ("-month",)
