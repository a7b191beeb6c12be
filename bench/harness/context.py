"""What a question is handed: the servers of this run, a place for files, and a way to speak."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from bench.harness.databases import named


@dataclass(frozen=True, kw_only=True)
class Context:
    """One run. `database_url` names the maintenance database of a server where databases may be made."""

    database_url: str
    redis_url: str
    postgres_bin: Path
    var: Path

    def note(self, text: str) -> None:
        """Say what is being done, to whoever watches."""
        print(f"  {text}", file=sys.stderr, flush=True)

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database like `template`, dropping what an earlier run left, and return its address."""
        target, model = sql.Identifier(name), sql.Identifier(template)
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(target, model))
        return named(self.database_url, name)

    def environment(self, **extra: str) -> Mapping[str, str]:
        """The environment of a child process: this one's, and `extra`."""
        return {**os.environ, **extra}

    def log(self, name: str) -> Path:
        return self.var / f"{name}.log"
