"""Which lines of an order come back, and whether they can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catalog import selectors as catalog
from inventory import services as inventory
from orders import errors
from orders.models import OrderLine

Lines = Mapping[int, OrderLine]


@dataclass(frozen=True, slots=True)
class ReturnItem:
    """
    Units that come back: on sale again, or (`restock` false) written off as damaged.

    They are of the order's line at `position`, or, without one, of what `code` stands for.
    """

    position: int | None
    quantity: int
    restock: bool = True
    code: str = ""
    lots: tuple[inventory.LotUnits, ...] = ()


@dataclass(frozen=True, slots=True)
class Back:
    """Units of one line that come back."""

    line: OrderLine
    quantity: int
    restock: bool
    lots: tuple[inventory.LotUnits, ...] = ()


def resolve(items: Sequence[ReturnItem], lines: Lines) -> list[Back]:
    """
    The lines that the items mean: those named, and for a code those that sold it, in order.

    Raises:
        UnknownSku: a code names nothing.
        UnknownLines, AboveReturnable: more than was fulfilled and has not come back.
    """
    placed = _by_position(items, lines)
    _require_returnable(placed, lines)
    return [
        Back(lines[item.position], item.quantity, item.restock, item.lots) for item in placed if item.position
    ]


def _by_position(items: Sequence[ReturnItem], lines: Lines) -> list[ReturnItem]:
    codes = {item.code for item in items if item.position is None}
    coded = catalog.get_by_codes(codes=codes) if codes else {}
    free = {position: returnable(line) for position, line in lines.items()}
    placed: list[ReturnItem] = []
    for item in items:
        if item.position is None:
            meant = coded[item.code]
            sold = [position for position, line in lines.items() if line.variant_id == meant.variant_id]
            placed += _spread(item, item.quantity * meant.quantity, sold, free)
        else:
            placed.append(item)
            free[item.position] = free.get(item.position, 0) - item.quantity
    return placed


def _spread(item: ReturnItem, quantity: int, sold: Sequence[int], free: dict[int, int]) -> list[ReturnItem]:
    """The units over the lines that sold them; `free` is counted down."""
    there = sum(max(free[position], 0) for position in sold)
    if quantity > there:
        raise errors.AboveReturnable(lines=[{"code": item.code, "requested": quantity, "returnable": there}])
    placed = []
    for position in sold:
        if (part := min(quantity, free[position])) > 0:
            mine, rest = inventory.share_out(item.lots, part)
            placed.append(replace(item, position=position, quantity=part, lots=mine))
            item = replace(item, lots=rest)
            free[position] -= part
            quantity -= part
    return placed


def _require_returnable(placed: Sequence[ReturnItem], lines: Lines) -> None:
    wanted: dict[int, int] = {}
    for item in placed:
        if item.position is not None:
            wanted[item.position] = wanted.get(item.position, 0) + item.quantity
    if unknown := sorted(wanted.keys() - lines.keys()):
        raise errors.UnknownLines(positions=unknown)
    above = [
        {"position": position, "requested": quantity, "returnable": returnable(lines[position])}
        for position, quantity in sorted(wanted.items())
        if quantity > returnable(lines[position])
    ]
    if above:
        raise errors.AboveReturnable(lines=above)


def returnable(line: OrderLine) -> int:
    """The units that were handed over and have not come back."""
    left: int = line.fulfilled_quantity - line.returned_quantity
    return left
