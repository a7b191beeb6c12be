from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display as column

from omni.core import clock
from omni.core.admin import Asked, MasterAdmin, ReadOnlyAdmin, TabularInline, display, form_action
from omni.core.admin.search import containing
from organisation.admin.history import with_history
from promotions import services
from promotions.admin.forms import BatchForm, CodeForm, PromotionForm
from promotions.models import Promotion, Redemption, Target


def asks_for_coupons(promotion: Promotion) -> bool:
    return promotion.needs_coupon


class RunsFilter(admin.SimpleListFilter):
    title = _("time")
    parameter_name = "runs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("now")), ("later", _("from later on")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now = clock.now()
        conditions = {
            "now": Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now)),
            "later": Q(starts_at__gt=now),
            "over": Q(ends_at__lte=now),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


class TargetInline(TabularInline):
    model = Target
    fields = ("role", "category", "brand", "product", "variant")
    autocomplete_fields = ("category", "brand", "product", "variant")


@admin.register(Promotion)
@with_history
class PromotionAdmin(MasterAdmin):
    """Promotions: one effect each, tried from the highest priority down. See docs/promotions.md."""

    form = PromotionForm
    currency = "currency"
    inlines = (TargetInline,)
    list_display = (
        "code",
        "name",
        "effect_name",
        "needs_coupon",
        "starts_at",
        "ends_at",
        "priority",
        "exclusivity_name",
        "used",
        "most_uses",
        "active",
    )
    list_filter = (
        RunsFilter,
        ("effect", ChoicesDropdownFilter),
        ("exclusivity", ChoicesDropdownFilter),
        "needs_coupon",
        "members_only",
        "active",
    )
    ordering = ("-priority", "pk")
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")
    summary = ("code", "name", "starts_at", "ends_at")
    actions_detail = ("add_code", "make_coupons")
    fieldsets = (
        (None, {"fields": (("code", "active"), "name", ("needs_coupon", "currency"))}),
        (
            _("What it does"),
            {
                "fields": (
                    "effect",
                    ("percent", "amount"),
                    ("buy_quantity", "get_quantity"),
                    ("most_times", "most_discount"),
                    "funded_by",
                )
            },
        ),
        (
            _("When and where"),
            {
                "fields": (
                    ("starts_at", "ends_at"),
                    "channels",
                    "weekdays",
                    "month_days",
                    ("from_time", "until_time"),
                )
            },
        ),
        (
            _("For whom, and from how much"),
            {"fields": (("members_only", "first_order"), ("min_amount", "min_quantity"))},
        ),
        (_("How often"), {"fields": (("most_uses", "most_per_person"), "used")}),
        (_("Beside others"), {"fields": ("priority", "exclusivity")}),
    )
    readonly_fields = ("used",)

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("code", "currency") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        used = Redemption.objects.filter(promotion=OuterRef("pk"), given_back_at=None).order_by()
        counted = used.values("promotion").annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(times_used=Coalesce(Subquery(counted), 0))

    def save_model(self, request: HttpRequest, obj: Promotion, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "most_uses" in form.changed_data:
            services.recount(promotion_id=obj.pk)

    def title_of(self, row: Promotion) -> str:
        return f"{row} ({row.code})"

    @column(description=_("effect"), ordering="effect")
    def effect_name(self, promotion: Promotion) -> str:
        return str(promotion.get_effect_display())

    @column(description=_("combines"), ordering="exclusivity")
    def exclusivity_name(self, promotion: Promotion) -> str:
        return str(promotion.get_exclusivity_display())

    @column(description=_("used"))
    def used(self, promotion: Promotion) -> str:
        return display.count(getattr(promotion, "times_used", 0))

    @form_action(
        form=CodeForm,
        permission="promotions.issue_coupons",
        description=_("Add a coupon code"),
        icon="add",
        when=asks_for_coupons,
        primary=True,
        help=_("One code, for everyone or for one member."),
    )
    def add_code(self, asked: Asked) -> str:
        values = asked.values

        def act() -> str:
            made = services.create_coupon(
                promotion_id=asked.row.pk,
                code=values["code"],
                most_uses=values["most_uses"],
                customer_id=values["member"].pk if values["member"] else None,
                now=asked.now,
            )
            return str(_("The code %(code)s can be used.") % {"code": made.code})

        return asked.once("create-coupon", act)

    @form_action(
        form=BatchForm,
        permission="promotions.issue_coupons",
        description=_("Make single-use coupons"),
        icon="confirmation_number",
        when=asks_for_coupons,
        help=_("Codes that can be used once each; the batch's page has them as a file."),
    )
    def make_coupons(self, asked: Asked) -> str:
        def act() -> str:
            batch = services.create_coupons(
                promotion_id=asked.row.pk,
                quantity=asked.values["quantity"],
                prefix=asked.values["begins_with"],
                actor=asked.actor,
                now=asked.now,
            )
            told = {"count": display.count(batch.quantity), "batch": str(batch)}
            return str(_("%(count)s coupons were made, batch %(batch)s.") % told)

        return asked.once("create-coupons", act)


@admin.register(Target)
@with_history
class TargetAdmin(ReadOnlyAdmin):
    """What promotions are about; set on their pages."""

    list_display = ("promotion", "role", "category", "brand", "product", "variant")
    list_select_related = ("promotion", "category", "brand", "product", "variant")
    list_filter = (("role", ChoicesDropdownFilter),)
    ordering = ("promotion__code", "role", "pk")
    finders = (containing("promotion__code", "promotion__name"),)
    search_help_text = _("Code or name of the promotion")
