"""What connections were told of stock, listings and shipments, one by one."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from catalog.admin.finding import variants
from connectors.admin.connections import GoForm, replay
from connectors.models import ListingState, PushState, ShipmentNotice
from omni.core.admin import Asked, ReadOnlyAdmin, form_action
from omni.core.admin.search import starting


class Delivery(admin.SimpleListFilter):
    title = _("delivery")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("dead", _("given up")), ("waiting", _("waiting")), ("done", _("acknowledged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        moving = self.moving()
        if self.value() == "dead":
            return queryset.filter(dead_at__isnull=False)
        if self.value() == "waiting":
            return queryset.filter(moving, dead_at=None)
        return queryset.filter(~moving, dead_at=None) if self.value() == "done" else queryset

    def moving(self) -> Q:
        return Q(dirty_at__isnull=False) | Q(lease_until__isnull=False)


class ShipmentDelivery(Delivery):
    def moving(self) -> Q:
        return Q(acknowledged_at=None)


class DeliveryAdmin(ReadOnlyAdmin):
    """Told once a row, and given up after refusals: then all of the connection is replayed from here."""

    ordering = ("-pk",)
    actions_detail = ("replay",)

    @form_action(
        form=GoForm,
        permission="connectors.replay",
        description=_("Replay the connection's dead letters"),
        icon="replay",
        when=lambda row: row.dead_at is not None,
        primary=True,
        help=_("Every push that was given up gets all its tries again."),
    )
    def replay(self, asked: Asked) -> str:
        return replay(asked, connection_id=asked.row.connection_id)


class VariantStateAdmin(DeliveryAdmin):
    state = ""
    list_display_links = ("connection", "variant")
    list_select_related = ("connection", "variant")
    list_filter = (Delivery, ("connection", RelatedDropdownFilter))
    finders = (variants("variant"),)
    search_help_text = _("JAN, SKU, name or kana")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        names = ("connection", "variant", self.state, "version", "acknowledged_version", "lag", "dirty_at")
        return self.shown((*names, "tries", "dead_at"), wide=False)

    def title_of(self, row: Any) -> str:
        return f"{row.connection} / {row.variant}"


@admin.register(PushState)
class PushStateAdmin(VariantStateAdmin):
    state = "available"


@admin.register(ListingState)
class ListingStateAdmin(VariantStateAdmin):
    state = "told"


@admin.register(ShipmentNotice)
class ShipmentNoticeAdmin(DeliveryAdmin):
    list_display = (
        "connection",
        "fulfilment",
        "fulfilled_at",
        "acknowledged_at",
        "tries",
        "dead_at",
        "error",
    )
    list_select_related = ("connection", "fulfilment__order")
    list_filter = (ShipmentDelivery, ("connection", RelatedDropdownFilter))
    finders = (starting("fulfilment__order__number", "fulfilment__order__external_number"),)
    search_help_text = _("Order number, ours or the channel's own")
