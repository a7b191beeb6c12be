"""A part of an order that is to come from another location: what is held for it here is held there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from inventory import services as inventory
from inventory.errors import SameLocation
from inventory.sourcing import serves
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders import errors
from orders.models import ComponentReservation, Fulfilment, Order
from orders.services.parts import lock_by_number, lock_open_parts
from orders.shipping import SHIPPED
from organisation.models import Location

# A warehouse sends what was ordered, and so does a shop that ships: the buyer's line says `SHIP`.
SENDING = (Location.Capability.SHIP, Location.Capability.SHIP_FROM_STORE)


# What its new location has not done yet: its time begins anew.
UNTOUCHED: dict[str, None] = dict.fromkeys(("accepted_at", "accept_by", "ready_by", "escalated_at"))


@dataclass(frozen=True, slots=True)
class MovedFulfilment:
    """`fulfilment_id` of the order is sent from the location with the code `location`."""

    number: str
    fulfilment_id: int
    location: str


def move_fulfilment(
    *, number: str, fulfilment_id: int, location_id: int, claim: Claim, actor: Actor, now: datetime
) -> MovedFulfilment:
    """
    Send what nobody has begun to pick from another location, all of the part or nothing.

    Of what is collected the buyer chose the shop: that is not moved. The new location may be any
    that ships and serves the channel, whatever its source's rule gives: people decide it.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order, or it has no such part that is delivered.
        NotFulfillable: the order is not open, or the part is not RESERVED.
        SameLocation
        LocationUnfit: the location does not ship, is closed, or serves other channels.
        ReservationNotOpen
        InsufficientStock: over there is not enough; nothing has changed.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=MovedFulfilment):
            return replayed
        order = lock_by_number(number)
        [part] = lock_open_parts(order, Q(pk=fulfilment_id, kind__in=SHIPPED))
        begun = part.picking_at is not None or part.status != Fulfilment.Status.RESERVED
        if begun or part.location_id is None:
            raise errors.NotFulfillable(order=order.number, fulfilment=part.pk, state=part.status)
        if part.location_id == location_id:
            raise SameLocation()
        location = _fit_location(order, part, location_id, now)
        Fulfilment.objects.filter(pk=part.pk).update(location_id=location_id, **UNTOUCHED)
        # The contended rows: the levels of both places, locked last.
        inventory.move(reservation_ids=_held(part), location_id=location_id, actor=actor, now=now)
        moved = MovedFulfilment(order.number, part.pk, location.code)
        return idempotency.settle(claim, moved, now=now)


def _fit_location(order: Order, part: Fulfilment, location_id: int, now: datetime) -> Location:
    location = Location.objects.get(pk=location_id)
    sends = not set(SENDING).isdisjoint(location.capabilities)
    if not (sends and serves(location, order.channel, at=now)):
        raise errors.LocationUnfit(location=location.code, kind=part.kind, field="location", rule="ships")
    return location


def _held(part: Fulfilment) -> list[int]:
    """What holds the part's goods, those of bundles' components among them."""
    named = part.lines.filter(reservation__isnull=False).values_list("reservation", flat=True)
    components = ComponentReservation.objects.filter(fulfilment_line__fulfilment=part)
    return sorted({*named, *components.values_list("reservation", flat=True)})
