"""`manage.py push`: tell the outside of changed stock, until told to stop."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand

from connectors import services, wakes
from omni.outbox import prompt

# How long a thread of Python's may keep the others waiting; it is 5 ms unless told.
SWITCH_SECONDS = 0.0005


class Command(BaseCommand):
    help = (
        "Push changed stock to the connections. Any number may run: who finds a connection taken stands by."
    )
    # They load every page and URL; `migrate` has made them before anything starts.
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        for work in (prompt.run, wakes.listen):
            threading.Thread(
                target=alive_or_dead, args=(partial(work, stopped=stopping.is_set),), daemon=True
            ).start()
        services.run_pushers(stopping=stopping)


def alive_or_dead(work: Callable[[], None]) -> None:
    """End the process where one of its parts fails: whoever supervises it starts it whole again."""
    try:
        work()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
