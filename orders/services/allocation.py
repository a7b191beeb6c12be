"""Where a basket's lines come from: pieces of lines, each from one location."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.selectors import Components
from inventory import services as inventory
from orders.models import Fulfilment
from orders.pricing import BasketLine
from orders.shipping import SHIPPED
from orders.writing import NewFulfilment, NewFulfilmentLine

NOT_APART: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """`quantity` units of a component that one unit of a bundle takes."""

    variant_id: int
    quantity: int
    reservation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """
    `quantity` of the line at place `line`; `reserved` where stock is kept of it.

    Of a bundle the `parts` are what is reserved, together or not at all.
    """

    line: int
    variant_id: int
    kind: str
    location_id: int | None
    quantity: int
    reserved: bool
    reservation_id: int | None = None
    parts: tuple[Part, ...] = ()

    @property
    def reservations(self) -> int:
        """How many it takes; none while it waits for stock."""
        if self.waits:
            return 0
        return len(self.parts) if self.parts else int(self.reserved)

    @property
    def waits(self) -> bool:
        """It is sold, and nothing is there for it yet."""
        return self.reserved and self.location_id is None

    def named(self, ids: Iterator[int]) -> "Piece":
        if self.waits:
            return self
        if self.parts:
            return replace(self, parts=tuple(replace(part, reservation_id=next(ids)) for part in self.parts))
        return replace(self, reservation_id=next(ids)) if self.reserved else self


def choose_sources(
    lines: Sequence[BasketLine],
    *,
    channel_id: int,
    keeps_stock: Mapping[int, bool],
    components: Mapping[int, Components],
    now: datetime,
    prefer: inventory.Prefer | None = None,
) -> list[Piece]:
    """
    Split lines into pieces by location: a line's own, or those that the channel's sources give, in the
    order of their priority or as `prefer` says.

    `components` names the bundles among the variants, and what one unit of each takes.

    Reads only; reserving is what makes it true. Of a line of no units there are no pieces.

    Raises:
        InsufficientStock: the channel's sources have not enough.
    """
    from_anywhere = [
        (line.variant_id, line.quantity)
        for line in lines
        if line.location_id is None
        and line.quantity
        and keeps_stock[line.variant_id]
        and line.variant_id not in components
    ]
    if components:
        return _with_bundles(lines, from_anywhere, channel_id, keeps_stock, components, now, prefer)
    found = (
        inventory.allocate(channel_id=channel_id, wants=from_anywhere, now=now, prefer=prefer)
        if from_anywhere
        else []
    )
    supply = _supply(found)
    return [
        piece
        for place, line in enumerate(lines)
        for piece in _pieces(place, line, keeps_stock[line.variant_id], supply)
    ]


def _with_bundles(
    lines: Sequence[BasketLine],
    others: Sequence[tuple[int, int]],
    channel_id: int,
    keeps_stock: Mapping[int, bool],
    components: Mapping[int, Components],
    now: datetime,
    prefer: inventory.Prefer | None,
) -> list[Piece]:
    """The same where some lines are bundles: all share one stock."""
    shipped = [
        line for line in lines if line.variant_id in components and line.location_id is None and line.quantity
    ]
    kits = [inventory.Kit(line.variant_id, line.quantity, components[line.variant_id]) for line in shipped]
    found = inventory.assemble(channel_id=channel_id, kits=kits, wants=others, now=now, prefer=prefer)
    placed = dict(zip((line.id for line in shipped), found.kits, strict=True))
    supply = _supply(found.others)
    pieces: list[Piece] = []
    for place, line in enumerate(lines):
        if line.variant_id not in components:
            pieces += _pieces(place, line, keeps_stock[line.variant_id], supply)
            continue
        parts = parts_of(components[line.variant_id])
        at_shop = [(line.location_id, line.quantity)] if line.location_id is not None else []
        for location_id, quantity in placed.get(line.id, at_shop):
            pieces.append(Piece(place, line.variant_id, line.kind, location_id, quantity, True, parts=parts))
    return pieces


def parts_of(components: Components) -> tuple[Part, ...]:
    return tuple(Part(variant_id, quantity) for variant_id, quantity in components)


def _supply(found: Iterable[tuple[int, int, int]]) -> dict[int, list[list[int]]]:
    """variant → [location, quantity left] in the order of preference."""
    supply: dict[int, list[list[int]]] = defaultdict(list)
    for variant_id, location_id, quantity in found:
        supply[variant_id].append([location_id, quantity])
    return supply


def _pieces(
    place: int, line: BasketLine, keeps_stock: bool, supply: Mapping[int, list[list[int]]]
) -> list[Piece]:
    if line.location_id is not None or not keeps_stock:
        return [Piece(place, line.variant_id, line.kind, line.location_id, line.quantity, keeps_stock)]
    return [
        Piece(place, line.variant_id, line.kind, location_id, quantity, True)
        for location_id, quantity in _draw(supply[line.variant_id], line.quantity)
    ]


def _draw(sources: list[list[int]], quantity: int) -> list[tuple[int, int]]:
    """Take `quantity` out of the sources, the first ones first; what they lack is not covered."""
    drawn = []
    for source in sources:
        taken = min(source[1], quantity)
        if taken:
            drawn.append((source[0], taken))
            source[1] -= taken
            quantity -= taken
    return drawn


def with_reservations(pieces: Sequence[Piece], drawn: Sequence[int]) -> list[Piece]:
    """Give each piece that is reserved (a bundle's parts each) an id in rising order, drawing more than `drawn` if need be."""
    short = sum(piece.reservations for piece in pieces) - len(drawn)
    ids = iter([*sorted(drawn), *(inventory.draw_reservations(short) if short > 0 else [])])
    return [piece.named(ids) for piece in pieces]


def wants_of(pieces: Iterable[Piece], order_id: int, channel_id: int) -> list[inventory.Want]:
    """
    What to reserve; a reservation's source names the order and the line's position.

    What is delivered came from the channel's sources, which give it so much; what is collected is
    taken from the shop that the buyer chose.
    """
    return [
        inventory.Want(
            variant_id,
            piece.location_id,
            units,
            f"order:{order_id}:{piece.line + 1}",
            reservation_id,
            channel_id if piece.kind in SHIPPED else None,
        )
        for piece in pieces
        if piece.reserved and piece.location_id is not None
        for variant_id, units, reservation_id in _units_of(piece)
    ]


def behind(pieces: Iterable[Piece], channel_id: int) -> inventory.Behind:
    """The place in the queue of an order of these pieces: behind all others, not behind itself."""
    own: dict[int, int] = {}
    for piece in pieces:
        for variant_id, units, _ in _units_of(piece) if piece.waits else ():
            own[variant_id] = own.get(variant_id, 0) + units
    return inventory.Behind(channel_id, own)


def _units_of(piece: Piece) -> list[tuple[int, int, int | None]]:
    """(variant, units, reservation) that a piece holds: itself, or what its bundles are made of."""
    if not piece.parts:
        return [(piece.variant_id, piece.quantity, piece.reservation_id)]
    return [(part.variant_id, piece.quantity * part.quantity, part.reservation_id) for part in piece.parts]


def fulfilments_of(
    pieces: Iterable[Piece],
    *,
    status: str = Fulfilment.Status.RESERVED,
    apart: Mapping[int, int] = NOT_APART,
) -> list[NewFulfilment]:
    """
    A fulfilment for each way and location; what waits for stock is a proposal. `apart` numbers by place
    what is delivered apart.
    """
    groups: dict[tuple[str, int | None, bool, int | None], list[NewFulfilmentLine]] = defaultdict(list)
    for piece in pieces:
        line = NewFulfilmentLine(piece.line, piece.quantity, piece.reservation_id)
        groups[piece.kind, piece.location_id, piece.waits, apart.get(piece.line)].append(line)
    return [
        NewFulfilment(
            kind=kind,
            status=Fulfilment.Status.PROPOSED if waits else status,
            location_id=location_id,
            lines=tuple(lines),
        )
        for (kind, location_id, waits, _), lines in groups.items()
    ]
