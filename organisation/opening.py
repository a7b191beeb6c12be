"""
When a location is open, and when what is ordered there can be picked up: pure functions.

Spans are of wall-clock time where the location stands, and belong to the day on which they begin.
Each end becomes an instant before anything is measured, so that a night in which the clocks change
has as many minutes as it really has. A time that the clocks skip is read by the clock as it was
before; a time that comes twice is its first.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import jpholiday

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
HOLIDAY = "HOLIDAY"
# How far ahead an opening is looked for: a shop that is closed for longer promises nothing.
HORIZON_DAYS = 60
DAY = timedelta(days=1)


class Hours(NamedTuple):
    """From `opens` to `closes`; on the next day where `closes` is not later."""

    opens: time
    closes: time


class Span(NamedTuple):
    """From one instant to another, the latter no longer of it."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A date's own hours, none where it is closed; `reason` by language."""

    hours: tuple[Hours, ...] = ()
    reason: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """
    A location's hours: by weekday or `HOLIDAY`, and by date. Without any nothing is known of them.

    `lead` is the opening time that passes until an order can be picked up.
    """

    time_zone: str
    country: str
    lead: timedelta
    by_day: Mapping[str, tuple[Hours, ...]]
    by_date: Mapping[date, Exceptional]
    paused_until: datetime | None = None

    @property
    def known(self) -> bool:
        return bool(self.by_day)


@dataclass(frozen=True, slots=True)
class DayHours:
    """A date's spans; the holiday's name where it is one, and why it differs where it does."""

    date: date
    spans: tuple[Span, ...]
    holiday: str = ""
    exceptional: bool = False
    reason: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def holiday_name(country: str, day: date) -> str:
    """What public holiday a date is, in the country's language; of Japan alone. Elsewhere: exceptions."""
    return (jpholiday.is_holiday_name(day) or "") if country == "JP" else ""


def opening_hours(schedule: Schedule, start: date, days: int) -> list[DayHours]:
    """The hours of each of so many days, in the location's own time."""
    zone = ZoneInfo(schedule.time_zone)
    return [
        DayHours(
            day.date,
            tuple(Span(span.opens.astimezone(zone), span.closes.astimezone(zone)) for span in day.spans),
            day.holiday,
            day.exceptional,
            day.reason,
        )
        for day in (_day(schedule, start + timedelta(days=number)) for number in range(days))
    ]


def is_open(schedule: Schedule, at: datetime) -> bool | None:
    """Whether it is open at that instant (the end of a span is not); None where no hours are known."""
    if not schedule.known:
        return None
    first = next(_open_spans(schedule, at), None)
    return first is not None and first.opens <= at


def next_opening(schedule: Schedule, at: datetime) -> datetime | None:
    """When it opens next, later than `at`; None where it does not within the horizon."""
    opens = next((span.opens for span in _open_spans(schedule, at) if span.opens > at), None)
    return opens.astimezone(ZoneInfo(schedule.time_zone)) if opens else None


def ready_at(schedule: Schedule, at: datetime) -> datetime | None:
    """
    When something ordered at that instant can be picked up; always a time at which it is open.

    The lead time passes only while it is open; what is ready as it closes is handed over when it
    opens next. While it is paused nothing can be ordered, so that there is no answer, and none
    where no hours are known or it does not open within the horizon.
    """
    if not schedule.known or (schedule.paused_until is not None and schedule.paused_until > at):
        return None
    left = schedule.lead
    for span in _open_spans(schedule, at):
        begins = max(span.opens, at.astimezone(UTC))
        if left < span.closes - begins:
            return (begins + left).astimezone(ZoneInfo(schedule.time_zone))
        left -= span.closes - begins
    return None


def with_lead(schedule: Schedule, lead: timedelta) -> Schedule:
    """The same hours for what takes so long; what was ordered before a pause is worked on in it too."""
    return replace(schedule, lead=lead, paused_until=None)


def next_dispatch(schedule: Schedule, until: time | None, at: datetime) -> datetime | None:
    """
    When what is ordered at that instant leaves: the first day's end of work, on which it is open, not before `at`.

    `until` is that end by the location's clock, without it the day's closing. Where no hours are known
    every day counts; None where neither says anything, or it does not open within the horizon.
    """
    if until is None and not schedule.known:
        return None
    zone = ZoneInfo(schedule.time_zone)
    today = at.astimezone(zone).date()
    for number in range(HORIZON_DAYS + 1):
        day = _day(schedule, today + timedelta(days=number))
        closed = not day.spans and (schedule.known or day.exceptional)
        if closed:
            continue
        ends = datetime.combine(day.date, until, zone) if until else max(span.closes for span in day.spans)
        if ends >= at:
            return ends.astimezone(zone)
    return None


def _open_spans(schedule: Schedule, at: datetime) -> Iterator[Span]:
    """
    When it is open from `at` on, in UTC, in order and apart; the first may have begun before.

    Spans that meet or overlap are one: open day and night is a single span, up to the horizon.
    """
    if not schedule.by_day and not schedule.by_date:
        return iter(())
    today = at.astimezone(ZoneInfo(schedule.time_zone)).date()
    # Yesterday's last span may reach into today.
    days = (_day(schedule, today + timedelta(days=number)) for number in range(-1, HORIZON_DAYS + 1))
    return (span for span in _merged(span for day in days for span in day.spans) if span.closes > at)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Join what meets or overlaps; the spans come by their beginnings."""
    current: Span | None = None
    for span in spans:
        if current is None or span.opens > current.closes:
            if current is not None:
                yield current
            current = span
        else:
            current = Span(current.opens, max(current.closes, span.closes))
    if current is not None:
        yield current


def _day(schedule: Schedule, day: date) -> DayHours:
    """A date's own hours, else the holidays' where it is one and they have a row, else the weekday's."""
    holiday = holiday_name(schedule.country, day)
    zone = ZoneInfo(schedule.time_zone)
    if (exceptional := schedule.by_date.get(day)) is not None:
        return DayHours(day, _spans(day, exceptional.hours, zone), holiday, True, exceptional.reason)
    name = HOLIDAY if holiday and HOLIDAY in schedule.by_day else WEEKDAYS[day.weekday()]
    return DayHours(day, _spans(day, schedule.by_day.get(name, ()), zone), holiday)


@lru_cache(maxsize=4096)
def _spans(day: date, hours: tuple[Hours, ...], zone: ZoneInfo) -> tuple[Span, ...]:
    """
    In UTC: Python compares and subtracts two times of one zone by their wall clock, whatever
    happens to the clock between them. A span that the clocks skip as a whole is none. Kept, as
    shops share their hours, and the days ahead are asked for again and again.
    """
    spans = (
        Span(
            datetime.combine(day, opens, zone).astimezone(UTC),
            datetime.combine(day if closes > opens else day + DAY, closes, zone).astimezone(UTC),
        )
        for opens, closes in hours
    )
    return tuple(sorted(span for span in spans if span.opens < span.closes))
