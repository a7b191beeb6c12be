"""Ending servers by where they work, whoever started them and whatever their pid files say."""

import signal
from pathlib import Path

import psutil

from omni.embedded import processes
from omni.embedded.errors import last_lines


def end_servers(home: Path) -> None:
    """End all servers of a place: their data are whole and nobody's afterwards."""
    processes.end(processes.working_in(home / "valkey"), patience=10)
    processes.end(processes.working_in(home / "postgres.new"), patience=5)
    end_postgres(home / "postgres")


def end_postgres(data: Path) -> None:
    """Shut a cluster down: at once for its clients, cleanly for its data; by force after 30 s."""
    processes.end(_postmaster(data), patience=30, first=signal.SIGINT)
    clear_postgres(data)


def clear_postgres(data: Path) -> None:
    """
    Make sure that no process works in the data directory, and that no pid file says so.

    Backends of a killed postmaster go first: a second server beside them would corrupt the data.
    PostgreSQL itself sees through a `postmaster.pid` whose process is dead, but not through one
    whose number another process has since been given.
    """
    processes.end(processes.working_in(data), patience=10, first=signal.SIGQUIT)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _postmaster(data: Path) -> list[psutil.Process]:
    pid = next(iter(last_lines(data / "postmaster.pid", 100)), None)
    return [process for process in processes.working_in(data) if str(process.pid) == pid]
