"""A location's hours, as rows below it, and what a pause asks for."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from omni.core.admin import ActionForm, TabularInline
from organisation import opening
from organisation import selectors as organisation
from organisation.models import Location, OpeningException, OpeningHours

MIDNIGHT = 24 * 60


class SpansFormSet(BaseInlineFormSet):
    """Rows of spans: both ends or none, none beside another, and none within another of its day."""

    day = ""

    def clean(self) -> None:
        super().clean()
        rows: dict[Any, list[tuple[time | None, time | None]]] = defaultdict(list)
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            if values and not values.get("DELETE") and values.get(self.day):
                rows[values[self.day]].append((values.get("opens_at"), values.get("closes_at")))
        for spans in rows.values():
            _require_apart(spans)


def _require_apart(spans: Sequence[tuple[time | None, time | None]]) -> None:
    if any((opens is None) != (closes is None) for opens, closes in spans):
        raise ValidationError(_("Give both times, or neither where it is closed."), code="one-end")
    if len(spans) > 1 and any(opens is None for opens, _closes in spans):
        raise ValidationError(_("A day can't be closed and open."), code="closed-and-open")
    ends = sorted(_minutes(opens, closes) for opens, closes in spans if opens and closes)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ends)):
        raise ValidationError(_("Two spans of a day overlap."), code="overlap")


def _minutes(opens: time, closes: time) -> tuple[int, int]:
    begin, end = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
    return begin, end if end > begin else end + MIDNIGHT


class HoursFormSet(SpansFormSet):
    day = "day"


class ExceptionsFormSet(SpansFormSet):
    day = "date"


class HoursInline(TabularInline):
    """One row a span. What closes at or before it opens closes on the next day."""

    model = OpeningHours
    formset = HoursFormSet
    fields = ("day", "opens_at", "closes_at")
    ordering = ("pk",)
    verbose_name_plural = _("Opening hours (a row a span; public holidays without a row are as the weekday)")


class ExceptionInline(TabularInline):
    model = OpeningException
    formset = ExceptionsFormSet
    fields = ("date", "opens_at", "closes_at", "reason")
    ordering = ("date", "opens_at")
    verbose_name_plural = _("Exceptions (without times: closed on that date)")


UNTIL_OPENING = "opening"
SPANS = [
    ("30", _("30 minutes")),
    ("60", _("1 hour")),
    ("120", _("2 hours")),
    ("240", _("4 hours")),
    (UNTIL_OPENING, _("until it opens next")),
]


class PauseForm(ActionForm):
    """How long and why are one tap each; the note is free."""

    span = forms.ChoiceField(
        label=_("how long"), choices=SPANS, initial="60", widget=UnfoldAdminRadioSelectWidget
    )
    reason = forms.ChoiceField(
        label=_("reason"),
        choices=Location.PauseReason.choices,
        initial=Location.PauseReason.BUSY,
        widget=UnfoldAdminRadioSelectWidget,
    )
    note = forms.CharField(label=_("note"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget)

    def until(self, now: datetime) -> datetime:
        """The end of the pause; of a shop whose hours nobody knows, midnight is when it opens next."""
        span = self.cleaned_data["span"]
        if span != UNTIL_OPENING:
            return now + timedelta(minutes=int(span))
        schedule = organisation.get_schedule(self.target, since=now.date())
        return opening.next_opening(schedule, now) or _next_midnight(self.target, now)


def _next_midnight(location: Location, now: datetime) -> datetime:
    zone = ZoneInfo(location.time_zone)
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time.min, zone)


class ResumeForm(ActionForm):
    """Asks for nothing but the click."""


def paused_text(location: Location, at: datetime) -> str:
    """`until 15:30 (too busy)`; empty where it is not paused."""
    if location.paused_until is None or location.paused_until <= at:
        return ""
    until = location.paused_until.astimezone(ZoneInfo(location.time_zone))
    return gettext("paused until %(until)s（%(reason)s）") % {
        "until": f"{until:%m/%d %H:%M}",
        "reason": location.get_pause_reason_display(),
    }
