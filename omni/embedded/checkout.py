"""One checkout of the project: where its files of run time are, and who holds it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from omni.embedded import processes
from omni.embedded.errors import LaunchError

# Kept by `make reset`: measurements, and the lock that the reset itself holds.
KEPT_BY_RESET = frozenset({"bench", "lock"})


@dataclass(frozen=True)
class Checkout:
    """A clone's directory; all that the launcher writes in it is below `var/`."""

    root: Path

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    def prepare(self) -> None:
        """
        Make the directories of run time.

        Raises:
            LaunchError: `var/` is another user's, or can't be written.
        """
        try:
            for directory in (self.var, self.run, self.log):
                directory.mkdir(exist_ok=True)
            owner = self.var.stat().st_uid
        except OSError as error:
            raise LaunchError(
                f"{self.var} can't be written: {error.strerror}.",
                advice="run as the user to whom this checkout belongs, or clone it anew as yourself.",
            ) from error
        if owner != os.geteuid():
            raise LaunchError(
                f"{self.var} belongs to user {owner}, and you are user {os.geteuid()}.",
                advice="run as that user, or clone the project anew as yourself.",
            )

    @contextmanager
    def lock(self, command: str, file_name: str = "lock") -> Iterator[None]:
        """
        Hold the checkout, so that one launcher at a time starts and stops its processes.

        The kernel lets go of it when the holder dies, however it dies.

        Raises:
            LaunchError: another launcher holds it.
        """
        self.prepare()
        with (self.var / file_name).open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LaunchError(*_who_holds(file), advice=_ADVICE_HELD) from None
            _sign(file, command)
            try:
                yield
            finally:
                file.truncate(0)

    def holder(self) -> processes.Record | None:
        """Return the launcher that holds this checkout, if one is alive."""
        record = processes.Record.read(self.var / "lock")
        return record if record and record.is_alive() else None


_ADVICE_HELD = "stop it with Ctrl-C where it runs, or with `make stop` here; another clone can run beside it."


def _who_holds(file: IO[str]) -> tuple[str]:
    file.seek(0)
    try:
        holder: dict[str, Any] = json.load(file)
    except ValueError:
        return ("Another command is at work in this checkout.",)
    return (f"`{holder['name']}` is already running in this checkout (process {holder['pid']}).",)


def _sign(file: IO[str], command: str) -> None:
    file.truncate(0)
    file.write(processes.Record.of(command, os.getpid()).to_json())
    file.flush()
