"""Allocation of bundles: from which locations they leave, each whole from one. It reads; only `reserve` makes it true."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inventory import errors
from inventory.services.allocating import (
    SHIPPING_SOURCES,
    Allocation,
    Kit,
    Prefer,
    Stock,
    preferred,
    stocks_of,
)
from omni.core import sql

# More than any shelf holds: what was sold outside may take the buffers too.
ENDLESS = 2**62
Placed = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Assembled:
    """For each kit its (location, quantity) pairs, and what else was wanted as `allocate` answers it."""

    kits: list[Placed]
    others: list[Allocation]


@dataclass(slots=True)
class _Shelves:
    """What the sources still have while it is shared out; `spare` is what of a variant may be taken."""

    stocks: dict[int, Stock]
    units: dict[int, dict[int, int]] = field(init=False)
    spare: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.units = {variant_id: dict(sources) for variant_id, (_, _, sources) in self.stocks.items()}
        self.spare = {
            variant_id: max(0, sum(self.units[variant_id].values()) - buffer)
            for variant_id, (_, buffer, _) in self.stocks.items()
        }

    def ignore_buffers(self) -> None:
        self.spare = dict.fromkeys(self.spare, ENDLESS)

    def most_at(self, location_id: int, components: Sequence[tuple[int, int]]) -> int:
        return min(
            self.units[variant_id].get(location_id, 0) // quantity for variant_id, quantity in components
        )

    def most(self, components: Sequence[tuple[int, int]], at: int) -> int:
        """How many more can be made of these at the location."""
        spare = min(self.spare[variant_id] // quantity for variant_id, quantity in components)
        return min(self.most_at(at, components), spare)

    def take(self, components: Sequence[tuple[int, int]], location_id: int, times: int) -> None:
        for variant_id, quantity in components:
            self.units[variant_id][location_id] -= quantity * times
            self.spare[variant_id] -= quantity * times

    def place(self, wanted: int, components: Sequence[tuple[int, int]]) -> Placed:
        """Take as much as there is of what is wanted, from the first sources first."""
        placed = []
        for location_id in list(self.units[components[0][0]]):
            if times := min(wanted, self.most(components, location_id)):
                self.take(components, location_id, times)
                placed.append((location_id, times))
                wanted -= times
        return placed


def assemble(
    *,
    channel_id: int,
    kits: Sequence[Kit],
    wants: Sequence[tuple[int, int]] = (),
    now: datetime,
    already_sold: bool = False,
    prefer: Prefer | None = None,
) -> Assembled:
    """
    Choose the locations that ship bundles, and (variant, quantity) wants besides, out of one stock.

    As `allocate` does, and with one statement too: by priority, or as `prefer` says, leaving the buffers of the channel
    for each component, for each bundle, and for what else is wanted. Bundles come first, since each
    has to find all of its components in one place.

    Raises:
        InsufficientStock: the shipping locations have too little of a bundle, or of the rest.
    """
    stocks = _read(channel_id, kits, wants, now)
    if prefer is not None:
        singles = [Kit(variant_id, units, ((variant_id, 1),)) for variant_id, units in _summed(wants).items()]
        stocks = preferred(stocks, [*kits, *singles], prefer)
    shelves = _Shelves(stocks)
    if already_sold:
        shelves.ignore_buffers()
    short: list[dict[str, Any]] = []
    placed = []
    for kit in kits:
        wanted = kit.quantity if already_sold else min(kit.quantity, _above_buffer(kit, shelves))
        placed.append(shelves.place(wanted, kit.components))
        _note(short, kit.variant_id, kit.quantity, placed[-1], shelves)
    others: list[Allocation] = []
    for variant_id, quantity in _summed(wants).items():
        found = shelves.place(quantity, [(variant_id, 1)])
        others += [(variant_id, location_id, units) for location_id, units in found]
        _note(short, variant_id, quantity, found, shelves)
    if short and not already_sold:
        raise errors.InsufficientStock(shortages=short)
    return Assembled(placed, others)


def _read(
    channel_id: int, kits: Sequence[Kit], wants: Sequence[tuple[int, int]], now: datetime
) -> dict[int, Stock]:
    variants = {variant_id for variant_id, _ in wants} | {kit.variant_id for kit in kits}
    variants |= {variant_id for kit in kits for variant_id, _ in kit.components}
    params = {"channel": channel_id, "variants": sql.integers(sorted(variants)), "at": now}
    return stocks_of(SHIPPING_SOURCES.fetch(params))


def _above_buffer(kit: Kit, shelves: _Shelves) -> int:
    """How many of the bundle the sources hold, less the channel's buffer of the bundle itself."""
    places = shelves.units[kit.components[0][0]]
    held = sum(shelves.most_at(location_id, kit.components) for location_id in places)
    return max(0, held - shelves.stocks[kit.variant_id][1])


def _summed(wants: Sequence[tuple[int, int]]) -> dict[int, int]:
    needs: dict[int, int] = {}
    for variant_id, quantity in wants:
        needs[variant_id] = needs.get(variant_id, 0) + quantity
    return needs


def _note(
    short: list[dict[str, Any]], variant_id: int, wanted: int, placed: Placed, shelves: _Shelves
) -> None:
    available = sum(units for _, units in placed)
    if available < wanted:
        sku = shelves.stocks[variant_id][0]
        short.append({"sku": sku, "location": None, "requested": wanted, "available": available})
