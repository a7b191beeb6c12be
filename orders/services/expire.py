"""Orders whose buyer never paid: asked about a last time, then let go."""

from datetime import datetime

from orders.models import Order, Payment
from orders.services.payments import PAYMENT_LATE, settle_payment


def expire_orders(*, now: datetime, limit: int = 100) -> int:
    """
    End pending orders whose time is over; answer how many have an outcome now.

    The acquirer is asked first: a charge that it made in the end places the order after all, and
    while it does not answer the order waits. Stock that had to wait is free to others meanwhile.
    """
    due = Order.objects.filter(status=Order.Status.PENDING, expires_at__lte=now).order_by("expires_at")
    attempts = Payment.objects.filter(
        order_id__in=list(due.values_list("pk", flat=True)[:limit]),
        status__in=[Payment.Status.PENDING, Payment.Status.UNKNOWN],
    )
    return sum(
        settle_payment(payment_id=pk, now=now, ending=PAYMENT_LATE)
        for pk in attempts.order_by("pk").values_list("pk", flat=True)
    )
