from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.paginator import InfinitePaginator

from customers.admin.finding import persons
from loyalty.models import PointEntry, PointHold, PointLot, PointTransaction
from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline
from omni.core.admin.search import exact
from omni.core.admin.sheets import Exported, columns

BY_PERSON = _("Member number, phone, e-mail, name, kana or source")


class EntryInline(ReadOnlyInline):
    model = PointEntry
    fields = ("account", "bucket", "points", "balance_after", "lot_id")
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("account")


@admin.register(PointTransaction)
class PointTransactionAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("occurred_at", "kind", "source", "reason", "actor")
    list_display_links = ("occurred_at", "kind")
    list_filter = (("kind", ChoicesDropdownFilter), "occurred_at")
    ordering = ("-pk",)
    finders = (exact("source"), persons("entries__account__customer__person"))
    search_help_text = BY_PERSON
    inlines = (EntryInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        found, _many = super().get_search_results(request, queryset, search_term)
        return found, bool(search_term.strip())


@admin.register(PointEntry)
class PointEntryAdmin(Exported, ReadOnlyAdmin):
    """The ledger of points; its sums are the balances."""

    resource_classes = (
        columns(
            id="id",
            recorded_at="recorded_at",
            occurred_at="occurred_at",
            customer="account__customer__public_id",
            programme="account__programme__code",
            account_kind="account__kind",
            kind="transaction__kind",
            bucket="bucket",
            points="points",
            balance_after="balance_after",
            source="transaction__source",
            reason="transaction__reason",
        ),
    )
    paginator = InfinitePaginator
    list_display = ("occurred_at", "customer", "kind", "bucket", "points", "balance_after", "cause")
    list_select_related = ("account__customer", "transaction")
    list_filter = (
        ("bucket", ChoicesDropdownFilter),
        ("transaction__kind", ChoicesDropdownFilter),
        "occurred_at",
    )
    ordering = ("-id",)
    finders = (persons("account__customer__person"), exact("transaction__source"))
    search_help_text = BY_PERSON

    @admin.display(description=_("customer"))
    def customer(self, entry: PointEntry) -> str:
        return str(entry.account.customer or entry.account.get_kind_display())

    @admin.display(description=_("kind"))
    def kind(self, entry: PointEntry) -> str:
        return str(entry.transaction.get_kind_display())

    @admin.display(description=_("source"))
    def cause(self, entry: PointEntry) -> str:
        return entry.transaction.source


@admin.register(PointLot)
class PointLotAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = (
        "customer",
        "source",
        "issued",
        "active",
        "pending",
        "spent",
        "expired",
        "held",
        "earned_at",
        "expires_at",
    )
    list_display_links = ("customer",)
    list_select_related = ("account__customer",)
    list_filter = ("expires_at", "activates_at")
    ordering = ("-pk",)
    finders = (persons("account__customer__person"), exact("source"))
    search_help_text = BY_PERSON

    @admin.display(description=_("customer"))
    def customer(self, lot: PointLot) -> str:
        return str(lot.account.customer)


@admin.register(PointHold)
class PointHoldAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("customer", "source", "points", "restored", "status", "created_at")
    list_display_links = ("customer",)
    list_select_related = ("lot__account__customer",)
    list_filter = (("status", ChoicesDropdownFilter), "created_at")
    ordering = ("-pk",)
    finders = (persons("lot__account__customer__person"), exact("source"))
    search_help_text = BY_PERSON

    @admin.display(description=_("customer"))
    def customer(self, hold: PointHold) -> str:
        return str(hold.lot.account.customer)
