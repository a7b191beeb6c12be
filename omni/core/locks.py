"""Locks of the database session: had at once or not at all, and gone with their holder however it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from omni.core import sql


@contextmanager
def sole(class_: int, id_: int) -> Iterator[bool]:
    """
    Hold the lock for as long as the block runs, and say whether it was free; nobody waits for it.

    It is the session's, not a transaction's: it may be held over calls to the outside.
    """
    params = {"class": class_, "id": id_}
    row = sql.fetch_one("SELECT pg_try_advisory_lock(%(class)s::int, %(id)s::int)", params)
    locked = bool(row and row[0])
    try:
        yield locked
    finally:
        if locked:
            sql.fetch_all("SELECT pg_advisory_unlock(%(class)s::int, %(id)s::int)", params)
