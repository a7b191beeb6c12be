"""What is to be known of locations to choose among them: read as sets, whatever their number."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from inventory.nearest import Point
from omni.core import sql
from organisation import opening
from organisation.models import Location
from organisation.selectors import get_schedules

EARTH_RADIUS = 6_371_008.8
# A day's work is counted no further than this: so busy is busy enough.
MOST_COUNTED = 1000

# What waits is counted over the entries of `fulfilment_to_do` of each location, up to the limit.
FACTS = f"""
SELECT location.id, coalesce(source.priority, 0), location.latitude, location.longitude, location.parcels_a_day, location.dispatch_until,
       location.time_zone, location.country, location.pickup_lead_minutes, location.paused_until,
       CASE WHEN location.parcels_a_day IS NULL THEN 0 ELSE (
           SELECT count(*) FROM (
               SELECT FROM orders_fulfilment AS part
               WHERE part.location_id = location.id AND part.status IN ('RESERVED', 'PREPARED')
               LIMIT {MOST_COUNTED}
           ) AS waiting
       ) END
FROM organisation_location AS location
LEFT JOIN inventory_channelsource AS source
       ON source.channel_id = %(channel)s::bigint AND source.location_id = location.id
WHERE location.id = ANY((SELECT %(locations)s::bigint[])::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    Of a location: its priority for the channel, where it is, how much of its day's work waits (per cent), and
    when its goods leave (minutes).
    """

    priority: int
    latitude: float | None
    longitude: float | None
    workload: int
    wait: int


def read_facts(
    location_ids: Collection[int], *, channel_id: int, waits: bool, now: datetime
) -> dict[int, Facts]:
    """One statement; two more for the hours, where it matters when the goods leave (`waits`)."""
    rows = sql.fetch_all(FACTS, {"locations": sql.integers(sorted(location_ids)), "channel": channel_id})
    minutes = _waits(rows, now) if waits else {}
    return {
        pk: Facts(priority, north, east, load * 100 // most if most else 0, minutes.get(pk, 0))
        for pk, priority, north, east, most, *_, load in rows
    }


def _waits(rows: Sequence[sql.Row], now: datetime) -> dict[int, int]:
    """Minutes until what is ordered now leaves; of those that say nothing of it, as long as the longest."""
    locations = [
        Location(pk=pk, time_zone=zone, country=country, pickup_lead_minutes=lead, paused_until=paused)
        for pk, *_, zone, country, lead, paused, _load in rows
    ]
    schedules = get_schedules(locations, since=now.date())
    until: Mapping[int, time | None] = {row[0]: row[5] for row in rows}
    known = {}
    for location_id, schedule in schedules.items():
        leaves = opening.next_dispatch(schedule, until[location_id], now)
        if leaves is not None:
            known[location_id] = int((leaves - now).total_seconds() // 60)
    longest = max(known.values(), default=0)
    return {location_id: known.get(location_id, longest) for location_id in schedules}


def distances(facts: Mapping[int, Facts], point: Point | None) -> dict[int, int]:
    """
    Metres from each to a point; what stands nowhere known counts as far as the farthest. Without a point
    the distance is no reason for anything.
    """
    if point is None:
        return dict.fromkeys(facts, 0)
    known = {
        location_id: metres_between(point, one.latitude, one.longitude)
        for location_id, one in facts.items()
        if one.latitude is not None and one.longitude is not None
    }
    farthest = max(known.values(), default=0)
    return {location_id: known.get(location_id, farthest) for location_id in facts}


def metres_between(point: Point, latitude: float, longitude: float) -> int:
    """By haversine (R. W. Sinnott, 1984), as `inventory.nearest` measures."""
    here, there = math.radians(point.latitude), math.radians(latitude)
    half = math.sin((there - here) / 2) ** 2
    half += math.cos(here) * math.cos(there) * math.sin(math.radians(longitude - point.longitude) / 2) ** 2
    return round(2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half))))
