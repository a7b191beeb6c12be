"""How channels deliver: carriers with their zones and slots, methods with their rates."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from omni.core.admin import MasterAdmin, TabularInline
from omni.core.admin.search import containing
from orders.models import Carrier, CarrierSlot, MethodRate, ShippingMethod, ShippingZone
from orders.models.shipping import WEEKDAYS
from orders.prefectures import PREFECTURES
from organisation.admin.history import with_history


class SlotInline(TabularInline):
    model = CarrierSlot
    fields = ("code", "name", "label_code", "position")
    ordering = ("position", "pk")


@admin.register(Carrier)
@with_history
class CarrierAdmin(MasterAdmin):
    list_display = ("code", "name", "labels", "account")
    ordering = ("code",)
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")
    fields = ("code", "name", "labels", "account")
    inlines = (SlotInline,)


@admin.register(CarrierSlot)
@with_history
class CarrierSlotAdmin(MasterAdmin):
    list_display = ("carrier", "code", "name", "label_code", "position")
    list_select_related = ("carrier",)
    list_filter = (("carrier", RelatedDropdownFilter),)
    ordering = ("carrier__code", "position", "pk")
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")
    fields = ("carrier", "code", "name", "label_code", "position")


class ZoneForm(forms.ModelForm):
    prefectures = forms.MultipleChoiceField(
        label=_("prefectures"),
        choices=[(name, name) for name in PREFECTURES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


@admin.register(ShippingZone)
@with_history
class ShippingZoneAdmin(MasterAdmin):
    form = ZoneForm
    list_display = ("carrier", "code", "name", "lead_days", "where")
    list_select_related = ("carrier",)
    list_filter = (("carrier", RelatedDropdownFilter),)
    ordering = ("carrier__code", "code")
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")
    fields = ("carrier", "code", "name", "lead_days", "prefectures")

    @admin.display(description=_("prefectures"))
    def where(self, zone: ShippingZone) -> str:
        return "、".join(zone.prefectures)


class MethodForm(forms.ModelForm):
    closed_weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays on which nothing leaves"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


class RateInline(TabularInline):
    model = MethodRate
    fields = ("zone", "up_to_size", "up_to_weight", "from_amount", "amount", "valid_from")
    ordering = ("zone__code", "from_amount", "up_to_size", "up_to_weight", "valid_from")

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **options: Any) -> Any:
        """A method's rates are for its own carrier's zones; of a method that is new, for any."""
        if db_field.name == "zone":
            zones = ShippingZone.objects.select_related("carrier").order_by("carrier__code", "code")
            method_id = request.resolver_match.kwargs.get("object_id")
            options["queryset"] = zones.filter(carrier__methods=method_id) if method_id else zones
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(ShippingMethod)
@with_history
class ShippingMethodAdmin(MasterAdmin):
    """The first of each temperature by position is what an order goes by that names none."""

    form = MethodForm
    list_display = ("channel", "code", "name", "carrier", "temperature", "cut_off", "position", "active")
    list_select_related = ("channel", "carrier")
    list_filter = (
        ("channel", RelatedDropdownFilter),
        ("carrier", RelatedDropdownFilter),
        ("temperature", ChoicesDropdownFilter),
        "active",
    )
    ordering = ("channel__code", "position", "pk")
    finders = (containing("code", "name", "channel__code"),)
    search_help_text = _("Code, name or sales channel")
    fields = (
        "channel",
        "code",
        "name",
        "carrier",
        "temperature",
        "tax_class",
        "cut_off",
        "handling_days",
        "closed_weekdays",
        "closed_on_holidays",
        "closed_dates",
        "days_offered",
        "position",
        "active",
    )
    inlines = (RateInline,)


@admin.register(MethodRate)
@with_history
class MethodRateAdmin(MasterAdmin):
    currency = "method.channel.currency"
    list_display = (
        "method",
        "zone",
        "up_to_size",
        "up_to_weight",
        "from_amount",
        "amount",
        "valid_from",
    )
    list_select_related = ("method__channel", "zone")
    list_filter = (("method", RelatedDropdownFilter), ("zone", RelatedDropdownFilter))
    ordering = ("method__channel__code", "method__position", "zone__code", "from_amount", "up_to_size", "pk")
    finders = (containing("method__code", "method__name", "zone__name"),)
    search_help_text = _("Shipping method or zone")
    fields = ("method", "zone", "up_to_size", "up_to_weight", "from_amount", "amount", "valid_from")
