"""What `migrate` asks before it begins."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

HINT = (
    "Migrate it to the end of that chain by the last version that had it, or make it anew "
    "(`make reset` where the demo made it)."
)


def check_chains_are_whole(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """
    Refuse a database in the middle of a chain of migrations that is one migration by now.

    Django takes that one for not applied, runs what follows it, and fails at whatever that misses first.
    """
    return [
        Error(f"Database {alias!r} stands in the middle of what {app}.{name} replaces.", HINT, id="core.E001")
        for alias in databases or ()
        for app, name in _begun(alias)
    ]


def _begun(alias: str) -> Iterator[tuple[str, str]]:
    """Those that replace migrations which are gone, and of which only some have run."""
    loader = MigrationLoader(None)
    applied = MigrationRecorder(connections[alias]).applied_migrations().keys()
    for one, migration in loader.replacements.items():
        replaced = set(migration.replaces)
        gone = replaced - loader.disk_migrations.keys()
        if gone and one not in applied and replaced & applied and replaced - applied:
            yield one
