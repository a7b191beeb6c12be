"""Reads of stock: levels, and what may be sold in a channel, at a location, near a point."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from catalog import selectors as catalog
from inventory import errors
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    StockLevel,
    StockLevelQuerySet,
    Transfer,
    TransferLine,
)
from inventory.sourcing import BUFFER, EXPIRED, FREE, GIVEN, SERVES, SOURCES
from inventory.sourcing_bundles import (
    BUNDLE_UNITS,
    BUNDLE_UNITS_AT,
    BUNDLES_SOMEWHERE,
    BUNDLES_WANTED,
    IS_BUNDLE,
)
from omni.core import sql
from omni.core.errors import NotFound
from organisation import selectors as organisation
from organisation.models import Location
from organisation.selectors import Timetable

# Plan: the levels of all variants by one bitmap of `one_level_per_variant_and_location`, so that each
# page is visited once, however many locations there are. No variant's key is 0: that arm leads the
# planner to the bitmap, whose gain it can't see as it takes the array for ten values. An empty level
# gives nothing, whatever is promised of it.
CHANNEL_AVAILABILITY = f"""
WITH expired AS MATERIALIZED ({EXPIRED}), source AS MATERIALIZED ({SOURCES}), given AS (
    SELECT level.variant_id, sum({GIVEN})::bigint AS units
    FROM inventory_stocklevel AS level
    JOIN source ON source.location_id = level.location_id
    LEFT JOIN expired
           ON expired.variant_id = level.variant_id AND expired.location_id = level.location_id
    WHERE (level.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]) OR level.variant_id = 0)
      AND level.on_hand > 0
    GROUP BY level.variant_id
)
SELECT wanted.variant_id, greatest(0, coalesce(given.units, 0) - {BUFFER})
FROM unnest((SELECT %(variants)s::bigint[])) AS wanted (variant_id)
LEFT JOIN given ON given.variant_id = wanted.variant_id
UNION ALL
SELECT wanted.variant_id, {BUNDLE_UNITS} FROM {BUNDLES_WANTED} AS wanted
"""

SOURCE_AVAILABILITY = f"""
WITH expired AS MATERIALIZED ({EXPIRED}), source AS MATERIALIZED ({SOURCES})
SELECT level.variant_id, level.location_id, {GIVEN}
FROM source
JOIN inventory_stocklevel AS level ON level.location_id = source.location_id
LEFT JOIN expired ON expired.variant_id = level.variant_id AND expired.location_id = level.location_id
WHERE level.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
"""

LOCATION_AVAILABILITY = f"""
WITH expired AS MATERIALIZED ({EXPIRED})
SELECT level.variant_id, level.location_id, {FREE}
FROM inventory_stocklevel AS level
LEFT JOIN expired ON expired.variant_id = level.variant_id AND expired.location_id = level.location_id
WHERE level.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
  AND (%(locations)s::bigint[] IS NULL OR level.location_id = ANY(%(locations)s::bigint[]))
UNION ALL
SELECT place.variant_id, place.location_id,
       {BUNDLE_UNITS_AT.format(bundle="place.variant_id", location="place.location_id")}
FROM {BUNDLES_SOMEWHERE} AS place
"""

UNITS_NEAR = f"""(
    CASE WHEN {IS_BUNDLE.format(variant="%(variant)s::bigint")}
         THEN {BUNDLE_UNITS_AT.format(bundle="%(variant)s::bigint", location="near.id")}
         ELSE coalesce({FREE}, 0) END)"""

# The box lets the index of coordinates (`location_point`) find the few candidates; haversine (R. W. Sinnott, 1984)
# then measures on a sphere of the Earth's mean radius, within 0.5 % of the true distance.
NEAREST = f"""
WITH expired AS MATERIALIZED ({EXPIRED}), near AS MATERIALIZED (
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
)
SELECT near.id, round(near.distance)::bigint, {UNITS_NEAR}
FROM near
LEFT JOIN inventory_stocklevel AS level
       ON level.location_id = near.id AND level.variant_id = %(variant)s::bigint
