"""When a parcel leaves and when it can be there: pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from orders.shipping import Method
from organisation.opening import holiday_name

# A method on which nothing leaves for longer than this promises nothing.
HORIZON_DAYS = 120
DAY = timedelta(days=1)


def leaves(method: Method, day: date) -> bool:
    """Whether anything leaves by this method on that day."""
    return not (
        day.weekday() in method.closed_weekdays
        or day in method.closed_dates
        or (method.closed_on_holidays and holiday_name("JP", day))
    )


def dispatch_date(method: Method, at: datetime, time_zone: str) -> date | None:
    """
    When what is ordered at that instant leaves; None where nothing does within the horizon.

    What comes after the cut-off counts as of the next day; handling takes days on which something leaves.
    """
    local = at.astimezone(ZoneInfo(time_zone))
    day = local.date() if local.time() < method.cut_off else local.date() + DAY
    left = method.handling_days
    for _ in range(HORIZON_DAYS):
        if leaves(method, day):
            if not left:
                return day
            left -= 1
        day += DAY
    return None


def delivery_dates(method: Method, prefecture: str | None, at: datetime, time_zone: str) -> tuple[date, ...]:
    """The days on which it can be delivered there, the first one first; none where none can be chosen."""
    first = arrival_date(method, prefecture, at, time_zone)
    if first is None:
        return ()
    return tuple(first + number * DAY for number in range(method.days_offered))


def arrival_date(method: Method, prefecture: str | None, at: datetime, time_zone: str) -> date | None:
    """
    The first day on which it can be there; None where it is not known how long it is on the way,
    which a method without zones doesn't say.
    """
    zone = method.zones.get(prefecture or "")
    leaving = dispatch_date(method, at, time_zone)
    if zone is None or leaving is None:
        return None
    return leaving + zone.lead_days * DAY


def common_dates(each: Sequence[tuple[date, ...]]) -> tuple[date, ...]:
    """The days that suit all parcels of an address."""
    if not each:
        return ()
    common = set(each[0]).intersection(*each[1:])
    return tuple(sorted(common))
