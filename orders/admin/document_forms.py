"""What the actions on documents ask for."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from omni.core.admin import ActionForm
from orders.documents.rendering import FORMATS, PDF
from orders.models import DocumentKind
from organisation.models import Company

VOID_REASONS = (
    ("wrong-addressee", _("wrong addressee")),
    ("wrong-kind", _("another document is wanted")),
    ("paper-spoilt", _("the paper was spoilt")),
    ("issued-by-mistake", _("issued by mistake")),
)


class IssueForm(ActionForm):
    """Which document of an order, for whom; the rest is a receipt's."""

    kind = forms.ChoiceField(
        label=_("document"),
        choices=DocumentKind.choices,
        initial=DocumentKind.INVOICE,
        widget=UnfoldAdminRadioSelectWidget,
    )
    company = forms.ModelChoiceField(
        Company.objects.none(),
        label=_("selling company"),
        required=False,
        empty_label=_("All that sold something"),
        widget=UnfoldAdminSelectWidget,
    )
    addressee = forms.CharField(
        label=_("addressee"), required=False, max_length=100, widget=UnfoldAdminTextInputWidget
    )
    proviso = forms.CharField(
        label=_("what was paid for"),
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A receipt's."),
    )
    amount = forms.DecimalField(
        label=_("amount"),
        required=False,
        max_digits=19,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("A receipt's: a part of what was paid. Empty: all that has no receipt yet."),
    )

    def prepare(self) -> None:
        sellers = Company.objects.filter(pk__in=self.target.taxes.values("company")).order_by("code")
        if len(sellers) < 2:
            del self.fields["company"]
            return
        choice = self.fields["company"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = sellers

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        receipt = values.get("kind") == DocumentKind.RECEIPT
        for name in ("proviso", "amount"):
            if values.get(name) and not receipt:
                raise ValidationError({name: _("Only a receipt has this.")})
        return values

    def company_code(self) -> str | None:
        company = self.cleaned_data.get("company")
        return company.code if company else None


class PrintForm(ActionForm):
    format = forms.ChoiceField(
        label=_("format"),
        choices=[(name, name.upper()) for name in FORMATS],
        initial=PDF,
        widget=UnfoldAdminRadioSelectWidget,
    )
    language = forms.ChoiceField(
        label=_("language"), choices=settings.LANGUAGES, widget=UnfoldAdminRadioSelectWidget
    )
    paper = forms.BooleanField(
        label=_("on paper"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget
    )

    def prepare(self) -> None:
        self.fields["language"].initial = (get_language() or settings.LANGUAGE_CODE).split("-")[0]


class VoidForm(ActionForm):
    reason = forms.ChoiceField(label=_("reason"), choices=VOID_REASONS, widget=UnfoldAdminRadioSelectWidget)
    note = forms.CharField(label=_("note"), required=False, max_length=150, widget=UnfoldAdminTextInputWidget)
