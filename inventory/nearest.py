"""Places with their hours, and which of them near a point have something: the nearest first."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from customers.postal import find_place
from inventory import errors
from inventory.sourcing import BESIDES, FREE, SERVES
from inventory.sourcing_bundles import BUNDLE_UNITS_AT, IS_BUNDLE
from omni.core import sql
from omni.core.errors import InvalidField, NotFound
from organisation import selectors as organisation
from organisation.models import Location
from organisation.selectors import Timetable

UNITS_NEAR = f"""(
    CASE WHEN {IS_BUNDLE.format(variant="%(variant)s::bigint")}
         THEN {BUNDLE_UNITS_AT.format(bundle="%(variant)s::bigint", location="near.id")}
         ELSE coalesce({FREE}, 0) END)"""

# The box lets the index of coordinates (`location_point`) find the few candidates; haversine
# (R. W. Sinnott, 1984) then measures on a sphere of the Earth's mean radius, within 0.5 % of the
# true distance. They are asked for their units from the nearest on, until enough have it.
NEAREST = f"""
WITH besides AS MATERIALIZED ({BESIDES})
SELECT near.id, round(near.distance)::bigint, has.units
FROM (
    SELECT location.id, location.code,
           2 * 6371008.8 * asin(least(1, sqrt(
               sin(radians(location.latitude - %(latitude)s) / 2) ^ 2
               + cos(radians(%(latitude)s)) * cos(radians(location.latitude))
                 * sin(radians(location.longitude - %(longitude)s) / 2) ^ 2))) AS distance
    FROM organisation_location AS location
    JOIN organisation_saleschannel AS channel ON channel.id = %(channel)s::bigint
    WHERE {SERVES}
      AND location.latitude BETWEEN %(latitude)s::float8 - %(height)s::float8
                                AND %(latitude)s::float8 + %(height)s::float8
      AND location.longitude BETWEEN %(longitude)s::float8 - %(width)s::float8
                                 AND %(longitude)s::float8 + %(width)s::float8
      AND (%(capability)s::text IS NULL OR %(capability)s::text = ANY(location.capabilities))
    ORDER BY distance, location.code
) AS near
CROSS JOIN LATERAL (
    SELECT {UNITS_NEAR} AS units
    FROM (VALUES (0)) AS always
    LEFT JOIN inventory_stocklevel AS level
           ON level.location_id = near.id AND level.variant_id = %(variant)s::bigint
    LEFT JOIN besides ON besides.location_id = near.id
    OFFSET 0
) AS has
WHERE near.distance <= %(radius)s::float8
  AND (NOT %(in_stock)s::boolean OR has.units > 0)
