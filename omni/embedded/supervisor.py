"""
The demo's supervisor: starts programs, starts them again when they die, stops them all.

One thread, which every wait gives a chance to look after the programs (`pause`). Each program
leads a session of its own, so that Ctrl-C at the terminal reaches the supervisor alone, and so
that a program is ended with all its children.
"""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from omni.embedded import processes
from omni.embedded.checkout import Checkout
from omni.embedded.console import Console
from omni.embedded.errors import Interrupted, LaunchError

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FIRST_DELAY, _LONGEST_DELAY = 0.2, 30.0
# A program that ran this long has recovered: its next death is its first again.
_RECOVERED_AFTER = 20.0
_DEATHS_BEFORE_READY = 3


@dataclass(frozen=True)
class Program:
    """What to keep running: how to start it, and how to tell that it is at work."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    log: Path
    is_ready: Callable[[], bool]
    goodbye: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    # The servers, which the others need to the end.
    stops_last: bool = False


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)
    deaths: int = 0
    ready: bool = False
    due_at: float | None = None


class Supervisor:
    """All programs of one launcher."""

    def __init__(self, checkout: Checkout, console: Console) -> None:
        self._checkout = checkout
        self._console = console
        self._children: list[_Child] = []
        self._asked = 0

    # --- Signals ------------------------------------------------------------------------

    def listen(self) -> None:
        """Take Ctrl-C, SIGTERM and a closed terminal as the request to stop."""
        for number in _STOP_SIGNALS:
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        # Only noted here: a signal may come in the middle of starting a program.
        self._asked += 1

    def pause(self, seconds: float) -> None:
        """
        Look after the programs, then sleep.

        Raises:
            Interrupted: somebody asked to stop.
        """
        if self._asked:
            raise Interrupted
        self._tend()
        time.sleep(seconds)

    # --- Programs -----------------------------------------------------------------------

    def watch(self, program: Program, process: subprocess.Popen[bytes] | None = None) -> None:
        """Start a program, or take over its process, and keep it running from now on."""
        child = _Child(program, process or program.start())
        child.ready = process is not None
        self._children.append(child)
        self._record(child)

    def _record(self, child: _Child) -> None:
        record = processes.Record.of(child.program.name, child.process.pid)
        record.write(self._pid_file(child.program.name))

    def _pid_file(self, name: str) -> Path:
        return self._checkout.run / f"{name}.pid"

    def _tend(self) -> None:
        for child in self._children:
            if child.due_at is not None:
                self._revive(child)
            elif child.process.poll() is not None:
                self._bury(child)

    def _bury(self, child: _Child) -> None:
        processes.signal_group(child.process.pid, signal.SIGKILL)  # Its orphans.
        now = time.monotonic()
        if now - child.started_at > _RECOVERED_AFTER:
            child.deaths = 0
        delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2**child.deaths)
        child.deaths += 1
        child.due_at = now + delay
        ending = _ending(child.process.returncode)
        self._console.say(f"  {child.program.name} {ending}; starting it again in {delay:.1f} s")

    def _revive(self, child: _Child) -> None:
        if child.due_at is None or time.monotonic() < child.due_at:
            return
        child.process = child.program.start()
        child.started_at, child.due_at = time.monotonic(), None
        self._record(child)

    def wait_ready(self, *, seconds: float, progress: Callable[[str], None] = lambda detail: None) -> None:
        """
        Wait until every program is at work.

        Raises:
            LaunchError: one keeps dying, or does not get there in time.
        """
        deadline = time.monotonic() + seconds
        while waiting := [child for child in self._children if not self._has_begun(child)]:
            progress("waiting for " + ", ".join(child.program.name for child in waiting))
            for child in waiting:
                if child.deaths >= _DEATHS_BEFORE_READY:
                    raise LaunchError(f"{child.program.name} does not start.", log=child.program.log)
            if time.monotonic() > deadline:
                raise LaunchError(
                    f"{waiting[0].program.name} is not ready after {seconds:.0f} s.",
                    log=waiting[0].program.log,
                )
            self.pause(0.1)

    def _has_begun(self, child: _Child) -> bool:
        alive = child.due_at is None and child.process.poll() is None
        child.ready = child.ready or (alive and child.program.is_ready())
        return child.ready

    # --- One after the other ------------------------------------------------------------

    def run(self, process: subprocess.Popen[bytes], progress: Callable[[], None] = lambda: None) -> int:
        """Wait for a process that ends by itself while looking after the others; return its status."""
        try:
            while process.poll() is None:
                self.pause(0.05)
                progress()
        finally:
            _end(process, signal.SIGTERM, 5.0)
        return process.returncode

    # --- The end ------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop everything that was started here; asked again meanwhile, at once."""
        self._asked = min(self._asked, 1)
        for last in (False, True):
            children = [child for child in self._children if child.program.stops_last is last]
            for child in children:
                processes.signal_group(child.process.pid, child.program.goodbye)
            for child in children:
                self._see_off(child)
        self._children.clear()

    def _see_off(self, child: _Child) -> None:
        deadline = time.monotonic() + child.program.patience
        while child.process.poll() is None and time.monotonic() < deadline and self._asked < 2:
            time.sleep(0.05)
        _end(child.process, signal.SIGKILL, 5.0)
        self._pid_file(child.program.name).unlink(missing_ok=True)


def _end(process: subprocess.Popen[bytes], number: signal.Signals, seconds: float) -> None:
    """End a process and whatever is left of its group."""
    if process.poll() is None:
        processes.signal_group(process.pid, number)
        processes.wait_until(lambda: process.poll() is not None, seconds=seconds)
    processes.signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _ending(status: int) -> str:
    if status < 0:
        return f"was killed ({signal.Signals(-status).name})"
    return f"ended (exit {status})"
