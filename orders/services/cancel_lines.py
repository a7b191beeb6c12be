"""
Cancelling a part of an order: units of its lines that have not been handed over.

The order stays as it was sold, and the change says what was taken off, in the same way in which returns
do: each share is the difference between what is due back for everything taken off so far, with and
without this, rounded down once. Nothing that stays is priced anew: discounts go with their units, and
delivery costs what it did, even where what stays would be below the amount from which it is free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext, override

from customers.models import Customer
from inventory import services as inventory
from omni.core import db, idempotency, sql
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.core.money import quantize
from omni.outbox import publish as outbox
from omni.outbox.events import OrderChanged
from orders import errors, states
from orders.models import Fulfilment, Order, OrderChange, OrderChangeLine, OrderLine
from orders.services.backlog import PARTS_OF, Part, lower, part_of, tell
from orders.services.bundles import component_units
from orders.services.cancel import cancel_locked
from orders.services.closing import Ending
from orders.services.earning import give_points_back
from orders.services.parts import (
    Portion,
    Taken,
    complete_when_done,
    lines_of,
    lock_by_number,
    reserved_of,
    set_apart,
    taken_of,
)
from orders.services.refunds import create_refunds, forgo, left, refundable_payments, send_refunds
from orders.services.rejecting import set_reservations_apart
from orders.services.returns import DueBack, due_back, taken_off
from orders.totals import ZERO


@dataclass(frozen=True, slots=True)
class CancelledLines:
    """
    Of the order's goods `amount` was taken off: `forgone_amount` that was still to pay, `refund_amount` that
    goes back to where it came from. `status` is the order's: CANCELLED where nothing is left of it.
    """

    number: str
    status: str
    currency: str
    amount: Decimal
    forgone_amount: Decimal
    refund_amount: Decimal
    points_restored: int
    points_clawed_back: int


def cancel_lines(
    *,
    number: str,
    portions: Sequence[Portion],
    reason: str,
    customer: Customer | None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> CancelledLines:
    """
    Cancel units of a placed order's lines that have not been handed over.

    `customer` limits it to the orders of a person, of which nothing is being prepared yet; staff pass
    None. Where it is all that the order still has, and nothing was handed over, the order is cancelled as
    a whole, with its delivery; where the rest was handed over, it is COMPLETED.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order, or it is somebody else's.
        OrderNotCancellable: it has ended or is being paid; for a shopper: it is being prepared.
        UnknownLines, AboveOpenQuantity: the units are not there to be cancelled.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=CancelledLines):
            return replayed
        order = lock_by_number(number)
        parts = _open_parts(order, customer)
        taken = taken_of(_waiting_first(parts), portions)
        if _is_whole(order, taken):
            result, refunds = _cancel_all(order, reason, customer, actor=actor, now=now)
        else:
            result, refunds = _cancel(order, parts, taken, reason, actor=actor, now=now)
        idempotency.settle(claim, result, now=now)
    send_refunds(refund_ids=refunds, now=now)
    return result


def _open_parts(order: Order, customer: Customer | None) -> list[Fulfilment]:
    """Lock what of the order has not gone."""
    if customer is not None and (order.customer is None or order.customer.person_id != customer.person_id):
        raise NotFound(order=order.number)
    every = list(order.fulfilments.order_by("pk").select_for_update(no_key=True))
    begun = [part.status for part in every if part.status in (*states.HELD[1:], Fulfilment.Status.COMPLETED)]
    if not states.ORDER.allows(order.status, by="cancel_lines") or (customer is not None and begun):
        raise errors.OrderNotCancellable(order=order.number, state=order.status, handed_over=bool(begun))
    return [part for part in every if part.status in states.OPEN]


def _waiting_first(parts: Sequence[Fulfilment]) -> list:
    """What waits for stock is cancelled before what is held."""
    lines = lines_of(parts)
    return sorted(lines, key=lambda line: (line.fulfilment.location_id is not None, line.pk))


def _is_whole(order: Order, taken: Taken) -> bool:
    lines = order.lines.all()
    still = sum(line.quantity - line.cancelled_quantity for line in lines)
    return still == sum(taken.values()) and not any(line.fulfilled_quantity for line in lines)


def _cancel_all(
    order: Order, reason: str, customer: Customer | None, *, actor: Actor, now: datetime
) -> tuple[CancelledLines, list[UUID]]:
    told = "customer" if customer is not None else reason.partition(":")[0]
    ending = Ending(Order.Status.CANCELLED, reason, told=told)
    unpaid = _unpaid(order)
    whole, refunds = cancel_locked(order, ending, actor=actor, now=now)
    result = CancelledLines(
        number=whole.number,
        status=whole.status,
        currency=whole.currency,
        amount=quantize(whole.refund_amount + unpaid, order.currency),
        forgone_amount=quantize(unpaid, order.currency),
        refund_amount=whole.refund_amount,
        points_restored=whole.points_restored,
        points_clawed_back=whole.points_clawed_back,
    )
    return result, refunds


def _unpaid(order: Order) -> Decimal:
    waiting = order.payments.filter(status__in=states.PAYMENT.befores(by="cancel_order"))
    return sum(waiting.values_list("amount", flat=True), ZERO)


