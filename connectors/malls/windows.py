"""
From when to when orders are asked for.

The cursor is the time up to which all was read. Each window reaches back over what was read before:
an order that becomes ready days after it was placed, and a clock that is not the mall's, lose none.
What was taken already is left out by its number. A window ends a while after now, for the same clocks,
unless the mall wants it to end before (`ahead` is negative then).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.malls.settings import MallSettings

SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for next; `cursor` stands after it."""

    start: datetime
    end: datetime
    cursor: str


def next_window(
    given: MallSettings,
    cursor: str,
    *,
    now: datetime,
    back: timedelta,
    longest: timedelta,
    ahead: timedelta = SKEW,
) -> Window | None:
    """
    The window after a cursor; None while it is too early to ask again, or before orders are ours.

    The first one begins where orders begin to be ours. After a long silence it goes on in windows of at
    most `longest`, so that nothing in between is left out.
    """
    read = datetime.fromisoformat(cursor) if cursor else given.since
    readable = now + min(ahead, timedelta(0))
    if cursor and readable - read < timedelta(seconds=max(given.poll_seconds, 1)):
        return None
    start = max(given.since, min(read, now) - back)
    end = min(start + longest, now + ahead)
    if start >= end:
        return None
    return Window(start, end, min(end, now).astimezone(UTC).isoformat())
