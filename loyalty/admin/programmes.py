from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from loyalty import services
from loyalty.models import EarningRate, Programme
from omni.core.admin import MasterAdmin, ReadOnlyInline
from omni.core.admin.search import containing


class RateInline(ReadOnlyInline):
    model = EarningRate
    currency = "programme.currency"
    fields = ("channel", "amount_per_point", "valid_from", "valid_until")
    ordering = ("channel", "-valid_from")


@admin.register(Programme)
class ProgrammeAdmin(MasterAdmin):
    currency = "currency"
    list_display = ("code", "name", "currency", "point_value", "pending_days", "valid_days", "reduces_price")
    ordering = ("code",)
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")
    fields = (
        "code",
        "name",
        "currency",
        "point_value",
        "pending_days",
        "valid_days",
        "restored_days",
        "rounding",
        "reduces_price",
    )
    inlines = (RateInline,)

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("code", "currency") if obj else ()

    def save_model(self, request: HttpRequest, obj: Programme, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        services.open_own_accounts(programme_id=obj.pk)


@admin.register(EarningRate)
class EarningRateAdmin(MasterAdmin):
    """A rate that has begun stays; it is ended, and another begun."""

    currency = "programme.currency"
    list_display = ("programme", "channel_name", "amount_per_point", "valid_from", "valid_until")
    list_display_links = ("programme", "channel_name")
    list_select_related = ("programme", "channel")
    list_filter = (("programme", RelatedDropdownFilter), ("channel", RelatedDropdownFilter))
    ordering = ("programme__code", "channel__code", "-valid_from")
    finders = (containing("programme__code", "channel__code", "channel__name"),)
    search_help_text = _("Points programme or sales channel")
    fields = ("programme", "channel", "amount_per_point", "valid_from", "valid_until")

    @admin.display(description=_("sales channel"), ordering="channel__code")
    def channel_name(self, rate: EarningRate) -> str:
        return str(rate.channel or _("every channel"))

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("programme", "channel", "amount_per_point", "valid_from") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
