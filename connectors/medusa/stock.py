"""
Stock of a Medusa server: absolute stocked quantities, so that what it can sell is what is available.

Medusa sells what is stocked less what it has reserved for its orders. What is sold and not booked here
comes from the lines of its orders.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.errors import PushFailed
from connectors.medusa.admin_api import ask, find_variants, pages, unknown
from connectors.medusa.orders import list_open
from connectors.medusa.settings import To
from connectors.ports import RemoteStock, StockItem
from connectors.shop_orders import Unbooked

# What is sold between reading and writing shows by the reserved quantity: then it is done again.
TRIES = 3
FIELDS = ",".join(
    [
        "id,sku,manage_inventory,allow_backorder",
        "inventory_items.required_quantity,inventory_items.inventory_item_id",
        "*inventory_items.inventory.location_levels",
    ]
)


@dataclass(frozen=True, slots=True)
class Level:
    """A variant's only inventory item at our location; `exists` is false where it was never kept there."""

    sku: str
    item: str
    stocked: int
    reserved: int
    exists: bool

    @property
    def sellable(self) -> int:
        return self.stocked - self.reserved


def push_stock(to: To, items: Sequence[StockItem], unbooked: Unbooked) -> None:
    """
    Make what Medusa can sell what is available, less what it has sold and we have not booked.

    Levels are read before orders: an order that comes between is counted twice, never not at all.

    Raises:
        PushFailed: for good, where a SKU can't be told; the others have been.
    """
    left, reasons = {item.sku: item.available for item in items}, list[str]()
    for _ in range(TRIES):
        variants = find_variants(to, list(left), FIELDS)
        levels, misfits = levels_of(to, variants)
        reasons += [*unknown([sku for sku in left if sku not in variants]), *misfits]
        if not levels:
            break
        sold = unbooked.units(to, list_open(to), to.settings.look_back)
        reserved = write(to, levels, {sku: left[sku] - sold[sku] for sku in levels})
        left = {sku: left[sku] for sku, level in levels.items() if reserved[level.item] != level.reserved}
        if not left:
            break
    if reasons:
        raise PushFailed("; ".join(reasons), permanent=True)


def levels_of(to: To, variants: Mapping[str, Any]) -> tuple[dict[str, Level], list[str]]:
    """Levels by SKU, and why some have none."""
    levels, reasons = {}, []
    for sku, variant in variants.items():
        if reason := misfit(variant):
            reasons.append(f"{sku}: {reason}")
        else:
            levels[sku] = level_of(to, variant)
    return levels, reasons


def misfit(variant: Mapping[str, Any]) -> str:
    """Why its stock can't be told. What is sold without a limit there would be oversold."""
    if not variant["manage_inventory"]:
        return "Medusa does not manage its inventory: it is sold without limit"
    items = variant["inventory_items"] or []
    if len(items) != 1 or items[0]["required_quantity"] != 1:
        return "in Medusa it is a kit, whose stock is that of its parts"
    return ""


def level_of(to: To, variant: Mapping[str, Any]) -> Level:
    [item] = variant["inventory_items"]
    levels = (item["inventory"] or {}).get("location_levels") or []
    found = [one for one in levels if one["location_id"] == to.settings.stock_location]
    return Level(
        variant["sku"],
        item["inventory_item_id"],
        int(found[0]["stocked_quantity"]) if found else 0,
        int(found[0]["reserved_quantity"]) if found else 0,
        bool(found),
    )


def write(to: To, levels: Mapping[str, Level], sellable: Mapping[str, int]) -> dict[str, int]:
    """Write what is stocked, which can't be negative; answer what each item had reserved after it."""
    body: dict[str, list[dict[str, Any]]] = {"create": [], "update": []}
    for sku, level in levels.items():
        stocked = max(0, sellable[sku] + level.reserved)
        wanted = {"inventory_item_id": level.item, "location_id": to.settings.stock_location}
        body["update" if level.exists else "create"].append({**wanted, "stocked_quantity": stocked})
    done = ask(to, "POST", "inventory-items/location-levels/batch", body=body)
    written = [*done["created"], *done["updated"]]
    return {level["inventory_item_id"]: int(level["reserved_quantity"]) for level in written}


def read_stock(to: To, unbooked: Unbooked) -> Iterator[RemoteStock]:
    """
    What Medusa can sell, and what it has sold that is not booked here, which is still to settle.

    Levels are read before orders, as in a push.
    """
    levels: list[Level] = []
    for page in pages(to, "product-variants", "variants", [("fields", FIELDS), ("order", "id")]):
        known = {variant["sku"]: variant for variant in page if variant["sku"]}
        levels += levels_of(to, known)[0].values()
    sold = unbooked.units(to, list_open(to), to.settings.look_back)
    for level in levels:
        yield RemoteStock(level.sku, max(0, level.sellable), unsettled=sold[level.sku])
