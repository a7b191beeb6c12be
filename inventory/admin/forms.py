"""What the actions on stock ask for."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
)

from catalog import selectors as catalog
from catalog.selectors import Coded
from inventory.models import AdjustmentReason, Bucket
from omni.core.admin import ActionForm
from omni.core.limits import MOST_UNITS
from omni.core.text import plain
from organisation.admin.scope import location_field, locations_for

SEPARATORS = re.compile(r"[\s,;、]+")
# As many as a file may have lines; each is a code, a quantity and maybe a cost.
MOST_LINES = 2000
MOST_TEXT = 100 * MOST_LINES


def quantity_field(label: Any, *, least: int = 1, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=MOST_UNITS, widget=UnfoldAdminIntegerFieldWidget, **options
    )


def note_field() -> forms.CharField:
    return forms.CharField(
        label=_("note"), required=False, max_length=500, widget=UnfoldAdminTextareaWidget({"rows": 2})
    )


class AdjustForm(ActionForm):
    """The reason is one tap; the note is free."""

    bucket = forms.ChoiceField(
        label=_("bucket"), choices=Bucket.choices, initial=Bucket.ON_HAND, widget=UnfoldAdminRadioSelectWidget
    )
    delta = forms.IntegerField(
        label=_("change"),
        min_value=-MOST_UNITS,
        max_value=MOST_UNITS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("How many more, or with a minus fewer, there are than the books say."),
    )
    reason = forms.ChoiceField(
        label=_("reason"), choices=AdjustmentReason.choices, widget=UnfoldAdminRadioSelectWidget
    )
    note = note_field()

    def clean_delta(self) -> int:
        delta: int = self.cleaned_data["delta"]
        if delta == 0:
            raise ValidationError(_("The change can't be zero."), code="not-zero")
        return delta


class TransferForm(ActionForm):
    destination = location_field(_("to"))
    quantity = quantity_field(_("quantity"))
    note = note_field()

    def prepare(self) -> None:
        choice = self.fields["destination"]
        assert isinstance(choice, forms.ModelChoiceField)
        # Stock lands there at once, so the right to move it must hold at both ends.
        choice.queryset = locations_for(self.request, "inventory.transfer").exclude(
            pk=self.target.location_id
        )


class SafetyForm(ActionForm):
    quantity = quantity_field(_("safety stock"), least=0)

    def prepare(self) -> None:
        self.fields["quantity"].initial = self.target.safety_stock


class LinesForm(ActionForm):
    """Many articles: scanned or pasted, one a line."""

    lines = forms.CharField(
        label=_("articles"),
        max_length=MOST_TEXT,
        widget=UnfoldAdminTextareaWidget({"rows": 8}),
        help_text=_("JAN or SKU and quantity, one article a line; without a quantity it is 1."),
    )
    note = note_field()

    def clean_lines(self) -> list[tuple[int, int]]:
        return read_articles(self.cleaned_data["lines"])

    def written_lines(self) -> list[str]:
        return written_lines(self.cleaned_data["lines"])

    def known(self, codes: Iterable[str]) -> dict[str, Coded]:
        return known_codes(codes)


def unreadable(line: str) -> ValidationError:
    return ValidationError(gettext("This line can't be read: %(line)s") % {"line": line.strip()[:80]})


def written_lines(text: str) -> list[str]:
    written = [line for line in text.splitlines() if line.strip()]
    if len(written) > MOST_LINES:
        raise ValidationError(_("No more than %(most)s lines at once."), params={"most": MOST_LINES})
    return written


def known_codes(codes: Iterable[str]) -> dict[str, Coded]:
    wanted = list(codes)
    known = catalog.resolve_codes(codes=wanted)
    if missing := [code for code in wanted if code not in known]:
        raise ValidationError(_("Nothing is known by: %(codes)s"), params={"codes": ", ".join(missing)})
    return known


def read_articles(text: str, *, least: int = 1) -> list[tuple[int, int]]:
    """(variant, quantity) lines of pasted text; what can't be read is named, line by line."""
    read = read_lines(text, least=least)
    known = known_codes(code for code, _quantity in read)
    return [(known[code].variant_id, known[code].quantity * quantity) for code, quantity in read]


def read_lines(text: str, *, least: int = 1) -> list[tuple[str, int]]:
    """(code, quantity) lines of pasted text, whether or not the codes are known."""
    return [_read(line, least) for line in written_lines(text)]


def _read(line: str, least: int) -> tuple[str, int]:
    code, *rest = SEPARATORS.split(plain(line))
    quantity = rest[0] if rest else "1"
    if len(rest) > 1 or not quantity.isdigit() or not least <= int(quantity) < MOST_UNITS:
        raise unreadable(line)
    return code, int(quantity)
