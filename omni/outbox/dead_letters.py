"""What operators do with deliveries that failed: look, try again, drop."""

from django.db.models import QuerySet

from omni.core import clock, db
from omni.outbox import delivery
from omni.outbox.models import Event, Failure


def list_failures(*, consumer: str | None = None, dead_only: bool = False) -> QuerySet[Failure]:
    failures = Failure.objects.select_related("event").order_by("event_id", "consumer")
    if consumer:
        failures = failures.filter(consumer=consumer)
    return failures.filter(dead_at__isnull=False) if dead_only else failures


def retry(*, failures: QuerySet[Failure]) -> int:
    """
    Let the relay hand these over at once, with all their tries again; answer how many.

    A building block, as `drop` is: a command opens a transaction, a click one with a claim.
    """
    db.require_transaction()
    chosen = list(failures.select_for_update(no_key=True, of=("self",)).values_list("pk", "event_id"))
    Failure.objects.filter(pk__in=[pk for pk, _ in chosen]).update(
        tries=0, dead_at=None, next_try_at=clock.now()
    )
    Event.objects.filter(pk__in=[event for _, event in chosen]).update(finished_at=None, leased_until=None)
    return len(chosen)


def drop(*, failures: QuerySet[Failure]) -> int:
    """Give these up for good: their consumer never gets the event; answer how many."""
    db.require_transaction()
    chosen = list(failures.select_for_update(no_key=True, of=("self",)).values_list("pk", "event_id"))
    Failure.objects.filter(pk__in=[pk for pk, _ in chosen], dead_at=None).update(dead_at=clock.now())
    db.after_commit(delivery.finish, [event for _, event in chosen])
    return len(chosen)
