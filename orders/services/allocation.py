"""Where a basket's lines come from: pieces of lines, each from one location."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inventory import services as inventory
from orders.models import Fulfilment
from orders.pricing import BasketLine
from orders.writing import NewFulfilment, NewFulfilmentLine


@dataclass(frozen=True, slots=True)
class Piece:
    """`quantity` of the line at place `line`; `reserved` where stock is kept of it."""

    line: int
    variant_id: int
    kind: str
    location_id: int | None
    quantity: int
    reserved: bool
    reservation_id: int | None = None


def choose_sources(
    lines: Sequence[BasketLine], *, channel_id: int, keeps_stock: Mapping[int, bool], now: datetime
) -> list[Piece]:
    """
    Split lines into pieces by location: a line's own, or those that the channel's sources give.

    Reads only; reserving is what makes it true.

    Raises:
        InsufficientStock: the channel's sources have not enough.
    """
    from_anywhere = [
        (line.variant_id, line.quantity)
        for line in lines
        if line.location_id is None and keeps_stock[line.variant_id]
    ]
    found = inventory.allocate(channel_id=channel_id, wants=from_anywhere, now=now) if from_anywhere else []
    supply = _supply(found)
    return [
        piece
        for place, line in enumerate(lines)
        for piece in _pieces(place, line, keeps_stock[line.variant_id], supply)
    ]


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
    """Give each piece that is reserved an id in rising order, drawing more than `drawn` if need be."""
    short = sum(piece.reserved for piece in pieces) - len(drawn)
    ids = iter([*sorted(drawn), *(inventory.draw_reservations(short) if short > 0 else [])])
    return [replace(piece, reservation_id=next(ids)) if piece.reserved else piece for piece in pieces]


def wants_of(pieces: Iterable[Piece], order_id: int) -> list[inventory.Want]:
    """What to reserve; a reservation's source names the order and the line's position."""
    return [
        inventory.Want(
            piece.variant_id,
            piece.location_id,
            piece.quantity,
            f"order:{order_id}:{piece.line + 1}",
            piece.reservation_id,
        )
        for piece in pieces
        if piece.reserved and piece.location_id is not None
    ]


def fulfilments_of(
    pieces: Iterable[Piece], *, status: str = Fulfilment.Status.RESERVED
) -> list[NewFulfilment]:
    """A fulfilment for each way and location."""
    groups: dict[tuple[str, int | None], list[NewFulfilmentLine]] = defaultdict(list)
    for piece in pieces:
        line = NewFulfilmentLine(piece.line, piece.quantity, piece.reservation_id)
        groups[piece.kind, piece.location_id].append(line)
    return [
        NewFulfilment(kind=kind, status=status, location_id=location_id, lines=tuple(lines))
        for (kind, location_id), lines in groups.items()
    ]