def _cancel(
    order: Order, parts: Sequence[Fulfilment], taken: Taken, reason: str, *, actor: Actor, now: datetime
) -> tuple[CancelledLines, list[UUID]]:
    """In the order of locks: reservations, payments, points, what waits, and the levels last."""
    inventory.lock_open(sorted(reserved_of(taken, component_units(taken))))
    change = OrderChange.objects.create(
        order=order, kind=OrderChange.Kind.CANCEL, reason=reason, changed_at=now, actor=str(actor)
    )
    due, given = _write_lines(order, change, taken)
    change.amount = due.money - given.money
    change.forgone_amount = forgo(order, change.amount)
    refunds = _refund(order, change, now)
    _move_points(order, change, due, given, actor=actor, now=now)
    change.save()
    _stop_waiting(order, taken, actor=actor, now=now)
    reservation_ids = _set_apart(parts, taken, actor=actor, now=now)
    _count(order, taken, now)
    changed = OrderChanged(
        order_id=order.pk, number=order.number, change_id=change.pk, kind=OrderChange.Kind.CANCEL
    )
    outbox.publish(f"order:{order.pk}", changed, at=now, actor=actor)
    inventory.release(reservation_ids=reservation_ids, actor=actor, now=now)
    return _answer(order, change), refunds


def _write_lines(order: Order, change: OrderChange, taken: Taken) -> tuple[DueBack, DueBack]:
    """What each line is due with it, less what it was due without."""
    lines = {line.position: line for line in order.lines.select_related("variant").order_by("position")}
    before = taken_off(lines)
    units: dict[int, int] = {}
    for held, quantity in taken.items():
        position = held.order_line.position
        units[position] = units.get(position, 0) + quantity
    after = {position: quantity + units.get(position, 0) for position, quantity in before.items()}
    due, given = due_back(order, lines, after), due_back(order, lines, before)
    OrderChangeLine.objects.bulk_create(
        _line(change, lines[position], quantity, due, given) for position, quantity in sorted(units.items())
    )
    return due, given


def _line(
    change: OrderChange, line: OrderLine, quantity: int, due: DueBack, given: DueBack
) -> OrderChangeLine:
    (amount, points), (amount_before, points_before) = due.lines[line.position], given.lines[line.position]
    return OrderChangeLine(
        change=change,
        order_line=line,
        quantity=quantity,
        amount=amount - amount_before,
        points_amount=points - points_before,
    )


def _refund(order: Order, change: OrderChange, now: datetime) -> list[UUID]:
    """What a coupon that others pay for had settled does not come back as money."""
    refundable = sum((left(payment) for payment in refundable_payments(order_id=order.pk)), ZERO)
    change.refund_amount = max(min(change.amount - change.forgone_amount, refundable), ZERO)
    return create_refunds(
        order_id=order.pk, amount=change.refund_amount, source=f"change:{change.pk}", now=now
    )


def _move_points(
    order: Order, change: OrderChange, due: DueBack, given: DueBack, *, actor: Actor, now: datetime
) -> None:
    taken, restored = give_points_back(
        order=order,
        earned=due.points_earned - given.points_earned,
        spent=due.points_spent - given.points_spent,
        cause=f"change:{change.pk}",
        actor=actor,
        now=now,
    )
    change.points_clawed_back, change.points_restored = taken.points, restored.points


def _stop_waiting(order: Order, taken: Taken, *, actor: Actor, now: datetime) -> None:
    """What waited is waited for no longer, and lacks nowhere."""
    units = {line.pk: quantity for line, quantity in taken.items() if line.fulfilment.location_id is None}
    if not units:
        return
    rows = [part_of(row) for row in sql.fetch_all(PARTS_OF, {"order": order.pk, "now": now})]
    served = [(part, units[part.id]) for part in rows if part.id in units]
    lower(served)
    tell([part for part, _ in served], actor=actor, now=now)
    with override(settings.LANGUAGE_CODE):
        resolution = gettext("The line was cancelled.")
    found = [_lacking(part, quantity) for part, quantity in served]
    inventory.resolve_found(found=found, resolution=resolution, actor=actor, now=now)


def _lacking(part: Part, quantity: int) -> inventory.Found:
    return inventory.Found(f"order:{part.order_id}", part.variant_id, None, quantity)


def _set_apart(parts: Sequence[Fulfilment], taken: Taken, *, actor: Actor, now: datetime) -> list[int]:
    """What is cancelled as fulfilments of its own, CANCELLED; answer the reservations to let go."""
    reservation_ids: list[int] = []
    for part in parts:
        lines = {line: quantity for line, quantity in taken.items() if line.fulfilment_id == part.pk}
        if not lines:
            continue
        apart = set_apart(part, lines, now)
        reservation_ids += set_reservations_apart(apart, lines, actor=actor, now=now)
        states.move(apart, Fulfilment.Status.CANCELLED)
        apart.save(update_fields=["status"])
    return sorted(reservation_ids)


def _count(order: Order, taken: Taken, now: datetime) -> None:
    """The order's lines know what is cancelled; where all the rest has gone, the order is complete."""
    for held, quantity in taken.items():
        OrderLine.objects.filter(pk=held.order_line_id).update(
            cancelled_quantity=F("cancelled_quantity") + quantity
        )
    complete_when_done(order, now)


def _answer(order: Order, change: OrderChange) -> CancelledLines:
    return CancelledLines(
        number=order.number,
        status=order.status,
        currency=order.currency,
        amount=quantize(change.amount, order.currency),
        forgone_amount=quantize(change.forgone_amount, order.currency),
        refund_amount=quantize(change.refund_amount, order.currency),
        points_restored=change.points_restored,
        points_clawed_back=change.points_clawed_back,
    )
