"""Two real connections, one made to wait for the other: races that come out the same each time."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")
PATIENCE = 10.0


@contextmanager
def second_connection() -> Iterator["Second"]:
    with ThreadPoolExecutor(max_workers=1) as pool:
        second = Second(pool)
        try:
            yield second
        finally:
            pool.submit(lambda: connection.close()).result()


class Second:
    """A connection in a thread of its own, whose waiting can be seen from outside."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self.pid = pool.submit(self._backend).result()

    @staticmethod
    def _backend() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def start(self, function: Callable[[], T]) -> "Future[T]":
        """Run `function`; come back once it waits for a lock, or has ended without waiting."""
        future = self._pool.submit(function)
        deadline = time.monotonic() + PATIENCE
        while not future.done() and not self._waits():
            assert time.monotonic() < deadline, "neither waiting nor done"
            time.sleep(0.01)
        return future

    def _waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)", [self.pid])
            return bool(cursor.fetchone()[0])


def all_at_once(functions: list[Callable[[], Any]]) -> list[Any]:
    """Run each on a connection of its own, together; answer results and exceptions in order."""
    barrier = Barrier(len(functions))

    def run(function: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(PATIENCE)
            return function()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(functions)) as pool:
        return list(pool.map(run, functions))
