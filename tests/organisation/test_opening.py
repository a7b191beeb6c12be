"""Hours: when a location is open and an order ready, by its own clock."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import jpholiday
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organisation import opening
from organisation.opening import Exceptional, Hours, Schedule

TOKYO = ZoneInfo("Asia/Tokyo")
TEN_TO_EIGHT = (Hours(time(10), time(20)),)
EVERY_DAY = dict.fromkeys(opening.WEEKDAYS, TEN_TO_EIGHT)
HOUR = timedelta(hours=1)


def schedule(
    by_day: Mapping[str, tuple[Hours, ...]] = EVERY_DAY,
    by_date: Mapping[date, Exceptional] | None = None,
    *,
    zone: str = "Asia/Tokyo",
    country: str = "JP",
    lead: timedelta = HOUR,
    paused_until: datetime | None = None,
) -> Schedule:
    return Schedule(zone, country, lead, by_day, by_date or {}, paused_until)


def tokyo(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """Of November 2026: the 20th is a Friday, Monday the 23rd is 勤労感謝の日."""
    return datetime(2026, month, day, hour, minute, tzinfo=TOKYO)


def test_it_is_open_from_its_opening_until_just_before_its_closing() -> None:
    asked = [tokyo(20, 9, 59), tokyo(20, 10), tokyo(20, 19, 59), tokyo(20, 20)]

    assert [opening.is_open(schedule(), at) for at in asked] == [False, True, True, False]
    assert opening.next_opening(schedule(), tokyo(20, 9)) == tokyo(20, 10)
    assert opening.next_opening(schedule(), tokyo(20, 10)) == tokyo(21, 10)


def test_several_spans_a_day_and_one_past_midnight() -> None:
    bar = schedule({"FRI": (Hours(time(18), time(2)), Hours(time(11), time(14)))})

    [friday] = opening.opening_hours(bar, date(2026, 11, 20), 1)

    assert friday.spans == ((tokyo(20, 11), tokyo(20, 14)), (tokyo(20, 18), tokyo(21, 2)))
    assert [opening.is_open(bar, tokyo(21, hour)) for hour in (0, 1, 2, 18)] == [True, True, False, False]


def test_a_holiday_follows_its_own_row_else_the_weekdays() -> None:
    monday = date(2026, 11, 23)
    short = {**EVERY_DAY, "HOLIDAY": (Hours(time(11), time(17)),)}

    plain, own, closed = (
        opening.opening_hours(schedule(days), monday, 1)[0]
        for days in (EVERY_DAY, short, {**EVERY_DAY, "HOLIDAY": ()})
    )

    assert (plain.holiday, plain.spans) == ("勤労感謝の日", ((tokyo(23, 10), tokyo(23, 20)),))
    assert own.spans == ((tokyo(23, 11), tokyo(23, 17)),)
    assert closed.spans == ()
    assert opening.opening_hours(schedule(short, country="US"), monday, 1)[0].spans == plain.spans


def test_a_date_of_its_own_goes_before_holiday_and_weekday() -> None:
    why = {"ja": "棚卸のため", "en": "Stocktaking"}
    dates = {
        date(2026, 11, 20): Exceptional((), why),
        date(2026, 11, 23): Exceptional((Hours(time(12), time(13)), Hours(time(14), time(15)))),
    }
    special = schedule({**EVERY_DAY, "HOLIDAY": ()}, dates)

    friday, *_, monday = opening.opening_hours(special, date(2026, 11, 20), 4)

    assert (friday.spans, friday.exceptional, friday.reason) == ((), True, why)
    assert monday.spans == ((tokyo(23, 12), tokyo(23, 13)), (tokyo(23, 14), tokyo(23, 15)))
    assert opening.next_opening(special, tokyo(20, 8)) == tokyo(21, 10)


@pytest.mark.parametrize(
    ("at", "minutes", "ready"),
    [
        (tokyo(20, 12), 90, tokyo(20, 13, 30)),
        (tokyo(20, 8), 90, tokyo(20, 11, 30)),
        (tokyo(20, 19, 30), 90, tokyo(21, 11)),
        (tokyo(20, 19), 60, tokyo(21, 10)),
        (tokyo(20, 22), 0, tokyo(21, 10)),
        (tokyo(20, 12), 0, tokyo(20, 12)),
        (tokyo(20, 12), 25 * 60, tokyo(22, 17)),
    ],
    ids=["open", "before", "over-night", "as-it-closes", "at-once-closed", "at-once", "days"],
)
def test_an_order_is_ready_when_its_opening_time_has_passed(
    at: datetime, minutes: int, ready: datetime
) -> None:
    assert opening.ready_at(schedule(lead=timedelta(minutes=minutes)), at) == ready


def test_nothing_is_promised_without_hours_while_paused_or_for_ever_closed() -> None:
    noon = tokyo(20, 12)
    never = {noon.date() + timedelta(days=number): Exceptional() for number in range(-1, 70)}

    assert opening.is_open(schedule({}), noon) is None
    assert opening.ready_at(schedule({}), noon) is None
    assert opening.ready_at(schedule(paused_until=tokyo(20, 12, 1)), noon) is None
    assert opening.ready_at(schedule(paused_until=noon), noon) == tokyo(20, 13)
    assert opening.ready_at(schedule(by_date=never), noon) is None


def test_open_day_and_night_is_never_closed() -> None:
    always = schedule(dict.fromkeys(opening.WEEKDAYS, (Hours(time(0), time(0)),)), lead=30 * HOUR)

    assert opening.is_open(always, tokyo(20, 0)) is True
    assert opening.ready_at(always, tokyo(20, 12)) == tokyo(21, 18)


def test_a_night_in_which_the_clocks_change_is_as_long_as_it_is() -> None:
    """Berlin's clocks skip 02:00 to 03:00 on 29 March 2026, and repeat it on 25 October."""
    berlin = ZoneInfo("Europe/Berlin")
    night = dict.fromkeys(opening.WEEKDAYS, (Hours(time(22), time(6)),))
    bakery = schedule(night, zone="Europe/Berlin", country="DE", lead=6 * HOUR)

    spring = opening.ready_at(bakery, datetime(2026, 3, 28, 22, tzinfo=berlin))
    autumn = opening.ready_at(bakery, datetime(2026, 10, 24, 22, tzinfo=berlin))

    assert str(spring) == "2026-03-29 05:00:00+02:00"
    assert str(autumn) == "2026-10-25 03:00:00+01:00"


