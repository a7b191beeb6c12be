"""Time: views, tasks and commands read the clock here and pass `now` down."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> datetime:
    return timezone.now()


def business_date(at: datetime, time_zone: str) -> date:
    """The calendar day of `at` where the shop stands."""
    return at.astimezone(ZoneInfo(time_zone)).date()
