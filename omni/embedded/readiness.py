"""Waiting for a server that was just started."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from omni.embedded.errors import LaunchError

Pause = Callable[[float], None]


def wait_for_answer(
    name: str,
    answers: Callable[[], bool],
    *,
    process: subprocess.Popen[bytes],
    log: Path,
    patience: float,
    pause: Pause,
) -> None:
    """
    Wait until a server answers.

    Raises:
        LaunchError: it ended, or takes longer than `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while process.poll() is None and not answers():
        if time.monotonic() > deadline:
            raise LaunchError(f"{name} does not answer after {patience:.0f} s.", log=log)
        pause(0.05)
    if process.poll() is not None:
        raise LaunchError(f"{name} stopped as it started (exit {process.returncode}).", log=log)
