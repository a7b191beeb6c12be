"""
A process whose clock is wrong, as its machine's would be: Python reads this before all else.

`var/clock/NAME` holds the seconds by which the clock of the process NAME is ahead; without the file it
is right. What counts seconds alone (`time.monotonic`) is left as it is, and so is every other process.
"""

import datetime as module
import os
import time
from pathlib import Path
from typing import Self, cast

_file = Path(__file__).parent / "var" / "clock" / os.environ.get("OMNI_PROCESS", "-")
_seconds = float(_file.read_text()) if _file.exists() else 0.0
_real, _real_time, _real_time_ns = module.datetime, time.time, time.time_ns


class _AsReal(type):
    """What the real clock, or C, has made counts as one of ours."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _real)


class _Ahead(module.datetime, metaclass=_AsReal):
    @classmethod
    def now(cls, tz: module.tzinfo | None = None) -> Self:
        return cast(Self, _real.now(tz) + module.timedelta(seconds=_seconds))

    @classmethod
    def utcnow(cls) -> Self:
        return cls.now(module.UTC).replace(tzinfo=None)


if _seconds:
    module.datetime = _Ahead
    time.time = lambda: _real_time() + _seconds
    time.time_ns = lambda: _real_time_ns() + int(_seconds * 1e9)
