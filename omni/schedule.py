"""What the clock (beat) sets off, and when."""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

# A tick that nobody has taken for so long is dropped, unless its next one is later: what waits after an
# hour without a worker is minutes' worth. Not less: a tick expires by the clocks of two machines, and
# what goes for the one that queues it must not be dropped by one whose clock is minutes ahead.
LEAST_EXPIRES = timedelta(minutes=10)
# Once a day: taken by whoever is there within half of it.
NIGHTLY_EXPIRES = timedelta(hours=12)


def tick(task: str, schedule: timedelta | crontab) -> dict[str, Any]:
    interval = schedule if isinstance(schedule, timedelta) else NIGHTLY_EXPIRES
    return {
        "task": task,
        "schedule": schedule,
        "options": {"expires": max(interval, LEAST_EXPIRES).total_seconds()},
    }


TICKS: dict[str, dict[str, Any]] = {
    "outbox-purge": tick("omni.outbox.tasks.purge", timedelta(hours=1)),
    "claims-purge": tick("omni.core.tasks.purge_claims", timedelta(hours=1)),
    "counts-absorb-late": tick("inventory.tasks.absorb_late_movements", timedelta(minutes=10)),
    # Each location's day begins at its own midnight; availability knows by the clock, this tidies up.
    "lots-expire": tick("inventory.tasks.set_expired_aside", timedelta(minutes=10)),
    "reservations-expire": tick("inventory.tasks.expire_reservations", timedelta(seconds=15)),
    "stock-value": tick("inventory.tasks.value_stock", timedelta(seconds=5)),
    # At four in the morning in Japan: the day before is over, and the shops are not open yet.
    "stock-replenish": tick("inventory.tasks.replenish", crontab(hour=19, minute=0)),
    "stock-learn": tick("inventory.tasks.learn_buffers", crontab(hour=19, minute=30)),
    "stock-low": tick("inventory.tasks.watch_low_stock", timedelta(minutes=1)),
    "prices-due": tick("catalog.tasks.tell_due_prices", timedelta(seconds=5)),
    "locations-resume": tick("organisation.tasks.resume_locations", timedelta(seconds=2)),
    "partitions-ahead": tick("omni.core.tasks.make_partitions", timedelta(hours=6)),
    "points-due": tick("loyalty.tasks.post_due_points", timedelta(minutes=5)),
    "orders-settle": tick("orders.tasks.settle_unknown_payments", timedelta(seconds=10)),
    "orders-serve-waiting": tick("orders.tasks.serve_waiting", timedelta(seconds=20)),
    "orders-renew-promises": tick("orders.tasks.renew_promises", timedelta(minutes=10)),
    "orders-escalate": tick("orders.tasks.escalate_work", timedelta(seconds=30)),
    "routing-purge": tick("orders.tasks.purge_routing_decisions", timedelta(hours=6)),
    "orders-expire": tick("orders.tasks.expire_orders", timedelta(seconds=30)),
    "payments-reconcile": tick("orders.tasks.reconcile_payments", timedelta(hours=1)),
    "carts-purge": tick("orders.tasks.purge_guest_carts", timedelta(hours=6)),
    "till-parked-expire": tick("tills.tasks.expire_parked", timedelta(minutes=10)),
    "connectors-compare": tick("connectors.tasks.compare_all", timedelta(minutes=5)),
    "till-entries-retry": tick("connectors.tasks.retry_till_entries", timedelta(seconds=20)),
    "connectors-poll": tick("connectors.tasks.poll_all", timedelta(seconds=30)),
}
