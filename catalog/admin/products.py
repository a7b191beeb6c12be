from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from catalog import services
from catalog.admin.finding import products_like, variant_ids
from catalog.admin.sheets import ProductSheet
from catalog.models import Product, TaxClass, Variant
from omni.core import clock
from omni.core.admin import (
    ActionForm,
    Asked,
    MasterAdmin,
    ReadOnlyInline,
    display,
    form_action,
    staff_of,
)
from omni.core.admin.saving import column_of
from omni.core.admin.search import starting
from omni.core.admin.sheets import Exchanged
from omni.core.forms import TranslatedFormField
from organisation.admin.history import with_history


class NewVariantForm(ActionForm):
    sku = forms.CharField(label=_("SKU"), max_length=64, widget=UnfoldAdminTextInputWidget)
    name = TranslatedFormField(label=_("name"), required=False)
    tax_class = forms.ModelChoiceField(
        TaxClass.objects.order_by("code"),
        label=_("tax class"),
        empty_label=_("Choose"),
        widget=UnfoldAdminSelectWidget,
    )
    keeps_stock = forms.BooleanField(label=_("keeps stock"), required=False, initial=True)


class ArchiveForm(ActionForm):
    """Asks for nothing but the click."""


class VariantInline(ReadOnlyInline):
    model = Variant
    fields = ("sku", "name", "tax_class", "keeps_stock", "archived_at")
    ordering = ("position", "sku")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("tax_class")


class InUse(admin.SimpleListFilter):
    """Archived rows are out of the way until they are asked for."""

    title = _("archived")
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("in use")), ("yes", _("archived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(archived_at__isnull=self.value() == "no")


def by_variant(term: str) -> Q:
    return Q(variants__in=variant_ids(term)) if any(letter.isdigit() for letter in term) else Q(pk__in=[])


@admin.register(Product)
@with_history
class ProductAdmin(Exchanged, MasterAdmin):
    """Products. The services keep them findable, so the forms call them."""

    resource_classes = (ProductSheet,)
    list_display = ("code", "name", "brand", "category", "variant_count", "archived")
    list_select_related = ("brand", "category")
    list_filter = (InUse, ("brand", RelatedDropdownFilter), ("category", AutocompleteSelectFilter))
    ordering = ("code",)
    autocomplete_fields = ("category",)
    finders = (starting("code"), products_like, by_variant)
    search_help_text = _("JAN, SKU, name or kana")
    fields = ("code", "name", "kana", "brand", "category", "description")
    readonly_fields = ("archived_at", "created_at")
    inlines = (VariantInline,)
    actions_detail = ("add_variant", "archive")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(variant_count=Count("variants", distinct=True))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, *self.readonly_fields) if obj else self.fields

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("code",) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @column(description=_("variants"), ordering="variant_count")
    def variant_count(self, product: Any) -> str:
        return display.count(product.variant_count)

    @column(description=_("archived"), boolean=True)
    def archived(self, product: Product) -> bool:
        return product.archived_at is not None

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        actor = staff_of(request)
        names = form.changed_data if change else ["name", "kana", "description", "brand", "category"]
        fields = {
            column_of(Product, name): getattr(obj, column_of(Product, name))
            for name in names
            if name != "code"
        }
        if not change:
            obj.pk = services.create_product(code=obj.code, fields=fields, actor=actor, now=clock.now()).pk
        elif fields:
            services.update_product(product_id=obj.pk, fields=fields, actor=actor)

    @form_action(
        form=NewVariantForm,
        permission="catalog.add_variant",
        description=_("Add a variant"),
        icon="add",
        primary=True,
    )
    def add_variant(self, asked: Asked) -> str:
        values = asked.values
        fields = {
            "name": values["name"] or {},
            "tax_class_id": values["tax_class"].pk,
            "keeps_stock": values["keeps_stock"],
        }

        def act() -> str:
            made = services.create_variant(
                product_id=asked.row.pk, sku=values["sku"], fields=fields, actor=asked.actor
            )
            return str(_("Variant %(sku)s was added.") % {"sku": made.sku})

        return asked.once("create-variant", act)

    @form_action(
        form=ArchiveForm,
        permission="catalog.change_product",
        description=_("Archive"),
        icon="archive",
        when=lambda product: product.archived_at is None,
        danger=True,
        help=_("It goes off sale in every channel; what refers to it stays."),
    )
    def archive(self, asked: Asked) -> str:
        def act() -> str:
            services.archive_product(product_id=asked.row.pk, actor=asked.actor, now=asked.now)
            return asked.changes(["archived_at"])

        return asked.once("archive-product", act)
