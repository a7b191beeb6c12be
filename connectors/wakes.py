"""Waking whoever pushes for a connection. A wake-up that is lost costs a second: every pusher looks by itself."""

import json
import threading
from collections.abc import Callable, Iterable

import structlog

from omni.core import valkey

logger = structlog.get_logger(__name__)

CHANNEL = "push:wake"
LISTENED_SECONDS = 1.0

# The connections that this process pushes for.
_here: dict[int, threading.Event] = {}


def attend(connection_id: int, woken: threading.Event) -> None:
    """Let `woken` be set whenever the connection has something to push."""
    _here[connection_id] = woken


def leave(connection_id: int) -> None:
    _here.pop(connection_id, None)


def wake(connection_ids: Iterable[int]) -> None:
    """Wake the pushers of connections: in this process at once, in another through Valkey."""
    elsewhere = [connection_id for connection_id in connection_ids if not _wake_here(connection_id)]
    if elsewhere:
        try:
            valkey.client().publish(CHANNEL, json.dumps(elsewhere))
        except Exception:
            logger.warning("push.wake-lost", connections=elsewhere)


def _wake_here(connection_id: int) -> bool:
    woken = _here.get(connection_id)
    if woken:
        woken.set()
    return woken is not None


def wake_all() -> None:
    """Wake every pusher of this process."""
    for woken in list(_here.values()):
        woken.set()


def listen(*, stopped: Callable[[], bool]) -> None:
    """Wake our pushers when another process says so, until `stopped`; a lost Valkey is waited for."""
    while not stopped():
        try:
            with valkey.client().pubsub(ignore_subscribe_messages=True) as subscription:
                subscription.subscribe(CHANNEL)
                while not stopped():
                    if message := subscription.get_message(timeout=LISTENED_SECONDS):
                        for connection_id in json.loads(message["data"]):
                            _wake_here(connection_id)
        except Exception as error:
            logger.warning("push.not-listening", error=f"{type(error).__name__}: {error}")
            threading.Event().wait(LISTENED_SECONDS)