ORDER BY near.distance, near.code
LIMIT %(limit)s::bigint
"""

# The locations whose codes begin with the shortest of the beginnings, by `location_by_postal_code`:
# from it up to the last letter that there may be after it.
PLACED = """
WITH near AS MATERIALIZED (
    SELECT upper(translate(postal_code, '- ', '')) COLLATE "C" AS code, latitude, longitude
    FROM organisation_location
    WHERE country = %(country)s::text AND active AND latitude IS NOT NULL AND longitude IS NOT NULL
      AND upper(translate(postal_code, '- ', '')) COLLATE "C"
          BETWEEN %(shortest)s::text AND %(shortest)s::text || chr(1114111)
)
SELECT avg(near.latitude), avg(near.longitude), length(beginning)
FROM unnest(%(beginnings)s::text[]) AS beginning JOIN near ON starts_with(near.code, beginning)
GROUP BY beginning ORDER BY length(beginning) DESC
LIMIT 1
"""

# The same of many codes at once: what begins as any of them does is read once.
ALL_PLACED = """
WITH near AS MATERIALIZED (
    SELECT upper(translate(postal_code, '- ', '')) COLLATE "C" AS code, latitude, longitude
    FROM organisation_location
    WHERE country = %(country)s::text AND active AND latitude IS NOT NULL AND longitude IS NOT NULL
), asked AS (
    SELECT * FROM unnest((SELECT %(codes)s::text[]), (SELECT %(beginnings)s::text[])) AS one (code, beginning)
)
SELECT DISTINCT ON (asked.code) asked.code, avg(near.latitude), avg(near.longitude), length(asked.beginning)
FROM asked JOIN near ON starts_with(near.code, asked.beginning)
GROUP BY asked.code, asked.beginning
ORDER BY asked.code, length(asked.beginning) DESC
"""

LEAST_DIGITS = 2

METRES_A_DEGREE = 111_195.0

HALF_THE_EARTH = 20_037_508.0

RADII = (20_000.0, 200_000.0, HALF_THE_EARTH)


@dataclass(frozen=True, slots=True)
class Place:
    """A location, and its hours at a moment."""

    location: Location
    timetable: Timetable


@dataclass(frozen=True, slots=True)
class NearLocation:
    """A place `distance` metres away, and how many units of the variant it may give."""

    place: Place
    distance: int
    available: int


@dataclass(frozen=True, slots=True)
class Point:
    """
    Degrees; an estimate where `digits` says by how much of a postal code it was placed. `place` is what
    Japan Post calls that code.
    """

    latitude: float
    longitude: float
    digits: int | None = None
    place: str | None = None


def nearest_locations(
    *,
    channel_id: int,
    variant_id: int,
    point: Point,
    limit: int = 10,
    capability: str | None = None,
    in_stock: bool = False,
    at: datetime,
) -> list[NearLocation]:
    """
    The locations nearest to a point that serve the channel now, with what each may give of the variant.

    Looks within 20 km, then 200 km, then everywhere, until `limit` are found. Four statements at
    best, six at worst, whatever the number of locations.
    """
    params = {
        "channel": channel_id,
        "variant": variant_id,
        "variants": sql.integers([variant_id]),
        "latitude": point.latitude,
        "longitude": point.longitude,
        "capability": capability,
        "in_stock": in_stock,
        "limit": limit,
        "at": at,
    }
    rows: list[tuple[Any, ...]] = []
    for radius in RADII:
        rows = sql.fetch_all(NEAREST, {**params, **_box(point.latitude, radius)})
        if len(rows) >= limit:
            break
    found = Location.objects.select_related("company").in_bulk([row[0] for row in rows])
    places = places_of([found[row[0]] for row in rows], at=at)
    return [
        NearLocation(place, int(distance), int(units))
        for place, (_, distance, units) in zip(places, rows, strict=True)
    ]


def _box(latitude: float, radius: float) -> dict[str, float]:
    """The degrees of latitude and longitude that hold a circle (of up to half the Earth)."""
    height = radius / METRES_A_DEGREE
    farthest = abs(latitude) + height
    shrink = math.cos(math.radians(farthest)) if farthest < 89 else 0.0
    width = min(360.0, height / shrink) if shrink else 360.0
    return {"radius": radius, "height": height, "width": width}


def find_point(*, postal_code: str, country: str = "JP") -> Point | None:
    """
    About where a postal code lies, as far as our own shops tell: None where none is near.

    No table of coordinates of postal codes is kept: the point is the middle of our locations
    whose codes share the longest beginning (at least two digits: in Japan about a prefecture).
    `digits` says how long that is: all of a code is its own neighbourhood, two are a guess.
    """
    beginnings = _beginnings(postal_code)
    if not beginnings:
        return None
    row = sql.fetch_one(
        PLACED, {"country": country, "shortest": beginnings[0], "beginnings": sql.array(beginnings)}
    )
    return Point(row[0], row[1], row[2]) if row else None


def find_points(*, postal_codes: Iterable[str], country: str = "JP") -> dict[str, Point]:
    """`find_point` of many codes, by one statement; without those that are near none of ours."""
    pairs = [(code, beginning) for code in sorted(set(postal_codes)) for beginning in _beginnings(code)]
    if not pairs:
        return {}
    codes, beginnings = zip(*pairs, strict=True)
    rows = sql.fetch_all(
        ALL_PLACED, {"country": country, "codes": sql.array(codes), "beginnings": sql.array(beginnings)}
    )
    return {code: Point(latitude, longitude, digits) for code, latitude, longitude, digits in rows}


def _beginnings(postal_code: str) -> list[str]:
    code = "".join(letter for letter in unicodedata.normalize("NFKC", postal_code) if letter.isalnum())
    return [code[:length].upper() for length in range(LEAST_DIGITS, len(code) + 1)]


def get_location_point(code: str) -> Point:
    """
    Where a location stands.

    Raises:
        UnknownLocation: there is none of that code, or it is closed.
        LocationUnplaced: nobody has said where it is.
    """
    location = Location.objects.filter(code=code, active=True).first()
    if location is None:
        raise errors.UnknownLocation(location=code)
    if location.latitude is None or location.longitude is None:
        raise errors.LocationUnplaced(location=code)
    return Point(location.latitude, location.longitude)


def get_point(*, postal_code: str, country: str = "JP") -> Point:
    """
    `find_point`, of a postal code that there is and that must be near us.

    Raises:
        InvalidField: Japan Post's list has no such code.
        PostalCodeUnplaced: it does, and no location of ours tells where that is.
    """
    known = find_place(postal_code) if country == "JP" else None
    if known is None and country == "JP":
        raise InvalidField(field="postal_code", rule="known", value=postal_code)
    point = find_point(postal_code=postal_code, country=country)
    if point is None:
        raise errors.PostalCodeUnplaced(postal_code=postal_code)
    return replace(point, place=f"{known.prefecture}{known.city}{known.neighborhood}" if known else None)


def list_locations() -> QuerySet[Location]:
    """Open locations with their companies."""
    return Location.objects.filter(active=True).select_related("company")


def places_of(locations: Sequence[Location], *, at: datetime) -> list[Place]:
    """Locations with their hours: two statements for all of them."""
    timetables = organisation.get_timetables(locations, at)
    return [Place(location, timetables[location.pk]) for location in locations]


def get_place(code: str, *, at: datetime) -> Place:
    """
    Raises:
        NotFound: there is no location of that code, or it is closed.
    """
    location = list_locations().filter(code=code).first()
    if location is None:
        raise NotFound(location=code)
    return places_of([location], at=at)[0]
