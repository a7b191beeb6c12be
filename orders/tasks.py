"""What keeps orders and carts from waiting for ever; each may run at any time."""

from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.conf import settings

from inventory import services as inventory
from omni.core import clock, db, locks
from omni.core.actor import SYSTEM
from orders import services
from orders.payments.port import OutcomeUnknown
from orders.services.reconcile import left_of
from orders.services.settling import ASK_AFTER

logger = structlog.get_logger(__name__)

# Each of the three that ask the acquirer runs once at a time: a slow one doesn't gather them.
LOCK_CLASS = 0x50415953  # "PAYS"
SETTLE, EXPIRE, RECONCILE = 1, 2, 3
RECONCILED = timedelta(days=2)
# Three runs of its task, so that a late one misses none.
RELEASES_TOLD = timedelta(minutes=1)


@shared_task
def settle_unknown_payments() -> None:
    with locks.sole(LOCK_CLASS, SETTLE) as alone:
        if alone:
            now = clock.now()
            services.settle_payments(now=now)
            services.settle_authorisations(now=now)
            services.settle_refunds(before=now - ASK_AFTER, now=now)


@shared_task
def expire_orders() -> None:
    with locks.sole(LOCK_CLASS, EXPIRE) as alone:
        if alone:
            services.expire_orders(now=clock.now())


@shared_task
def reconcile_payments() -> None:
    """Give back what was charged for orders that have ended; say what else differs."""
    with locks.sole(LOCK_CLASS, RECONCILE) as alone:
        if alone:
            _reconcile(clock.now())


def _reconcile(now: datetime) -> None:
    try:
        found = services.reconcile_payments(since=now - RECONCILED, actor=SYSTEM, now=now, repair=True)
    except OutcomeUnknown as silent:
        logger.warning("payments.not-reconciled", reason=silent.reason)
        return
    for difference in left_of(found):
        logger.error("payments.differ", kind=difference.kind, payment=difference.payment)


@shared_task
def purge_guest_carts() -> None:
    services.purge_guest_carts(before=clock.now() - settings.GUEST_CARTS_KEPT)


@shared_task
def purge_routing_decisions() -> None:
    services.purge_decisions(before=clock.now() - settings.ROUTING_DECISIONS_KEPT)


@shared_task
def escalate_work() -> None:
    """Time what is new in the shops' queues, and tell people of what is late."""
    now = clock.now()
    services.set_accept_by(now=now)
    services.escalate_overdue(now=now)


@shared_task
def serve_waiting() -> None:
    """Who waits for a release, or has just paid: the clock tells of these, not an event."""
    now = clock.now()
    inventory.tell_releases(since=RELEASES_TOLD, now=now)
    with db.transaction():
        services.allocate_waiting(variant_ids=None, now=now)


@shared_task
def renew_promises() -> None:
    """A document that is late by now has told nobody: what was promised of it is set anew."""
    with db.transaction():
        services.update_promises(variant_ids=None, now=clock.now())
