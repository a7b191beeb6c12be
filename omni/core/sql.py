"""
SQL of our own for hot paths: prepared, and counted and traced like Django's own queries.

Server-side binding lets PostgreSQL keep the plan, which Django's client-side cursor can't.
Placeholders are psycopg's `%(name)s`, cast where their type is open (`%(ids)s::bigint[]`); lists
become arrays for `unnest`. As through Django's own cursors, jsonb comes back as text.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from functools import lru_cache, partial
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import debug_transaction

Params = Mapping[str, Any]
Row = tuple[Any, ...]


class _Prepared:
    """Tells pghistory to leave a statement alone: a prepared one can't carry a second command."""

    name = "prepared"


def fetch_all(statement: str, params: Params | None = None) -> list[Row]:
    """Run a prepared statement; answer its rows, or an empty list where it returns none."""
    # Django's `connection` looks the thread's own up with each attribute.
    wrapped = connections[DEFAULT_DB_ALIAS]
    wrapped.ensure_connection()
    with wrapped.wrap_database_errors, psycopg.RawCursor(wrapped.connection) as cursor:
        run: Any = partial(_run, cursor)
        for wrapper in wrapped.execute_wrappers:
            run = partial(wrapper, run)
        run(statement, params or {}, False, {"connection": wrapped, "cursor": _Prepared})
        # Not `description`, which describes every column.
        answered = cursor.pgresult is not None and cursor.pgresult.nfields
        return cursor.fetchall() if answered else []


def integers(values: Iterable[int | None]) -> str:
    """
    Integers as the text of an array (`{1,2,NULL}`), for a parameter that is cast to `bigint[]`.

    A list costs psycopg ten times as long to pass, and a statement of its own for each mixture of
    sizes (`smallint[]`, `bigint[]`). Write `unnest((SELECT %(ids)s::bigint[]))`: where PostgreSQL
    can see how long an array is, it finds short ones cheaper and plans them anew each time.
    """
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def fetch_one(statement: str, params: Params | None = None) -> Row | None:
    rows = fetch_all(statement, params)
    return rows[0] if rows else None


def _run(
    cursor: psycopg.RawCursor, statement: str, params: Params, many: bool, context: dict[str, Any]
) -> psycopg.RawCursor:
    wrapped = context["connection"]
    logged = debug_transaction(wrapped, statement) if wrapped.queries_logged else nullcontext()
    numbered, names = _numbered(statement)
    with logged:
        return cursor.execute(numbered, [params[name] for name in names], prepare=True)


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
