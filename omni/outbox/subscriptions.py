"""
Which consumers there are, for code that doesn't know them: while a deploy goes on, two versions run.

Each code writes down its own, when it migrates the database and when its relay starts; what has been
taken out of the code is retired by hand, once no process of the older code runs.
"""

from typing import Any

from omni.core import db, sql
from omni.outbox.consumers import CONSUMERS, subscriptions
from omni.outbox.models import Subscription

NOTE = """
INSERT INTO outbox_subscription (type, consumer)
SELECT own.type, own.consumer FROM unnest(%(types)s::text[], %(consumers)s::text[]) AS own (type, consumer)
ORDER BY own.type, own.consumer
ON CONFLICT DO NOTHING
"""


def note() -> None:
    """Write down the consumers that this code has."""
    pairs = subscriptions()
    sql.fetch_all(NOTE, {"types": [pair[0] for pair in pairs], "consumers": [pair[1] for pair in pairs]})


def note_after_migrating(*, apps: Any, **_: object) -> None:
    """Before the first event of new code; not where the table was migrated away."""
    try:
        apps.get_model("outbox", "Subscription")
    except LookupError:
        return
    note()


def list_unknown() -> list[str]:
    """Consumers that this code hasn't got: events wait for them."""
    names = Subscription.objects.order_by("consumer").values_list("consumer", flat=True).distinct()
    return [name for name in names if name not in CONSUMERS]


def retire(*, consumer: str) -> int:
    """Let no event wait any longer for a consumer that is gone; answer how many types it took."""
    db.require_transaction()
    return Subscription.objects.filter(consumer=consumer).delete()[0]
