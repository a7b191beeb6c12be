"""What the screens of promotions ask for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from customers import selectors as customers
from omni.core.admin import ActionForm
from omni.core.text import pick
from organisation.admin.places import ManyChoices
from organisation.models import SalesChannel
from promotions.models import Effect, Weekday
from promotions.services import MOST_COUPONS

# What each effect needs; what it does not use is left empty.
NEEDS = {
    Effect.PERCENTAGE: ("percent",),
    Effect.AMOUNT: ("amount",),
    Effect.FIXED_PRICE: ("amount",),
    Effect.BUY_GET: ("buy_quantity", "get_quantity", "percent"),
    Effect.SET_PRICE: ("buy_quantity", "amount"),
    Effect.FREE_SHIPPING: (),
}
OF_EFFECTS = ("percent", "amount", "buy_quantity", "get_quantity")


def channels() -> list[tuple[str, str]]:
    found = SalesChannel.objects.order_by("code").values_list("code", "name")
    return [(code, f"{pick(name)} ({code})") for code, name in found]


class PromotionForm(forms.ModelForm):
    channels = ManyChoices(
        label=_("sales channels"),
        choices=channels,
        required=False,
        help_text=_("None ticked: every channel."),
    )
    weekdays = ManyChoices(
        label=_("weekdays"),
        choices=Weekday.choices,
        coerce=int,
        required=False,
        help_text=_("None ticked: every day."),
    )

    def clean_month_days(self) -> list[int]:
        days: list[int] = self.cleaned_data["month_days"] or []
        if any(not 1 <= day <= 31 for day in days):
            raise ValidationError(_("A month's days are 1 to 31."), code="range")
        return sorted(set(days))

    def clean_most_uses(self) -> int | None:
        most: int | None = self.cleaned_data["most_uses"]
        used = self.instance.redemptions.filter(given_back_at=None).count() if self.instance.pk else 0
        if most is not None and most < used:
            raise ValidationError(
                _("It has been used %(uses)s times."), code="below-uses", params={"uses": used}
            )
        return most

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self._require_effect(values)
        begins, ends = values.get("starts_at"), values.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", ValidationError(_("It must end after it begins."), code="order"))
        return values

    def _require_effect(self, values: dict[str, Any]) -> None:
        """What the effect needs is there, above zero, and nothing else is."""
        effect = values.get("effect")
        if effect not in NEEDS:
            return
        for name in OF_EFFECTS:
            value, needed = values.get(name), name in NEEDS[effect]
            if needed and value is None and name not in self.errors:
                self.add_error(name, ValidationError(_("This effect needs it."), code="required"))
            elif not needed and value is not None:
                self.add_error(name, ValidationError(_("This effect does not use it."), code="unused"))
        self._require_ranges(values)

    def _require_ranges(self, values: dict[str, Any]) -> None:
        percent, amount, units = (values.get(name) for name in ("percent", "amount", "buy_quantity"))
        least = 2 if values.get("effect") == Effect.SET_PRICE else 1
        if percent is not None and not 0 < percent <= 1:
            self.add_error("percent", ValidationError(_("Write a share above 0, up to 1."), code="range"))
        if amount is not None and (amount < 0 or (amount == 0 and values["effect"] == Effect.AMOUNT)):
            self.add_error("amount", ValidationError(_("It must be above zero."), code="range"))
        if units is not None and units < least:
            text = _("It takes at least %(least)s.")
            self.add_error("buy_quantity", ValidationError(text, code="range", params={"least": least}))


class CodeForm(ActionForm):
    """One code, that many share, or that is a member's own."""

    code = forms.CharField(
        label=_("coupon code"),
        max_length=32,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Letters and digits; case and spaces don't matter."),
    )
    most_uses = forms.IntegerField(
        label=_("most uses in all"),
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Empty: without limit."),
    )
    member = forms.CharField(
        label=_("only for"),
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Member number, phone or e-mail"),
    )

    def clean_member(self) -> Any:
        if not self.cleaned_data["member"]:
            return None
        member = customers.find_member(code=self.cleaned_data["member"])
        if member is None:
            raise ValidationError(_("There is no such member."), code="unknown")
        return member


class BatchForm(ActionForm):
    """Many codes for a single use each."""

    quantity = forms.IntegerField(
        label=_("quantity"), min_value=1, max_value=MOST_COUPONS, widget=UnfoldAdminIntegerFieldWidget
    )
    begins_with = forms.RegexField(
        r"^[A-Za-z0-9]*\Z",
        label=_("prefix"),
        max_length=8,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Up to 8 letters and digits that each code begins with."),
    )