def test_a_span_that_the_clocks_skip_is_none() -> None:
    by_day = {"SUN": (Hours(time(2, 10), time(2, 50)), Hours(time(2, 30), time(3)))}
    skipped = schedule(by_day, zone="Europe/Berlin", country="DE")

    [day] = opening.opening_hours(skipped, date(2026, 3, 29), 1)

    berlin = ZoneInfo("Europe/Berlin")
    assert day.spans == (
        (datetime(2026, 3, 29, 3, 10, tzinfo=berlin), datetime(2026, 3, 29, 3, 50, tzinfo=berlin)),
    )


ZONES = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "UTC"]
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
spans = st.lists(st.builds(Hours, times, times), max_size=3).map(tuple)
schedules = st.builds(
    schedule,
    st.dictionaries(st.sampled_from([*opening.WEEKDAYS, "HOLIDAY"]), spans, min_size=1),
    st.dictionaries(
        st.dates(date(2026, 3, 1), date(2026, 11, 30)), st.builds(Exceptional, spans), max_size=5
    ),
    zone=st.sampled_from(ZONES),
    country=st.sampled_from(["JP", "US"]),
    lead=st.integers(0, 3000).map(lambda minutes: timedelta(minutes=minutes)),
)
START = datetime(2026, 3, 1, tzinfo=UTC)
moments = st.integers(0, 270 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@settings(max_examples=300, deadline=None)
@given(schedules, moments)
def test_what_is_ready_has_waited_its_lead_of_opening_time(made: Schedule, at: datetime) -> None:
    ready = opening.ready_at(made, at)
    if ready is None:
        return

    assert ready >= at
    assert opening.is_open(made, ready)
    waited = timedelta(0)
    for span in opening._open_spans(made, at):
        waited += max(timedelta(0), min(span.closes, ready.astimezone(UTC)) - max(span.opens, at))
    assert waited == made.lead


@settings(max_examples=300, deadline=None)
@given(schedules, moments)
def test_spans_are_in_order_apart_and_agree_with_is_open(made: Schedule, at: datetime) -> None:
    found = list(opening._open_spans(made, at))

    assert all(span.opens < span.closes for span in found)
    assert all(one.closes < other.opens for one, other in pairwise(found))
    assert opening.is_open(made, at) == any(span.opens <= at < span.closes for span in found)
    following = opening.next_opening(made, at)
    if following is not None:
        assert following > at
        assert opening.is_open(made, following)
        assert not opening.is_open(made, following - timedelta(microseconds=1))


@settings(max_examples=500, deadline=None)
@given(schedules, moments)
def test_it_is_open_when_its_clock_shows_a_time_within_a_span(made: Schedule, at: datetime) -> None:
    """By the wall clock alone, which holds wherever the clocks don't change that day or the next."""
    local = at.astimezone(ZoneInfo(made.time_zone))
    near = {(local + timedelta(days=days)).utcoffset() for days in (-2, -1, 0, 1, 2)}
    if len(near) > 1:
        return

    def hours_of(day: date) -> tuple[Hours, ...]:
        if day in made.by_date:
            return made.by_date[day].hours
        holiday = made.country == "JP" and jpholiday.is_holiday(day) and "HOLIDAY" in made.by_day
        return made.by_day.get("HOLIDAY" if holiday else opening.WEEKDAYS[day.weekday()], ())

    today = [(one.opens, one.closes) for one in hours_of(local.date())]
    before = [(one.opens, one.closes) for one in hours_of(local.date() - timedelta(days=1))]
    expected = any(
        opens <= local.time() and (local.time() < closes or closes <= opens) for opens, closes in today
    )
    expected |= any(closes <= opens and local.time() < closes for opens, closes in before)
    assert opening.is_open(made, at) == expected


@settings(max_examples=200, deadline=None)
@given(schedules, moments, st.integers(0, 2000))
def test_who_orders_later_collects_no_earlier(made: Schedule, at: datetime, minutes: int) -> None:
    first, second = opening.ready_at(made, at), opening.ready_at(made, at + timedelta(minutes=minutes))

    assert first is None or second is None or first <= second


@settings(max_examples=200, deadline=None)
@given(schedules, st.dates(date(2026, 3, 1), date(2026, 11, 30)))
def test_a_days_spans_begin_on_it_by_its_own_clock(made: Schedule, day: date) -> None:
    [shown] = opening.opening_hours(made, day, 1)

    assert all(str(span.opens.tzinfo) == made.time_zone for span in shown.spans)
    assert all(span.opens.date() == day for span in shown.spans)
