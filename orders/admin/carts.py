from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.paginator import InfinitePaginator

from catalog.admin.finding import variants
from customers.admin.finding import persons
from omni.core.admin import ReadOnlyAdmin, ReadOnlyInline, display
from omni.core.admin.search import exact
from orders.models import Cart, CartCoupon, CartLine


class CartLineInline(ReadOnlyInline):
    model = CartLine
    fields = ("variant", "quantity", "kind", "location", "service_mode")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("variant", "location")


class CartCouponInline(ReadOnlyInline):
    model = CartCoupon
    fields = ("coupon",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("coupon")


def whole_id(term: str) -> Q:
    """A cart by its id, where the term is one."""
    hexadecimal = term.strip().replace("-", "").lower()
    fits = len(hexadecimal) == 32 and all(letter in "0123456789abcdef" for letter in hexadecimal)
    return Q(pk=hexadecimal) if fits else Q(pk__in=[])


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("id", "channel", "customer", "status", "line_count", "created_at", "updated_at")
    list_select_related = ("channel", "customer")
    list_filter = (("status", ChoicesDropdownFilter), ("channel", RelatedDropdownFilter), "updated_at")
    ordering = ("-created_at",)
    finders = (persons("customer__person"), whole_id)
    search_help_text = _("Member number, phone, e-mail, name or the cart's id")
    inlines = (CartLineInline, CartCouponInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(line_count=Count("lines"))

    @admin.display(description=_("lines"))
    def line_count(self, cart: Cart) -> str:
        return display.count(getattr(cart, "line_count", 0))


@admin.register(CartLine)
class CartLineAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("cart", "variant", "quantity", "kind", "location")
    list_select_related = ("cart", "variant", "location")
    list_filter = (("kind", ChoicesDropdownFilter),)
    ordering = ("-pk",)
    finders = (variants("variant"), persons("cart__customer__person"))
    search_help_text = _("JAN, SKU, name or member number")

    def title_of(self, row: CartLine) -> str:
        return f"{row.variant} × {display.count(row.quantity)}"


@admin.register(CartCoupon)
class CartCouponAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("cart", "coupon")
    list_select_related = ("cart", "coupon")
    ordering = ("-pk",)
    finders = (exact("coupon__code"), persons("cart__customer__person"))
    search_help_text = _("Coupon code or member number")
