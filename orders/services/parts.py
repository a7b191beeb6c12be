"""An order's open parts: locked, told by portions, and divided where only some of one goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from omni.core.errors import NotFound
from orders import errors, states
from orders.models import Fulfilment, FulfilmentLine, Order
from orders.services.closing import OPEN_FULFILMENTS, lock_order

# How much of each line of a fulfilment.
Taken = dict[FulfilmentLine, int]


@dataclass(frozen=True, slots=True)
class Portion:
    """So many units of the order's line at `position`."""

    position: int
    quantity: int


def lock_by_number(number: str) -> Order:
    """
    Lock the order's person, its cart and the order itself, in that order.

    Raises:
        NotFound: there is no such order.
    """
    order_id = Order.objects.filter(number=number).values_list("pk", flat=True).first()
    if order_id is None:
        raise NotFound(order=number)
    return lock_order(order_id=order_id)


def lock_open_parts(order: Order, wanted: Q) -> list[Fulfilment]:
    """
    Lock the fulfilments of a locked order that are `wanted`, and answer those that are open.

    Raises:
        NotFound: it has none.
        NotFulfillable: the order, or every one of them, is not open.
    """
    parts = list(order.fulfilments.filter(wanted).order_by("pk").select_for_update(no_key=True))
    if not parts:
        raise NotFound(order=order.number)
    open_ids = set(order.fulfilments.filter(OPEN_FULFILMENTS).values_list("pk", flat=True))
    waiting = [part for part in parts if part.pk in open_ids]
    if order.status != Order.Status.PLACED or not waiting:
        state = order.status if order.status != Order.Status.PLACED else parts[0].status
        raise errors.NotFulfillable(order=order.number, fulfilment=parts[0].pk, state=state)
    return waiting


def lines_of(parts: Sequence[Fulfilment]) -> list[FulfilmentLine]:
    lines = FulfilmentLine.objects.filter(fulfilment__in=parts, quantity__gt=0)
    return list(lines.select_related("order_line__variant", "fulfilment").order_by("pk"))


def taken_of(lines: Sequence[FulfilmentLine], portions: Sequence[Portion] | None) -> Taken:
    """
    How much of each fulfilment line is meant: everything, or what the portions say.

    Raises:
        UnknownLines, AboveOpenQuantity: the portions are not there.
    """
    if portions is None:
        return {line: line.quantity for line in lines}
    wanted: dict[int, int] = {}
    for portion in portions:
        wanted[portion.position] = wanted.get(portion.position, 0) + portion.quantity
    _require_open(wanted, lines)
    taken: Taken = {}
    for line in lines:
        position = line.order_line.position
        if part := min(wanted.get(position, 0), line.quantity):
            taken[line] = part
            wanted[position] -= part
    return taken


def _require_open(wanted: Mapping[int, int], lines: Sequence[FulfilmentLine]) -> None:
    held: dict[int, int] = {}
    for line in lines:
        held[line.order_line.position] = held.get(line.order_line.position, 0) + line.quantity
    if unknown := sorted(wanted.keys() - held.keys()):
        raise errors.UnknownLines(positions=unknown)
    above = [
        {"position": position, "requested": quantity, "open": held[position]}
        for position, quantity in sorted(wanted.items())
        if quantity > held[position]
    ]
    if above:
        raise errors.AboveOpenQuantity(lines=above)


def reserved_of(taken: Taken, parts_held: Mapping[int, Mapping[int, int]]) -> dict[int, int]:
    """The units of each reservation that are meant, those of bundles' components among them."""
    units = {line.reservation_id: quantity for line, quantity in taken.items() if line.reservation_id}
    for each in parts_held.values():
        units.update(each)
    return units


def set_apart(part: Fulfilment, taken: Taken, now: datetime) -> Fulfilment:
    """What is taken of a part, as a fulfilment of its own; the part itself where that is all of it."""
    held = part.lines.filter(quantity__gt=0)
    if sum(taken.values()) == sum(held.values_list("quantity", flat=True)):
        return part
    return _split(part, taken, now)


def _split(part: Fulfilment, taken: Taken, now: datetime) -> Fulfilment:
    """A line that goes whole takes its reservation along; of which a part stays, that part keeps it."""
    split = Fulfilment.objects.create(
        order_id=part.order_id,
        kind=part.kind,
        status=part.status,
        location_id=part.location_id,
        created_at=now,
        accepted_at=part.accepted_at,
        ready_at=part.ready_at,
        accept_by=part.accept_by,
        picking_at=part.picking_at,
        packed_at=part.packed_at,
        ready_by=part.ready_by,
        escalated_at=part.escalated_at,
        rerouted=part.rerouted,
    )
    for line, quantity in taken.items():
        if quantity == line.quantity:
            FulfilmentLine.objects.filter(pk=line.pk).update(fulfilment=split)
        else:
            FulfilmentLine.objects.filter(pk=line.pk).update(quantity=F("quantity") - quantity)
            FulfilmentLine.objects.create(
                fulfilment=split, order_line_id=line.order_line_id, quantity=quantity
            )
    return split


def complete_when_done(order: Order, now: datetime) -> None:
    """An order of which nothing is left to hand over is complete."""
    waiting = order.lines.filter(quantity__gt=F("fulfilled_quantity") + F("cancelled_quantity"))
    if not waiting.exists():
        states.move(order, Order.Status.COMPLETED)
        order.completed_at = now
        order.save(update_fields=["status", "completed_at"])
