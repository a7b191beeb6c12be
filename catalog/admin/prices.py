"""The price book and what is charged by it: lists with their history, files, and why a price applies."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display as column

from catalog import services
from catalog.admin.finding import variants
from catalog.admin.price_forms import EndPriceForm
from catalog.admin.sheets import BookSheet, PriceSheet
from catalog.explaining import Explained, explain
from catalog.models import Listing, ListingQuerySet, Price, PriceQuerySet, PriceWatch, Variant
from omni.core import clock
from omni.core.admin import Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.sheets import Exchanged
from organisation.admin.history import with_history


def prices_table(variant: Variant, *, at: datetime) -> str:
    """Where the variant is on sale now, at which price, and what decides that."""
    rows = [
        [
            str(one.channel) if one.location is None else f"{one.channel} / {one.location}",
            display.amount(one.price, one.channel.currency),
            gettext("tax-inclusive") if one.tax_inclusive else gettext("without tax"),
            reason_of(one),
            display.moment(one.decided.valid_until) if one.decided else display.EMPTY,
        ]
        for one in explain(variant=variant, at=at)
    ]
    heads = [_("where"), _("price"), _("tax"), _("because of"), _("valid until")]
    return display.table(heads, rows) if rows else display.EMPTY


def reason_of(one: Explained) -> str:
    if one.decided is None:
        return display.EMPTY
    told = {
        ("GROUP", "REGULAR"): gettext("the group's price"),
        ("GROUP", "SALE"): gettext("the group's sale"),
        ("CHANNEL", "REGULAR"): gettext("the channel's own price"),
        ("CHANNEL", "SALE"): gettext("the channel's own sale"),
        ("SHOP", "REGULAR"): gettext("the shop's own price"),
        ("SHOP", "SALE"): gettext("the shop's own sale"),
    }
    return told[str(one.decided.scope), str(one.decided.kind)]


class ListingInline(ReadOnlyInline):
    model = Listing
    currency = "channel.currency"
    fields = ("channel", "price", "reduced", "tax_inclusive", "valid_from", "valid_until")
    ordering = ("channel__code", "-valid_from")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("channel")


class PriceInline(ReadOnlyInline):
    model = Price
    currency = "currency"
    fields = ("channel", "location", "kind", "amount", "tax_inclusive", "valid_from", "valid_until")
    ordering = ("-valid_from",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("channel", "location")


class StandsAt(admin.SimpleListFilter):
    title = _("time")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("now")), ("later", _("from later on"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "now":
            return cast("ListingQuerySet | PriceQuerySet", queryset).valid_at(clock.now())
        return queryset.filter(valid_from__gt=clock.now()) if self.value() == "later" else queryset


class ScopeFilter(admin.SimpleListFilter):
    title = _("scope")
    parameter_name = "scope"
    conditions = {
        "GROUP": Q(channel=None, location=None),
        "CHANNEL": Q(channel__isnull=False),
        "SHOP": Q(location__isnull=False),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Price.Scope.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(self.conditions.get(self.value() or "", Q()))


@admin.register(Listing)
@with_history
class ListingAdmin(Exchanged, ReadOnlyAdmin):
    """What is charged. Prices are set on the variant's page or by a file; listings follow."""

    resource_classes = (PriceSheet,)

    currency = "channel.currency"
    list_display = (
        "variant",
        "product_name",
        "channel",
        "price",
        "reduced",
        "tax_inclusive",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("variant__product", "channel")
    list_filter = (
        StandsAt,
        "reduced",
        ("channel", RelatedDropdownFilter),
        ("variant__product__brand", RelatedDropdownFilter),
    )
    ordering = ("variant__sku", "channel__code", "-valid_from")
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")

    def title_of(self, row: Listing) -> str:
        return f"{row.variant} / {row.channel}"

    @column(description=_("product"))
    def product_name(self, listing: Listing) -> str:
        return str(listing.variant.product)


@admin.register(Price)
@with_history
class PriceAdmin(Exchanged, ReadOnlyAdmin):
    """The price book. A price is set on the variant's page or by a file, and ended here."""

    resource_classes = (BookSheet,)

    currency = "currency"
    list_display = (
        "variant",
        "scope_name",
        "channel",
        "location",
        "kind",
        "amount",
        "tax_inclusive",
        "valid_from",
        "valid_until",
        "decided_by",
    )
    list_select_related = ("variant", "channel", "location")
    list_filter = (
        StandsAt,
        ScopeFilter,
        ("kind", ChoicesDropdownFilter),
        ("channel", RelatedDropdownFilter),
        ("location", RelatedDropdownFilter),
        ("variant__product__brand", RelatedDropdownFilter),
    )
    ordering = ("variant__sku", "-valid_from", "pk")
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")
    actions_detail = ("end",)

    def title_of(self, row: Price) -> str:
        place = row.location or row.channel or row.currency
        return f"{row.variant} / {place} / {row.get_kind_display()}"

    @column(description=_("scope"))
    def scope_name(self, price: Price) -> str:
        return str(Price.Scope(price.scope).label)

    @form_action(
        form=EndPriceForm,
        permission="catalog.change_price",
        description=_("End this price"),
        icon="event_busy",
        when=lambda price: price.valid_until is None or price.valid_until > clock.now(),
        danger=True,
        help=_("What lies beneath applies from then on."),
    )
    def end(self, asked: Asked) -> Any:
        at = asked.values["at"] or asked.now

        def act() -> str:
            services.end_prices(price_ids=[asked.row.pk], at=at, actor=asked.actor, now=asked.now)
            return str(_("It ends on %(moment)s.") % {"moment": display.moment(at)})

        return self.leave(asked.request, asked.once("end-price", act))


@admin.register(PriceWatch)
class PriceWatchAdmin(ReadOnlyAdmin):
    list_display = ("told_until",)
    ordering = ("pk",)
