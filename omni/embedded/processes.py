"""
Processes by more than their number: a pid is reused, a pid with its start time is not.

Every process that the launcher starts leads a session of its own and carries `OWNER_TAG` in
its environment, so that what an earlier launcher left behind can be told from everything else
on the machine.
"""

import contextlib
import ctypes
import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

OWNER_TAG = "OMNI_LAUNCHED_FROM"
_PR_SET_PDEATHSIG = 1
_SERVERS = frozenset({"postgres", "initdb", "valkey-server"})


@dataclass(frozen=True)
class Record:
    """A process as a pid file tells of it, and the command that keeps it (`demo` or `up`)."""

    name: str
    pid: int
    started: str
    keeper: str = "demo"

    @classmethod
    def of(cls, name: str, pid: int, keeper: str = "demo") -> "Record":
        return cls(name=name, pid=pid, started=identity(pid) or "", keeper=keeper)

    @classmethod
    def read(cls, path: Path) -> "Record | None":
        """Return the record in the file; None when there is none, or only half of one."""
        try:
            found = json.loads(path.read_text())
            return cls(str(found["name"]), int(found["pid"]), str(found["started"]), str(found["keeper"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def to_json(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    def write(self, path: Path) -> None:
        """Write the pid file whole or not at all."""
        beside = path.with_suffix(".new")
        beside.write_text(self.to_json())
        beside.replace(path)

    def is_alive(self) -> bool:
        return bool(self.started) and identity(self.pid) == self.started


def identity(pid: int) -> str | None:
    """
    Return what tells this process from a later one of the same pid; None when it is dead.

    On Linux that is the boot and the clock ticks since it, which no change of the wall clock
    moves. A zombie is dead: it holds no port, no file and no lock.
    """
    try:
        process = psutil.Process(pid)
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return None
        if not sys.platform.startswith("linux"):
            return f"{process.create_time():.0f}"
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (psutil.NoSuchProcess, OSError):
        return None
    return f"{_boot()}:{stat.rpartition(')')[2].split()[19]}"


@functools.cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def die_with_parent(last_words: signal.Signals) -> Callable[[], None]:
    """
    Return what a child runs before `exec` so that it gets a signal when its launcher dies.

    Linux only; elsewhere the next start finds and stops what was left behind.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(last_words))
        if os.getppid() != parent:  # It died before the line above.
            os.kill(os.getpid(), last_words)

    return before_exec


def end_with_make() -> None:
    """Stop as at Ctrl-C when the `make` that runs us is killed: nobody else would stop us."""
    parent = psutil.Process().parent()
    if sys.platform.startswith("linux") and parent and parent.name() in {"make", "gmake"}:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


def members(group: int) -> list[psutil.Process]:
    """Return the living processes of a process group."""
    return [process for process in psutil.process_iter() if _is_member(process, group)]


def _is_member(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False


def working_in(directory: Path) -> list[psutil.Process]:
    """
    Return the servers' living processes whose working directory is this one.

    PostgreSQL's all work in their data directory, the backends of a killed postmaster too. A
    person's shell may stand there as well, and is none of ours.
    """
    return [process for process in psutil.process_iter() if _works_in(process, str(directory))]


def _works_in(process: psutil.Process, directory: str) -> bool:
    try:
        # Linux says " (deleted)" behind the name of a directory that is gone.
        return process.name() in _SERVERS and process.cwd().removesuffix(" (deleted)") == directory
    except (psutil.Error, OSError):
        return False


def launched_from(root: Path) -> list[psutil.Process]:
    """Return the living processes that a launcher of this checkout started, and their children."""
    ourselves = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [p for p in psutil.process_iter() if p.pid not in ourselves and _tag(p) == str(root)]


def _tag(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(OWNER_TAG)
    except (psutil.Error, OSError):
        return None


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to a process group, which may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def end(found: Iterable[psutil.Process], *, patience: float, first: signal.Signals = signal.SIGTERM) -> None:
    """End processes: ask, wait up to `patience` seconds, then kill."""
    doomed = [Record.of("", process.pid) for process in found]

    def all_ended() -> bool:
        # By identity, since a zombie that nobody reaps would be waited for in vain.
        return not any(record.is_alive() for record in doomed)

    for number, seconds in ((first, patience), (signal.SIGKILL, 5.0)):
        _tell([record for record in doomed if record.is_alive()], number)
        wait_until(all_ended, seconds=seconds)


def _tell(found: Iterable[Record], number: signal.Signals) -> None:
    for record in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)


def wait_until(done: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Wait until `done()`, at most so long; say whether it came true."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
