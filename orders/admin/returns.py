from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from omni.core.admin import ActionForm, Asked, ReadOnlyAdmin, ReadOnlyInline, form_action
from omni.core.admin.search import exact
from omni.core.admin.sheets import Exported, columns
from orders.admin.documents import DocumentInline, issue_for_return
from orders.admin.finding import orders as by_order
from orders.admin.forms import FindAndReturnForm
from orders.admin.orders import take_back
from orders.models import Order, Return, ReturnLine
from organisation.admin.scope import AtLocations, LocationFilter


class ReturnLineInline(ReadOnlyInline):
    model = ReturnLine
    currency = "returned.order.currency"
    fields = ("article", "quantity", "restock", "amount", "points_amount")
    readonly_fields = ("article",)

    @admin.display(description=_("variant"))
    def article(self, line: ReturnLine) -> str:
        return str(line.order_line.variant)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("order_line__variant", "returned__order")


@admin.register(Return)
class ReturnAdmin(Exported, AtLocations, ReadOnlyAdmin):
    resource_classes = (
        columns(
            number="number",
            order="order__number",
            location="location__code",
            status="status",
            reason="reason",
            currency="order__currency",
            refund_amount="refund_amount",
            points_restored="points_restored",
            points_clawed_back="points_clawed_back",
            business_date="business_date",
            received_at="received_at",
        ),
    )
    currency = "order.currency"
    list_display = (
        "number",
        "order",
        "location",
        "status",
        "refund_amount",
        "points_restored",
        "points_clawed_back",
        "received_at",
    )
    list_select_related = ("order", "location")
    list_filter = (
        ("location", LocationFilter),
        ("status", ChoicesDropdownFilter),
        ("business_date", RangeDateFilter),
    )
    ordering = ("-pk",)
    finders = (exact("number"), by_order("order"))
    search_help_text = _("Return or order number, member number, phone or name")
    inlines = (ReturnLineInline, DocumentInline)
    actions_list = ("take_back",)
    actions_detail = ("issue_return_invoice",)

    @form_action(
        form=ActionForm,
        permission="orders.issue_document",
        description=_("Issue the return invoice"),
        icon="request_quote",
        submit=_("Issue"),
        when=lambda returned: returned.order.invoice_issuer == Order.InvoiceIssuer.SELLER,
        help=_("It takes back from the invoice of the order, at the rates of the sale."),
    )
    def issue_return_invoice(self, asked: Asked) -> str:
        return issue_for_return(asked)

    @form_action(
        form=FindAndReturnForm,
        permission="orders.take_back",
        description=_("Take goods back"),
        icon="assignment_return",
        primary=True,
        help=_("Goods of any order, from whichever channel, come back at any shop that takes returns."),
    )
    def take_back(self, asked: Asked) -> str | HttpResponse:
        if "number" in asked.values:
            return HttpResponseRedirect(
                f"{asked.request.path}?{urlencode({'order': asked.values['number']})}"
            )
        return take_back(asked)


@admin.register(ReturnLine)
class ReturnLineAdmin(AtLocations, ReadOnlyAdmin):
    currency = "returned.order.currency"
    list_display = ("returned", "article", "quantity", "restock", "amount", "points_amount")
    list_select_related = ("returned__order", "order_line__variant")
    list_filter = ("restock",)
    ordering = ("-pk",)
    finders = (exact("returned__number"), by_order("returned__order"))
    search_help_text = _("Return or order number, member number, phone or name")

    def at_locations(self, locations: frozenset[int]) -> Q:
        return Q(returned__location__in=locations)

    @admin.display(description=_("variant"))
    def article(self, line: ReturnLine) -> str:
        return str(line.order_line.variant)

    def title_of(self, row: ReturnLine) -> str:
        return f"{row.returned} / {self.article(row)}"
