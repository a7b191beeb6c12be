"""
The short way, past the task queue, to the consumers that are registered as prompt.

A task costs several milliseconds of CPU at the queue's two ends, more than such a handler itself;
an entry in a list of Valkey's costs a tenth of one. An entry promises no more than a task does: lost
with Valkey, or with the process that took it, its events are handed over again when their leases
run out.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from django.db import close_old_connections, connection

from omni.core import valkey
from omni.outbox import delivery

logger = structlog.get_logger(__name__)

QUEUE = "outbox:prompt"
# Older entries are let go where nobody takes them: their events' leases run out meanwhile.
MOST_WAITING = 1000
IDLE_SECONDS = 1.0
# Most events are finished by a later consumer: this one looks at many of its own at once.
FINISH_SECONDS = 0.5


def hand_over(batch: Mapping[str, Sequence[int]]) -> None:
    """Append a batch for whichever process takes it."""
    with valkey.client().pipeline(transaction=False) as pipeline:
        pipeline.rpush(QUEUE, json.dumps(batch))
        pipeline.ltrim(QUEUE, -MOST_WAITING, -1)
        pipeline.execute()


def take(*, seconds: float) -> dict[str, list[int]] | None:
    """The oldest batch, once there is one; None where none came."""
    entry = valkey.client().blpop([QUEUE], timeout=seconds)
    return json.loads(entry[1]) if entry else None


def run(*, stopped: Callable[[], bool]) -> None:
    """Deliver what is handed over until `stopped`; a lost database or Valkey is waited for."""
    taken: list[int] = []
    finish_at = wait = 0.0
    while not stopped():
        try:
            if batch := take(seconds=FINISH_SECONDS if taken else IDLE_SECONDS):
                taken += delivery.take_batch(batch)
            else:
                close_old_connections()
            if taken and time.monotonic() >= finish_at:
                delivery.finish(taken)
                taken = []
                finish_at = time.monotonic() + FINISH_SECONDS
            wait = 0.0
        except Exception as error:
            wait = min(wait * 2 or 0.1, 2.0)
            logger.warning("prompt.waiting", seconds=wait, error=f"{type(error).__name__}: {error}")
            connection.close()
            time.sleep(wait)