LEFT JOIN expired ON expired.location_id = near.id
WHERE near.distance <= %(radius)s::float8
  AND (NOT %(in_stock)s::boolean OR {UNITS_NEAR} > 0)
ORDER BY near.distance, near.code
LIMIT %(limit)s::bigint
"""

PLACED = """
WITH near AS MATERIALIZED (
    SELECT upper(translate(postal_code, '- ', '')) AS code, latitude, longitude
    FROM organisation_location
    WHERE country = %(country)s::text AND active AND latitude IS NOT NULL AND longitude IS NOT NULL
      AND starts_with(upper(translate(postal_code, '- ', '')), (%(beginnings)s::text[])[1])
)
SELECT avg(near.latitude), avg(near.longitude), length(beginning)
FROM unnest(%(beginnings)s::text[]) AS beginning JOIN near ON starts_with(near.code, beginning)
GROUP BY beginning ORDER BY length(beginning) DESC
LIMIT 1
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
class Expected:
    """Units that an open document brings to a level, and on which day; None where nobody has said."""

    document: str
    variant_id: int
    location_id: int
    quantity: int
    expected_date: date | None


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees; an estimate where `digits` says by how much of a postal code it was placed."""

    latitude: float
    longitude: float
    digits: int | None = None


def channel_availability(
    *, channel_id: int, variant_ids: Sequence[int], at: datetime | None = None
) -> dict[int, int]:
    """
    How many units of each variant a channel may sell, in one statement; 0 for what it has not.

    Of a bundle as many as its scarcest component allows, from each source alone.

    The sum over its active sources of what each may give, less the channel's buffer. Units held
    by reservations that have expired count as free. A variant that keeps no stock has 0 too:
    its offer says that it needs none. `at` is the database's time unless given.
    """
    rows = sql.fetch_all(
        CHANNEL_AVAILABILITY, {"channel": channel_id, "variants": sql.integers(variant_ids), "at": at}
    )
    available = dict.fromkeys(variant_ids, 0)
    for variant_id, units in rows:
        # A bundle has two rows, of which the one that looks for levels of its own finds nothing.
        available[variant_id] = max(available.get(variant_id, 0), int(units))
    return available


def source_availability(
    *, channel_id: int, variant_ids: Sequence[int], at: datetime | None = None
) -> dict[tuple[int, int], int]:
    """How many units each (variant, location) that has a level gives the channel, before its buffer."""
    rows = sql.fetch_all(
        SOURCE_AVAILABILITY, {"channel": channel_id, "variants": sql.integers(variant_ids), "at": at}
    )
    return {(variant, location): int(units) for variant, location, units in rows}


def location_availability(
    *, variant_ids: Sequence[int], location_ids: Sequence[int] | None = None, at: datetime | None = None
) -> dict[tuple[int, int], int]:
    """How many units each (variant, location) that has a level may give; never below 0."""
    rows = sql.fetch_all(
        LOCATION_AVAILABILITY,
        {
            "variants": sql.integers(variant_ids),
            "locations": None if location_ids is None else sql.integers(location_ids),
            "at": at,
        },
    )
    return {(variant, location): int(units) for variant, location, units in rows}


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
    code = "".join(letter for letter in unicodedata.normalize("NFKC", postal_code) if letter.isalnum())
    beginnings = [code[:length].upper() for length in range(LEAST_DIGITS, len(code) + 1)]
    row = sql.fetch_one(PLACED, {"country": country, "beginnings": sql.array(beginnings)})
    return Point(row[0], row[1], row[2]) if row else None


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
    `find_point`, of a postal code that must be somewhere.

    Raises:
        PostalCodeUnplaced
    """
    point = find_point(postal_code=postal_code, country=country)
    if point is None:
        raise errors.PostalCodeUnplaced(postal_code=postal_code)
    return point


def list_levels(*, location_id: int | None = None) -> StockLevelQuerySet:
    """Levels with their `available`, variant and location; of one location, where one is given."""
    levels = StockLevel.objects.with_available().select_related_names()
    return levels if location_id is None else levels.filter(location=location_id)


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


