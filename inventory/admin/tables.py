"""What the screens of value share: a month to choose, and tables as files that Excel opens."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget


class MonthField(forms.CharField):
    """`2026-11`, as the month's first day."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return date.fromisoformat(f"{text.strip()}-01")
        except ValueError as error:
            raise ValidationError(_("Write a month as 2026-11."), code="no-month") from error


def month_field(**options: Any) -> MonthField:
    return MonthField(
        label=_("month"),
        max_length=7,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("As 2026-11."),
        **options,
    )


def month_before(day: date) -> date:
    return day.replace(year=day.year - (day.month == 1), month=(day.month - 2) % 12 + 1, day=1)


def as_csv(name: str, heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A file in UTF-8 with a mark at its head, by which Excel knows; no cell is taken for a formula."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([str(head) for head in heads])
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _plain(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "@", "\t") else text
