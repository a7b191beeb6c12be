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

from omni.core.errors import NoTransaction

# For one statement that is a transaction of its own, as `commit_asynchronously` is for several: a
# relation of one row to join.
LAZILY = "(SELECT set_config('synchronous_commit', 'off', true)) AS lazily"


@contextmanager
def transaction() -> Iterator[None]:
    """Open the one transaction of a use case; refuse to run inside another."""
    with django_transaction.atomic(durable=True):
        yield


def commit_asynchronously() -> None:
    """
    Let this transaction's commit not wait for the disk: for what is done again if a crash takes it.

    The log is flushed in order, so nothing that is durable can rest on something that was lost.
    """
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


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
