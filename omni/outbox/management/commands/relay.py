"""`manage.py relay`: hand events from the outbox to the workers, until told to stop."""

import signal
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from omni.outbox import relay, tasks


def dispatch(batch: relay.Batch) -> None:
    tasks.deliver.apply_async(kwargs={"batch": batch}, retry=False)


@cache
def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=0.5)


def backlog() -> int:
    """How many tasks wait in the workers' queue (Celery keeps it as a list of the queue's name)."""
    return int(broker().llen(settings.CELERY_TASK_DEFAULT_QUEUE))


class Command(BaseCommand):
    help = "Hand events from the outbox to the workers. Any number of relays may run."
    # They load every page and URL; `migrate` has made them before anything starts.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="hand over what is due now, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{relay.relay_batch(dispatch=dispatch)} events handed over")
            return
        self.stopped = False
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        relay.run(dispatch=dispatch, backlog=backlog, stopped=lambda: self.stopped)

    def stop(self, *_: object) -> None:
        self.stopped = True
