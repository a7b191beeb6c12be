"""
Bundles in orders: their components are chosen, held, moved and given back together.

A line counts bundles, and so do its fulfilments; what is held and moved are its components, as they
were when it was sold.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from catalog import selectors as catalog
from catalog.selectors import Components
from inventory import services as inventory
from inventory.errors import InsufficientStock
from orders.models import ComponentReservation, FulfilmentLine, LineComponent
from orders.pricing import BasketLine
from orders.services.allocation import Piece
from orders.writing import Written


def write_components(pieces: Iterable[Piece], written: Written) -> None:
    """
    Note what the bundles' lines are made of, and what holds it. No statement where there are none.

    The reservations may be made after it: their keys are checked at commit.
    """
    bundled = [piece for piece in pieces if piece.parts]
    if not bundled:
        return
    sold = {written.line_ids[piece.line]: components_of(piece) for piece in bundled}
    components = write_line_components(sold)
    of_part = _part_lines(written, list(sold))
    ComponentReservation.objects.bulk_create(
        ComponentReservation(
            fulfilment_line_id=of_part[written.line_ids[piece.line], piece.location_id],
            component_id=components[written.line_ids[piece.line], part.variant_id],
            reservation_id=part.reservation_id,
        )
        for piece in bundled
        for part in piece.parts
        if piece.location_id is not None and part.reservation_id is not None
    )


def _part_lines(written: Written, line_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """(order line, location) → the fulfilment line that has them."""
    rows = FulfilmentLine.objects.filter(
        fulfilment__in=written.fulfilment_ids, fulfilment__location__isnull=False, order_line__in=line_ids
    ).values_list("pk", "order_line_id", "fulfilment__location_id")
    return {(line_id, location_id): pk for pk, line_id, location_id in rows if location_id}


def components_of(piece: Piece) -> Components:
    return tuple((part.variant_id, part.quantity) for part in piece.parts)


def write_line_components(sold: Mapping[int, Components]) -> dict[tuple[int, int], int]:
    """Write what each line is made of; (line, variant) → the row that says so."""
    rows = LineComponent.objects.bulk_create(
        LineComponent(line_id=line_id, variant_id=variant_id, quantity=quantity)
        for line_id, components in sold.items()
        for variant_id, quantity in components
    )
    return {(row.line_id, row.variant_id): row.pk for row in rows}


def hold_shares(
    lines: Sequence[FulfilmentLine], components: Mapping[int, Sequence[LineComponent]]
) -> list[inventory.Want]:
    """Name the reservations of parts of bundles that got a location, and answer what to reserve."""
    units = [(line, part) for line in lines for part in components[line.order_line_id]]
    ids = inventory.draw_reservations(len(units))
    ComponentReservation.objects.bulk_create(
        ComponentReservation(fulfilment_line=line, component=part, reservation_id=pk)
        for (line, part), pk in zip(units, ids, strict=True)
    )
    return [
        inventory.Want(
            part.variant_id,
            line.fulfilment.location_id or 0,
            line.quantity * part.quantity,
            f"order:{line.fulfilment.order_id}:{line.order_line.position}",
            pk,
        )
        for (line, part), pk in zip(units, ids, strict=True)
    ]


def component_units(taken: Mapping[FulfilmentLine, int]) -> dict[int, dict[int, int]]:
    """
    The units of each reservation that so many bundles of each fulfilment line take, by that line.

    No statement where every line has a reservation of its own, or needs none.
    """
    bundled = {
        line.pk: quantity
        for line, quantity in taken.items()
        if line.reservation_id is None and line.order_line.variant.keeps_stock
    }
    if not bundled:
        return {}
    rows = ComponentReservation.objects.filter(fulfilment_line__in=bundled)
    units: dict[int, dict[int, int]] = {}
    for line_id, reservation_id, quantity in rows.values_list(
        "fulfilment_line_id", "reservation_id", "component__quantity"
    ):
        units.setdefault(line_id, {})[reservation_id] = quantity * bundled[line_id]
    return units


def components_of_lines(line_ids: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
    """line → (variant, units) that one unit of it was sold with; lines of no bundle are absent."""
    units: dict[int, list[tuple[int, int]]] = {}
    rows = LineComponent.objects.filter(line__in=line_ids).order_by("pk")
    for line_id, variant_id, quantity in rows.values_list("line_id", "variant_id", "quantity"):
        units.setdefault(line_id, []).append((variant_id, quantity))
    return units


@contextmanager
def told_as_bundles(pieces: Sequence[Piece], lines: Sequence[BasketLine]) -> Iterator[None]:
    """Name the bundles that were ordered where their components are short: the buyer knows only those."""
    try:
        yield
    except InsufficientStock as short:
        bundled = [piece for piece in pieces if piece.parts]
        if not bundled:
            raise
        raise InsufficientStock(shortages=_by_bundle(short.data()["shortages"], bundled, lines)) from short


def _by_bundle(
    shortages: Sequence[dict[str, Any]], bundled: Sequence[Piece], lines: Sequence[BasketLine]
) -> list[dict[str, Any]]:
    variants = catalog.find_variants(skus=[short["sku"] for short in shortages])
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for short in shortages:
        named = {**short}
        for piece in bundled:
            for part in piece.parts:
                if part.variant_id == variants[short["sku"]]:
                    named["sku"] = lines[piece.line].sku
                    named["requested"] = piece.quantity
                    named["available"] = short["available"] // part.quantity
        told.setdefault((named["sku"], named["location"]), named)
    return list(told.values())
