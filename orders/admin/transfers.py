"""Refunds by bank transfer: to whom, from which account, and in which file."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

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
from orders import services
from orders.admin.finding import orders as by_order
from orders.admin.scope import OfOrder
from orders.models import PayoutAccount, RefundPayee, RefundTransfer, TransferredRefund
from orders.zengin import Account


class PayeeForm(ActionForm):
    """The account as the buyer says it; names in kana of any width."""

    bank_code = forms.CharField(label=_("bank code"), max_length=4, widget=UnfoldAdminTextInputWidget)
    branch_code = forms.CharField(label=_("branch code"), max_length=3, widget=UnfoldAdminTextInputWidget)
    kind = forms.ChoiceField(
        label=_("kind of account"), choices=PayoutAccount.Kind.choices, widget=UnfoldAdminSelectWidget
    )
    number = forms.CharField(label=_("account number"), max_length=7, widget=UnfoldAdminTextInputWidget)
    holder = forms.CharField(
        label=_("account holder (kana)"), max_length=60, widget=UnfoldAdminTextInputWidget
    )

    def account(self) -> Account:
        names = ("bank_code", "branch_code", "kind", "number", "holder")
        return Account(**{name: self.cleaned_data[name] for name in names})


class ExportForm(ActionForm):
    company = forms.ModelChoiceField(
        label=_("payout account"), queryset=PayoutAccount.objects.none(), widget=UnfoldAdminSelectWidget
    )
    transfer_date = forms.DateField(label=_("day of transfer"), widget=UnfoldAdminSingleDateWidget)

    def prepare(self) -> None:
        field = self.fields["company"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = PayoutAccount.objects.select_related("company").order_by("company__code")


class ConfirmForm(ActionForm):
    returned = forms.CharField(
        label=_("sent back by the bank"),
        required=False,
        help_text=_("The ids of those refunds, one a line; their buyers are asked for another account."),
        widget=UnfoldAdminTextareaWidget,
    )

    def clean_returned(self) -> list[Any]:
        field = forms.UUIDField()
        return [field.clean(line) for line in self.cleaned_data["returned"].split()]


@admin.register(PayoutAccount)
class PayoutAccountAdmin(MasterAdmin):
    list_display = ("company", "bank_code", "branch_code", "number", "holder")
    list_select_related = ("company",)
    ordering = ("company__code",)
    finders = (containing("company__code", "holder"),)
    search_help_text = _("Company or account holder")


@admin.register(RefundPayee)
class RefundPayeeAdmin(OfOrder, ReadOnlyAdmin):
    order_path = "refund__payment__order"
    list_display = ("order", "bank_code", "branch_code", "number", "holder", "entered_at", "actor")
    list_select_related = ("refund__payment__order",)
    ordering = ("-entered_at",)
    finders = (by_order("refund__payment__order"),)
    search_help_text = _("Order number, member number or phone")

    @admin.display(description=_("order"))
    def order(self, payee: RefundPayee) -> str:
        return payee.refund.payment.order.number

    def title_of(self, row: RefundPayee) -> str:
        return self.order(row)


class LineInline(ReadOnlyInline):
    model = TransferredRefund
    fields = ("refund", "returned_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("refund")


@admin.register(TransferredRefund)
class TransferredRefundAdmin(OfOrder, ReadOnlyAdmin):
    order_path = "refund__payment__order"
    list_display = ("transfer", "refund", "returned_at")
    list_select_related = ("transfer__company", "refund")
    ordering = ("-pk",)
    finders = (by_order("refund__payment__order"),)
    search_help_text = _("Order number, member number or phone")


@admin.register(RefundTransfer)
class RefundTransferAdmin(ReadOnlyAdmin):
    list_display = ("company", "transfer_date", "status", "count", "amount", "created_at", "confirmed_at")
    list_select_related = ("company",)
    list_filter = (("status", ChoicesDropdownFilter), "transfer_date")
    ordering = ("-pk",)
    finders = (exact("digest"),)
    search_help_text = _("SHA-256 of the file")
    inlines = (LineInline,)
    actions_list = ("export",)
    actions_detail = ("confirm", "again")

    @form_action(
        form=ExportForm,
        permission="orders.change_payoutaccount",
        description=_("Export refunds"),
        icon="account_balance",
        primary=True,
        help=_("Every refund whose payee is known goes into one file, once. Fetch it from its own page."),
    )
    def export(self, asked: Asked) -> str:
        done = services.export_refunds(
            company=asked.values["company"].company.code,
            on=asked.values["transfer_date"],
            actor=asked.actor,
            now=asked.now,
        )
        told = {
            "count": display.count(done.count),
            "amount": display.amount(done.amount, "JPY"),
            "lacking": display.count(done.lacking),
        }
        return str(_("%(count)s refunds, %(amount)s; %(lacking)s lack their payee's account.") % told)

    @form_action(
        form=ActionForm,
        permission="orders.change_payoutaccount",
        description=_("Fetch the file"),
        icon="download",
        when=lambda transfer: transfer.status == RefundTransfer.Status.EXPORTED,
    )
    def again(self, asked: Asked) -> HttpResponse:
        content = services.rewrite_file(transfer_id=asked.row.pk)
        name = f"refunds-{asked.row.pk}.txt"
        return HttpResponse(
            content,
            content_type="text/plain; charset=shift_jis",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )

    @form_action(
        form=ConfirmForm,
        permission="orders.change_payoutaccount",
        description=_("Confirm the transfer"),
        icon="task_alt",
        when=lambda transfer: transfer.status == RefundTransfer.Status.EXPORTED,
        help=_("The bank has carried it out. Payees' accounts are forgotten."),
    )
    def confirm(self, asked: Asked) -> str:
        services.confirm_transfer(transfer_id=asked.row.pk, returned=asked.values["returned"], now=asked.now)
        return asked.changes(["status"])
