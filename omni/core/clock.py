"""
Time: views, tasks and commands read the clock here and pass `now` down.

It is the database's. A machine's own clock may be minutes off, and what is signed with such a time is
refused by whoever receives it; so it is compared whenever a connection to the database is opened, and
counted on from there once it differs.
"""

import time
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from django.utils import timezone

logger = structlog.get_logger(__name__)

# What a round trip and two clocks kept by NTP may differ.
TOLERATED = timedelta(seconds=1)
# It goes on while the machine sleeps, as the database's does elsewhere.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class _Anchor(NamedTuple):
    """The database's time at a reading of the steady clock, which nobody sets."""

    at: datetime
    steady: float


_anchor: _Anchor | None = None


def now() -> datetime:
    here = timezone.now()
    if _anchor is None:
        return here
    there = _anchor.at + timedelta(seconds=time.clock_gettime(_STEADY) - _anchor.steady)
    return here if abs(here - there) <= TOLERATED else there


def set_by(connection: Any, **_: object) -> None:
    """Set the clock by a connection to the database that was just opened."""
    global _anchor
    row = connection.connection.execute("SELECT clock_timestamp()").fetchone()
    _anchor = _Anchor(row[0], time.clock_gettime(_STEADY))
    if abs(off := timezone.now() - _anchor.at) > TOLERATED:
        logger.warning("clock.off", seconds=round(off.total_seconds(), 1))


def business_date(at: datetime, time_zone: str) -> date:
    """The calendar day of `at` where the shop stands."""
    return at.astimezone(ZoneInfo(time_zone)).date()
