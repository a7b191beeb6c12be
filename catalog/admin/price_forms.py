"""What setting and ending a price asks staff for, and how the form becomes a price."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldBooleanSwitchWidget,
)

from catalog.models import Price
from catalog.services import NewPrice, Scope
from omni.core.admin import ActionForm, Asked
from organisation.models import Location, SalesChannel


def channel_field(**options: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        SalesChannel.objects.filter(active=True).order_by("code"),
        label=_("sales channel"),
        widget=UnfoldAdminSelectWidget,
        **{"empty_label": _("Choose"), **options},
    )


def amount_field() -> forms.DecimalField:
    return forms.DecimalField(
        label=_("price"), min_value=0, max_digits=19, decimal_places=4, widget=UnfoldAdminDecimalFieldWidget
    )


def tax_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("tax-inclusive"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget
    )


def moment_field(label: Any, help_text: Any) -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(
        label=label, required=False, widget=UnfoldAdminSplitDateTimeWidget, help_text=help_text
    )


class PriceForm(ActionForm):
    channel = channel_field()
    price = amount_field()
    tax_inclusive = tax_field()
    valid_from = moment_field(_("valid from"), _("Empty: from now on."))
    valid_until = moment_field(_("valid until"), _("With an end, the price before comes back after it."))


class EndForm(ActionForm):
    channel = channel_field()


class ListForm(ActionForm):
    channel = channel_field()
    valid_from = moment_field(_("valid from"), _("Empty: from now on."))
    valid_until = moment_field(_("valid until"), _("Empty: until further notice."))


class DecideForm(ActionForm):
    """A price of any scope and kind: of the group without channel and shop."""

    kind = forms.ChoiceField(
        label=_("kind"),
        choices=Price.Kind.choices,
        widget=UnfoldAdminSelectWidget,
        help_text=_("A sale lies over the regular price, which comes back after it."),
    )
    channel = channel_field(required=False, empty_label=_("All of the currency"))
    location = forms.ModelChoiceField(
        Location.objects.filter(active=True, kind=Location.Kind.STORE).order_by("code"),
        label=_("location"),
        required=False,
        empty_label=_("None"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("A price at this shop's till alone."),
    )
    currency = forms.ChoiceField(label=_("currency"), widget=UnfoldAdminSelectWidget)
    price = amount_field()
    tax_inclusive = tax_field()
    valid_from = moment_field(_("valid from"), _("Empty: from now on."))
    valid_until = moment_field(_("valid until"), _("Empty: until further notice."))

    def prepare(self) -> None:
        codes = SalesChannel.objects.order_by("currency").values_list("currency", flat=True).distinct()
        currency: Any = self.fields["currency"]
        currency.choices = [(code, code) for code in codes]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        place = values.get("location") or values.get("channel")
        if values.get("location") and values.get("channel"):
            raise ValidationError({"location": _("Either a channel or a shop, not both.")})
        if place and values.get("currency") not in (None, place.currency):
            raise ValidationError({"currency": _("Prices there are in %(code)s.") % {"code": place.currency}})
        return values


class EndPriceForm(ActionForm):
    at = moment_field(_("valid until"), _("Empty: now. One that has not begun by then is called off."))


def price_of(asked: Asked) -> NewPrice:
    values = asked.values
    channel, location = values["channel"], values["location"]
    scope = Scope(
        values["currency"],
        channel_id=channel.pk if channel else None,
        location_id=location.pk if location else None,
    )
    return NewPrice(
        asked.row.pk,
        scope,
        values["price"],
        values["valid_from"] or asked.now,
        values["valid_until"],
        values["kind"],
        values["tax_inclusive"],
    )
