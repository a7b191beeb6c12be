from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from catalog import services
from catalog.admin.components import ComponentsForm
from catalog.admin.finding import variants
from catalog.admin.options import OptionsField
from catalog.admin.price_forms import DecideForm, EndForm, ListForm, PriceForm, price_of
from catalog.admin.prices import ListingInline, PriceInline, prices_table
from catalog.admin.products import ArchiveForm, InUse
from catalog.admin.sheets import CodeSheet, VariantSheet
from catalog.errors import PriceInPast
from catalog.models import Component, Listing, Variant, VariantCode
from omni.core import clock
from omni.core.admin import (
    ActionForm,
    Asked,
    MasterAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    display,
    form_action,
    staff_of,
)
from omni.core.admin.saving import column_of
from omni.core.admin.search import exact
from omni.core.admin.sheets import Exchanged
from omni.core.limits import MOST_UNITS
from organisation.admin.history import with_history

BARCODES = (VariantCode.Kind.JAN, VariantCode.Kind.GTIN, VariantCode.Kind.IN_STORE)


class CodeForm(ActionForm):
    kind = forms.ChoiceField(
        label=_("kind"), choices=VariantCode.Kind.choices, widget=UnfoldAdminSelectWidget
    )
    value = forms.CharField(label=_("value"), max_length=64, widget=UnfoldAdminTextInputWidget)
    quantity = forms.IntegerField(
        label=_("quantity"),
        initial=1,
        min_value=1,
        max_value=MOST_UNITS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("How many stock units reading it stands for."),
    )


