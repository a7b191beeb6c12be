from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.paginator import InfinitePaginator

from customers.admin.finding import persons
from omni.core.admin import ReadOnlyAdmin
from omni.core.admin.search import exact
from omni.core.admin.sheets import Exported, columns
from promotions.models import Redemption


@admin.register(Redemption)
class RedemptionAdmin(Exported, ReadOnlyAdmin):
    """Each use of a promotion, and what it cost."""

    resource_classes = (
        columns(
            promotion="promotion__code",
            coupon="coupon__code",
            customer="customer__public_id",
            source="source",
            currency="currency",
            amount="amount",
            shipping_amount="shipping_amount",
            redeemed_at="redeemed_at",
            given_back_at="given_back_at",
        ),
    )
    paginator = InfinitePaginator
    currency = "currency"
    list_display = (
        "redeemed_at",
        "promotion",
        "coupon",
        "customer",
        "source",
        "amount",
        "shipping_amount",
        "given_back_at",
    )
    list_select_related = ("promotion", "coupon", "customer")
    list_filter = (("promotion", RelatedDropdownFilter), "redeemed_at", "given_back_at")
    ordering = ("-pk",)
    finders = (exact("source", "coupon__code"), persons("customer__person"))
    search_help_text = _("Source, coupon code, or who had it")
