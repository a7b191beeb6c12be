from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action
from unfold.decorators import display as column
from unfold.paginator import InfinitePaginator

from customers.admin.finding import persons
from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, display, form_action
from omni.core.admin.search import containing, exact
from omni.core.admin.sheets import Exported, columns
from omni.core.admin.sheets.files import written_csv
from promotions import services
from promotions.models import Coupon, CouponBatch, Redemption


def in_use(row: Any) -> bool:
    return row.withdrawn_at is None


@admin.register(Coupon)
class CouponAdmin(Exported, ReadOnlyAdmin):
    """Codes; they are made on their promotion's page."""

    resource_classes = (
        columns(
            code="code",
            promotion="promotion__code",
            batch="batch__id",
            most_uses="most_uses",
            uses="uses",
            created_at="created_at",
            withdrawn_at="withdrawn_at",
        ),
    )
    paginator = InfinitePaginator
    list_display = (
        "code",
        "promotion",
        "batch",
        "customer",
        "most_uses",
        "used",
        "withdrawn_at",
        "created_at",
    )
    list_select_related = ("promotion", "batch", "customer")
    list_filter = (("promotion", RelatedDropdownFilter), "withdrawn_at")
    ordering = ("-pk",)
    finders = (exact("code"), persons("customer__person"))
    search_help_text = _("Coupon code, or whose it is")
    summary = ("promotion", "most_uses", "uses")
    actions_detail = ("withdraw",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "batch__id__exact" or bool(super().lookup_allowed(lookup, value, request))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        used = Redemption.objects.filter(coupon=OuterRef("pk"), given_back_at=None).order_by()
        counted = used.values("coupon").annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(times_used=Coalesce(Subquery(counted), 0))

    @column(description=_("used"))
    def used(self, coupon: Coupon) -> str:
        return display.count(getattr(coupon, "times_used", 0))

    @form_action(
        form=ActionForm,
        permission="promotions.issue_coupons",
        description=_("Withdraw"),
        icon="block",
        when=in_use,
        danger=True,
        help=_("It can't be used any more; orders that had it keep it."),
    )
    def withdraw(self, asked: Asked) -> str:
        def act() -> str:
            services.withdraw_coupons(coupon_ids=[asked.row.pk], now=asked.now)
            return str(_("The coupon was withdrawn."))

        return asked.once("withdraw-coupon", act)


@admin.register(CouponBatch)
class CouponBatchAdmin(ReadOnlyAdmin):
    """Codes that were made together, as a file."""

    list_display = ("created_at", "promotion", "prefix", "quantity", "used", "actor")
    list_select_related = ("promotion",)
    list_filter = (("promotion", RelatedDropdownFilter),)
    ordering = ("-pk",)
    finders = (containing("promotion__code", "promotion__name", "prefix"),)
    search_help_text = _("Promotion or prefix")
    summary = ("promotion", "prefix", "quantity")
    actions_detail = ("download", "withdraw")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        used = Count("coupons", filter=Q(coupons__uses__gt=0))
        return super().get_queryset(request).annotate(coupons_used=used)

    @column(description=_("used"))
    def used(self, batch: CouponBatch) -> str:
        return display.count(getattr(batch, "coupons_used", 0))

    @action(description=_("Download as CSV"), icon="download", url_path="download", permissions=["view"])
    def download(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        if not request.user.has_perm("promotions.view_coupon", Coupon()):
            raise PermissionDenied
        batch = self.get_object(request, object_id)
        if batch is None:
            raise Http404
        heads = [gettext("coupon code"), gettext("used"), gettext("withdrawn at")]
        rows = batch.coupons.order_by("pk").values_list("code", "uses", "withdrawn_at")
        lines = ([code, str(uses), str(at or "")] for code, uses, at in rows.iterator(chunk_size=2000))
        answer = StreamingHttpResponse(written_csv([heads, *lines]), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="coupons-{batch}.csv"'
        answer["Cache-Control"] = "no-store"
        return answer

    @form_action(
        form=ActionForm,
        permission="promotions.issue_coupons",
        description=_("Withdraw what is unused"),
        icon="block",
        danger=True,
        help=_("Codes that have not been used can't be any more."),
    )
    def withdraw(self, asked: Asked) -> str:
        def act() -> str:
            count = services.withdraw_batch(batch_id=asked.row.pk, now=asked.now)
            return str(_("%(count)s coupons were withdrawn.") % {"count": display.count(count)})

        return asked.once("withdraw-batch", act)
