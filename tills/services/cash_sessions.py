"""
The drawer's day: opened with a float, counted as often as one likes (点検), closed once (精算).

Whatever belongs to a day holds its session's lock, so a sale is either in the closing's figures or comes to
the next day: never between the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.money import quantize
from orders.shops import get_shops
from tills import counting, days
from tills.errors import DayClosed, DepositAboveCount, DrawerShort, InTraining, SessionOpen
from tills.models import CashCount, CashMovement, CashSession, Till, TillRecord, TillTask
from tills.selectors import get_drawer

Pieces = Mapping[Decimal, int]


@dataclass(frozen=True, slots=True)
class Session:
    """`late` is how many records of closed days came to this one when it was opened."""

    session_id: int
    business_date: date
    late: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    movement_id: int
    expected: Decimal


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted, what should have been there, and by how much it is over (or, below zero, short)."""

    session_id: int
    counted: Decimal
    expected: Decimal
    difference: Decimal


@dataclass(frozen=True, slots=True)
class Closing:
    """`kept` stays in the drawer; it is the next float, if nobody takes from it."""

    session_id: int
    business_date: date
    counted: Decimal
    expected: Decimal
    difference: Decimal
    deposit: Decimal
    kept: Decimal


def open_session(
    *, till: Till, pieces: Pieces, business_date: date | None, claim: Claim, actor: Actor, now: datetime
) -> Session:
    """
    Open a till's day with what is in its drawer. What came late for closed days belongs to it.

    Raises:
        ClaimInFlight, ClaimMismatch
        InTraining: a till in training has no days.
        SessionOpen: one is open.
        DayClosed: this day, or a later one, has been closed.
        DenominationUnknown
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Session):
            return replayed
        till = Till.objects.for_update_by_id(till.pk)
        shop = get_shops([till.location_id])[till.location_id]
        day = business_date or days.next_day(shop.business_date(now), till.closed_until)
        _require_openable(till, day)
        counted = counting.amount_of(pieces, shop.currency)
        session = CashSession.objects.create(
            till=till,
            location_id=till.location_id,
            business_date=day,
            currency=shop.currency,
            float_amount=counted,
            opened_at=now,
            opened_by=str(actor),
        )
        _write_count(session, CashCount.Kind.FLOAT, pieces, counted, counted, actor=actor, now=now)
        late = TillRecord.objects.filter(till=till, session=None).update(session=session)
        return idempotency.settle(claim, Session(session.pk, day, late), now=now)


def _require_openable(till: Till, day: date) -> None:
    if till.training:
        raise InTraining(till=till.code)
    if open_ := till.sessions.filter(status=CashSession.Status.OPEN).first():
        raise SessionOpen(till=till.code, business_date=open_.business_date.isoformat())
    if not days.may_open(day, till.closed_until):
        assert till.closed_until is not None
        raise DayClosed(
            till=till.code,
            closed_until=till.closed_until.isoformat(),
            next=days.next_day(till.closed_until, till.closed_until).isoformat(),
        )


def move_cash(
    *,
    till: Till,
    direction: str,
    amount: Decimal,
    reason: str,
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> Moved:
    """
    Put cash in, or take some out.

    Raises:
        ClaimInFlight, ClaimMismatch, SessionMissing
        InvalidField: not an amount of the currency.
        DrawerShort: more is taken than should be there.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Moved):
            return replayed
        session = CashSession.objects.for_update_open(till)
        if amount <= 0 or quantize(amount, session.currency) != amount:
            raise InvalidField(field="amount", rule="currency-unit")
        expected = get_drawer(session).expected
        if direction == CashMovement.Direction.OUT and amount > expected:
            raise DrawerShort(requested=amount, expected=expected)
        movement = session.movements.create(
            direction=direction, reason=reason, amount=amount, note=note, occurred_at=now, actor=str(actor)
        )
        moved = Moved(movement.pk, get_drawer(session).expected)
        return idempotency.settle(claim, moved, now=now)


def check_drawer(*, till: Till, pieces: Pieces, claim: Claim, actor: Actor, now: datetime) -> Count:
    """
    点検: count the drawer beside what should be in it, and go on.

    Raises:
        ClaimInFlight, ClaimMismatch, SessionMissing, DenominationUnknown
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Count):
            return replayed
        session = CashSession.objects.for_update_open(till)
        counted, expected = counting.amount_of(pieces, session.currency), get_drawer(session).expected
        _write_count(session, CashCount.Kind.CHECK, pieces, counted, expected, actor=actor, now=now)
        return idempotency.settle(claim, Count(session.pk, counted, expected, counted - expected), now=now)


def close_session(
    *, till: Till, pieces: Pieces, deposit: Decimal, claim: Claim, actor: Actor, now: datetime
) -> Closing:
    """
    精算: count the drawer, write down what is over or short, and close the till's day for good.

    What is over or short is opened as a task, and what arrives for this day later belongs to the next.

    Raises:
        ClaimInFlight, ClaimMismatch, SessionMissing, DenominationUnknown
        DepositAboveCount: more is deposited than there is.
        InvalidField: the deposit is not an amount of the currency.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Closing):
            return replayed
        Till.objects.for_update_by_id(till.pk)
        session = CashSession.objects.for_update_open(till)
        counted, expected = counting.amount_of(pieces, session.currency), get_drawer(session).expected
        deposit = _deposit(deposit, counted, session.currency)
        _write_count(session, CashCount.Kind.CLOSING, pieces, counted, expected, actor=actor, now=now)
        _close(session, counted, expected, deposit, actor=actor, now=now)
        closing = Closing(
            session.pk,
            session.business_date,
            counted,
            expected,
            counted - expected,
            deposit,
            counted - deposit,
        )
        return idempotency.settle(claim, closing, now=now)


def _deposit(deposit: Decimal, counted: Decimal, currency: str) -> Decimal:
    if deposit < 0 or quantize(deposit, currency) != deposit:
        raise InvalidField(field="deposit", rule="currency-unit")
    if deposit > counted:
        raise DepositAboveCount(deposit=deposit, counted=counted)
    return quantize(deposit, currency)


def _close(
    session: CashSession,
    counted: Decimal,
    expected: Decimal,
    deposit: Decimal,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    difference = counted - expected
    CashSession.objects.filter(pk=session.pk, status=CashSession.Status.OPEN).update(
        status=CashSession.Status.CLOSED,
        expected_amount=expected,
        counted_amount=counted,
        difference_amount=difference,
        deposit_amount=deposit,
        closed_at=now,
        closed_by=str(actor),
    )
    Till.objects.filter(pk=session.till_id).update(closed_until=session.business_date)
    if difference:
        TillTask.objects.create(
            till_id=session.till_id,
            location_id=session.location_id,
            kind=TillTask.Kind.OVER_SHORT,
            source=f"session:{session.pk}",
            details={"expected": str(expected), "counted": str(counted), "difference": str(difference)},
            opened_at=now,
        )


def _write_count(
    session: CashSession,
    kind: str,
    pieces: Pieces,
    counted: Decimal,
    expected: Decimal,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    session.counts.create(
        kind=kind,
        pieces=counting.kept(pieces),
        amount=counted,
        expected=expected,
        counted_at=now,
        actor=str(actor),
    )
