"""What keeps orders from waiting for ever: both ask the acquirer, and may run at any time."""

from celery import shared_task

from omni.core import clock
from orders import services
from orders.services.payments import ASK_AFTER


@shared_task
def settle_unknown_payments() -> None:
    now = clock.now()
    services.settle_payments(now=now)
    services.settle_refunds(before=now - ASK_AFTER, now=now)


@shared_task
def expire_orders() -> None:
    services.expire_orders(now=clock.now())
