"""
Stock of a Vendure server: absolute on-hand, so that what it can sell is what we say is available.

Vendure sells on-hand less `stockAllocated` less the variant's threshold. The allocated count is taken for
what Vendure subtracts, and for nothing else: 3.7.3 loses counts under parallel checkouts. What was sold
and is not booked here comes from the lines of its orders.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.errors import PushFailed
from connectors.ports import RemoteStock, StockItem
from connectors.shop_orders import Unbooked
from connectors.vendure.admin_api import MOST, PAGE, ask, by_sku
from connectors.vendure.orders import list_open
from connectors.vendure.settings import To

# What is sold between reading and writing shows by the allocated count: then it is done again.
TRIES = 3

LEVEL = """
fragment Level on ProductVariant {
  id sku outOfStockThreshold useGlobalOutOfStockThreshold
  stockLevels { stockLocationId stockOnHand stockAllocated }
}
"""
LEVELS = f"""
query ($options: ProductVariantListOptions) {{
  globalSettings {{ outOfStockThreshold }}
  stockLocations(options: {{take: 2}}) {{ items {{ id }} }}
  productVariants(options: $options) {{ items {{ ...Level }} totalItems }}
}}
{LEVEL}"""
WRITE = f"""
mutation ($input: [UpdateProductVariantInput!]!) {{ updateProductVariants(input: $input) {{ ...Level }} }}
{LEVEL}"""


@dataclass(frozen=True, slots=True)
class Level:
    """A variant at our stock location; `threshold` is what Vendure keeps back of it."""

    id: str
    sku: str
    location: str
    on_hand: int
    allocated: int
    threshold: int
    threshold_is_global: bool

    @property
    def sellable(self) -> int:
        return self.on_hand - self.allocated - self.threshold

    def on_hand_to_sell(self, units: int) -> int:
        """The on-hand with which so many can be sold; it can't be negative there."""
        return max(0, units + self.allocated + self.threshold)

    def write(self, on_hand: int) -> dict[str, Any]:
        return {"id": self.id, "stockLevels": [{"stockLocationId": self.location, "stockOnHand": on_hand}]}


def push_stock(to: To, items: Sequence[StockItem], unbooked: Unbooked) -> None:
    """
    Make what Vendure can sell what is available, less what it has sold and we have not booked.

    Levels are read before orders: an order that comes between is counted twice, never not at all.

    Raises:
        PushFailed: for good, where it has no such SKU; the others have been told.
    """
    left, reasons = {item.sku: item.available for item in items}, list[str]()
    for _ in range(TRIES):
        levels, told = find_levels(to, list(left))
        reasons += [told] if told else []
        if not levels:
            break
        sold = unbooked.units(to, list_open(to), to.settings.look_back)
        after = write(to, levels, {sku: left[sku] - sold[sku] for sku in levels})
        left = {sku: left[sku] for sku, allocated in after.items() if allocated != levels[sku].allocated}
        if not left:
            break
    if reasons:
        raise PushFailed("; ".join(reasons), permanent=True)


def find_levels(to: To, skus: Sequence[str]) -> tuple[dict[str, Level], str]:
    """The levels of these SKUs, and why some have none: empty where all have."""
    options = {"filter": {"sku": {"in": list(skus)}}, "take": min(MOST, 2 * len(skus))}
    answer = ask(to, LEVELS, options=options)
    variants, told = by_sku(answer["productVariants"]["items"], skus)
    return {sku: level_of(to, answer, variant) for sku, variant in variants.items()}, told


def level_of(to: To, answer: Mapping[str, Any], variant: Mapping[str, Any]) -> Level:
    location = to.settings.stock_location or only_location(answer)
    found = [one for one in variant["stockLevels"] if str(one["stockLocationId"]) == location]
    overall = variant["useGlobalOutOfStockThreshold"]
    threshold = answer["globalSettings"]["outOfStockThreshold"] if overall else variant["outOfStockThreshold"]
    return Level(
        variant["id"],
        variant["sku"],
        location,
        found[0]["stockOnHand"] if found else 0,
        found[0]["stockAllocated"] if found else 0,
        threshold,
        overall,
    )


def only_location(answer: Mapping[str, Any]) -> str:
    """Raises PushFailed, for good: among several a person must say which one is ours."""
    locations = answer["stockLocations"]["items"]
    if len(locations) != 1:
        raise PushFailed("Vendure has several stock locations: stock_location must name one", permanent=True)
    return str(locations[0]["id"])


def write(to: To, levels: Mapping[str, Level], sellable: Mapping[str, int]) -> dict[str, int]:
    """Write on-hand; answer the allocated counts as they were after it."""
    inputs = [level.write(level.on_hand_to_sell(sellable[sku])) for sku, level in levels.items()]
    written = ask(to, WRITE, input=inputs)["updateProductVariants"]
    return {
        one["sku"]: sum(
            level["stockAllocated"]
            for level in one["stockLevels"]
            if str(level["stockLocationId"]) == levels[one["sku"]].location
        )
        for one in written
    }


def read_stock(to: To, unbooked: Unbooked) -> Iterator[RemoteStock]:
    """
    What Vendure can sell, and what it has sold that is not booked here, which is still to settle.

    Levels are read before orders, as in a push.
    """
    levels = list(all_levels(to))
    sold: Counter[str] = unbooked.units(to, list_open(to), to.settings.look_back)
    for level in levels:
        yield RemoteStock(level.sku, max(0, level.sellable), unsettled=sold[level.sku])


def all_levels(to: To) -> Iterator[Level]:
    skip, total = 0, 1
    while skip < total:
        answer = ask(to, LEVELS, options={"skip": skip, "take": PAGE, "sort": {"id": "ASC"}})
        for variant in answer["productVariants"]["items"]:
            yield level_of(to, answer, variant)
        skip, total = skip + PAGE, answer["productVariants"]["totalItems"]
