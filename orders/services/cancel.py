"""Cancelling an order of which nothing has left a location yet."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from customers.models import Customer
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.core.money import quantize
from orders import states
from orders.errors import OrderNotCancellable
from orders.models import Order, OrderChange, Payment
from orders.services.closing import Ending, close_order, lock_order, lock_reservations
from orders.services.earning import give_points_back
from orders.services.promoting import give_back_promotions
from orders.services.refunds import create_refunds, left, refundable_payments, send_refunds
from orders.totals import ZERO


@dataclass(frozen=True, slots=True)
class CancelledOrder:
    """`refund_amount` goes back to where it came from; points to the lots they were taken from."""

    number: str
    status: str
    currency: str
    refund_amount: Decimal
    points_restored: int
    points_clawed_back: int


def cancel_order(
    *, number: str, reason: str, customer: Customer | None, claim: Claim, actor: Actor, now: datetime
) -> CancelledOrder:
    """
    Cancel a placed order: stock is free again, points and money go back to where they came from.

    `customer` limits it to the orders of a person; staff pass None, and a `reason` that begins with
    a code (`fraud: a note`): events carry that, and never what somebody wrote. Refunds are sent
    after the transaction, and again by `settle_refunds` if no answer comes.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order, or it is somebody else's.
        OrderNotCancellable: it has ended, is being paid, or a part of it has been handed over.
    """
    order_id = _find(number, customer)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=CancelledOrder):
            return replayed
        order = lock_order(order_id=order_id)
        _require_cancellable(order)
        told = "customer" if customer is not None else reason.partition(":")[0]
        ending = Ending(Order.Status.CANCELLED, reason, told=told)
        result, refunds = cancel_locked(order, ending, actor=actor, now=now)
        idempotency.settle(claim, result, now=now)
    send_refunds(refund_ids=refunds, now=now)
    return result


def _find(number: str, customer: Customer | None) -> int:
    orders = Order.objects.filter(number=number)
    if customer is not None:
        orders = orders.filter(customer__person_id=customer.person_id)
    order_id = orders.values_list("pk", flat=True).first()
    if order_id is None:
        raise NotFound(order=number)
    return order_id


def _require_cancellable(order: Order) -> None:
    handed_over = order.lines.filter(fulfilled_quantity__gt=0).exists()
    if not states.ORDER.allows(order.status, by="cancel_order") or handed_over:
        raise OrderNotCancellable(order=order.number, state=order.status, handed_over=handed_over)


def cancel_locked(
    order: Order, ending: Ending, *, actor: Actor, now: datetime
) -> tuple[CancelledOrder, list[UUID]]:
    """A building block: cancel a locked order as a whole; answer the refunds that are to be sent after it."""
    cause = f"cancel:{order.pk}"
    lock_reservations(order)
    give_back_promotions(order, now=now)
    unpaid = order.payments.filter(status__in=states.PAYMENT.befores(by="cancel_order"))
    unpaid.update(status=Payment.Status.VOIDED, settled_at=now)
    amount = sum((left(payment) for payment in refundable_payments(order_id=order.pk)), ZERO)
    refunds = create_refunds(order_id=order.pk, amount=amount, source=cause, now=now)
    taken, given = give_points_back(
        order=order,
        earned=order.points_earned,
        spent=order.points_spent,
        cause=cause,
        actor=actor,
        now=now,
    )
    close_order(order=order, ending=ending, actor=actor, now=now)
    OrderChange.objects.create(
        order=order,
        kind=OrderChange.Kind.CANCEL,
        reason=ending.reason,
        amount=amount,
        refund_amount=amount,
        points_restored=given.points,
        points_clawed_back=taken.points,
        changed_at=now,
        actor=str(actor),
    )
    result = CancelledOrder(
        number=order.number,
        status=order.status,
        currency=order.currency,
        refund_amount=quantize(amount, order.currency),
        points_restored=given.points,
        points_clawed_back=taken.points,
    )
    return result, refunds
