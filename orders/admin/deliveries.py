"""How orders are delivered that don't go the usual way to their contact."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline
from orders.admin.finding import orders as by_order
from orders.admin.fulfilments import BY_ORDER
from orders.admin.scope import OfOrder
from orders.models import OrderAddress, OrderDelivery


class OrderAddressInline(ReadOnlyInline):
    model = OrderAddress
    fields = ("name", "postal_code", "prefecture", "city", "line1", "line2", "phone", "noshi_name", "message")


class DeliveryInline(ReadOnlyInline):
    """For the order's page."""

    model = OrderDelivery
    currency = "order.currency"
    fields = ("positions", "method", "temperature", "parcels", "date", "slot_name", "amount", "to")
    readonly_fields = ("to",)

    @admin.display(description=_("address"))
    def to(self, delivery: OrderDelivery) -> str:
        return address_of(delivery)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("order", "address")


def address_of(delivery: OrderDelivery) -> str:
    """To whom it goes, where it is not the order's contact."""
    to = getattr(delivery, "address", None)
    if to is None or not to.name:
        return str(_("the contact"))
    return f"{to.name} {to.prefecture}{to.city}{to.line1} {to.line2}".strip()


@admin.register(OrderDelivery)
class OrderDeliveryAdmin(OfOrder, ReadOnlyAdmin):
    currency = "order.currency"
    list_display = ("order", "method", "temperature", "date", "slot_name", "parcels", "amount", "noshi")
    list_select_related = ("order",)
    list_filter = (("temperature", ChoicesDropdownFilter), "date", ("noshi", ChoicesDropdownFilter))
    ordering = ("-pk",)
    finders = (by_order("order"),)
    search_help_text = BY_ORDER
    inlines = (OrderAddressInline,)

    def title_of(self, row: OrderDelivery) -> str:
        return f"{row.order} / {row.method}"


@admin.register(OrderAddress)
class OrderAddressAdmin(OfOrder, ReadOnlyAdmin):
    """To whom parts of orders go: personal data, apart from the books."""

    order_path = "delivery__order"
    list_display = ("order", "name", "postal_code", "prefecture", "city", "line1", "noshi_name")
    list_select_related = ("delivery__order",)
    ordering = ("-pk",)
    finders = (by_order("delivery__order"),)
    search_help_text = BY_ORDER

    @admin.display(description=_("order"))
    def order(self, row: OrderAddress) -> str:
        return row.delivery.order.number

    def title_of(self, row: OrderAddress) -> str:
        return f"{row.delivery.order} / {row.name}"
