"""
Transactions, made explicit in the manner of django-subatomic (which needs Python 3.12).

A use case opens one with `transaction()`, which refuses to be nested: what it writes is
committed when the block ends. A building block says `require_transaction()`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import connection
from django.db import transaction as django_transaction

from omni.core.errors import NoTransaction, Unavailable


@contextmanager
def transaction(*, asynchronous_commit: bool = False) -> Iterator[None]:
    """
    Open the one transaction of a use case; refuse to run inside another.

    `asynchronous_commit` releases row locks before the log reaches the disk, and flushes it
    after the commit and before the caller can answer: worth it on hot rows only.

    Raises:
        Unavailable: the flush failed, so whether the change lasts is unknown.
    """
    with django_transaction.atomic(durable=True):
        if asynchronous_commit:
            commit_asynchronously()
        yield
    if asynchronous_commit:
        flush()


def commit_asynchronously() -> None:
    """
    Let this transaction's commit not wait for the disk: for what is done again if a crash takes it.

    The log is flushed in order, so nothing that is durable can rest on something that was lost.
    """
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def flush() -> None:
    """Wait until everything committed so far is on disk (PostgreSQL flushes its log in order)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_logical_emit_message(true, 'flush', '')")
    except Exception as error:
        raise Unavailable(reason="flush-failed") from error


def require_transaction() -> None:
    """
    Raises:
        NoTransaction: the caller has opened none.
    """
    if not connection.in_atomic_block:
        raise NoTransaction("Open omni.core.db.transaction() around this call.")


def after_commit(function: Callable[..., object], *args: object) -> None:
    """Call `function(*args)` once the transaction has committed; its failure breaks nothing."""
    require_transaction()
    django_transaction.on_commit(partial(function, *args), robust=True)
