from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextInputWidget

from omni.core.admin import (
    ActionForm,
    Asked,
    MasterAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    display,
    form_action,
)
from omni.core.admin.search import containing, exact
from omni.core.admin.sheets import Exported, columns
from orders import services
from orders.admin.finding import orders as by_order
from orders.admin.scope import OfOrder
from orders.admin.transfers import PayeeForm
from orders.models import Payment, PaymentAccount, ProviderEvent, Refund, TenderType
from orders.models.payments import PAYABLE_YET, STUCK, STUCK_ASIDE


@admin.register(TenderType)
class TenderTypeAdmin(MasterAdmin):
    list_display = ("code", "name", "kind", "gives_change", "refund_route", "reconciliation", "active")
    list_filter = (("kind", ChoicesDropdownFilter), "active")
    ordering = ("code",)
    finders = (containing("code", "name"),)
    search_help_text = _("Code or name")
    fields = (
        "code",
        "name",
        "kind",
        "gives_change",
        "refund_route",
        "reconciliation",
        "capture",
        "pay_within",
        "active",
    )

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """What payments have been made by keeps its meaning."""
        return ("code", "kind") if obj else ()


@admin.register(PaymentAccount)
class PaymentAccountAdmin(MasterAdmin):
    list_display = ("code", "provider", "company", "channel", "active")
    list_select_related = ("company", "channel")
    ordering = ("code",)
    finders = (containing("code", "company__code", "channel__code"),)
    search_help_text = _("Code, company or sales channel")
    fields = ("code", "provider", "company", "channel", "public_key", "active")

    def fixed_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Secrets are found, and messages arrive, by the code."""
        return ("code", "provider") if obj else ()


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    list_display = ("received_at", "account", "type", "reference", "outcome")
    list_select_related = ("account",)
    list_filter = (("outcome", ChoicesDropdownFilter), ("account", RelatedDropdownFilter), "received_at")
    ordering = ("-received_at", "-pk")
    finders = (exact("event_id", "reference"),)
    search_help_text = _("The acquirer's id of the message, or of what it is about")


class Outcome(admin.SimpleListFilter):
    """What was asked about often, and has no outcome yet."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("stuck", _("asked in vain"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(STUCK) if self.value() == "stuck" else queryset


class PaymentOutcome(Outcome):
    """Besides, what its buyer still may pay; that is not stuck."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            *super().lookups(request, model_admin),
            ("awaited", _("the buyer is to pay")),
            ("aside", _("set aside, neither taken nor let go")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        awaited = queryset.filter(PAYABLE_YET, status__in=("PENDING", "UNKNOWN"))
        if self.value() == "awaited":
            return awaited
        if self.value() == "aside":
            return queryset.filter(STUCK_ASIDE)
        found = super().queryset(request, queryset)
        return found.exclude(PAYABLE_YET) if self.value() == "stuck" else found


class RefundInline(ReadOnlyInline):
    model = Refund
    currency = "payment.order.currency"
    fields = ("amount", "status", "source", "created_at", "settled_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("payment__order")


class ReceivedForm(ActionForm):
    amount = forms.DecimalField(label=_("amount"), min_value=0, widget=UnfoldAdminTextInputWidget)
    reference = forms.CharField(
        label=_("line of the statement"), max_length=128, widget=UnfoldAdminTextInputWidget
    )


class EventInline(ReadOnlyInline):
    model = ProviderEvent
    fields = ("type", "outcome", "happened_at", "received_at")


@admin.register(Payment)
class PaymentAdmin(Exported, OfOrder, ReadOnlyAdmin):
    resource_classes = (
        columns(
            order="order__number",
            tender_type="tender_type__code",
            status="status",
            currency="order__currency",
            amount="amount",
            captured_amount="captured_amount",
            refunded_amount="refunded_amount",
            created_at="created_at",
        ),
    )
    paginator = InfinitePaginator
    currency = "order.currency"
    list_display = (
        "order",
        "tender_type",
        "status",
        "amount",
        "captured_amount",
        "refunded_amount",
        "created_at",
    )
    list_select_related = ("order", "tender_type")
    list_filter = (
        PaymentOutcome,
        ("status", ChoicesDropdownFilter),
        ("tender_type", RelatedDropdownFilter),
        "created_at",
    )
    ordering = ("-created_at", "-pk")
    hidden = ("claim_id",)
    finders = (by_order("order"), exact("provider_reference"))
    search_help_text = _("Order number, provider's reference, member number or phone")
    inlines = (RefundInline, EventInline)
    actions_detail = ("receive",)

    @form_action(
        form=ReceivedForm,
        permission="orders.change_payment",
        description=_("The money has come"),
        icon="account_balance",
        when=lambda payment: (
            payment.tender_type.kind == TenderType.Kind.BANK_TRANSFER
            and payment.status != Payment.Status.CAPTURED
        ),
        help=_("As the bank statement has it. What comes for an order that has ended is owed back."),
    )
    def receive(self, asked: Asked) -> str:
        services.record_received(
            payment_id=asked.row.pk,
            amount=asked.values["amount"],
            reference=asked.values["reference"],
            actor=asked.actor,
            now=asked.now,
        )
        return asked.changes(["status"])

    def title_of(self, row: Payment) -> str:
        return f"{row.order} / {display.amount(row.amount, row.order.currency)}"


@admin.register(Refund)
class RefundAdmin(Exported, OfOrder, ReadOnlyAdmin):
    resource_classes = (
        columns(
            order="payment__order__number",
            tender_type="payment__tender_type__code",
            status="status",
            currency="payment__order__currency",
            amount="amount",
            source="source",
            created_at="created_at",
            settled_at="settled_at",
        ),
    )
    order_path = "payment__order"
    actions_detail = ("payee",)
    currency = "payment.order.currency"
    list_display = ("order", "payment_way", "amount", "status", "source", "created_at", "settled_at")
    list_select_related = ("payment__order", "payment__tender_type")
    list_filter = (Outcome, ("status", ChoicesDropdownFilter), "created_at")
    ordering = ("-created_at", "-pk")
    finders = (by_order("payment__order"), exact("provider_reference"))
    search_help_text = _("Order number, provider's reference, member number or phone")

    def title_of(self, row: Refund) -> str:
        return f"{row.payment.order} / {display.amount(row.amount, row.payment.order.currency)}"

    @admin.display(description=_("order"))
    def order(self, refund: Refund) -> str:
        return refund.payment.order.number

    @admin.display(description=_("tender type"))
    def payment_way(self, refund: Refund) -> str:
        return str(refund.payment.tender_type)

    @form_action(
        form=PayeeForm,
        permission="orders.cancel",
        description=_("Enter the payee's account"),
        icon="account_balance",
        when=lambda refund: refund.status == Refund.Status.TO_TRANSFER,
        help=_("Where the refund is to be transferred. It is forgotten once the bank has confirmed it."),
    )
    def payee(self, asked: Asked) -> str:
        form = asked.form
        assert isinstance(form, PayeeForm)
        services.record_payee(
            refund_id=asked.row.pk, account=form.account(), actor=asked.actor, now=asked.now
        )
        return str(_("The account is entered."))
