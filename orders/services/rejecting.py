"""
A location can't hand over what it was asked for: its stock is put right, and the goods come from elsewhere.

What is rejected stays a fulfilment of that location, FAILED, with why and by whom. Its goods wait in a
new one without a location. What is delivered is in the one queue of who waits (`waiting`), which gives
it no location that rejects it still; what is collected waits for a person, since the buyer chose the shop.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from inventory import services as inventory
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox import publish as outbox
from omni.outbox.events import BacklogChanged, FulfilmentRejected
from omni.outbox.publish import Message
from orders import errors, states
from orders.models import ComponentReservation, Fulfilment, FulfilmentLine, Order
from orders.services.bundles import component_units, components_of_lines
from orders.services.parts import (
    Portion,
    Taken,
    lines_of,
    lock_by_number,
    lock_open_parts,
    reserved_of,
    set_apart,
    taken_of,
)
from orders.shipping import SHIPPED

# variant → units of stock.
Units = dict[int, int]


@dataclass(frozen=True, slots=True)
class Rejection:
    """
    Why a location can't hand goods over, as `RejectionReason` says it, and who said so.

    Of bundles `variant_ids` are the components that it is about; None: all of them. Without `correct`
    the books stay as they are, and the discrepancy alone tells of it.
    """

    reason: str
    note: str = ""
    variant_ids: Collection[int] | None = None
    correct: bool = True


@dataclass(frozen=True, slots=True)
class RejectedFulfilment:
    """`fulfilment_id` has FAILED; its `units` wait in `waiting_id` to be served from elsewhere."""

    number: str
    status: str
    fulfilment_id: int
    waiting_id: int
    units: int
    discrepancy_ids: tuple[int, ...]


def reject_fulfilment(
    *,
    number: str,
    fulfilment_id: int,
    rejection: Rejection,
    location_id: int | None = None,
    portions: Sequence[Portion] | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> RejectedFulfilment:
    """
    Reject what a location was to hand over, or `portions` of it: it is let go there and waits for elsewhere.

    `location_id` limits it to what leaves from there. Who serves it is decided moments after, in the
    order of the queue, by the handler of `BacklogChanged`; until then, or where nobody has it, an
    UNALLOCATED discrepancy tells people.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order, or it has no such fulfilment there.
        NotFulfillable: the order or the fulfilment is not open, or nothing is held for it anywhere.
        UnknownLines, AboveOpenQuantity: the portions are not there to be rejected.
        NotOfFulfilment: the rejection is about articles that are not in them.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=RejectedFulfilment):
            return replayed
        order = lock_by_number(number)
        there = Q() if location_id is None else Q(location_id=location_id)
        [part] = lock_open_parts(order, Q(pk=fulfilment_id) & there)
        taken = taken_of(_held(order, part), portions)
        result = _reject(order, part, taken, rejection, actor=actor, now=now)
        return idempotency.settle(claim, result, now=now)


def _held(order: Order, part: Fulfilment) -> list[FulfilmentLine]:
    """The lines for which goods are held; services go with the rest, and nobody can lack them."""
    bundled = set(
        ComponentReservation.objects.filter(fulfilment_line__fulfilment=part).values_list(
            "fulfilment_line", flat=True
        )
    )
    held = [line for line in lines_of([part]) if line.reservation_id is not None or line.pk in bundled]
    if part.location_id is None or not held:
        raise errors.NotFulfillable(order=order.number, fulfilment=part.pk, state="UNALLOCATED")
    return held


def _reject(
    order: Order, part: Fulfilment, taken: Taken, rejection: Rejection, *, actor: Actor, now: datetime
) -> RejectedFulfilment:
    """Reservations, then what waits, then the levels: in the order of locks."""
    inventory.lock_open(sorted(reserved_of(taken, component_units(taken))))
    goods = components_of_lines([line.order_line_id for line in taken])
    units = _units(taken, goods)
    _require_among(rejection, units)
    failed = set_apart(part, taken, now)
    reservation_ids = set_reservations_apart(failed, taken, actor=actor, now=now)
    _mark(failed, rejection, actor, now)
    waiting = _wait(failed, taken, now)
    _tell_people(order, taken, actor, now)
    _raise_backlog(order, waiting, taken, goods)
    _publish(order, failed, units, actor=actor, now=now)
    inventory.release(reservation_ids=reservation_ids, actor=actor, now=now)
    opened = _correct(failed, units, rejection, actor=actor, now=now)
    return RejectedFulfilment(
        order.number, order.status, failed.pk, waiting.pk, sum(taken.values()), tuple(opened)
    )


def _require_among(rejection: Rejection, units: Units) -> None:
    about = rejection.variant_ids
    if about is not None and not (about and units.keys() >= set(about)):
        raise errors.NotOfFulfilment(variant_ids=sorted(set(about) - units.keys()))


