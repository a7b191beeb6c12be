"""
SQL of our own for hot paths: prepared, and counted and traced like Django's own queries.

Server-side binding lets PostgreSQL keep the plan, which Django's client-side cursor can't.
Placeholders are psycopg's `%(name)s`, cast where their type is open (`%(ids)s::bigint[]`); lists
become arrays for `unnest`. As through Django's own cursors, jsonb comes back as text.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import debug_transaction
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

Params = Mapping[str, Any]
Row = tuple[Any, ...]
ANSWERED = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
MOST_PREPARED = 200


class _Prepared:
    """Tells pghistory to leave a statement alone: a prepared one can't carry a second command."""

    name = "prepared"


def fetch_all(statement: str, params: Params | None = None) -> list[Row]:
    """Run a prepared statement; answer its rows, or an empty list where it returns none."""
    # Django's `connection` looks the thread's own up with each attribute.
    wrapped = connections[DEFAULT_DB_ALIAS]
    # As Django's own cursor does it: once a request, so that a restarted server costs no failure.
    if not wrapped.in_atomic_block:
        wrapped.close_if_health_check_failed()
    wrapped.ensure_connection()
    with wrapped.wrap_database_errors:
        if not wrapped.execute_wrappers and not wrapped.queries_logged:
            return _execute(wrapped.connection, statement, params or {})
        rows: list[Row] = []
        run: Any = partial(_run, rows)
        for wrapper in wrapped.execute_wrappers:
            run = partial(wrapper, run)
        run(statement, params or {}, False, {"connection": wrapped, "cursor": _Prepared})
    return rows


def integers(values: Iterable[int | None]) -> str:
    """
    Integers as the text of an array (`{1,2,NULL}`), for a parameter that is cast to `bigint[]`.

    A list costs psycopg ten times as long to pass, and a statement of its own for each mixture of
    sizes (`smallint[]`, `bigint[]`). Write `unnest((SELECT %(ids)s::bigint[]))`: where PostgreSQL
    can see how long an array is, it finds short ones cheaper and plans them anew each time.
    """
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def array(values: Iterable[Any]) -> str:
    """
    Values of any type as the text of an array, for a parameter that is cast (`%(names)s::text[]`).

    A fraction of the time that adapting a list item by item takes, which for a batch of sales is
    what the client would otherwise mostly do.
    """
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    return str(value)


def fetch_one(statement: str, params: Params | None = None) -> Row | None:
    rows = fetch_all(statement, params)
    return rows[0] if rows else None


def _run(rows: list[Row], statement: str, params: Params, many: bool, context: dict[str, Any]) -> None:
    """Add the statement's rows to `rows`: wrappers take what a function answers for a cursor."""
    wrapped = context["connection"]
    logged = debug_transaction(wrapped, statement) if wrapped.queries_logged else nullcontext()
    with logged:
        rows += _execute(wrapped.connection, statement, params)


def _execute(connection: psycopg.Connection, statement: str, params: Params) -> list[Row]:
    """
    Prepare and execute by libpq itself: a cursor of psycopg's costs five times as much, which for an
    order's eight statements is half of what Python does. Adaptation and errors are psycopg's.
    """
    numbered, names = _numbered(statement)
    adapting = Transformer(connection)
    values = adapting.dump_sequence([params[name] for name in names], [PyFormat.AUTO] * len(names))
    if not connection.autocommit and connection.pgconn.transaction_status == pq.TransactionStatus.IDLE:
        _answer(connection.pgconn.exec_(b"BEGIN"))
    name = _prepared(connection, numbered, adapting.types or ())
    result = _answer(connection.pgconn.exec_prepared(name, values, adapting.formats))  # type: ignore[arg-type]  # None is NULL; their type forgets it
    adapting.set_pgresult(result)
    return adapting.load_rows(0, result.ntuples, tuple)


# For each connection the names of what it has prepared; types are part of a statement's identity.
_names: WeakKeyDictionary[psycopg.Connection, dict[tuple[bytes, tuple[int, ...]], bytes]] = (
    WeakKeyDictionary()
)


def _prepared(connection: psycopg.Connection, numbered: bytes, types: tuple[int, ...]) -> bytes:
    """The name under which the server keeps the statement, which is prepared first if need be."""
    names = _names.setdefault(connection, {})
    if name := names.get((numbered, types)):
        return name
    if len(names) >= MOST_PREPARED:
        _answer(connection.pgconn.exec_(b"DEALLOCATE ALL"))
        names.clear()
    name = f"omni_{len(names)}".encode()
    _answer(connection.pgconn.prepare(name, numbered, types))
    names[numbered, types] = name
    return name


def _answer(result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status not in ANSWERED:
        raise error_from_result(result)
    return result


PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|%)")


@lru_cache(maxsize=1024)
def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """
    The statement with PostgreSQL's own placeholders, `$1`, and whose value each is.

    psycopg does the same, but anew each time where a statement is long or has many parameters.
    """
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return f"${names.setdefault(name, len(names) + 1)}" if name else "%"

    return PLACEHOLDER.sub(number, statement).encode(), tuple(names)
