"""What the acts stand on: the servers' addresses, the demo's keys, clients, and how to look."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

PATIENCE = 20.0
SHIBUYA = "35.6591,139.6989"


class Unexpected(Exception):
    """Something is not as it should be: said in a sentence, with what was seen."""


def expect(holds: object, sentence: str, seen: object = "") -> None:
    """
    Raises:
        Unexpected: it does not hold.
    """
    if not holds:
        raise Unexpected(f"{sentence}; saw: {seen}" if seen != "" else sentence)


def eventually(look: Callable[[], object], sentence: str, *, within: float = PATIENCE) -> float:
    """Wait until `look` sees it; answer the milliseconds that it took."""
    begun = time.perf_counter()
    while not (seen := look()):
        expect(time.perf_counter() - begun < within, f"{sentence} (waited {within:.0f} s)", seen)
        time.sleep(0.002)
    return (time.perf_counter() - begun) * 1000


@dataclass(frozen=True)
class Addresses:
    web: str
    stream: str
    sandbox: str
    run: Path
    mail: Path


@dataclass
class Stage:
    """The day's shared state: clients by role, and what earlier acts found."""

    addresses: Addresses
    keys: dict[str, str]
    say: Callable[[str], None]
    memory: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.guest = httpx.Client(base_url=self.addresses.web, timeout=30)
        self.sandbox = httpx.Client(base_url=self.addresses.sandbox, timeout=30)
        self.clients = {name: self._keyed(key) for name, key in self.keys.items()}

    def _keyed(self, key: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.addresses.web, timeout=30, headers=headers)

    def at(self, place: str) -> httpx.Client:
        """The device that works at a place: its till, or the warehouse's scanner."""
        return self.clients.get(f"till-{place}") or self.clients[f"warehouse-{place}"]

    # --- Looking ------------------------------------------------------------------------

    def online(self, sku: str, channel: str = "ec-main") -> int:
        """What the API says that a channel may sell."""
        answer = self.guest.get("/api/v1/availability/", params={"sku": sku, "channel": channel})
        return int(ok(answer)["items"][0]["available"])

    def in_shop(self, sku: str, location: str) -> int:
        """What the API says that a shop has to give."""
        answer = ok(
            self.guest.get(f"/api/v1/availability/{sku}/locations/", params={"near": SHIBUYA, "limit": 20})
        )
        found = [row["available"] for row in answer["results"] if row["location"]["code"] == location]
        return int(found[0]) if found else 0

    def to_give(self, sku: str, place: str) -> int:
        """What a place has available, as its own device reads it."""
        answer = ok(self.at(place).get("/api/v1/stock/levels/", params={"sku": sku, "location": place}))
        return sum(int(row["available"]) for row in answer["results"])

    def at_sandbox(self, sku: str) -> int | None:
        """What the sandbox EC site would sell now."""
        answer = self.sandbox.get(f"/api/stock/{sku}")
        return int(answer.json()["available"]) if answer.status_code == 200 else None

    def wait_in_step(self, sku: str) -> int:
        """Wait until API and sandbox show the same for the sandbox's channel; answer the number."""
        eventually(
            lambda: self.at_sandbox(sku) == self.online(sku, "sandbox-ec"),
            f"the sandbox shows what the API shows for {sku}",
        )
        return self.online(sku, "sandbox-ec")

    def till_sells(self, till: str, sku: str, quantity: int = 1, **fields: Any) -> dict[str, Any]:
        """Ring up a sale for cash at a shop's till."""
        body = {
            "receipt_number": f"W-{uuid4().hex[:12]}",
            "lines": [{"code": sku, "quantity": quantity}],
            "tenders": [{"tender": "cash"}],
            **fields,
        }
        return ok(self.clients[till].post("/api/v1/till/sales/", json=body, headers=key()))


def ok(answer: httpx.Response) -> dict[str, Any]:
    """The body of a 2xx answer. Raises Unexpected with the problem otherwise."""
    request = answer.request
    expect(
        answer.is_success,
        f"{request.method} {request.url.path} succeeds",
        f"{answer.status_code} {answer.text[:400]}",
    )
    return dict(answer.json()) if answer.content else {}


def key() -> dict[str, str]:
    """A new intent."""
    return {"Idempotency-Key": uuid4().hex}


@contextmanager
def watching(stage: Stage, sku: str) -> Iterator["Watcher"]:
    """A browser that listens to the stream of a SKU, in a thread."""
    watcher = Watcher(stage.addresses.stream, sku)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()


class Watcher(threading.Thread):
    """Keeps the last state that the stream sent, and when it came."""

    def __init__(self, stream: str, sku: str) -> None:
        super().__init__(daemon=True)
        self.url, self.sku = stream, sku
        self.states: list[tuple[float, dict[str, Any]]] = []
        self.stopping = False

    def run(self) -> None:
        with (
            httpx.Client(timeout=30) as client,
            client.stream("GET", f"{self.url}/stream/stock", params={"sku": self.sku}) as stream,
        ):
            for line in stream.iter_lines():
                if self.stopping:
                    return
                if line.startswith("data: "):
                    state = json.loads(line.removeprefix("data: "))
                    self.states.append((time.perf_counter(), state))

    def stop(self) -> None:
        self.stopping = True

    def seen_at(self, location: str, available: int) -> float | None:
        """When the stream first showed this number for the shop (a `perf_counter`)."""
        for at, state in self.states:
            if state["locations"].get(location) == available:
                return at
        return None
