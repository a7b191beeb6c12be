"""
Standing pushers: for each connection a thread that holds its lock, waits to be woken, and pushes.

A connection that is slow or dead keeps its own thread waiting and no other. Several such processes may
run: who finds a connection taken stands by, and takes over within a second of a death.
"""

import threading
import time
from collections.abc import Callable

import structlog
from django.db import connections

from connectors import wakes
from connectors.models import Connection
from connectors.services import pushing

logger = structlog.get_logger(__name__)

# The longest that a lost wake-up, a changed setting or a dead holder goes unnoticed.
LOOK_SECONDS = 1.0


def run(*, stopping: threading.Event) -> None:
    """Keep a pusher for every active connection until told to stop; then wait for their last pushes."""
    pushers: dict[int, threading.Thread] = {}
    logger.info("push.ready")
    while True:
        for connection_id in _active():
            pusher = pushers.get(connection_id)
            if pusher is None or not pusher.is_alive():
                pushers[connection_id] = _start(connection_id, stopping)
        if stopping.wait(LOOK_SECONDS):
            break
    wakes.wake_all()
    for pusher in pushers.values():
        pusher.join()


def _active() -> list[int]:
    """Those that are to be pushed to; none, where the database can't be asked."""
    try:
        return list(Connection.objects.filter(active=True).order_by("pk").values_list("pk", flat=True))
    except Exception as error:
        logger.warning("push.waiting", error=f"{type(error).__name__}: {error}")
        connections.close_all()
        return []


def _start(connection_id: int, stopping: threading.Event) -> threading.Thread:
    pusher = threading.Thread(
        target=_keep_standing, args=(connection_id, stopping), name=f"push-{connection_id}", daemon=True
    )
    pusher.start()
    return pusher


def _keep_standing(connection_id: int, stopping: threading.Event) -> None:
    try:
        while _stand_once(connection_id, stopping) and not stopping.wait(LOOK_SECONDS):
            pass
    finally:
        connections.close_all()


def _stand_once(connection_id: int, stopping: threading.Event) -> bool:
    """Stand while nothing fails; answer whether to try again."""
    try:
        return stand(connection_id=connection_id, stopped=stopping.is_set)
    except Exception as error:
        logger.warning("push.waiting", connection=connection_id, error=f"{type(error).__name__}: {error}")
        connections.close_all()
        return True


def stand(*, connection_id: int, stopped: Callable[[], bool]) -> bool:
    """
    Push for a connection until `stopped`, or it is inactive; not at all where another process does.

    Answers whether it is still active.
    """
    with pushing.sole_pusher(connection_id) as alone:
        if not alone:
            return True
        woken = threading.Event()
        wakes.attend(connection_id, woken)
        try:
            return _stand(connection_id, woken, stopped)
        finally:
            wakes.leave(connection_id)


def _stand(connection_id: int, woken: threading.Event, stopped: Callable[[], bool]) -> bool:
    pace, beside = pushing.Pace(), pushing.Beside()
    while not stopped():
        connection = Connection.objects.with_pause().filter(pk=connection_id, active=True).first()
        if connection is None:
            return False
        if connection.paused:  # type: ignore[attr-defined]
            woken.wait(LOOK_SECONDS)
            woken.clear()
            continue
        more = beside.take_turn(connection, pace)
        _push_stock(connection, pace, woken, stopped, seconds=0.0 if more else LOOK_SECONDS)
        pushing.finish(connection, pace)
    return True


def _push_stock(
    connection: Connection,
    pace: pushing.Pace,
    woken: threading.Event,
    stopped: Callable[[], bool],
    *,
    seconds: float,
) -> None:
    """Push whatever stock there is whenever woken, for so long; once at least."""
    until = time.monotonic() + seconds
    while not stopped():
        pushing.drain(connection, pace)
        if (left := until - time.monotonic()) <= 0:
            return
        woken.wait(left)
        # Taken off before looking: what is committed from now on wakes again.
        woken.clear()
