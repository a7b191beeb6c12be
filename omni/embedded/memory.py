"""What is done already: steps whose inputs have not changed are skipped at the next start."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from pathlib import Path

import psycopg


class Memory:
    """The inputs of the steps that ran to their end, by step."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def holds(self, step: str, inputs: str) -> bool:
        return self._read().get(step) == inputs

    def keep(self, step: str, inputs: str) -> None:
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(self._read() | {step: inputs}, indent=1))
        beside.replace(self._path)

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def fingerprint(files: Iterable[Path], root: Path) -> str:
    """Return a digest of the files' names and contents."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def combined(*parts: str) -> str:
    """Return one digest of several; the parts, passwords among them, can't be read from it."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def database_identity(url: str) -> str:
    """
    Return what tells this database from one made anew in its place.

    Where the server doesn't say (it is the user's own, perhaps behind a pooler), every answer
    differs from every other, so that nothing is skipped.
    """
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            found = connection.execute(_IDENTITY).fetchone()
            return ":".join(map(str, found or ()))
    except psycopg.Error:
        return _unlike_any_other()


def schema_identity(url: str) -> str:
    """Return the same together with the migrations that were applied, and taken back."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            applied = connection.execute("SELECT count(*), max(id) FROM django_migrations").fetchone()
            return f"{database_identity(url)}:{applied}"
    except psycopg.Error:
        return _unlike_any_other()


_IDENTITY = """
    SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database())
    FROM pg_control_system()
"""


def _unlike_any_other() -> str:
    return secrets.token_hex(16)
