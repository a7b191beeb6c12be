"""What came of a payment, recorded once: the order is placed, or what it held is let go."""

from datetime import datetime
from uuid import UUID

import structlog

from inventory import services as inventory
from inventory.errors import InsufficientStock
from inventory.models import Reservation
from loyalty import services as loyalty
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.money import quantize
from omni.outbox import publish as outbox
from omni.outbox.events import OrderPaid, OrderPlaced, PaymentGivenBack
from omni.outbox.publish import Message
from orders import states
from orders.models import ComponentReservation, FulfilmentLine, Order, Payment
from orders.payments.port import Charge
from orders.services.closing import Ending, close_order, lock_order, lock_reservations
from orders.services.earning import earn_on_payment, points_to_earn, source_of
from orders.services.outcome import PlacedOrder
from orders.services.promoting import give_back_promotions
from orders.services.refunds import create_refunds, send_refunds

logger = structlog.get_logger(__name__)

OPEN = states.ASKED
CLOSED = (Payment.Status.FAILED, Payment.Status.VOIDED)
PAYMENT_FAILED = Ending(Order.Status.CANCELLED, "payment-failed", cart_reopened=True)
STOCK_GONE = Ending(Order.Status.CANCELLED, "stock-gone", cart_reopened=True)


def record_outcome(
    *, payment_id: UUID, charge: Charge, actor: Actor, now: datetime, failed: Ending = PAYMENT_FAILED
) -> PlacedOrder:
    """
    Record what came of a charge, once: the order is placed, or what it held is let go.

    Money that arrives for an order that has ended, or can't be fulfilled any more, is given back.
    Recording an outcome again changes nothing and answers the order as it is.
    """
    try:
        with db.transaction():
            placed, refunds = _record(payment_id, charge, actor=actor, now=now, failed=failed)
    except InsufficientStock:
        # The hold ran out while the acquirer was silent, and somebody else bought the stock.
        with db.transaction():
            placed, refunds = _record_stock_gone(payment_id, charge, actor=actor, now=now)
    send_refunds(refund_ids=refunds, now=now)
    return placed


def _record(
    payment_id: UUID, charge: Charge, *, actor: Actor, now: datetime, failed: Ending
) -> tuple[PlacedOrder, list[UUID]]:
    order, payment = _lock(payment_id)
    refunds: list[UUID] = []
    waits = order.status == Order.Status.PENDING and payment.status in OPEN
    if waits and charge.captured:
        _capture(payment, charge, now)
        _place(order, actor=actor, now=now)
    elif waits and charge.authorised:
        _authorise(payment, charge, now)
        _place(order, paid=False, actor=actor, now=now)
    elif charge.captured and payment.status in (*OPEN, *CLOSED):
        _capture(payment, charge, now)
        refunds = _give_back(order, payment, actor=actor, now=now)
    elif charge.authorised and payment.status in (*OPEN, *CLOSED):
        # Of an order that has ended: `settle_authorisations` lets it go.
        _authorise(payment, charge, now)
    elif payment.status in OPEN:
        _fail(payment, charge, now)
        if waits:
            lock_reservations(order)
            give_back_promotions(order, now=now)
            loyalty.release_held(sources=[source_of(order)], now=now)
            close_order(order=order, ending=failed, actor=actor, now=now)
    return _finish(order, payment), refunds


def _record_stock_gone(
    payment_id: UUID, charge: Charge, *, actor: Actor, now: datetime
) -> tuple[PlacedOrder, list[UUID]]:
    order, payment = _lock(payment_id)
    refunds: list[UUID] = []
    if order.status == Order.Status.PENDING and payment.status in OPEN:
        if charge.authorised:
            _authorise(payment, charge, now)
        else:
            _capture(payment, charge, now)
            refunds = _give_back(order, payment, actor=actor, now=now)
        lock_reservations(order)
        give_back_promotions(order, now=now)
        payment.decline_code = STOCK_GONE.reason
        payment.save(update_fields=["decline_code"])
        loyalty.release_held(sources=[source_of(order)], now=now)
        close_order(order=order, ending=STOCK_GONE, actor=actor, now=now)
    return _finish(order, payment), refunds


def _lock(payment_id: UUID) -> tuple[Order, Payment]:
    order_id = Payment.objects.filter(pk=payment_id).values_list("order_id", flat=True).get()
    order = lock_order(order_id=order_id)
    return order, Payment.objects.select_for_update(no_key=True).get(pk=payment_id)


def _capture(payment: Payment, charge: Charge, now: datetime) -> None:
    states.move(payment, Payment.Status.CAPTURED)
    payment.captured_amount = charge.captured_amount
    payment.provider_reference = charge.reference
    payment.card_last4 = charge.card_last4
    payment.decline_code = ""
    payment.settled_at = now
    payment.save()


