from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from catalog.models import TaxClass, TaxRate
from omni.core.admin import MasterAdmin, ReadOnlyInline
from omni.core.admin.search import containing
from organisation.admin.history import with_history


class TaxRateInline(ReadOnlyInline):
    model = TaxRate
    fields = ("country", "service_mode", "rate", "valid_from", "valid_until")
    ordering = ("country", "service_mode", "valid_from")


@admin.register(TaxClass)
@with_history
class TaxClassAdmin(MasterAdmin):
    list_display = ("code", "name")
    ordering = ("code",)
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")
    inlines = (TaxRateInline,)


@admin.register(TaxRate)
@with_history
class TaxRateAdmin(MasterAdmin):
    """A rate that has begun stays as it is: what was sold under it names it."""

    list_display = ("tax_class", "country", "service_mode", "rate", "valid_from", "valid_until")
    list_select_related = ("tax_class",)
    list_filter = (("tax_class", RelatedDropdownFilter), ("service_mode", ChoicesDropdownFilter), "country")
    ordering = ("tax_class__code", "country", "service_mode", "-valid_from")
    finders = (containing("tax_class__code", "tax_class__name"),)
    search_help_text = _("Tax class")
    fields = ("tax_class", "country", "service_mode", "rate", "valid_from", "valid_until")

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("tax_class", "country", "service_mode", "rate", "valid_from") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
