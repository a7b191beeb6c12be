"""Which lots and serial numbers go with the lines of an order, as the inventory is told of them."""

from collections.abc import Iterator, Mapping, Sequence

from inventory import services as inventory
from inventory.errors import LotsRefused
from orders.models import ComponentReservation, FulfilmentLine

Named = Mapping[int, Sequence[inventory.LotUnits]]


def lots_by_reservation(
    taken: Mapping[FulfilmentLine, int], named: Named
) -> dict[int, tuple[inventory.LotUnits, ...]]:
    """
    What is named by variant, shared out to the reservations that hold these units: the lines' own, and
    of bundles those of their components.

    Raises:
        LotsRefused: more of a variant is named than goes, or nothing of it goes.
    """
    if not named:
        return {}
    left = {variant_id: tuple(lots) for variant_id, lots in named.items()}
    found = {}
    for variant_id, reservation_id, units in _going(taken):
        mine, left[variant_id] = inventory.share_out(left.get(variant_id, ()), units)
        if mine:
            found[reservation_id] = mine
    if over := [lot for lots in left.values() for lot in lots]:
        raise LotsRefused(field="lots", rule="more-than-goes", lot=over[0].number)
    return found


def _going(taken: Mapping[FulfilmentLine, int]) -> Iterator[tuple[int, int, int]]:
    """(variant, reservation, units) of what goes, in the order of the lines."""
    for line, units in taken.items():
        if line.reservation_id is not None:
            yield line.order_line.variant_id, line.reservation_id, units
    bundles = {line.pk: units for line, units in taken.items() if line.reservation_id is None}
    rows = ComponentReservation.objects.filter(fulfilment_line__in=bundles).order_by("pk")
    for line_id, variant_id, reservation_id, each in rows.values_list(
        "fulfilment_line_id", "component__variant_id", "reservation_id", "component__quantity"
    ):
        yield variant_id, reservation_id, bundles[line_id] * each
