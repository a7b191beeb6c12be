from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from catalog.admin.finding import variants
from inventory import services as inventory
from inventory.admin.sheets import SourceSheet
from inventory.models import ChannelBuffer, ChannelSource
from omni.core import clock
from omni.core.admin import MasterAdmin, staff_of
from omni.core.admin.search import containing
from omni.core.admin.sheets import ExchangedInSets
from organisation.admin.scope import AtLocations, LocationFilter


class SetByService(MasterAdmin):
    """A setting of a pair: once made its pair is fixed, and it is switched off, not deleted."""

    pair: tuple[str, ...] = ()

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return self.pair if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ChannelSource)
class ChannelSourceAdmin(ExchangedInSets, AtLocations, SetByService):
    resource_classes = (SourceSheet,)
    pair = ("channel", "location")
    fields = ("channel", "location", "priority", "gives", "amount", "learned", "active")
    list_display = ("channel", "location", "priority", "gives", "amount", "learned", "active")
    list_display_links = ("channel", "location")
    list_select_related = ("channel", "location")
    list_filter = (
        ("channel", RelatedDropdownFilter),
        ("location", LocationFilter),
        "gives",
        "learned",
        "active",
    )
    ordering = ("channel__code", "priority", "location__code")
    finders = (containing("channel__code", "channel__name", "location__code", "location__name"),)
    search_help_text = _("Sales channel or location")

    def title_of(self, row: ChannelSource) -> str:
        return f"{row.channel} ← {row.location}"

    def save_model(self, request: HttpRequest, obj: ChannelSource, form: Any, change: bool) -> None:
        inventory.set_source(
            channel_id=obj.channel_id,
            location_id=obj.location_id,
            priority=obj.priority,
            gives=obj.gives,
            amount=obj.amount,
            learned=obj.learned,
            active=obj.active,
            actor=staff_of(request),
            now=clock.now(),
        )
        obj.pk = ChannelSource.objects.values_list("pk", flat=True).get(
            channel=obj.channel_id, location=obj.location_id
        )


@admin.register(ChannelBuffer)
class ChannelBufferAdmin(SetByService):
    pair = ("channel", "variant")
    fields = ("channel", "variant", "quantity")
    list_display = ("channel", "article", "quantity")
    list_select_related = ("channel", "variant")
    list_filter = (("channel", RelatedDropdownFilter),)
    ordering = ("channel__code", "variant__sku")
    autocomplete_fields = ("variant",)
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")

    def title_of(self, row: ChannelBuffer) -> str:
        return f"{row.channel} / {self.article(row)}"

    @admin.display(description=_("variant"), ordering="variant__sku")
    def article(self, buffer: ChannelBuffer) -> str:
        return str(buffer.variant or _("every other article"))

    def save_model(self, request: HttpRequest, obj: ChannelBuffer, form: Any, change: bool) -> None:
        inventory.set_buffer(
            channel_id=obj.channel_id,
            variant_id=obj.variant_id,
            quantity=obj.quantity,
            actor=staff_of(request),
            now=clock.now(),
        )
        obj.pk = ChannelBuffer.objects.values_list("pk", flat=True).get(
            channel=obj.channel_id, variant=obj.variant_id
        )
