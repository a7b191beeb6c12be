"""Ending an order that will not be fulfilled: what it holds is let go, what it took is given back."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext, override

from customers.models import Customer
from inventory import services as inventory
from inventory.models import Reservation
from omni.core import db
from omni.core.actor import Actor
from omni.outbox import publish as outbox
from omni.outbox.events import OrderCancelled
from orders import states
from orders.models import Cart, ComponentReservation, Fulfilment, FulfilmentLine, Order
from orders.services.backlog import stop_waiting

OPEN_FULFILMENTS = Q(status__in=states.OPEN)


@dataclass(frozen=True, slots=True)
class Ending:
    """
    `status` is CANCELLED or EXPIRED; `cart_reopened` where the buyer is to try again.

    `told` is the reason as the event has it, where `reason` holds words that somebody wrote.
    """

    status: str
    reason: str
    cart_reopened: bool = False
    told: str = ""


def lock_order(*, order_id: int) -> Order:
    """Lock the order's person, its cart and the order itself, in that order."""
    db.require_transaction()
    found = Order.objects.filter(pk=order_id).values_list("customer__person_id", "cart_id").get()
    person_id, cart_id = found
    if person_id is not None:
        Customer.objects.for_update_persons([person_id])
    if cart_id is not None:
        Cart.objects.for_update_by_id(cart_id)
    return Order.objects.select_for_update(no_key=True).get(pk=order_id)


def lock_reservations(order: Order) -> list[Reservation]:
    """Lock what the order's fulfilments name, open or not: after the order, before any points."""
    held = Reservation.objects.filter(pk__in=reservation_ids_of(order)).order_by("pk")
    return list(held.select_for_update(no_key=True))


def close_order(*, order: Order, ending: Ending, actor: Actor, now: datetime) -> None:
    """
    End the order and free its stock. A building block: the caller has locked the order, then its
    reservations (`lock_reservations`), and has then dealt with its points, because stock levels
    are locked last.
    """
    stop_waiting(order, actor=actor, now=now)
    with override(settings.LANGUAGE_CODE):
        ended = gettext("The order has ended.")
    inventory.settle_unallocated(source=f"order:{order.pk}", resolution=ended, actor=actor, now=now)
    _end(order, ending, now)
    Fulfilment.objects.filter(OPEN_FULFILMENTS, order=order).update(status=Fulfilment.Status.CANCELLED)
    order.lines.update(cancelled_quantity=F("quantity") - F("fulfilled_quantity"))
    reason = ending.told or ending.reason
    cancelled = OrderCancelled(order_id=order.pk, number=order.number, reason=reason)
    outbox.publish(f"order:{order.pk}", cancelled, at=now, actor=actor)
    inventory.release(reservation_ids=reservation_ids_of(order), actor=actor, now=now)


def _end(order: Order, ending: Ending, now: datetime) -> None:
    if ending.cart_reopened and order.cart_id is not None:
        Cart.objects.filter(pk=order.cart_id).update(status=Cart.Status.OPEN, updated_at=now)
        order.cart_id = None
    states.move(order, ending.status)
    order.cancelled_at = now
    order.cancel_reason = ending.reason
    order.expires_at = None
    order.save(update_fields=["status", "cancelled_at", "cancel_reason", "expires_at", "cart"])


def reservation_ids_of(order: Order) -> list[int]:
    """The reservations that the order's fulfilments name, for themselves or for components, open or not."""
    lines = FulfilmentLine.objects.filter(fulfilment__order=order, reservation__isnull=False)
    parts = ComponentReservation.objects.filter(fulfilment_line__fulfilment__order=order)
    own, held = (rows.order_by().values_list("reservation_id", flat=True) for rows in (lines, parts))
    return sorted(pk for pk in own.union(held, all=True) if pk)
