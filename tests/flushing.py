"""
Emptying the database between tests, quickly.

Django truncates every table after each test that commits: a hundred tables with all their
indexes, most of them empty, at a third of a second a test. Deleting the rows of those few that
have any takes milliseconds. Truncation remains where rows are many, or where the role may not
switch triggers off (which a ledger's refusal to change, and foreign keys, call for).

The names of models and their permissions follow from the code, and stay: emptied, Django would write
its hundreds of rows anew after each test.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

FEW_BYTES = 4_000_000
KEPT = {"django_content_type", "auth_permission"}

truncate = DatabaseOperations.sql_flush


def install() -> None:
    DatabaseOperations.sql_flush = delete_or_truncate  # type: ignore[assignment, method-assign]
    flush.emit_post_migrate_signal = _write_nothing_anew


def _write_nothing_anew(*arguments: object) -> None:
    """What stands in for Django's signal after a flush: what it would write was kept."""


def delete_or_truncate(
    self: DatabaseOperations, style: Any, tables: Sequence[str], **options: Any
) -> list[str]:
    tables = [table for table in tables if table not in KEPT]
    if options.get("reset_sequences") or not tables or not _may_switch_triggers_off():
        return truncate(self, style, tables, **options)
    filled = _filled(tables)
    if any(size > FEW_BYTES for _, size in filled):
        return truncate(self, style, tables, **options)
    deletes = [f"DELETE FROM {self.quote_name(table)}" for table, _ in filled]
    return ["SET LOCAL session_replication_role = replica", *deletes] if deletes else []


@cache
def _may_switch_triggers_off() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def _filled(tables: Sequence[str]) -> list[tuple[str, int]]:
    """The tables that have rows, with their sizes in bytes."""
    with connection.cursor() as cursor:
        # Partitioned tables have no pages of their own.
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace"
            " AND (relkind = 'p' OR pg_relation_size(oid) > 0)",
            [list(tables)],
        )
        probes = [
            f"SELECT '{table}', pg_relation_size('{table}') WHERE EXISTS (SELECT FROM \"{table}\")"
            for (table,) in cursor.fetchall()
        ]
        if not probes:
            return []
        cursor.execute(" UNION ALL ".join(probes))
        return list(cursor.fetchall())
