from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from customers.admin.finding import persons
from customers.models import Account, Address, Identity, LinkChallenge, Merge
from omni.core.admin import ReadOnlyAdmin
from omni.core.admin.search import starting

BY_PERSON = _("Member number, phone, e-mail, name or kana")


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    list_display = ("value", "kind", "customer", "verified_at", "source", "last_seen_at")
    list_select_related = ("customer",)
    list_filter = (("kind", ChoicesDropdownFilter), "verified_at")
    ordering = ("-pk",)
    finders = (persons("customer__person"),)
    search_help_text = BY_PERSON


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("user", "customer", "created_at")
    list_select_related = ("user", "customer")
    list_filter = ("created_at",)
    ordering = ("-pk",)
    finders = (persons("customer__person"),)
    search_help_text = BY_PERSON

    def title_of(self, row: Account) -> str:
        return f"{row.user} → {row.customer}"


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin):
    list_display = (
        "recipient",
        "customer",
        "postal_code",
        "prefecture",
        "city",
        "line1",
        "line2",
        "phone",
        "default",
    )
    list_select_related = ("customer",)
    list_filter = ("prefecture", "default")
    ordering = ("-pk",)
    finders = (persons("customer__person"), starting("postal_code"))
    search_help_text = BY_PERSON


@admin.register(LinkChallenge)
class LinkChallengeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "member", "requested_by", "sent_to", "tries", "expires_at", "used_at")
    list_select_related = ("member", "requested_by")
    list_filter = ("created_at", "used_at")
    ordering = ("-created_at",)
    hidden = ("digest",)
    finders = (persons("member__person"), persons("requested_by__person"))
    search_help_text = BY_PERSON


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    list_display = ("merged_at", "customer", "into", "reason", "actor", "undone_at")
    list_select_related = ("customer", "into")
    list_filter = ("merged_at", "undone_at")
    ordering = ("-pk",)
    finders = (persons("customer__person"),)
    search_help_text = BY_PERSON

    def title_of(self, row: Merge) -> str:
        return f"{row.customer} → {row.into}"
