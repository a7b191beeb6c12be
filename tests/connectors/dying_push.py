"""
Pushes for a connection in processes of their own, each of which kills itself one step later than the last.

`python tests/connectors/dying_push.py CONNECTION DROP`: steps are what reaches the disk (flushes and
renames), each change of the drop's memory, and each acknowledgement. Each begins with nothing told; after
each death another process pushes. What lies in the outbox after either is printed, as a line of JSON; it
ends once a process got by.
"""

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import django

django.setup()

from connectors import services  # noqa: E402
from connectors.filedrop import memory  # noqa: E402
from connectors.models import PushState  # noqa: E402
from connectors.services import pushing  # noqa: E402
from omni.core import clock  # noqa: E402
from tests.dying import counted, die_before  # noqa: E402


class Dying(sqlite3.Connection):
    """Dies before a statement that changes something; what its transaction has done goes with it."""

    executemany: Any = counted(sqlite3.Connection.executemany)

    def execute(self, statement: str, *params: Any) -> Any:
        changes = statement.startswith(("UPDATE", "COMMIT"))
        run = counted(super().execute) if changes else super().execute
        return run(statement, *params)


def forked(work: Callable[[], object]) -> int:
    """How a process of its own ended."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def begin_anew() -> None:
    for file in (*place.glob("outbox/*"), *place.glob("state/*")):
        file.unlink()
    PushState.objects.update(
        dirty_at=clock.now(), available=None, acknowledged_version=0, lease_until=None, sending_dirty_at=None
    )


def push_and_die(step: int) -> None:
    die_before(step)
    services.push(connection_id=connection_id)


def push_on() -> None:
    """Once the database has noticed the death, whose lock is left till then."""
    while True:
        with pushing.sole_pusher(connection_id) as alone:
            if alone:
                break
        time.sleep(0.01)
    services.push(connection_id=connection_id)


def outbox() -> dict[str, str]:
    return {file.name: file.read_text() for file in place.glob("outbox/*.csv")}


connection_id, place = int(sys.argv[1]), Path(sys.argv[2])
os.fsync, os.replace = counted(os.fsync), counted(os.replace)
pushing._record_success = counted(pushing._record_success)
memory.connected = lambda file: sqlite3.connect(file, isolation_level=None, factory=Dying)
for step in count(1):
    assert forked(begin_anew) == 0
    status = forked(partial(push_and_die, step))
    assert status in (0, signal.SIGKILL), status
    if status == 0:
        break
    died = outbox()
    assert forked(push_on) == 0
    print(json.dumps({"died": died, "survived": outbox()}))
