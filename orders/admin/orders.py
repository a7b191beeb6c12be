from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.paginator import InfinitePaginator

from omni.core.admin import Asked, ReadOnlyAdmin, ReadOnlyInline, display, form_action
from omni.core.admin.sheets import Exported, columns
from orders import services as orders
from orders.admin.deliveries import DeliveryInline
from orders.admin.document_forms import IssueForm
from orders.admin.documents import DocumentInline, issue
from orders.admin.finding import orders as by_order
from orders.admin.forms import CancelForm, CancelLinesForm, HoldChoiceForm, ReturnForm
from orders.finding import handled_at
from orders.models import (
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderContact,
    OrderLine,
    OrderPromotion,
    OrderTax,
    Payment,
    Return,
    RoutingDecision,
)
from orders.services.returns import ReceivedReturn, receive_return
from orders.timeline import Moment, list_moments
from organisation.admin.scope import AtLocations, LocationFilter


def waits_for_stock(order: Order) -> bool:
    waiting = FulfilmentLine.objects.waiting().filter(fulfilment__order=order)
    return order.status == Order.Status.PLACED and waiting.exists()


class OfOrderInline(ReadOnlyInline):
    currency = "order.currency"
    related: tuple[str, ...] = ("order",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.related)


class LineInline(OfOrderInline):
    model = OrderLine
    related = ("order", "variant")
    fields = (
        "position",
        "variant",
        "quantity",
        "unit_price",
        "discount_amount",
        "amount",
        "tax_rate",
        "waiting",
        "fulfilled_quantity",
        "cancelled_quantity",
        "returned_quantity",
    )
    readonly_fields = ("waiting",)
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        unallocated = Q(
            fulfilment_lines__fulfilment__status=Fulfilment.Status.PROPOSED,
            fulfilment_lines__fulfilment__location=None,
        )
        waiting = Sum("fulfilment_lines__quantity", filter=unallocated, default=0)
        return super().get_queryset(request).annotate(units_waiting=waiting)

    @admin.display(description=_("waiting for stock"))
    def waiting(self, line: Any) -> str:
        """Sold outside, and nowhere in stock yet; when it comes it is allocated by itself."""
        return display.count(line.units_waiting) if line.units_waiting else display.EMPTY


class PromotionInline(OfOrderInline):
    model = OrderPromotion
    fields = ("code", "name", "coupon", "amount", "shipping_amount")


class TaxInline(OfOrderInline):
    model = OrderTax
    fields = ("rate", "lines_amount", "shipping_amount", "discount_amount", "points_amount", "amount", "tax")


class PaymentInline(OfOrderInline):
    model = Payment
    related = ("order", "tender_type")
    show_change_link = True
    fields = ("tender_type", "status", "amount", "captured_amount", "refunded_amount", "created_at")


class FulfilmentInline(OfOrderInline):
    model = Fulfilment
    related = ("location",)
    show_change_link = True
    fields = ("kind", "status", "location", "rejection", "rejected_at", "tracking_number", "completed_at")


class RoutingInline(OfOrderInline):
    """Why it is sent from there: each decision has a page that says so."""

    model = RoutingDecision
    show_change_link = True
    fields = ("cause", "decided_at", "parcels", "exact")


class ReturnInline(OfOrderInline):
    model = Return
    related = ("order", "location")
    show_change_link = True
    fields = ("number", "status", "location", "reason", "refund_amount", "received_at")


class ContactInline(OfOrderInline):
    model = OrderContact
    fields = ("name", "name_kana", "email", "phone", "postal_code", "prefecture", "city", "line1", "line2")