def get_location_id(code: str) -> int:
    """
    Raises:
        UnknownLocation: there is none of that code, or it is closed.
    """
    location_id = Location.objects.filter(code=code, active=True).values_list("pk", flat=True).first()
    if location_id is None:
        raise errors.UnknownLocation(location=code)
    return location_id


def get_variant_id(sku: str) -> int:
    """
    Raises:
        NotFound: no variant has that sku.
    """
    found = catalog.find_variants(skus=[sku])
    if sku not in found:
        raise NotFound(sku=sku)
    return found[sku]


def list_transfers(*, location_id: int | None = None) -> QuerySet[Transfer]:
    """Transfers from or to a location (or all), with their places and lines; three statements."""
    lines = TransferLine.objects.select_related("variant").order_by("variant__sku")
    transfers = Transfer.objects.select_related("origin", "destination").prefetch_related(
        Prefetch("lines", queryset=lines)
    )
    return transfers if location_id is None else transfers.filter(_from_or_to(location_id))


def _from_or_to(location_id: int) -> Q:
    return Q(origin=location_id) | Q(destination=location_id)


def list_purchase_orders(*, location_id: int | None = None) -> QuerySet[PurchaseOrder]:
    """Orders for a location (or all) that left the draft, with supplier, place and lines."""
    lines = PurchaseOrderLine.objects.select_related("variant").order_by("variant__sku")
    orders = (
        PurchaseOrder.objects.exclude(status=PurchaseOrder.Status.DRAFT)
        .select_related("supplier", "destination")
        .prefetch_related(Prefetch("lines", queryset=lines))
    )
    return orders if location_id is None else orders.filter(destination=location_id)


def get_transfer_id(number: str, *, origin_id: int | None = None, destination_id: int | None = None) -> int:
    """
    The transfer of that number; from one place, or to one, where they are given.

    Raises:
        UnknownTransfer
    """
    found = Transfer.objects.filter(number=number)
    if origin_id is not None:
        found = found.filter(origin=origin_id)
    if destination_id is not None:
        found = found.filter(destination=destination_id)
    transfer_id = found.values_list("pk", flat=True).first()
    if transfer_id is None:
        raise errors.UnknownTransfer(transfer=number)
    return transfer_id


def get_purchase_order_id(number: str, *, destination_id: int | None = None) -> int:
    """
    Raises:
        UnknownPurchaseOrder: none of that number is for that place.
    """
    order_id = (
        list_purchase_orders(location_id=destination_id).filter(number=number).values_list("pk", flat=True)
    )
    if (found := order_id.first()) is None:
        raise errors.UnknownPurchaseOrder(order=number)
    return found


def list_expected(*, variant_ids: Sequence[int], location_ids: Sequence[int] | None = None) -> list[Expected]:
    """
    What makes up `incoming`, document by document, the earliest first and what has no day last.

    Two statements. Its sum of a level is the level's `incoming`.
    """
    orders = PurchaseOrderLine.objects.filter(
        variant__in=variant_ids, order__status__in=PurchaseOrder.OPEN
    ).select_related("order")
    transfers = TransferLine.objects.filter(
        variant__in=variant_ids, transfer__status__in=Transfer.UNDER_WAY
    ).select_related("transfer")
    if location_ids is not None:
        orders = orders.filter(order__destination__in=location_ids)
        transfers = transfers.filter(transfer__destination__in=location_ids)
    expected = [
        *(_expected(line, line.order) for line in orders),
        *(_expected(line, line.transfer) for line in transfers),
    ]
    open_ones = [one for one in expected if one.quantity]
    return sorted(open_ones, key=lambda one: (one.expected_date or date.max, one.document, one.variant_id))


def _expected(line: PurchaseOrderLine | TransferLine, document: PurchaseOrder | Transfer) -> Expected:
    return Expected(
        document=document.number,
        variant_id=line.variant_id,
        location_id=document.destination_id,
        quantity=line.outstanding,
        expected_date=document.expected_date,
    )
