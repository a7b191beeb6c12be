from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.paginator import InfinitePaginator

from catalog.admin.finding import variants
from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline, display
from omni.core.admin.search import exact
from omni.core.admin.sheets import Exported, columns
from omni.core.text import pick
from orders.admin.finding import orders as by_order
from orders.admin.scope import OfOrder
from orders.models import (
    ComponentReservation,
    LineComponent,
    LineDiscount,
    OrderContact,
    OrderLine,
    OrderPromotion,
    OrderTax,
)

BY_ORDER = _("Order number, member number, phone, e-mail or name")


class LineComponentInline(ReadOnlyInline):
    """What a bundle was made of when it was sold."""

    model = LineComponent
    fields = ("variant", "quantity")
    ordering = ("pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("variant")


class LineDiscountInline(ReadOnlyInline):
    """Why the line was cheaper."""

    model = LineDiscount
    currency = "line.order.currency"
    fields = ("code", "called", "amount", "funded_by")
    readonly_fields = ("called",)
    ordering = ("pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("line__order")

    @admin.display(description=_("name"))
    def called(self, discount: LineDiscount) -> str:
        return pick(discount.name) or display.EMPTY


@admin.register(OrderLine)
class OrderLineAdmin(Exported, OfOrder, ReadOnlyAdmin):
    resource_classes = (
        columns(
            order="order__number",
            position="position",
            sku="variant__sku",
            quantity="quantity",
            currency="order__currency",
            unit_price="unit_price",
            list_amount="list_amount",
            amount="amount",
            tax_class="tax_class__code",
            tax_rate="tax_rate",
            fulfilled_quantity="fulfilled_quantity",
            returned_quantity="returned_quantity",
        ),
    )
    paginator = InfinitePaginator
    currency = "order.currency"
    list_display = (
        "order",
        "position",
        "variant",
        "quantity",
        "amount",
        "tax_rate",
        "fulfilled_quantity",
        "returned_quantity",
    )
    list_select_related = ("order", "variant")
    list_filter = (("service_mode", ChoicesDropdownFilter),)
    ordering = ("-pk",)
    finders = (by_order("order"), variants("variant"))
    search_help_text = _("Order number, JAN, SKU, name or member number")
    inlines = (LineDiscountInline, LineComponentInline)

    def title_of(self, row: OrderLine) -> str:
        return f"{row.order} / {row.variant}"


@admin.register(LineDiscount)
class LineDiscountAdmin(OfOrder, ReadOnlyAdmin):
    order_path = "line__order"
    currency = "line.order.currency"
    list_display = ("order", "code", "called", "amount", "funded_by")
    list_select_related = ("line__order",)
    list_filter = (("funded_by", ChoicesDropdownFilter),)
    ordering = ("-pk",)
    paginator = InfinitePaginator
    finders = (by_order("line__order"), exact("code"))
    search_help_text = _("Order number or the discount's code")

    @admin.display(description=_("order"))
    def order(self, discount: LineDiscount) -> str:
        return discount.line.order.number

    @admin.display(description=_("name"))
    def called(self, discount: LineDiscount) -> str:
        return pick(discount.name) or display.EMPTY


@admin.register(OrderPromotion)
class OrderPromotionAdmin(OfOrder, ReadOnlyAdmin):
    """The promotions that orders had, as they were called to the buyer."""

    currency = "order.currency"
    list_display = ("order", "code", "name", "coupon", "amount", "shipping_amount")
    list_select_related = ("order",)
    ordering = ("-pk",)
    paginator = InfinitePaginator
    finders = (by_order("order"), exact("code", "coupon"))
    search_help_text = _("Order number, or the promotion's or the coupon's code")


@admin.register(OrderTax)
class OrderTaxAdmin(OfOrder, ReadOnlyAdmin):
    paginator = InfinitePaginator
    currency = "order.currency"
    list_display = (
        "order",
        "company",
        "rate",
        "lines_amount",
        "discount_amount",
        "points_amount",
        "amount",
        "tax",
    )
    list_select_related = ("order", "company")
    ordering = ("-pk",)
    finders = (by_order("order"),)
    search_help_text = BY_ORDER

    def title_of(self, row: OrderTax) -> str:
        return f"{row.order} / {row.rate * 100:.0f}%"


@admin.register(OrderContact)
class OrderContactAdmin(OfOrder, ReadOnlyAdmin):
    """Who an order is for: personal data, apart from the books."""

    list_display = ("order", "name", "phone", "email", "postal_code", "prefecture", "city", "line1")
    list_select_related = ("order",)
    ordering = ("-pk",)
    finders = (by_order("order"),)
    search_help_text = BY_ORDER

    def title_of(self, row: OrderContact) -> str:
        return f"{row.order} / {row.name}"


@admin.register(LineComponent)
class LineComponentAdmin(OfOrder, ReadOnlyAdmin):
    """What bundles were made of when they were sold."""

    order_path = "line__order"
    list_display = ("order", "line", "variant", "quantity")
    list_select_related = ("line__order", "variant")
    ordering = ("-pk",)
    paginator = InfinitePaginator
    finders = (by_order("line__order"), variants("variant"))
    search_help_text = _("Order number, JAN, SKU, name or member number")

    @admin.display(description=_("order"))
    def order(self, row: LineComponent) -> str:
        return row.line.order.number


@admin.register(ComponentReservation)
class ComponentReservationAdmin(OfOrder, ReadOnlyAdmin):
    """What holds a component for a part of an order."""

    order_path = "fulfilment_line__fulfilment__order"
    list_display = ("order", "component", "reservation")
    list_select_related = ("fulfilment_line__fulfilment__order", "component", "reservation")
    ordering = ("-pk",)
    paginator = InfinitePaginator
    finders = (by_order("fulfilment_line__fulfilment__order"), variants("component__variant"))
    search_help_text = _("Order number, JAN, SKU, name or member number")

    @admin.display(description=_("order"))
    def order(self, row: ComponentReservation) -> str:
        return row.fulfilment_line.fulfilment.order.number
