from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from unfold.decorators import action
from unfold.decorators import display as column

from customers import services
from customers.admin.finding import persons
from customers.models import Address, Customer, Identity, Merge
from customers.services.profile import EDITABLE
from omni.core import clock
from omni.core.admin import ModelAdmin, ReadOnlyInline, display
from omni.core.admin.sheets import Exported, columns


class IdentityInline(ReadOnlyInline):
    model = Identity
    fields = ("kind", "value", "verified_at", "source", "last_seen_at")


class AddressInline(ReadOnlyInline):
    model = Address
    fields = (
        "recipient",
        "postal_code",
        "prefecture",
        "city",
        "line1",
        "line2",
        "phone",
        "default",
        "archived_at",
    )


class MergeInline(ReadOnlyInline):
    model = Merge
    fk_name = "into"
    fields = ("customer", "reason", "actor", "merged_at", "undone_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("customer")


class Merged(admin.SimpleListFilter):
    """Each person once, unless the records merged into them are asked for."""

    title = _("records")
    parameter_name = "records"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("persons", _("persons")), ("merged", _("merged records"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(merged_into__isnull=self.value() == "persons")


class Identified(Field):
    """A column of the customer's identities, which the list reads along with its rows."""

    def __init__(self, kind: str) -> None:
        super().__init__(attribute="identities")
        self.kind = kind

    def get_value(self, instance: Any) -> str:
        return next((one.value for one in instance.identities.all() if one.kind == self.kind), "")


@admin.register(Customer)
class CustomerAdmin(Exported, ModelAdmin):
    """Persons and their records. The name is changed by the service, at the person's root."""

    resource_classes = (
        columns(
            public_id="public_id",
            person="person__public_id",
            family_name="family_name",
            given_name="given_name",
            family_name_kana="family_name_kana",
            given_name_kana="given_name_kana",
            birth_date="birth_date",
            language="language",
            created_at="created_at",
            member_number=Identified(Identity.Kind.MEMBER_NUMBER),
            phone=Identified(Identity.Kind.PHONE),
            email=Identified(Identity.Kind.EMAIL),
        ),
    )
    export_permission = "customers.export"
    list_display = ("name", "kana", "member_number", "phone", "email", "created_at", "merged_into")
    list_select_related = ("merged_into",)
    list_filter = (Merged, "language", "created_at")
    ordering = ("-pk",)
    finders = (persons("person"),)
    search_help_text = _("Member number, phone, e-mail, name or kana")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("family_name", "given_name"),
                    ("family_name_kana", "given_name_kana"),
                    ("birth_date", "language"),
                )
            },
        ),
        (_("Record"), {"fields": ("public_id", "person", "merged_into", "created_at", "erased_at")}),
    )
    readonly_fields = ("public_id", "person", "merged_into", "created_at", "erased_at")
    inlines = (IdentityInline, AddressInline, MergeInline)
    actions_detail = ("orders", "points")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("identities", Identity.objects.order_by("pk")))
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Customers register; staff don't make them up here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        merged = obj is not None and obj.merged_into_id is not None
        return not merged and bool(super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data if name in EDITABLE}
        services.change_profile(customer=obj, changes=changes, now=clock.now())

    def _identity(self, customer: Customer, kind: str) -> str:
        return next((one.value for one in customer.identities.all() if one.kind == kind), display.EMPTY)

    @column(description=_("name"), ordering="family_name")
    def name(self, customer: Customer) -> str:
        return str(customer)

    @column(description=_("kana"), ordering="family_name_kana")
    def kana(self, customer: Customer) -> str:
        return f"{customer.family_name_kana} {customer.given_name_kana}".strip() or display.EMPTY

    @column(description=_("member number"))
    def member_number(self, customer: Customer) -> str:
        return self._identity(customer, Identity.Kind.MEMBER_NUMBER)

    @column(description=_("phone"))
    def phone(self, customer: Customer) -> str:
        return self._identity(customer, Identity.Kind.PHONE)

    @column(description=_("e-mail"))
    def email(self, customer: Customer) -> str:
        return self._identity(customer, Identity.Kind.EMAIL)

    def _list_of(self, name: str, object_id: str, path: str) -> HttpResponse:
        person = Customer.objects.values_list("person_id", flat=True).filter(pk=object_id).first()
        return HttpResponseRedirect(f"{reverse(name)}?{urlencode({path: person})}")

    @action(description=_("Orders"), icon="receipt_long", url_path="orders", permissions=["view"])
    def orders(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._list_of("admin:orders_order_changelist", object_id, "customer__person__id__exact")

    @action(description=_("Points"), icon="loyalty", url_path="points", permissions=["view"])
    def points(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._list_of(
            "admin:loyalty_pointaccount_changelist", object_id, "customer__person__id__exact"
        )