@admin.register(Order)
class OrderAdmin(Exported, AtLocations, ReadOnlyAdmin):
    """Every channel's orders, tills' sales among them."""

    resource_classes = (
        columns(
            number="number",
            external_number="external_number",
            invoice_issuer="invoice_issuer",
            status="status",
            channel="channel__code",
            location="location__code",
            customer="customer__public_id",
            currency="currency",
            lines_amount="lines_amount",
            shipping_amount="shipping_amount",
            discount_amount="discount_amount",
            points_amount="points_amount",
            tax_added="tax_added",
            total="total",
            tax_amount="tax_amount",
            points_spent="points_spent",
            points_earned="points_earned",
            placed_at="placed_at",
            business_date="business_date",
            paid_at="paid_at",
            completed_at="completed_at",
            cancelled_at="cancelled_at",
        ),
    )
    paginator = InfinitePaginator
    currency = "currency"
    list_display = (
        "number",
        "status",
        "placed_at",
        "channel",
        "location",
        "customer",
        "total",
        "points_spent",
        "points_earned",
    )
    list_select_related = ("channel", "location", "customer")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("channel", RelatedDropdownFilter),
        ("location", LocationFilter),
        ("business_date", RangeDateFilter),
    )
    ordering = ("-placed_at", "-pk")
    finders = (by_order("pk"),)
    search_help_text = _(
        "Order or receipt number, phone, e-mail, name, member number, last four digits of a card, SKU or JAN"
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("number", "status", "channel"),
                    ("external_number", "location", "customer"),
                    ("placed_at", "business_date", "actor"),
                    "invoice_issuer",
                )
            },
        ),
        (
            _("Amounts"),
            {
                "fields": (
                    ("lines_amount", "shipping_amount", "discount_amount"),
                    ("points_amount", "tax_added", "total"),
                    ("tax_amount", "points_spent", "points_earned"),
                )
            },
        ),
        (_("What happened"), {"fields": ("moments",)}),
        (
            _("Dates"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("paid_at", "completed_at", "expires_at"),
                    ("cancelled_at", "cancel_reason", "recorded_at"),
                    ("identity", "cart", "currency"),
                ),
            },
        ),
    )
    readonly_fields = ("moments",)
    inlines = (
        LineInline,
        PromotionInline,
        TaxInline,
        PaymentInline,
        FulfilmentInline,
        RoutingInline,
        ReturnInline,
        DocumentInline,
        ContactInline,
        DeliveryInline,
    )
    summary = ("status", "customer", "total", "points_spent", "points_earned")
    actions_detail = ("take_back", "issue_document", "serve_from_hold", "cancel_lines", "cancel")

    def at_locations(self, locations: frozenset[int]) -> Q:
        return handled_at(locations)

    @admin.display(description=_("what happened"))
    def moments(self, order: Order) -> SafeString:
        """Everything, oldest first, by whom and through what."""
        rows = [(display.moment(each.at), *_told(each, order.currency)) for each in list_moments(order)]
        return display.table((_("when"), _("what"), _("amount"), _("note"), _("by whom")), rows)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "customer__person__id__exact" or bool(super().lookup_allowed(lookup, value, request))

    def acts_within(self, row: Order, locations: frozenset[int]) -> bool:
        return Order.objects.filter(handled_at(locations), pk=row.pk).exists()

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        """
        Goods of any order come back at any shop, and any order is served from a shop's hold: where,
        the form asks, within the user's reach.
        """
        anywhere = permission in ("orders.take_back", "inventory.hold")
        return super().allows(request, permission, None if anywhere else obj)

    @form_action(
        form=ReturnForm,
        permission="orders.take_back",
        description=_("Take goods back"),
        icon="assignment_return",
        when=lambda order: order.status in (Order.Status.PLACED, Order.Status.COMPLETED),
        help=_("Money, points spent and points earned follow the goods."),
    )
    def take_back(self, asked: Asked) -> str:
        return take_back(asked)

    @form_action(
        form=HoldChoiceForm,
        permission="inventory.hold",
        description=_("Serve from a hold"),
        icon="bookmark_added",
        when=waits_for_stock,
        help=_("Units that staff hold become this order's; nobody can buy them in between."),
    )
    def serve_from_hold(self, asked: Asked) -> str:
        done = orders.serve_from_hold(
            number=asked.row.number,
            reservation_id=asked.values["hold"],
            claim=asked.claim("serve-from-hold"),
            actor=asked.actor,
            now=asked.now,
        )
        told = {"position": done.position, "units": display.count(done.quantity)}
        return str(_("Line %(position)s: %(units)s are held for it.") % told)

    @form_action(
        form=IssueForm,
        permission="orders.issue_document",
        description=_("Issue an invoice or a receipt"),
        icon="request_quote",
        submit=_("Issue"),
        when=lambda order: order.invoice_issuer == Order.InvoiceIssuer.SELLER,
        help=_("Each company that sold some of the order issues its own. What stands is not issued again."),
    )
    def issue_document(self, asked: Asked) -> str:
        return issue(asked)

    @form_action(
        form=CancelLinesForm,
        permission="orders.cancel",
        description=_("Cancel units"),
        icon="remove_shopping_cart",
        submit=_("Cancel units"),
        when=lambda order: order.status == Order.Status.PLACED,
        danger=True,
        help=_(
            "Of lines that have not been handed over; money and points go back by the price they were sold for."
        ),
    )
    def cancel_lines(self, asked: Asked) -> str:
        form, values = asked.form, asked.values
        assert isinstance(form, CancelLinesForm)
        done = orders.cancel_lines(
            number=asked.row.number,
            portions=form.portions(),
            reason=": ".join(part for part in (values["reason"], values["note"]) if part),
            customer=None,
            claim=asked.claim("cancel-lines"),
            actor=asked.actor,
            now=asked.now,
        )
        told = {"amount": display.amount(done.forgone_amount, done.currency)}
        return "、".join([_("no longer to pay: %(amount)s") % told, *_given_back(done)])

    @form_action(
        form=CancelForm,
        permission="orders.cancel",
        description=_("Cancel the order"),
        icon="cancel",
        submit=_("Cancel the order"),
        when=lambda order: order.status == Order.Status.PLACED,
        danger=True,
        help=_("Stock is free again; points and money go back to where they came from."),
    )
    def cancel(self, asked: Asked) -> str:
        values = asked.values
        done = orders.cancel_order(
            number=asked.row.number,
            reason=": ".join(part for part in (values["reason"], values["note"]) if part),
            customer=None,
            claim=asked.claim("cancel-order"),
            actor=asked.actor,
            now=asked.now,
        )
        return "、".join([asked.changes(["status"]), *_given_back(done)])


def _told(moment: Moment, currency: str) -> tuple[str, str, str, str]:
    who = " / ".join(part for part in (moment.by, moment.via) if part)
    amount = "" if moment.amount is None else display.amount(moment.amount, currency)
    return moment.text, amount, display.reason(moment.note) if moment.note else "", who


def _given_back(done: orders.CancelledOrder | orders.CancelledLines | ReceivedReturn) -> list[str]:
    return [
        _("refund: %(amount)s") % {"amount": display.amount(done.refund_amount, done.currency)},
        _("points given back: %(points)s") % {"points": display.count(done.points_restored)},
        _("points taken back: %(points)s") % {"points": display.count(done.points_clawed_back)},
    ]


def take_back(asked: Asked) -> str:
    """Receive a return as the form says, and tell what went back."""
    form = asked.form
    assert isinstance(form, ReturnForm)
    assert form.order is not None
    done = receive_return(
        number=form.order.number,
        location_id=asked.values["location"].pk,
        items=form.items(),
        reason=form.told_reason(),
        claim=asked.claim("receive-return"),
        actor=asked.actor,
        now=asked.now,
    )
    return "、".join([_("Return %(number)s was booked.") % {"number": done.number}, *_given_back(done)])
