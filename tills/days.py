"""The rule of a drawer's days, in one place: to which business day belongs what a till did."""

from datetime import date, timedelta


def next_day(today: date, closed_until: date | None) -> date:
    """
    The first business day that a till may open: today, or the day after the last that it closed.

    What comes late for a closed day belongs to the open one, and where none is open, to this.
    """
    if closed_until is None or closed_until < today:
        return today
    return closed_until + timedelta(days=1)


def may_open(day: date, closed_until: date | None) -> bool:
    """A closed day stays closed, and so does every one before it."""
    return closed_until is None or day > closed_until
