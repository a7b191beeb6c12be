"""Reads of stock: levels, and what may be sold in a channel, at a location, near a point."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

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
from inventory.sourcing import (
    BESIDES,
    BUFFER,
    EXPIRED,
    FREE,
    GIVEN,
    GIVEN_ALONE,
    SOMEBODY_WAITS,
    SOMETHING_UNRELEASED,
    SOURCES,
    UNRELEASED,
    Beside,
)
from inventory.sourcing_bundles import (
    BUNDLE_UNITS,
    BUNDLE_UNITS_ALONE,
    BUNDLE_UNITS_AT,
    BUNDLES_SOMEWHERE,
    BUNDLES_WAITED_FOR,
    BUNDLES_WANTED,
)
from omni.core import sql
from omni.core.errors import NotFound
from organisation.models import Location


def _channel_availability(*, besides: str, unreleased: str, more: str, bundles: str) -> str:
    """
    Plan: the levels of all variants by one bitmap of `one_level_per_variant_and_location`, so that each
    page is visited once, however many locations there are. No variant's key is 0: that arm leads the
    planner to the bitmap, whose gain it can't see as it takes the array for ten values. An empty level
    gives nothing, whatever is promised of it. What few levels have besides is added as the difference
    that it makes there, so that not every level is looked up among them.
    """
    return f"""
WITH besides AS MATERIALIZED ({besides}), source AS MATERIALIZED ({SOURCES}), given AS (
    SELECT level.variant_id, sum({GIVEN_ALONE})::bigint AS units
    FROM inventory_stocklevel AS level
    JOIN source ON source.location_id = level.location_id
    WHERE (level.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]) OR level.variant_id = 0)
      AND level.on_hand > 0
    GROUP BY level.variant_id
), moved AS MATERIALIZED (
    SELECT level.variant_id, sum({GIVEN} - {GIVEN_ALONE})::bigint AS units
    FROM besides
    JOIN inventory_stocklevel AS level
      ON level.variant_id = besides.variant_id AND level.location_id = besides.location_id
    JOIN source ON source.location_id = level.location_id
    WHERE level.on_hand > 0
    GROUP BY level.variant_id
)
SELECT wanted.variant_id,
       CASE WHEN {unreleased} THEN 0
            ELSE greatest(0, coalesce(given.units, 0)
                             + coalesce((SELECT units FROM moved WHERE moved.variant_id = wanted.variant_id), 0)
                             - {BUFFER}) END,
       {more}
FROM unnest((SELECT %(variants)s::bigint[])) AS wanted (variant_id)
LEFT JOIN given ON given.variant_id = wanted.variant_id
UNION ALL
{bundles}
"""


CHANNEL_AVAILABILITY = Beside(
    _channel_availability(
        besides=EXPIRED,
        unreleased="false",
        more=f"{SOMEBODY_WAITS} OR {SOMETHING_UNRELEASED}",
        bundles=f"SELECT wanted.variant_id, {BUNDLE_UNITS_ALONE}, waited_for FROM {BUNDLES_WAITED_FOR} AS wanted",
    ),
    _channel_availability(
        besides=BESIDES,
        unreleased=UNRELEASED,
        more="false",
        bundles=f"""SELECT wanted.variant_id, CASE WHEN {UNRELEASED} THEN 0 ELSE {BUNDLE_UNITS} END, false
                    FROM {BUNDLES_WANTED} AS wanted""",
    ),
)

SOURCE_AVAILABILITY = f"""
WITH besides AS MATERIALIZED ({BESIDES}), source AS MATERIALIZED ({SOURCES})
SELECT level.variant_id, level.location_id, {GIVEN}
FROM source
JOIN inventory_stocklevel AS level ON level.location_id = source.location_id
LEFT JOIN besides ON besides.variant_id = level.variant_id AND besides.location_id = level.location_id
WHERE level.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
"""

LOCATION_AVAILABILITY = f"""
WITH besides AS MATERIALIZED ({BESIDES})
SELECT level.variant_id, level.location_id, {FREE}
FROM inventory_stocklevel AS level
LEFT JOIN besides ON besides.variant_id = level.variant_id AND besides.location_id = level.location_id
WHERE level.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
  AND (%(locations)s::bigint[] IS NULL OR level.location_id = ANY(%(locations)s::bigint[]))
UNION ALL
SELECT place.variant_id, place.location_id,
       {BUNDLE_UNITS_AT.format(bundle="place.variant_id", location="place.location_id")}
FROM {BUNDLES_SOMEWHERE} AS place
"""


@dataclass(frozen=True, slots=True)
class Expected:
    """Units that an open document brings to a level, and on which day; None where nobody has said."""

    document: str
    variant_id: int
    location_id: int
    quantity: int
    expected_date: date | None


def channel_availability(
    *, channel_id: int, variant_ids: Sequence[int], at: datetime | None = None
) -> dict[int, int]:
    """
    How many units of each variant a channel may sell for delivery; 0 for what it has not.

    One statement, two where some wait. The sum over its active sources that ship of what each may give,
    less what earlier buyers wait for, less the channel's buffer: what checkout takes, and no more. Of a
    bundle as many as its scarcest component allows, from each source alone. Units held by reservations
    that have expired count as free. An unreleased preorder has none. A variant that keeps no stock has 0
    too: its offer says that it needs none. `at` is the database's time unless given.
    """
    rows = CHANNEL_AVAILABILITY.fetch(
        {"channel": channel_id, "variants": sql.integers(variant_ids), "at": at}
    )
    available = dict.fromkeys(variant_ids, 0)
    for variant_id, units, _ in rows:
        # A bundle has two rows, of which the one that looks for levels of its own finds nothing.
        available[variant_id] = max(available.get(variant_id, 0), int(units))
    return available


def source_availability(
    *, channel_id: int, variant_ids: Sequence[int], at: datetime | None = None
) -> dict[tuple[int, int], int]:
    """How many units each (variant, location) with a level that ships gives the channel, before its buffer."""
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


def list_levels(*, location_id: int | None = None) -> StockLevelQuerySet:
    """Levels with their `available`, variant and location; of one location, where one is given."""
    levels = StockLevel.objects.with_available().select_related_names()
    return levels if location_id is None else levels.filter(location=location_id)


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
