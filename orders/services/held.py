"""Serving an order that waits for stock out of what staff hold by hand."""

from dataclasses import dataclass
from datetime import datetime

from inventory import errors as stock_errors
from inventory import services as inventory
from inventory.models import Reservation
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from orders.errors import NothingWaits
from orders.models import FulfilmentLine, Order
from orders.services.backlog import Part, lower
from orders.services.closing import lock_order
from orders.services.sharing import Share, move_shares


@dataclass(frozen=True, slots=True)
class ServedFromHold:
    """`quantity` units of the order's line at `position` are held for it from now on."""

    number: str
    position: int
    quantity: int


def serve_from_hold(
    *, number: str, reservation_id: int, claim: Claim, actor: Actor, now: datetime
) -> ServedFromHold:
    """
    Give units held by hand to an order that waits for them; none of them is free in between.

    What the hold has beyond that stays held by hand.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order.
        NotAHold, ReservationNotOpen: the units are another's, or their time has run out.
        NothingWaits: nothing of the order waits for this article.
    """
    order_id = Order.objects.filter(number=number).values_list("pk", flat=True).first()
    if order_id is None:
        raise NotFound(order=number)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=ServedFromHold):
            return replayed
        order = lock_order(order_id=order_id)
        [hold] = inventory.lock_live([reservation_id], now=now)
        if not hold.is_hold:
            raise stock_errors.NotAHold(source=hold.source)
        part = _waiting_part(order, hold.variant_id)
        units = min(part.quantity, hold.quantity)
        _serve(part, hold, units, actor=actor, now=now)
        served = ServedFromHold(order.number, part.position, units)
        return idempotency.settle(claim, served, now=now)


def _waiting_part(order: Order, variant_id: int) -> Part:
    """The first part of the order that waits for the variant."""
    line = (
        FulfilmentLine.objects.waiting()
        .filter(fulfilment__order=order, order_line__variant=variant_id)
        .select_related("fulfilment", "order_line__promise")
        .order_by("pk")
        .first()
    )
    if line is None or order.status != Order.Status.PLACED:
        raise NothingWaits(order=order.number)
    return Part(
        line.pk,
        line.fulfilment_id,
        line.fulfilment.kind,
        order.pk,
        order.channel_id,
        line.order_line_id,
        line.order_line.position,
        variant_id,
        line.quantity,
        hasattr(line.order_line, "promise") and not line.fulfilment.rerouted,
        goods=((variant_id, 1),),
    )


def _serve(part: Part, hold: Reservation, units: int, *, actor: Actor, now: datetime) -> None:
    if units < hold.quantity:
        hold = inventory.split(reservation_id=hold.pk, quantity=units, actor=actor, now=now)
    lower([(part, units)])
    share = Share(part, hold.location_id, units, last=units == part.quantity)
    move_shares([share], [hold.pk], now)
    found = inventory.Found(f"order:{part.order_id}", part.variant_id, hold.location_id, units)
    inventory.resolve_found(found=[found], actor=actor, now=now)
    conversion = inventory.Conversion(hold.pk, f"order:{part.order_id}:{part.position}")
    inventory.convert(conversions=[conversion], actor=actor, now=now)
