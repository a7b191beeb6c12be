"""What the clock sets off."""

from celery import shared_task

from inventory import services
from omni.core import clock

BATCH = 1000
MOST_BATCHES = 100


@shared_task
def absorb_late_movements() -> None:
    """Make up for what arrived late of the time before a count, a batch a transaction."""
    now = clock.now()
    for _ in range(MOST_BATCHES):
        if services.absorb_late_movements(now=now, limit=BATCH) < BATCH:
            return


@shared_task
def expire_reservations() -> None:
    """Release what has expired, a batch a transaction, until nothing is due (or for 100 batches)."""
    now = clock.now()
    for _ in range(MOST_BATCHES):
        if services.expire_reservations(now=now, limit=BATCH) < BATCH:
            return


@shared_task
def set_expired_aside() -> None:
    """Set aside what is past its day, each location by its own date, and tell of what is now too short-dated."""
    now = clock.now()
    for _ in range(MOST_BATCHES):
        if services.set_expired_aside(now=now) < services.EXPIRED_AT_ONCE:
            break
    services.tell_short_dated(now=now)


@shared_task
def value_stock() -> None:
    """Value what the stock ledger has got since, until nothing is left (or for 100 batches)."""
    for _ in range(MOST_BATCHES):
        if services.value_entries() < services.VALUED_AT_ONCE:
            return


@shared_task
def replenish() -> None:
    """Work out rates of sale and suggestions anew."""
    services.replenish(now=clock.now())


@shared_task
def watch_low_stock() -> None:
    services.watch_low_stock(now=clock.now())


@shared_task
def learn_buffers() -> None:
    """Learn from what was counted, and let buffers grow by a day."""
    services.learn_buffers(now=clock.now())
