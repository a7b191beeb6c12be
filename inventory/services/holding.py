"""
What staff do with units held by hand (取り置き, or kept back for a reason of the shop's).

A hold is a reservation whose source is `hold:` and its own number. What is reserved for an order
is changed through the order: its fulfilments name it, and would tell another story.
"""

from dataclasses import dataclass
from datetime import datetime

from inventory import errors
from inventory.models import Reservation
from inventory.services import promises
from inventory.services.moving import refuse_stockless
from inventory.services.reserving import draw_reservations, release, reserve
from inventory.services.wants import Want
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox.publish import publish_all


@dataclass(frozen=True, slots=True)
class Held:
    """A hold as the operation left it; `status` is RELEASED where it was let go."""

    id: int
    location_id: int
    quantity: int
    status: str
    expires_at: datetime | None


def hold_stock(
    *,
    variant_id: int,
    location_id: int,
    quantity: int,
    expires_at: datetime,
    note: str,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> Held:
    """
    Hold `quantity` units (above zero) at a location until `expires_at`, and note why.

    Raises:
        ClaimInFlight, ClaimMismatch
        ExpiryNotLater: the time is over already.
        KeepsNoStock
        InsufficientStock: there is not so much; nothing is held.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Held):
            return replayed
        if expires_at <= now:
            raise errors.ExpiryNotLater(field="expires_at", rule="later", expires_at=now)
        refuse_stockless([variant_id])
        [pk] = draw_reservations(1)
        want = Want(variant_id, location_id, quantity, f"{Reservation.HOLD}{pk}", pk)
        reserve(wants=[want], expires_at=expires_at, actor=actor, now=now)
        Reservation.objects.filter(pk=pk).update(note=note, actor=str(actor))
        row = Reservation.objects.get(pk=pk)
        publish_all([promises.reservation_changed(row, "HELD")], at=now, actor=actor)
        return idempotency.settle(claim, _held(row), now=now)


def extend_hold(
    *, reservation_id: int, expires_at: datetime, claim: Claim, actor: Actor, now: datetime
) -> Held:
    """
    Hold the units until later.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotAHold, ReservationNotOpen, ExpiryNotLater
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Held):
            return replayed
        _lock_hold(reservation_id, now)
        promises.extend(reservation_ids=[reservation_id], expires_at=expires_at, actor=actor, now=now)
        return idempotency.settle(claim, _read(reservation_id), now=now)


def split_hold(*, reservation_id: int, quantity: int, claim: Claim, actor: Actor, now: datetime) -> Held:
    """
    Make a hold of its own of `quantity` of the units; the answer is the new one.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotAHold, ReservationNotOpen, SplitLeavesNothing
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Held):
            return replayed
        _lock_hold(reservation_id, now)
        part = promises.split(reservation_id=reservation_id, quantity=quantity, actor=actor, now=now)
        return idempotency.settle(claim, _held(part), now=now)


def move_hold(*, reservation_id: int, location_id: int, claim: Claim, actor: Actor, now: datetime) -> Held:
    """
    Hold the same units of stock at another location instead. No goods move: those there are held.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotAHold, ReservationNotOpen
        SameLocation: they are held there.
        InsufficientStock: over there is not enough; the hold stays where it is.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Held):
            return replayed
        if _lock_hold(reservation_id, now).location_id == location_id:
            raise errors.SameLocation()
        promises.move(reservation_ids=[reservation_id], location_id=location_id, actor=actor, now=now)
        return idempotency.settle(claim, _read(reservation_id), now=now)


def release_hold(*, reservation_id: int, claim: Claim, actor: Actor, now: datetime) -> Held:
    """
    Let a hold's units go before its time.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotAHold, ReservationNotOpen
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Held):
            return replayed
        row = _lock_hold(reservation_id, now)
        publish_all([promises.reservation_changed(row, "RELEASED")], at=now, actor=actor)
        release(reservation_ids=[reservation_id], actor=actor, now=now)
        return idempotency.settle(claim, _read(reservation_id), now=now)


def _lock_hold(reservation_id: int, now: datetime) -> Reservation:
    [row] = promises.lock_live([reservation_id], now=now)
    if not row.is_hold:
        raise errors.NotAHold(source=row.source)
    return row


def _read(reservation_id: int) -> Held:
    return _held(Reservation.objects.get(pk=reservation_id))


def _held(row: Reservation) -> Held:
    return Held(row.pk, row.location_id, row.quantity, str(row.status), row.expires_at)
