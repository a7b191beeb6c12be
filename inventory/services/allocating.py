"""Allocation: which locations serve an online order. It reads; only `reserve` makes it true."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inventory import errors
from inventory.sourcing import BESIDES, BUFFER, EXPIRED, GIVEN, SOMEBODY_WAITS, SOURCES, Beside
from omni.core import sql

Allocation = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Kit:
    """So many units wanted of a bundle, of which one takes `components`: (variant, units)."""

    variant_id: int
    quantity: int
    components: tuple[tuple[int, int], ...]


# Given what is wanted (an article is a kit of itself) and each variant's sources (location, units) by
# priority: the same sources in the order in which they are to be asked.
Prefer = Callable[
    [Sequence[Kit], Mapping[int, Sequence[tuple[int, int]]]], Mapping[int, Sequence[tuple[int, int]]]
]


# Each wanted variant probes `one_level_per_variant_and_location` once a source: OFFSET 0 keeps the
# planner from reading every level instead, which it prefers while there are few.
def _shipping_sources(besides: str) -> str:
    return f"""
WITH besides AS MATERIALIZED ({besides}), source AS MATERIALIZED ({SOURCES})
SELECT wanted.variant_id, (SELECT sku FROM catalog_variant WHERE id = wanted.variant_id), {BUFFER},
       shelf.location_id, shelf.given, {SOMEBODY_WAITS}
FROM unnest((SELECT %(variants)s::bigint[])) AS wanted (variant_id)
LEFT JOIN LATERAL (
    SELECT level.location_id, source.priority, {GIVEN} AS given
    FROM source
    CROSS JOIN LATERAL (
        SELECT * FROM inventory_stocklevel AS level
        WHERE level.variant_id = wanted.variant_id AND level.location_id = source.location_id
        OFFSET 0
    ) AS level
    LEFT JOIN besides
           ON besides.variant_id = level.variant_id AND besides.location_id = level.location_id
) AS shelf ON true
ORDER BY wanted.variant_id, shelf.priority, shelf.location_id
"""


SHIPPING_SOURCES = Beside(_shipping_sources(EXPIRED), _shipping_sources(BESIDES))


def allocate(
    *,
    channel_id: int,
    wants: Sequence[tuple[int, int]],
    now: datetime,
    already_sold: bool = False,
    prefer: Prefer | None = None,
) -> list[Allocation]:
    """
    Choose the locations that ship (variant, quantity) wants: (variant, location, quantity) each.

    A variant's sources that ship, from a warehouse or from a store, are asked by priority, or as `prefer`
    says, each for all that it gives the channel, until the want is met; the channel's buffer stays untouched. One statement, two where somebody waits. Another may take the units before
    they are reserved: `reserve` then refuses, and who wants to try again does so in a new
    transaction. What is `already_sold`, outside, may take the buffer, and gets what there is.

    Raises:
        InsufficientStock: the channel's shipping locations together have too little; `location`
            is null.
    """
    needs: dict[int, int] = {}
    for variant_id, quantity in wants:
        needs[variant_id] = needs.get(variant_id, 0) + quantity
    rows = SHIPPING_SOURCES.fetch({"channel": channel_id, "variants": sql.integers(needs), "at": now})
    stocks = stocks_of(rows)
    if not already_sold:
        _refuse_shortages(needs, stocks)
    if prefer is not None:
        kits = [Kit(variant_id, quantity, ((variant_id, 1),)) for variant_id, quantity in needs.items()]
        stocks = preferred(stocks, kits, prefer)
    return [
        (variant_id, location_id, taken)
        for variant_id, quantity in needs.items()
        for location_id, taken in _take(quantity, stocks[variant_id][2])
    ]


# A variant's sku, its buffer, and (location, units) in order of priority.
Stock = tuple[str, int, list[tuple[int, int]]]


def stocks_of(rows: Sequence[tuple[Any, ...]]) -> dict[int, Stock]:
    """The rows of `SHIPPING_SOURCES`, by variant."""
    stocks: dict[int, Stock] = {}
    for variant_id, sku, buffer, location_id, units, _ in rows:
        stock = stocks.setdefault(variant_id, (sku, int(buffer), []))
        if location_id is not None and units:
            stock[2].append((location_id, int(units)))
    return stocks


def preferred(stocks: dict[int, Stock], wants: Sequence[Kit], prefer: Prefer) -> dict[int, Stock]:
    """The stocks with their sources in another order."""
    ordered = prefer(wants, {variant_id: sources for variant_id, (_, _, sources) in stocks.items()})
    return {
        variant_id: (sku, buffer, list(ordered[variant_id]))
        for variant_id, (sku, buffer, _) in stocks.items()
    }


def _refuse_shortages(needs: dict[int, int], stocks: dict[int, Stock]) -> None:
    shortages = []
    for variant_id, quantity in needs.items():
        sku, buffer, sources = stocks[variant_id]
        available = max(0, sum(units for _, units in sources) - buffer)
        if available < quantity:
            shortages.append({"sku": sku, "location": None, "requested": quantity, "available": available})
    if shortages:
        raise errors.InsufficientStock(shortages=shortages)


def _take(quantity: int, sources: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    taken = []
    for location_id, units in sources:
        if quantity <= 0:
            break
        taken.append((location_id, min(units, quantity)))
        quantity -= units
    return taken
