"""What is asked of lots and serial numbers: written one a line, as they are read off the goods."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from inventory.admin.forms import (
    SEPARATORS,
    AdjustForm,
    known_codes,
    note_field,
    quantity_field,
    unreadable,
    written_lines,
)
from inventory.models import Dated, Tracks
from inventory.services import LotUnits
from omni.core.admin import ActionForm
from omni.core.admin.search import plain
from omni.core.limits import MOST_UNITS


def lots_field(**options: Any) -> forms.CharField:
    return forms.CharField(
        label=_("lots or serial numbers"),
        required=False,
        max_length=50_000,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
        help_text=_(
            "One a line: number, quantity, last good day (2026-12-31), day of production."
            " Without a quantity it is 1."
        ),
        **options,
    )


def read_lots(text: str) -> list[LotUnits]:
    """Lots of pasted text; what can't be read is named, line by line."""
    return [_read(line) for line in written_lines(text)]


def _read(line: str) -> LotUnits:
    number, *rest = SEPARATORS.split(plain(line))
    quantity = int(rest.pop(0)) if rest and rest[0].isdigit() else 1
    try:
        days = [date.fromisoformat(one) for one in rest]
    except ValueError:
        raise unreadable(line) from None
    if len(days) > 2 or not 0 < quantity < MOST_UNITS:
        raise unreadable(line)
    expires_on, produced_on = [*days, None, None][:2]
    return LotUnits(number, quantity, expires_on, produced_on)


def read_lots_of_articles(text: str) -> dict[int, list[LotUnits]]:
    """The same with the article's code before each lot, by variant."""
    split = [SEPARATORS.split(plain(line), maxsplit=1) for line in written_lines(text)]
    if short := [line for line in split if len(line) < 2]:
        raise unreadable(short[0][0])
    known = known_codes(dict.fromkeys(code for code, _rest in split))
    named: dict[int, list[LotUnits]] = {}
    for code, rest in split:
        named.setdefault(known[code].variant_id, []).append(_read(rest))
    return named


class AsksLots(ActionForm):
    """A form on a level that asks for lots where it is tracked, and says nothing of them elsewhere."""

    lots = lots_field()

    def prepare(self) -> None:
        if not self.target.tracked:
            del self.fields["lots"]

    def clean_lots(self) -> list[LotUnits]:
        return read_lots(self.cleaned_data["lots"])


class ReceiveForm(AsksLots):
    quantity = quantity_field(_("quantity"))
    note = note_field()


class AdjustLotsForm(AsksLots, AdjustForm):
    """The same as of any level, and of which lots."""


class CountLotsForm(AsksLots):
    note = note_field()


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
