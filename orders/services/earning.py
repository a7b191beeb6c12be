"""Points for what is paid: earned when the money is there, pending until the programme's days are over."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from loyalty import selectors as points
from loyalty import services as loyalty
from loyalty.services import Posted
from omni.core.actor import Actor
from orders.models import Order, Payment, TenderType
from orders.totals import ZERO


def earn_on_payment(*, order: Order, actor: Actor, now: datetime) -> int:
    """
    Accrue what a paid order earns, once; answer how many points.

    A building block: the caller has locked the order. Delivery earns nothing, and neither does
    what points paid for. The rate is that of the day on which the order was placed.
    """
    earned = points_to_earn(order)
    if not earned:
        return 0
    terms = points.get_terms(channel_id=order.channel_id, at=order.placed_at)
    assert order.customer_id is not None
    accrual = loyalty.Accrual(terms.programme_id, order.customer_id, earned, source_of(order), now)
    loyalty.accrue(accruals=[accrual], pending=True, actor=actor, now=now)
    order.points_earned = earned
    order.save(update_fields=["points_earned"])
    return earned


def give_points_back(
    *, order: Order, earned: int, spent: int, cause: str, actor: Actor, now: datetime
) -> tuple[Posted, Posted]:
    """
    Take back points that the order earned, and give back some that it spent; answer both postings.

    Earned ones first, so that restored ones are not taken for them. A building block: the caller
    has locked the order, and its reservations if it releases them.
    """
    source = source_of(order)
    if spent > 0:
        loyalty.lock_points(sources=[source])
    taken = loyalty.claw_back(source_of_lots=source, points=earned, source=cause, actor=actor, now=now)
    restored = loyalty.restore(burnt_source=source, points=spent, source=cause, actor=actor, now=now)
    return taken, restored


def points_to_earn(order: Order) -> int:
    """What the order earns once it is paid; nothing without a customer or a programme."""
    terms = (
        points.recent_terms(channel_id=order.channel_id, at=order.placed_at) if order.customer_id else None
    )
    if terms is None:
        return 0
    return loyalty.points_for(
        programme=terms, channel_id=order.channel_id, amount=_earning_base(order), at=order.placed_at
    )


def source_of(order: Order) -> str:
    """How holds, burnt points, lots and reservations name an order."""
    return f"order:{order.pk}"


def _earning_base(order: Order) -> Decimal:
    """The same as `Priced.earning_base`, from what was written."""
    tendered = order.payments.filter(tender_type__kind=TenderType.Kind.POINTS).exclude(
        status__in=[Payment.Status.FAILED, Payment.Status.VOIDED]
    )
    by_points = tendered.aggregate(sum=Sum("amount"))["sum"] or ZERO
    on_goods = order.lines.aggregate(sum=Sum("points_amount"))["sum"] or ZERO
    delivery = order.shipping_amount - (order.points_amount - on_goods)
    forgone = order.changes.aggregate(sum=Sum("forgone_amount"))["sum"] or ZERO
    return max(ZERO, order.total - by_points - delivery - forgone)
