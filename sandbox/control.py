"""How the site misbehaves. Kept in memory: a restart is a return to normal."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from sandbox.web import Answer, HangUp, Refusal, Request, Route, json_answer

Settings = dict[str, Any]


class Control:
    """
    The modes that are on. Each is set by itself, so they combine; `normal` ends them all.

    `slow`, `fail`, `lossy`, `late` and `forgetful` meet what the platform pushes; `repeat` and `reorder`
    the orders that go out. `away` cuts the line between the two, both ways, polling included.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._modes: dict[str, Settings] = {}
        self.on_normal: list[Callable[[], None]] = []

    def settings(self, mode: str) -> Settings | None:
        return self._modes.get(mode)

    def routes(self) -> list[Route]:
        return [("GET", "/control", self.show), ("POST", "/control", self.change)]

    def show(self, request: Request) -> Answer:
        with self._lock:
            return json_answer(200, {"modes": self._modes})

    def change(self, request: Request) -> Answer:
        data = request.json()
        mode = data.get("mode")
        if mode == "normal":
            self.back_to_normal()
        elif isinstance(mode, str) and mode in _READERS:
            settings = _READERS[mode](data)
            with self._lock:
                self._modes = {**self._modes, mode: settings}
        else:
            raise Refusal(400, "unknown-mode", known=["normal", *_READERS])
        return self.show(request)

    def back_to_normal(self) -> None:
        with self._lock:
            self._modes = {}
        for react in self.on_normal:
            react()

    def meet_poll(self) -> None:
        if self.settings("away") is not None:
            raise HangUp

    def meet_push(self) -> None:
        """What happens to a push before it is read."""
        self.meet_poll()
        if slow := self.settings("slow"):
            time.sleep(slow["seconds"])
        if status := self._use_up_failure():
            raise Refusal(status, "told-to-fail")

    def take_in(self, count: int, apply: Callable[[], int]) -> int:
        """What happens to a push of so many items; answer how many of them hold, as it is told."""
        if self.settings("forgetful") is not None:
            return count
        if late := self.settings("late"):
            for _ in range(late["times"]):
                timer = threading.Timer(random.uniform(0, late["seconds"]), apply)
                timer.daemon = True
                timer.start()
            raise HangUp
        held = apply()
        self.meet_push_answer()
        return held

    def meet_push_answer(self) -> None:
        """What happens to a push after it was applied."""
        if self.settings("lossy") is not None:
            raise HangUp

    def _use_up_failure(self) -> int | None:
        with self._lock:
            fail = self._modes.get("fail")
            if fail is None:
                return None
            left = None if fail["times"] is None else fail["times"] - 1
            rest = {name: value for name, value in self._modes.items() if name != "fail"}
            self._modes = rest if left == 0 else {**self._modes, "fail": {**fail, "times": left}}
            return int(fail["status"])


def _number(data: Settings, name: str, low: float, high: float) -> float:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Refusal(400, "bad-setting", setting=name, low=low, high=high)
    return value


def _whole(data: Settings, name: str, low: int, high: int) -> int:
    return int(_number(data, name, low, high))


def _optional(data: Settings, name: str, high: int) -> int | None:
    return None if data.get(name) is None else _whole(data, name, 1, high)


_READERS: dict[str, Callable[[Settings], Settings]] = {
    "slow": lambda data: {"seconds": _number(data, "seconds", 0, 60)},
    "fail": lambda data: {
        "status": _whole({"status": 500, **data}, "status", 400, 599),
        "times": _optional(data, "times", 10**6),
    },
    "repeat": lambda data: {"times": _whole(data, "times", 1, 20)},
    "reorder": lambda data: {"after": _optional(data, "after", 1000)},
    "away": lambda data: {},
    "lossy": lambda data: {},
    "late": lambda data: {
        "seconds": _number(data, "seconds", 0, 60),
        "times": _whole({"times": 1, **data}, "times", 1, 20),
    },
    "forgetful": lambda data: {},
}
