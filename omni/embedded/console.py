"""What the launcher says while it works: one line a step, with how long it took."""

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

# Where nobody watches a line change, say now and then that the step is still at work.
_HEARTBEAT = 15.0


class Console:
    """The terminal, or whatever output goes to."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._live = out.isatty()
        self._began = time.monotonic()
        self._last_beat = self._began

    def say(self, text: str = "") -> None:
        self._write(("\r\033[K" if self._live else "") + text + "\n")

    def _write(self, text: str) -> None:
        # A closed terminal or pipe must not keep the launcher from stopping what it started.
        with contextlib.suppress(OSError):
            self._out.write(text)
            self._out.flush()

    @contextmanager
    def step(self, label: str) -> Iterator[Callable[[str], None]]:
        """Announce a step; yields what shows its progress; closes with its duration."""
        began = self._last_beat = time.monotonic()

        def progress(detail: str) -> None:
            self._progress(label, detail, time.monotonic() - began)

        progress("")
        yield progress
        self.say(f"  {label} {'.' * max(2, 46 - len(label))} {time.monotonic() - began:6.1f} s")

    def _progress(self, label: str, detail: str, seconds: float) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._write("\r\033[K" + f"  {label} … {seconds:.0f} s  {detail}"[:width])
        elif time.monotonic() - self._last_beat > _HEARTBEAT:
            self._last_beat = time.monotonic()
            self.say(f"  {label} … {seconds:.0f} s  {detail}")

    def seconds(self) -> float:
        """Return how long the launcher has been at work."""
        return time.monotonic() - self._began