def set_reservations_apart(failed: Fulfilment, taken: Taken, *, actor: Actor, now: datetime) -> list[int]:
    """The reservations of exactly what is rejected; of which a part stays, that part is split off."""
    ids = []
    apart = {line.order_line_id: line for line in failed.lines.filter(reservation=None).order_by("pk")}
    for line, quantity in taken.items():
        whole = quantity == line.quantity
        if line.reservation_id is not None:
            pk = line.reservation_id if whole else _split(line.reservation_id, quantity, actor, now)
            if not whole:
                FulfilmentLine.objects.filter(pk=apart[line.order_line_id].pk).update(reservation=pk)
            ids.append(pk)
            continue
        for held in line.component_reservations.select_related("component").order_by("reservation"):
            if whole:
                ids.append(held.reservation_id)
                continue
            pk = _split(held.reservation_id, quantity * held.component.quantity, actor, now)
            ComponentReservation.objects.create(
                fulfilment_line=apart[line.order_line_id], component_id=held.component_id, reservation_id=pk
            )
            ids.append(pk)
    return sorted(ids)


def _split(reservation_id: int, quantity: int, actor: Actor, now: datetime) -> int:
    return inventory.split(reservation_id=reservation_id, quantity=quantity, actor=actor, now=now).pk


def _mark(failed: Fulfilment, rejection: Rejection, actor: Actor, now: datetime) -> None:
    states.move(failed, Fulfilment.Status.FAILED)
    failed.rejection, failed.note = str(rejection.reason), rejection.note
    failed.rejected_at, failed.rejected_by = now, str(actor)
    failed.save(update_fields=["status", "rejection", "note", "rejected_at", "rejected_by"])


def _wait(failed: Fulfilment, taken: Taken, now: datetime) -> Fulfilment:
    waiting = Fulfilment.objects.create(
        order_id=failed.order_id,
        kind=failed.kind,
        status=Fulfilment.Status.PROPOSED,
        created_at=now,
        rerouted=True,
    )
    FulfilmentLine.objects.bulk_create(
        FulfilmentLine(fulfilment=waiting, order_line_id=line.order_line_id, quantity=quantity)
        for line, quantity in taken.items()
    )
    return waiting


def _tell_people(order: Order, taken: Taken, actor: Actor, now: datetime) -> None:
    """It is held nowhere now; where it is found elsewhere, that settles it again."""
    sold: Units = {}
    for line, quantity in taken.items():
        variant_id = line.order_line.variant_id
        sold[variant_id] = sold.get(variant_id, 0) + quantity
    inventory.open_unallocated(source=f"order:{order.pk}", units=sold, actor=actor, now=now)


Goods = Mapping[int, Sequence[tuple[int, int]]]


def _raise_backlog(order: Order, waiting: Fulfilment, taken: Taken, goods: Goods) -> None:
    """
    Count what is delivered as waiting. It is no longer sold ahead, even where it once was: it had its
    units, and a policy's limit has no say in that.
    """
    if waiting.kind in SHIPPED:
        parts = [
            (line.order_line.variant_id, quantity, goods.get(line.order_line_id, ()), False)
            for line, quantity in taken.items()
        ]
        inventory.raise_backlog(inventory.changes_of(order.channel_id, parts))


def _units(taken: Taken, goods: Goods) -> Units:
    units: Units = {}
    for line, quantity in taken.items():
        for variant_id, each in goods.get(line.order_line_id, [(line.order_line.variant_id, 1)]):
            units[variant_id] = units.get(variant_id, 0) + quantity * each
    return units


def _publish(order: Order, failed: Fulfilment, units: Units, *, actor: Actor, now: datetime) -> None:
    assert failed.location_id is not None
    variant_ids = tuple(sorted(units))
    rejected = FulfilmentRejected(
        order_id=order.pk,
        number=order.number,
        fulfilment_id=failed.pk,
        location_id=failed.location_id,
        reason=failed.rejection,
        variant_ids=variant_ids,
    )
    messages = [Message(f"order:{order.pk}", rejected), Message("orders", BacklogChanged(variant_ids))]
    outbox.publish_all(messages, at=now, actor=actor)


def _correct(
    failed: Fulfilment, units: Units, rejection: Rejection, *, actor: Actor, now: datetime
) -> list[int]:
    """Put the stock right as the reason says. Letting go has locked the levels, by primary key."""
    assert failed.location_id is not None
    about = units if rejection.variant_ids is None else set(rejection.variant_ids)
    opened = [
        inventory.report_rejection(
            variant_id=variant_id,
            location_id=failed.location_id,
            quantity=quantity,
            reason=rejection.reason,
            source=f"fulfilment:{failed.pk}",
            correct=rejection.correct,
            actor=actor,
            now=now,
        )
        for variant_id, quantity in sorted(units.items())
        if variant_id in about
    ]
    return [pk for pk in opened if pk is not None]