def _authorise(payment: Payment, charge: Charge, now: datetime) -> None:
    states.move(payment, Payment.Status.AUTHORISED)
    payment.attempts, payment.next_attempt_at = 0, None
    payment.card_last4 = charge.card_last4
    payment.provider_reference = charge.reference
    payment.settled_at = now
    payment.save()


def _give_back(order: Order, payment: Payment, *, actor: Actor, now: datetime) -> list[UUID]:
    logger.warning("payment.given-back", payment=str(payment.pk), order=order.number)
    refunds = create_refunds(
        order_id=order.pk, amount=payment.captured_amount, source=f"payment:{payment.pk}", now=now
    )
    given = PaymentGivenBack(
        order_id=order.pk, number=order.number, payment_id=payment.pk, amount=payment.captured_amount
    )
    outbox.publish(f"order:{order.pk}", given, at=now, actor=actor)
    return refunds


def _place(order: Order, *, paid: bool = True, actor: Actor, now: datetime) -> None:
    """
    The money is there, or set aside: points are spent, and the stock is the order's for good. What is
    paid earns points; what is only authorised does once it is captured.
    """
    states.move(order, Order.Status.PLACED)
    order.paid_at = now if paid else None
    order.expires_at = None
    order.save(update_fields=["status", "paid_at", "expires_at"])
    closed = _commit_reservations(order, now)
    if order.points_spent:
        # Held ones may lie in another record's account than the one that earns.
        loyalty.lock_points(sources=[source_of(order)], customer_ids=[order.customer_id])
    loyalty.burn_held(sources=[source_of(order)], actor=actor, now=now)
    if paid:
        earn_on_payment(order=order, actor=actor, now=now)
    outbox.publish_all(placed_messages(order, paid=paid), at=now, actor=actor)
    _reserve_again(order, closed, actor=actor, now=now)


def placed_messages(order: Order, *, paid: bool) -> list[Message]:
    placed = OrderPlaced(
        order_id=order.pk, number=order.number, channel_id=order.channel_id, total=order.total
    )
    aggregate = f"order:{order.pk}"
    messages = [Message(aggregate, placed)]
    if paid:
        messages.append(Message(aggregate, OrderPaid(order_id=order.pk, number=order.number)))
    return messages


def _commit_reservations(order: Order, now: datetime) -> list[Reservation]:
    """Commit what is still held; answer what has expired meanwhile."""
    reservations = lock_reservations(order)
    open_ids = [item.pk for item in reservations if item.status in Reservation.OPEN]
    inventory.commit(reservation_ids=open_ids, now=now)
    return [item for item in reservations if item.status not in Reservation.OPEN]


def _reserve_again(order: Order, closed: list[Reservation], *, actor: Actor, now: datetime) -> None:
    """
    Raises:
        InsufficientStock: what had been held has been sold since.
    """
    wants = [inventory.Want(item.variant_id, item.location_id, item.quantity, item.source) for item in closed]
    made = inventory.reserve(wants=wants, expires_at=None, committed=True, actor=actor, now=now)
    for item, reservation_id in zip(closed, made, strict=True):
        FulfilmentLine.objects.filter(fulfilment__order=order, reservation_id=item.pk).update(
            reservation_id=reservation_id
        )
        ComponentReservation.objects.filter(reservation_id=item.pk).update(reservation_id=reservation_id)


def _fail(payment: Payment, charge: Charge, now: datetime) -> None:
    states.move(payment, Payment.Status.FAILED)
    payment.provider_reference = charge.reference or payment.provider_reference
    payment.decline_code = charge.decline_code
    payment.settled_at = now
    payment.save()


def _finish(order: Order, payment: Payment) -> PlacedOrder:
    """Freeze the answer of the claim that waits for this payment."""
    placed = describe(order, payment)
    if payment.claim_id is not None and order.status != Order.Status.PENDING:
        idempotency.finish(payment.claim_id, placed)
        Payment.objects.filter(pk=payment.pk).update(claim_id=None)
    return placed


def describe(order: Order, payment: Payment) -> PlacedOrder:
    """What the buyer is told. An order that ended unpaid, or was given back, counts as declined."""
    ended = order.status in (Order.Status.CANCELLED, Order.Status.EXPIRED)
    return PlacedOrder(
        number=order.number,
        status=order.status,
        total=quantize(order.total, order.currency),
        currency=order.currency,
        points_spent=order.points_spent,
        points_to_earn=0 if ended else points_to_earn(order),
        payment_status=Payment.Status.FAILED if ended else payment.status,
        decline_code=payment.decline_code,
    )
