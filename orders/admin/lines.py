from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.paginator import InfinitePaginator

from catalog.admin.finding import variants
from omni.core.admin import ReadOnlyAdmin
from omni.core.admin.search import exact
from omni.core.admin.sheets import Exported, columns
from orders.admin.finding import orders as by_order
from orders.admin.scope import OfOrder
from orders.models import LineDiscount, OrderContact, OrderLine, OrderTax

BY_ORDER = _("Order number, member number, phone, e-mail or name")


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

    def title_of(self, row: OrderLine) -> str:
        return f"{row.order} / {row.variant}"


@admin.register(LineDiscount)
class LineDiscountAdmin(OfOrder, ReadOnlyAdmin):
    order_path = "line__order"
    currency = "line.order.currency"
    list_display = ("order", "code", "amount", "funded_by")
    list_select_related = ("line__order",)
    list_filter = (("funded_by", ChoicesDropdownFilter),)
    ordering = ("-pk",)
    paginator = InfinitePaginator
    finders = (by_order("line__order"), exact("code"))
    search_help_text = _("Order number or the discount's code")

    @admin.display(description=_("order"))
    def order(self, discount: LineDiscount) -> str:
        return discount.line.order.number


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
