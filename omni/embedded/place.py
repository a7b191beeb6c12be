"""
Where the servers live, and as whom they run.

An ordinary user's servers run as that user, from the wheels, with their data in `var/servers`.

PostgreSQL refuses to run as root, so root's servers run as an account without privileges, which
may be unable to enter the checkout at all: below `/root`, or below anybody's closed home. Opening
those directories is not ours to do. So root's servers live in a directory of our own under
`/var/lib`, with a copy of the binaries, and `var/place.json` says where. The directory and the
binaries are root's; the account owns its two data directories and nothing else.
"""

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omni.embedded import binaries
from omni.embedded.binaries import Binaries
from omni.embedded.checkout import Checkout
from omni.embedded.endings import end_servers
from omni.embedded.errors import LaunchError

# Debian's, Fedora's and macOS's accounts without rights. OMNI_SERVER_USER names another.
_UNPRIVILEGED = ("nobody", "daemon")
# Nothing of the caller's: PGDATA, PGOPTIONS and the like would be obeyed.
SERVER_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """A user without privileges."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """The servers' directory, their programs, and the account that they run as (None: our own)."""

    home: Path
    binaries: Binaries
    account: Account | None

    @property
    def owner(self) -> tuple[int, int] | None:
        return (self.account.uid, self.account.gid) if self.account else None

    def identity(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess` run a program as the servers' account."""
        if self.account is None:
            return {}
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}

    def make_private(self, name: str) -> Path:
        """Make a directory here that the servers' account alone can enter."""
        directory = self.home / name
        directory.mkdir(mode=0o700, exist_ok=True)
        if self.owner:
            os.chown(directory, *self.owner)
        directory.chmod(0o700)
        return directory

    def remove(self) -> None:
        """Throw the place away, with all its data."""
        shutil.rmtree(self.home, ignore_errors=True)


def of(checkout: Checkout) -> Place:
    """
    Return the place of this checkout's servers, made if need be.

    Raises:
        LaunchError: no account without privileges, or no directory that it can use.
    """
    if os.geteuid() != 0:
        return _own(checkout.var / "servers")
    known = _recorded(checkout)
    if known:
        return _reopen(known)
    # A copy of another checkout brings that one's record: leave alone what bears this path's name.
    copied = (checkout.var / "place.json").exists()
    place = _settle(_fresh_name() if copied else _name(checkout), root=checkout.root)
    _record(checkout, place.home)
    return place


def existing(checkout: Checkout) -> Path | None:
    """Return the directory of this checkout's servers if it has one already."""
    if os.geteuid() != 0:
        home = checkout.var / "servers"
        return home if home.is_dir() else None
    return _recorded(checkout)


@contextmanager
def ephemeral(checkout: Checkout) -> Iterator[Place]:
    """Lend a place for servers that live as long as their user, and throw it away afterwards."""
    name = _fresh_name("omni-test-")
    rootly = os.geteuid() == 0
    place = _settle(name, root=checkout.root) if rootly else _own(checkout.var / "test" / name)
    _sweep(place.home.parent)
    with (place.home / "in-use").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield place
        finally:
            place.remove()


def _sweep(parent: Path) -> None:
    """Throw away the ephemeral places whose users died without doing so."""
    for home in parent.glob("omni-test-*"):
        try:
            with (home / "in-use").open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                end_servers(home)
                shutil.rmtree(home, ignore_errors=True)
        except OSError:
            continue  # In use, being made, or somebody else's.


# --- An ordinary user's -----------------------------------------------------------------


def _own(home: Path) -> Place:
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    return Place(home=home, binaries=binaries.in_wheels(), account=None)


# --- Root's -----------------------------------------------------------------------------


def _name(checkout: Checkout) -> str:
    return "omni-" + hashlib.sha256(str(checkout.root).encode()).hexdigest()[:12]


def _fresh_name(prefix: str = "omni-") -> str:
    return prefix + secrets.token_hex(6)


def _parents() -> list[Path]:
    """Return where a place may be: kept over a restart, or at the worst until one."""
    return [Path("/var/lib"), Path("/var/tmp"), Path(tempfile.gettempdir())]


def account() -> Account:
    """Return the account without privileges that root's servers run as."""
    wanted = os.environ.get("OMNI_SERVER_USER")
    for name in (wanted,) if wanted else _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise LaunchError(
        "PostgreSQL refuses to run as root, and there is no other account for it.",
        advice="run as an ordinary user, or name an account without privileges in OMNI_SERVER_USER.",
    )


def _settle(name: str, *, root: Path) -> Place:
    """Make a place in the first directory where the account can run the programs."""
    runner = account()
    tried = []
    for parent in _parents():
        home = parent / name
        try:
            _claim(home, root)
            place = Place(home=home, binaries=binaries.copy_to(home / "binaries"), account=runner)
            _prove(place)
            return place
        except (OSError, subprocess.SubprocessError) as error:
            tried.append(f"{home}: {error}")
    raise LaunchError(
        f"User {runner.name} can't run the servers from anywhere:\n  " + "\n  ".join(tried),
        advice="run as an ordinary user, or set DATABASE_URL and REDIS_URL to servers you run.",
    )


def _claim(home: Path, root: Path) -> None:
    """Make the directory anew: what is there belonged to an earlier clone at the same path."""
    if os.path.lexists(home):
        _require_ours(home)
        end_servers(home)
        shutil.rmtree(home)
    home.mkdir(mode=0o711)
    home.chmod(0o711)
    (home / "checkout").write_text(str(root))


def _require_ours(home: Path) -> None:
    found = home.lstat()
    if home.is_symlink() or not home.is_dir() or found.st_uid != os.geteuid():
        raise OSError(f"{home} exists and is not ours")


def _prove(place: Place) -> None:
    """Run a program as the account: directories closed to it and `noexec` mounts show here."""
    subprocess.run(
        [place.binaries.postgres, "--version"],
        cwd="/",
        check=True,
        capture_output=True,
        timeout=30,
        **place.identity(),
    )


def _reopen(home: Path) -> Place:
    place = Place(home=home, binaries=binaries.copy_to(home / "binaries"), account=account())
    try:
        _prove(place)
    except (OSError, subprocess.SubprocessError) as error:
        raise LaunchError(
            f"The servers' account can no longer run the programs in {home}: {error}",
            advice="look at the rights of the directories above it, or `make reset` to start afresh.",
        ) from error
    return place


def _record(checkout: Checkout, home: Path) -> None:
    text = json.dumps({"home": str(home), "checkout": str(checkout.root)}, indent=1)
    (checkout.var / "place.json").write_text(text)


def _recorded(checkout: Checkout) -> Path | None:
    """Return the place that this checkout made before, following the checkout when it was moved."""
    try:
        found = json.loads((checkout.var / "place.json").read_text())
        home, made_for = Path(found["home"]), Path(found["checkout"])
        _require_ours(home)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if made_for == checkout.root:
        return home
    if (made_for / "var" / "place.json").exists():
        return None  # The checkout is a copy: the data stay the original's.
    return _follow(checkout, home)


def _follow(checkout: Checkout, home: Path) -> Path:
    (home / "checkout").write_text(str(checkout.root))
    _record(checkout, home)
    return home
