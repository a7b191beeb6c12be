"""Reads of the organisation."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hmac import compare_digest
from time import monotonic
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from omni.core import clock, sql
from omni.core.errors import NotFound
from organisation import opening, roles
from organisation.models import (
    ApiKey,
    Location,
    SalesChannel,
    StaffAssignment,
    User,
)
from organisation.opening import DayHours, Exceptional, Hours, Schedule

PREFIX_LENGTH = 8


def digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def find_api_key(key: str) -> ApiKey | None:
    """The live key that `key` is, with its location and channel; None where there is none."""
    found = (
        ApiKey.objects.select_related("location__company", "channel")
        .filter(
            Q(expires_at=None) | Q(expires_at__gt=clock.now()), prefix=key[:PREFIX_LENGTH], revoked_at=None
        )
        .first()
    )
    return found if found is not None and compare_digest(bytes(found.digest), digest(key)) else None


CHANNEL_KEPT_SECONDS = 1.0
_channels: dict[str, tuple[float, SalesChannel | None]] = {}


def get_channel(code: str = "") -> SalesChannel:
    """
    The open channel of that code (the storefront's by default) with its company, at most a second old.

    Raises:
        NotFound: there is none, or it is closed.
    """
    code = code or settings.STOREFRONT_CHANNEL
    read_at, channel = _channels.get(code, (float("-inf"), None))
    if channel is None or monotonic() - read_at > CHANNEL_KEPT_SECONDS:
        channel = SalesChannel.objects.select_related("company").filter(code=code, active=True).first()
        if channel is None:
            raise NotFound(channel=code)
        _channels[code] = (monotonic(), channel)
    return channel


def may(user: User | AnonymousUser, function: str, location: Location | int | None = None) -> bool:
    """
    Whether the user's roles let them do `function` (a permission, `inventory.adjust`) there.

    Without a location: whether anywhere at all.
    """
    reached = roles.reach(user, function)
    if reached is None or location is None:
        return reached != frozenset()
    return (location.pk if isinstance(location, Location) else location) in reached


def locations_of(
    user: User | AnonymousUser, function: str = "organisation.view_location"
) -> QuerySet[Location]:
    """The locations where the user may do `function`; without one, those that they see at all."""
    reached = roles.reach(user, function)
    return Location.objects.all() if reached is None else Location.objects.filter(pk__in=reached)


def staff_who_may(function: str, location: Location | int | None = None) -> QuerySet[User]:
    """Those whose roles let them do `function` there (everywhere, without a location)."""
    granting = [role for role in roles.GRANTS if roles.grants(role, function)]
    place = location.pk if isinstance(location, Location) else location
    held = Q(location=None) if place is None else Q(location=None) | Q(location=place)
    assigned = StaffAssignment.objects.filter(held, role__in=granting).values("user")
    staff = User.objects.filter(is_active=True, is_staff=True).order_by("name", "email")
    return staff.filter(Q(is_superuser=True) | Q(pk__in=assigned))


@dataclass(frozen=True, slots=True)
class Timetable:
    """
    A location's hours as they stand at a moment, in its own time.

    `open_now` is None where no hours are known; `pickup_ready_at` where nothing can be picked up,
    or its hours don't say.
    """

    open_now: bool | None
    next_opening_at: datetime | None
    pickup_ready_at: datetime | None
    paused_until: datetime | None
    days: tuple[DayHours, ...]


SHOWN_DAYS = 7
# An exception further off than an opening is looked for concerns nobody yet.
EXCEPTIONS_AHEAD = timedelta(days=opening.HORIZON_DAYS + 2)


def get_timetables(locations: Collection[Location], at: datetime) -> dict[int, Timetable]:
    """The timetables of locations, by their key: two statements, however many they are."""
    schedules = get_schedules(locations, since=at.date())
    return {location.pk: _timetable(location, schedules[location.pk], at) for location in locations}


def _timetable(location: Location, schedule: Schedule, at: datetime) -> Timetable:
    zone = ZoneInfo(location.time_zone)
    collects = Location.Capability.PICKUP in location.capabilities
    paused = schedule.paused_until is not None and schedule.paused_until > at
    return Timetable(
        open_now=opening.is_open(schedule, at),
        next_opening_at=opening.next_opening(schedule, at),
        pickup_ready_at=opening.ready_at(schedule, at) if collects else None,
        paused_until=schedule.paused_until.astimezone(zone) if paused and schedule.paused_until else None,
        days=tuple(opening.opening_hours(schedule, at.astimezone(zone).date(), SHOWN_DAYS))
        if schedule.known
        else (),
    )


# The hours of every shop that a list shows are read with it: the ORM would take most of the list's time.
WEEKLY_HOURS = """
SELECT location_id, day, opens_at, closes_at
FROM organisation_openinghours
WHERE location_id = ANY((SELECT %(locations)s::bigint[])::bigint[])
ORDER BY id
"""

EXCEPTIONAL_HOURS = """
SELECT location_id, date, reason, opens_at, closes_at
FROM organisation_openingexception
WHERE location_id = ANY((SELECT %(locations)s::bigint[])::bigint[])
  AND date BETWEEN %(first)s::date AND %(last)s::date
ORDER BY id
"""


def get_schedules(locations: Collection[Location], *, since: date) -> dict[int, Schedule]:
    """The hours of locations as from a date, by their key: two statements, however many they are."""
    ids = sql.integers(location.pk for location in locations)
    by_day: dict[int, dict[str, tuple[Hours, ...]]] = defaultdict(dict)
    for location_id, day, *ends in sql.fetch_all(WEEKLY_HOURS, {"locations": ids}):
        by_day[location_id][day] = by_day[location_id].get(day, ()) + _hours(*ends)
    by_date: dict[int, dict[date, Exceptional]] = defaultdict(dict)
    # Two days earlier: a date elsewhere is another, and yesterday's last span may not have ended.
    dates = {"first": since - timedelta(days=2), "last": since + EXCEPTIONS_AHEAD}
    for location_id, day, reason, *ends in sql.fetch_all(EXCEPTIONAL_HOURS, {"locations": ids, **dates}):
        before = by_date[location_id].get(day, Exceptional())
        by_date[location_id][day] = Exceptional(
            before.hours + _hours(*ends), before.reason or json.loads(reason)
        )
    return {
        location.pk: Schedule(
            time_zone=location.time_zone,
            country=location.country,
            lead=timedelta(minutes=location.pickup_lead_minutes),
            by_day=by_day[location.pk],
            by_date=by_date[location.pk],
            paused_until=location.paused_until,
        )
        for location in locations
    }


def _hours(opens_at: time | None, closes_at: time | None) -> tuple[Hours, ...]:
    """A row's span; none where it says that it is closed."""
    if opens_at is None or closes_at is None:
        return ()
    return (Hours(opens_at, closes_at),)


def is_open(location: Location, at: datetime) -> bool | None:
    """Whether it is open then; None where its hours are not known."""
    return opening.is_open(get_schedule(location, since=at.date()), at)


def ready_at(location: Location, at: datetime) -> datetime | None:
    """When something ordered then can be picked up there, in its own time; see `opening.ready_at`."""
    return opening.ready_at(get_schedule(location, since=at.date()), at)


def opening_hours(location: Location, start: date, days: int) -> list[DayHours]:
    """Its hours on each of so many days from `start` (up to 60), in its own time."""
    return opening.opening_hours(get_schedule(location, since=start), start, days)


def get_schedule(location: Location, *, since: date) -> Schedule:
    return get_schedules([location], since=since)[location.pk]
