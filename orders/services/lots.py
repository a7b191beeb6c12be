"""Which lots and serial numbers go with the lines of an order, as the inventory is told of them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from inventory import services as inventory
from orders.models import FulfilmentLine

if TYPE_CHECKING:
    from orders.services.fulfil import Portion


def lots_by_reservation(
    taken: Mapping[FulfilmentLine, int], portions: Iterable["Portion"]
) -> dict[int, tuple[inventory.LotUnits, ...]]:
    """What portions name by position, shared out to the reservations that hold these positions."""
    named: dict[int, tuple[inventory.LotUnits, ...]] = {}
    for portion in portions:
        named[portion.position] = (*named.get(portion.position, ()), *portion.lots)
    found = {}
    for line, quantity in taken.items():
        position = line.order_line.position
        mine, named[position] = inventory.share_out(named.get(position, ()), quantity)
        if mine and line.reservation_id is not None:
            found[line.reservation_id] = mine
    return found