class VariantForm(forms.ModelForm):
    options = OptionsField(required=False, help_text=_("For example size and colour."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "options" in self.fields:
            self.fields["options"].label = capfirst(gettext("options"))


class CodeInline(ReadOnlyInline):
    model = VariantCode
    fields = ("kind", "value", "quantity")


class ComponentInline(ReadOnlyInline):
    model = Component
    fk_name = "bundle"
    fields = ("component", "quantity")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("component")


@admin.register(Variant)
@with_history
class VariantAdmin(Exchanged, MasterAdmin):
    form = VariantForm
    resource_classes = (VariantSheet,)
    list_display = ("sku", "product_name", "name", "barcode", "tax_class", "keeps_stock", "archived")
    list_select_related = ("product", "tax_class")
    list_filter = (
        InUse,
        ("product__brand", RelatedDropdownFilter),
        ("tax_class", RelatedDropdownFilter),
        "keeps_stock",
    )
    ordering = ("sku",)
    finders = (variants("pk"),)
    search_help_text = _("JAN, SKU, name or kana")
    fields = (
        "sku",
        "product",
        "name",
        "options",
        "tax_class",
        "keeps_stock",
        "stock_unit",
        "temperature",
        "parcel_size",
        "weight",
        "position",
        "archived_at",
        "prices_now",
    )
    readonly_fields = ("sku", "product", "archived_at", "prices_now")
    inlines = (CodeInline, ComponentInline, ListingInline, PriceInline)
    actions_detail = (
        "set_price",
        "decide_price",
        "put_on_sale",
        "end_listing",
        "add_code",
        "set_components",
        "archive",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        codes = Prefetch("codes", VariantCode.objects.order_by("pk"))
        return super().get_queryset(request).prefetch_related(codes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A variant is added on its product's page."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @column(description=_("product"), ordering="product__code")
    def product_name(self, variant: Variant) -> str:
        return str(variant.product)

    @column(description=_("barcode"))
    def barcode(self, variant: Variant) -> str:
        return next((code.value for code in variant.codes.all() if code.kind in BARCODES), display.EMPTY)

    @column(description=_("prices that apply now"))
    def prices_now(self, variant: Variant) -> str:
        return prices_table(variant, at=clock.now())

    @column(description=_("archived"), boolean=True)
    def archived(self, variant: Variant) -> bool:
        return variant.archived_at is not None

    def save_model(self, request: HttpRequest, obj: Variant, form: Any, change: bool) -> None:
        columns = [column_of(Variant, name) for name in form.changed_data]
        if columns:
            fields = {name: getattr(obj, name) for name in columns}
            services.update_variant(variant_id=obj.pk, fields=fields, actor=staff_of(request))

    @form_action(
        form=PriceForm,
        permission="catalog.change_listing",
        description=_("Set the price"),
        icon="sell",
        primary=True,
    )
    def set_price(self, asked: Asked) -> str:
        values = asked.values
        channel, at = values["channel"], values["valid_from"] or asked.now
        before = Listing.objects.valid_at(at).filter(variant=asked.row, channel=channel).first()
        listing = services.NewListing(
            variant_id=asked.row.pk,
            channel_id=channel.pk,
            price=values["price"],
            valid_from=at,
            valid_until=values["valid_until"],
            tax_inclusive=values["tax_inclusive"],
        )

        def act() -> str:
            services.set_price(listing=listing, actor=asked.actor, now=asked.now)
            was = display.amount(before.price, channel.currency) if before else display.EMPTY
            return f"{channel}: {was} → {display.amount(values['price'], channel.currency)}"

        return asked.once("set-price", act)

    @form_action(
        form=DecideForm,
        permission="catalog.add_price",
        description=_("Set a price or a sale"),
        icon="price_change",
        help=_("For all channels of a currency, for one, or for one shop. The narrowest goes first."),
    )
    def decide_price(self, asked: Asked) -> str:
        price = price_of(asked)

        def act() -> str:
            services.set_prices(prices=[price], actor=asked.actor, now=asked.now)
            return display.amount(price.amount, price.scope.currency)

        return asked.once("decide-price", act)

    @form_action(
        form=ListForm,
        permission="catalog.add_listing",
        description=_("Put on sale at the group's price"),
        icon="add_shopping_cart",
    )
    def put_on_sale(self, asked: Asked) -> str:
        values, channel = asked.values, asked.values["channel"]
        begins = values["valid_from"] or asked.now
        listing = services.NewListing(asked.row.pk, channel.pk, None, begins, values["valid_until"])

        def act() -> str:
            if begins < asked.now:
                raise PriceInPast(field="valid_from", rule="not-in-the-past", value=begins)
            services.add_listings(listings=[listing], actor=asked.actor, now=asked.now)
            return str(_("On sale in %(channel)s.") % {"channel": channel})

        return asked.once("put-on-sale", act)

    @form_action(
        form=EndForm,
        permission="catalog.change_listing",
        description=_("Take off sale"),
        icon="remove_shopping_cart",
        danger=True,
    )
    def end_listing(self, asked: Asked) -> str:
        channel, now = asked.values["channel"], asked.now

        def act() -> str:
            services.end_listing(
                variant_id=asked.row.pk, channel_id=channel.pk, at=now, actor=asked.actor, now=now
            )
            return str(_("No longer on sale in %(channel)s.") % {"channel": channel})

        return asked.once("end-listing", act)

    @form_action(
        form=CodeForm, permission="catalog.add_variantcode", description=_("Add a code"), icon="barcode"
    )
    def add_code(self, asked: Asked) -> str:
        values = {name: asked.values[name] for name in ("kind", "value", "quantity")}

        def act() -> str:
            code = services.add_code(variant_id=asked.row.pk, actor=asked.actor, **values)
            told = {"kind": code.get_kind_display(), "value": code.value}
            return str(_("%(kind)s %(value)s now names this article.") % told)

        return asked.once("add-code", act)

    @form_action(
        form=ComponentsForm,
        permission="catalog.change_variant",
        description=_("Make it a bundle"),
        icon="package_2",
        help=_("It then has no stock of its own: as many can be sold as its scarcest component allows."),
    )
    def set_components(self, asked: Asked) -> str:
        components = asked.values["components"]

        def act() -> str:
            services.set_components(
                bundle_id=asked.row.pk, components=components, actor=asked.actor, now=asked.now
            )
            return str(_("Components: %(count)s") % {"count": display.count(len(components))})

        return asked.once("set-components", act)

    @form_action(
        form=ArchiveForm,
        permission="catalog.change_variant",
        description=_("Archive"),
        icon="archive",
        when=lambda variant: variant.archived_at is None,
        danger=True,
        help=_("It goes off sale in every channel; what refers to it stays."),
    )
    def archive(self, asked: Asked) -> str:
        def act() -> str:
            services.archive_variant(variant_id=asked.row.pk, actor=asked.actor, now=asked.now)
            return asked.changes(["archived_at"])

        return asked.once("archive-variant", act)


class RemoveForm(ActionForm):
    """Asks for nothing but the click."""


@admin.register(VariantCode)
@with_history
class VariantCodeAdmin(Exchanged, ReadOnlyAdmin):
    resource_classes = (CodeSheet,)
    list_display = ("value", "kind", "variant", "product_name", "quantity")
    list_select_related = ("variant__product",)
    list_filter = (("kind", ChoicesDropdownFilter),)
    ordering = ("value",)
    finders = (exact("value"), variants("variant"))
    search_help_text = _("JAN, SKU, name or kana")
    actions_detail = ("remove",)

    @column(description=_("product"))
    def product_name(self, code: VariantCode) -> str:
        return str(code.variant.product)

    @form_action(
        form=RemoveForm,
        permission="catalog.delete_variantcode",
        description=_("Remove"),
        icon="delete",
        danger=True,
        help=_("Tills and phones that read this code find nothing from now on."),
    )
    def remove(self, asked: Asked) -> Any:
        def act() -> str:
            services.remove_code(code_id=asked.row.pk, actor=asked.actor)
            return str(_("%(value)s was removed.") % {"value": asked.row.value})

        return self.leave(asked.request, asked.once("remove-code", act))
