"""
A location's work on what leaves from there: accepted, picked, packed, ready. Handing over is `fulfil`'s.

Each step is taken once, by whom and when is kept, and no step is left out backwards: who packs what nobody
accepted has accepted it. Which states they lead through says `states`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox import publish as outbox
from omni.outbox.events import FulfilmentReady
from orders import errors, states
from orders.models import Fulfilment, FulfilmentStep, Order
from orders.services.parts import lock_by_number, lock_open_parts
from orders.shipping import SHIPPED
from organisation import opening
from organisation import selectors as organisation
from organisation.models import Location

Step = FulfilmentStep.Step


@dataclass(frozen=True, slots=True)
class Worked:
    """Where the work on a fulfilment stands after a step, in UTC; `ready_by` where its location's hours say."""

    number: str
    fulfilment_id: int
    status: str
    step: str
    at: datetime
    ready_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which fulfilment of which order; `location_id` limits it to what leaves from there."""

    number: str
    fulfilment_id: int
    location_id: int | None = None


# The moment that each step leaves on the fulfilment, in the order of the work.
MOMENTS = {
    Step.ACCEPT: "accepted_at",
    Step.PICK: "picking_at",
    Step.PACK: "packed_at",
    Step.READY: "ready_at",
}
# What is packed and what is ready is told by the state too.
AFTER = {Step.PACK: Fulfilment.Status.PREPARED, Step.READY: Fulfilment.Status.READY}


def accept_fulfilment(*, asked: Asked, claim: Claim, actor: Actor, now: datetime) -> Worked:
    """
    Say that the location will do it; by when it is to be ready is set with that.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order, or it has no such fulfilment there.
        NotFulfillable: the order or the fulfilment is not open, or nothing is held for it anywhere.
        StepTaken: it, or a later step, was taken before.
    """
    return _take(Step.ACCEPT, asked, claim, actor, now)


def start_picking(*, asked: Asked, claim: Claim, actor: Actor, now: datetime) -> Worked:
    """Say that somebody collects the goods from the shelves. Raises as `accept_fulfilment`."""
    return _take(Step.PICK, asked, claim, actor, now)


def pack_fulfilment(*, asked: Asked, claim: Claim, actor: Actor, now: datetime) -> Worked:
    """Say that the goods are together and packed: PREPARED. Raises as `accept_fulfilment`."""
    return _take(Step.PACK, asked, claim, actor, now)


def ready_fulfilment(*, asked: Asked, claim: Claim, actor: Actor, now: datetime) -> Worked:
    """Say that it may be collected, or go to the carrier: READY, and told. Raises as `accept_fulfilment`."""
    return _take(Step.READY, asked, claim, actor, now)


def _take(step: FulfilmentStep.Step, asked: Asked, claim: Claim, actor: Actor, now: datetime) -> Worked:
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Worked):
            return replayed
        order = lock_by_number(asked.number)
        there = Q() if asked.location_id is None else Q(location_id=asked.location_id)
        [part] = lock_open_parts(order, Q(pk=asked.fulfilment_id) & there)
        _require_next(order, part, step)
        if part.accepted_at is None:
            part.ready_by = due_ready(part, now)
        _mark(part, step, now)
        FulfilmentStep.objects.create(fulfilment=part, step=step, at=now, actor=str(actor))
        if step == Step.READY:
            _tell_ready(order, part, actor, now)
        worked = Worked(order.number, part.pk, part.status, step, now, part.ready_by)
        return idempotency.settle(claim, worked, now=now)


def _require_next(order: Order, part: Fulfilment, step: FulfilmentStep.Step) -> None:
    """It is held somewhere, and neither this step nor a later one was taken."""
    if part.location_id is None:
        raise errors.NotFulfillable(order=order.number, fulfilment=part.pk, state="UNALLOCATED")
    steps = list(MOMENTS)
    for later in steps[steps.index(step) :]:
        if (taken := getattr(part, MOMENTS[later])) is not None:
            raise errors.StepTaken(order=order.number, fulfilment=part.pk, step=later, at=taken)


def _mark(part: Fulfilment, step: FulfilmentStep.Step, now: datetime) -> None:
    if step in AFTER:
        states.move(part, AFTER[step])
    if part.accepted_at is None:
        part.accepted_at = now
    setattr(part, MOMENTS[step], now)
    # What was overdue has gone on: it becomes so again only by its next time.
    if step == Step.READY or part.ready_by is None or part.ready_by > now:
        part.escalated_at = None
    part.save(
        update_fields=["status", "accepted_at", "ready_by", MOMENTS[step], "escalated_at"],
    )


def _tell_ready(order: Order, part: Fulfilment, actor: Actor, now: datetime) -> None:
    assert part.location_id is not None
    ready = FulfilmentReady(
        order_id=order.pk,
        number=order.number,
        fulfilment_id=part.pk,
        location_id=part.location_id,
        kind=part.kind,
    )
    outbox.publish(f"order:{order.pk}", ready, at=now, actor=actor)


def due_ready(part: Fulfilment, now: datetime) -> datetime | None:
    """
    When what is delivered leaves next, and what is collected was promised when it was ordered: a lead
    time of opening hours after. None where nothing is known of the location's hours.
    """
    assert part.location_id is not None
    location = Location.objects.get(pk=part.location_id)
    if part.kind in SHIPPED:
        schedule = organisation.get_schedule(location, since=now.date())
        return opening.next_dispatch(schedule, location.dispatch_until, now)
    schedule = organisation.get_schedule(location, since=part.created_at.date())
    return after_opening(schedule, part.created_at, schedule.lead)


def after_opening(schedule: opening.Schedule, at: datetime, lead: timedelta) -> datetime | None:
    """After so much of opening time; of the clock's, where no hours are known."""
    if not schedule.known:
        return at + lead
    return opening.ready_at(opening.with_lead(schedule, lead), at)
