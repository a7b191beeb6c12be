"""What is asked of lots and serial numbers: written one a line, as they are read off the goods."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.models import Variant
from inventory.admin.forms import (
    SEPARATORS,
    AdjustForm,
    LinesForm,
    TransferForm,
    known_codes,
    note_field,
    quantity_field,
    unreadable,
    written_lines,
)
from inventory.models import Dated, LotTracking, Tracks
from inventory.services import LotUnits
from omni.core.admin import ActionForm
from omni.core.limits import MOST_UNITS
from omni.core.text import plain
from organisation.admin.scope import location_field, locations_for


class LotsField(forms.CharField):
    """Lots of one article, one a line; what can't be read is named. A quantity that isn't written is 0."""

    text = _(
        "One a line: number, quantity, last good day (2026-12-31), day of production."
        " A lot without a quantity is all of it, several are one unit each."
    )

    def __init__(self, **options: Any) -> None:
        options = {"label": _("lots or serial numbers"), "required": False, **options}
        widget = UnfoldAdminTextareaWidget({"rows": 3})
        super().__init__(max_length=50_000, widget=widget, help_text=self.text, **options)

    def clean(self, value: Any) -> Any:
        return self.read(super().clean(value))

    def read(self, text: str) -> Any:
        return [_read(line) for line in written_lines(text)]


class ArticleLotsField(LotsField):
    """Lots of several articles, by variant: the article's code stands before each."""

    text = _(
        "One a line: JAN or SKU, number, quantity, last good day (2026-12-31), day of production."
        " A lot without a quantity is all of it, several are one unit each."
    )

    def read(self, text: str) -> dict[int, list[LotUnits]]:
        split = [SEPARATORS.split(plain(line), maxsplit=1) for line in written_lines(text)]
        if short := [line for line in split if len(line) < 2]:
            raise unreadable(short[0][0])
        known = known_codes(dict.fromkeys(code for code, _rest in split))
        named: dict[int, list[LotUnits]] = {}
        for code, rest in split:
            named.setdefault(known[code].variant_id, []).append(_read(rest))
        return named


def _read(line: str) -> LotUnits:
    number, *rest = SEPARATORS.split(plain(line))
    quantity = 0
    if rest and rest[0].isdigit():
        quantity = int(rest.pop(0))
        if not 0 < quantity < MOST_UNITS:
            raise unreadable(line)
    try:
        days = [date.fromisoformat(one) for one in rest]
    except ValueError:
        raise unreadable(line) from None
    if len(days) > 2:
        raise unreadable(line)
    expires_on, produced_on = [*days, None, None][:2]
    return LotUnits(number, quantity, expires_on, produced_on)


def with_units(lots: Sequence[LotUnits], units: int) -> tuple[LotUnits, ...]:
    """Lots with their quantities, of `units` in all: where none is written, one lot is all of it."""
    each = units if units and len(lots) == 1 else 1
    return tuple(replace(lot, quantity=lot.quantity or each) for lot in lots)


def with_units_of(
    named: Mapping[int, Sequence[LotUnits]], units: Mapping[int, int]
) -> dict[int, tuple[LotUnits, ...]]:
    """The same of several articles."""
    return {pk: with_units(lots, units.get(pk, 0)) for pk, lots in named.items()}


def tracked_of(variant_ids: Iterable[int]) -> set[int]:
    """Those of the variants that are told apart."""
    tracking = LotTracking.objects.filter(variant__in=list(variant_ids))
    return set(tracking.values_list("variant_id", flat=True))


def lots_of_line(variant: Variant) -> LotsField:
    """Asked beneath the quantity of a line."""
    return LotsField(label=_("%(article)s, lots or serial numbers") % {"article": variant})


class AsksLots(ActionForm):
    """A form on a level that asks for lots where it is tracked, and says nothing of them elsewhere."""

    lots = LotsField()

    def prepare(self) -> None:
        super().prepare()
        if not self.target.tracked:
            del self.fields["lots"]

    def named(self, units: int) -> tuple[LotUnits, ...]:
        return with_units(self.cleaned_data.get("lots", ()), units)


class ReceiveForm(AsksLots):
    quantity = quantity_field(_("quantity"))
    note = note_field()

    field_order = ("quantity", "lots", "note")


class AdjustLotsForm(AsksLots, AdjustForm):
    """The same as of any level, and of which lots."""


class TransferLotsForm(AsksLots, TransferForm):
    """The same as of any level, and of which lots."""


class CountLotsForm(AsksLots):
    lots = LotsField(required=True)
    note = note_field()


class DeliveryForm(LinesForm):
    """A delivery of many articles."""

    location = location_field(_("location"))
    number = forms.CharField(
        label=_("delivery number"),
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A delivery is booked once at a location under its number."),
    )
    lots = ArticleLotsField(label=_("lots or serial numbers, of articles that have them"))

    field_order = ("location", "number", "lines", "lots", "note")

    def prepare(self) -> None:
        choice = self.fields["location"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = locations_for(self.request, "inventory.receive")

    def named(self) -> dict[int, tuple[LotUnits, ...]]:
        units: dict[int, int] = {}
        for variant_id, quantity in self.cleaned_data["lines"]:
            units[variant_id] = units.get(variant_id, 0) + quantity
        return with_units_of(self.cleaned_data["lots"], units)


class BlockForm(ActionForm):
    reason = forms.CharField(label=_("reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class ArticleForm(ActionForm):
    """One article, by any code."""

    sku = forms.CharField(label=_("JAN or SKU"), max_length=64, widget=UnfoldAdminTextInputWidget)

    def clean_sku(self) -> int:
        code = plain(self.cleaned_data["sku"]).strip()
        return known_codes([code])[code].variant_id


class TrackForm(ArticleForm):
    tracks = forms.ChoiceField(
        label=_("tracks"), choices=Tracks.choices, initial=Tracks.LOT, widget=UnfoldAdminRadioSelectWidget
    )
    dated = forms.ChoiceField(
        label=_("date of a lot"),
        choices=Dated.choices,
        initial=Dated.NONE,
        widget=UnfoldAdminRadioSelectWidget,
    )


class StopTrackingForm(ActionForm):
    """Asks for nothing but the click."""
