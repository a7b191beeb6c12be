"""Corrections by staff: points given or taken for a reason, on the record."""

from dataclasses import dataclass
from datetime import datetime

from customers.models import Customer
from loyalty.errors import NoProgramme, NoSuchPerson, ReasonMissing
from loyalty.models import Programme
from loyalty.selectors import balance_of
from loyalty.services.earn import Accrual, issue
from loyalty.services.postings import Kind, Own, Posted, announce
from loyalty.services.spend import WITHDRAW, take
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.core.limits import require_units

MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class AdjustedPoints:
    """`points` were given (or, below zero, taken); the person's balance is now `balance`."""

    points: int
    balance: int


def adjust_points(
    *,
    customer_id: int,
    points: int,
    reason: str,
    claim: Claim,
    actor: Actor,
    now: datetime,
    programme_id: int | None = None,
) -> AdjustedPoints:
    """
    Give a customer points, or take some, soonest-expiring first; the reason stays on the ledger.

    Given points are a lot of their own, active at once. Without a programme it is the group's
    oldest.

    Raises:
        InvalidField: nothing would be given or taken, or more than is counted in one go.
        ReasonMissing: staff say why.
        InsufficientPoints: more would be taken than the person has.
        ClaimInFlight, ClaimMismatch
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=AdjustedPoints):
            return replayed
        if not points:
            raise InvalidField(field="points", rule="not-zero")
        require_units(points, field="points")
        if not reason.strip():
            raise ReasonMissing(field="reason", rule="required")
        customer = Customer.objects.filter(pk=customer_id).first()
        if customer is None:
            raise NoSuchPerson(customer_id=customer_id)
        programme_id = programme_id or _oldest_programme()
        change = _give if points > 0 else _withdraw
        posted = change(programme_id, customer, points, reason.strip()[:MAX_REASON], actor, now)
        announce(posted, at=now, actor=actor, publish=True)
        balance = balance_of(customer.person_id, now=now, programme_id=programme_id).balance
        return idempotency.settle(claim, AdjustedPoints(points=points, balance=balance), now=now)


def _oldest_programme() -> int:
    found = Programme.objects.order_by("pk").values_list("pk", flat=True).first()
    if found is None:
        raise NoProgramme(channel_id=None)
    return found


def _give(
    programme_id: int, customer: Customer, points: int, reason: str, actor: Actor, now: datetime
) -> Posted:
    accrual = Accrual(programme_id, customer.pk, points, f"adjustment:{uuid7()}", now)
    return issue(
        [accrual], kind=Kind.ADJUSTMENT, own=Own.ADJUSTED, pending=False, reason=reason, actor=actor, now=now
    )


def _withdraw(
    programme_id: int, customer: Customer, points: int, reason: str, actor: Actor, now: datetime
) -> Posted:
    accounts = take(
        WITHDRAW,
        programme_id=programme_id,
        person_id=customer.person_id,
        points=-points,
        source=f"adjustment:{uuid7()}",
        kind=Kind.ADJUSTMENT,
        own=Own.ADJUSTED,
        reason=reason,
        actor=str(actor),
        now=now,
    )
    return Posted(Kind.ADJUSTMENT, -points, accounts)
