"""What tests do with the whole platform: trade, break something, wait for the truth, audit the books."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import redis
from celery import Celery
from django.db import connection

from omni.embedded import plan, processes
from omni.embedded.processes import Record
from tests.processes import ROOT, ended, eventually

# What a run of trade brings: of each till so many sales of a unit of each of ten articles, of each site so
# many orders of one. A change is a unit less of one article in one place.
SALES, ORDERS, BATCH = 66, 10, 2
PACE = 10

# Each event has the receipt of every consumer of its type, and of no other.
ASTRAY = """
WITH expected AS (
    SELECT event.sequence AS event_id, subscription.consumer
    FROM outbox_event AS event JOIN outbox_subscription AS subscription USING (type)
)
SELECT count(*) FROM expected FULL JOIN outbox_receipt AS receipt USING (event_id, consumer)
WHERE expected.event_id IS NULL OR receipt.event_id IS NULL
"""
ON_HAND = """
SELECT variant.sku, location.code, level.on_hand FROM inventory_stocklevel AS level
JOIN catalog_variant AS variant ON variant.id = level.variant_id
JOIN organisation_location AS location ON location.id = level.location_id
"""
RESTLESS = """
SELECT (SELECT count(*) FROM outbox_event WHERE finished_at IS NULL)
     + (SELECT count(*) FROM connectors_pushstate WHERE dirty_at IS NOT NULL OR lease_until IS NOT NULL)
"""


@dataclass(frozen=True)
class Traded:
    """`broken_for` is the longest that a till had to go on trying; `again` how often one did."""

    again: int
    broken_for: float


class Standing:
    """The platform in a directory, and what has been sold there so far."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.launcher: subprocess.Popen[str] | None = None
        self.sold: Counter[tuple[str, str]] = Counter()
        self.orders = 0
        self.first = 1

    def start(self) -> None:
        own = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
        given = {name: value for name, value in os.environ.items() if name not in own}
        self.launcher = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.whole", str(self.root)],
            cwd=ROOT,
            env=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGTERM),
        )
        assert self.launcher.stdout
        said = []
        for line in self.launcher.stdout:
            said.append(line)
            if line == "standing\n":
                break
        else:
            raise AssertionError("".join(said))
        self.group: dict[str, Any] = json.loads((self.root / "var" / "group.json").read_text())

    def stop(self) -> None:
        assert self.launcher
        self.launcher.terminate()
        self.launcher.communicate(timeout=60)

    # --- Its processes ------------------------------------------------------------------

    def pid(self, name: str) -> int:
        """The pid of a supervised process, once it runs: it may just be on its way back."""
        found: list[Record] = []

        def runs() -> bool:
            record = Record.read(self.root / "var" / "run" / f"{name}.pid")
            found[:] = [record] if record and record.is_alive() else []
            return bool(found)

        eventually(runs, within=60)
        return found[0].pid

    def kill(self, name: str) -> None:
        """As the kernel does where memory runs out; who supervises it starts it again."""
        os.kill(self.pid(name), signal.SIGKILL)

    def log(self, name: str) -> str:
        return (self.root / "var" / "log" / f"{name}.log").read_text()

    def empty_valkey(self) -> None:
        with redis.Redis.from_url(self.group["broker"]) as valkey:
            valkey.flushall()

    def send_task(self, name: str) -> None:
        with Celery(broker=self.group["broker"], set_as_current=False) as app:
            app.send_task(name, queue="default")

    @contextmanager
    def clock_off(self, names: Sequence[str], *, minutes: int) -> Iterator[None]:
        """Start these processes again with a clock that is off, and afterwards with a right one."""
        clocks = self.root / "var" / "clock"
        clocks.mkdir(exist_ok=True)
        lengths = {name: len(self.log(name)) for name in names}
        for name in names:
            (clocks / name).write_text(str(60 * minutes))
            self.kill(name)
        try:
            yield
            for name in names:
                assert name in ("beat", "outside") or "clock.off" in self.log(name)[lengths[name] :]
        finally:
            for name in names:
                (clocks / name).unlink()
                self.kill(name)

    @contextmanager
    def more(self, *names: str, older: bool = False) -> Iterator[dict[str, Path]]:
        """More of the relay and the worker beside the supervised ones; each one's log."""
        environment = json.loads((self.root / "var" / "environment.json").read_text())
        commands = plan.commands({"web": 0, "stream": 0}, self.root / "var")
        logs: dict[str, Path] = {}
        with ExitStack() as running:
            for number, name in enumerate(names):
                command = ["-m", "tests.faults.whole.older", name] if older else commands[name]
                logs[name] = self.root / "var" / "log" / f"more-{number}-{name}.log"
                own = {"OMNI_PROCESS": f"more-{number}-{name}"}
                process = plan.spawn(self.root, [sys.executable, *command], environment | own, logs[name])
                running.enter_context(ended(process))
            for name in names:
                eventually(
                    lambda log=logs[name], name=name: name != "worker" or " ready." in log.read_text(),
                    within=90,
                )
            yield logs

    def site(self, code: str) -> httpx.Client:
        return httpx.Client(base_url=self.group["sites"][code], timeout=10, trust_env=False)

    def control(self, site: str, mode: str, **settings: Any) -> None:
        with self.site(site) as http:
            http.post("/control", json={"mode": mode, **settings}).raise_for_status()

    # --- Trade --------------------------------------------------------------------------

    def trade(self, half_way: Callable[[], object], *, share: float = 1.0) -> Traded:
        """2,000 changes (or a share of them) by tills and shoppers; `half_way` is done half way through them."""
        sales, orders = int(SALES * share), int(ORDERS * share)
        changes = (3 * sales * len(self.group["skus"])) + 2 * orders
        order = {
            **self.group,
            "sales": sales,
            "orders": orders,
            "batch": BATCH,
            "pace": PACE,
            "seconds": sales / PACE,
            "first": self.first,
        }
        command = [sys.executable, "-m", "tests.faults.whole.trade", json.dumps(order)]
        trade = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert trade.stdout
        done, broken = "", False
        for done in trade.stdout:
            if not broken and done[0] != "{" and int(done) >= changes / 2:
                half_way()
                broken = True
        assert (trade.wait(), broken) == (0, True)
        self.first += sales
        self.orders += 3 * sales + 2 * orders
        told = json.loads(done)
        self.sold += Counter({(sku, place): units for sku, place, units in told["sold"]})
        return Traded(told["again"], told["longest"])

    # --- The truth ----------------------------------------------------------------------

    def truth(self) -> dict[str, int]:
        """What is left of each article: what the tills and sites were told they sold is sold."""
        left = {sku: len(self.group["feeds"]) * self.group["stock"] for sku in self.group["skus"]}
        for (sku, _), units in self.sold.items():
            left[sku] -= units
        return left

    def shown(self, code: str) -> dict[str, int | None]:
        """What a site would sell; None where it waits for us to take an order of its own."""
        with self.site(code) as http:
            items = http.get("/api/stock").json()["items"]
        return {item["sku"]: None if item["sold_unsynced"] else item["available"] for item in items}

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.group["database"], connect_timeout=2) as asked:
            return asked.execute(statement).fetchall()

    def at_rest(self) -> bool:
        try:
            return self.query(RESTLESS) == [(0,)] and all(map(self.tells_the_truth, self.group["sites"]))
        except (psycopg.OperationalError, httpx.HTTPError):
            return False

    def tells_the_truth(self, site: str) -> bool:
        return self.shown(site) == self.truth()

    def reach(self, site: str, *, within: float = 60.0) -> float:
        """Wait until this site shows the truth; answer the seconds."""
        return eventually(lambda: self.tells_the_truth(site), within=within)

    def converge(self, *, within: float = 120.0) -> float:
        """Wait until every channel shows the truth and every event has been taken; answer the seconds."""
        try:
            return eventually(self.at_rest, within=within)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.unrest()}") from None

    def unrest(self) -> dict[str, Any]:
        """What is not as it should be."""
        truth = self.truth()
        shown = {code: self.shown(code) for code in self.group["sites"]}
        return {
            "off": {
                code: {sku: (units, truth[sku]) for sku, units in found.items() if units != truth[sku]}
                for code, found in shown.items()
            },
            "unfinished": self.query(
                "SELECT type, count(*), min(recorded_at), max(leased_until), now()"
                " FROM outbox_event WHERE finished_at IS NULL GROUP BY type"
            ),
            "connections": self.query(
                "SELECT code, failures, retry_at, last_error FROM connectors_connection"
            ),
        }

    def settle(self) -> None:
        """Wait until no push was acknowledged for so long that the comparison takes none for on its way."""
        recent = (
            "SELECT count(*) FROM connectors_pushstate WHERE acknowledged_at > now() - interval '2.5 seconds'"
        )
        eventually(lambda: self.query(recent) == [(0,)])

    def audit(self) -> None:
        """Every acknowledged change is in the books, once, and no book differs from another."""
        shops = {(sku, shop) for sku in self.group["skus"] for shop in self.group["feeds"].values()}
        expected = {place: self.group["stock"] - self.sold[place] for place in shops}
        assert {(sku, shop): on_hand for sku, shop, on_hand in self.query(ON_HAND)} == expected
        counted = self.query("SELECT count(*), count(DISTINCT number) FROM orders_order")
        assert counted == [(self.orders, self.orders)]
        assert self.query("SELECT count(*) FROM connectors_inboundfailure") == [(0,)]
        assert self.query(ASTRAY) == [(0,)]
        assert self.query("SELECT count(*) FROM outbox_failure WHERE dead_at IS NOT NULL") == [(0,)]
        assert self.drifts() == []

    def drifts(self) -> list[Any]:
        from backoffice import verification

        with self.asked():
            return [drift for _, drifts in verification.find_all() for drift in drifts]

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Let Django ask this platform's database."""
        parts = urlsplit(self.group["database"])
        own = {
            "NAME": parts.path[1:],
            "USER": parts.username,
            "PASSWORD": parts.password,
            "HOST": parts.hostname,
            "PORT": str(parts.port),
        }
        kept = {name: connection.settings_dict[name] for name in own}
        connection.close()
        connection.settings_dict.update(own)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(kept)


def suffer(
    standing: Standing,
    fault: str,
    half_way: Callable[[], object],
    *,
    share: float = 1.0,
    before_truth: Callable[[], object] = lambda: None,
) -> None:
    """
    Trade, let something happen half way, see that all comes right by itself, and say how long that took.

    `before_truth` ends a fault that lasts: the time to converge counts from its end.
    """
    at: list[float] = []

    def happen() -> None:
        at.append(time.monotonic())
        half_way()

    traded = standing.trade(happen, share=share)
    last = time.monotonic() - at[0]
    before_truth()
    converged = standing.converge()
    standing.audit()
    print(
        f"\n{fault}: all channels told the truth after {converged:.2f} s; the second half of the changes took"
        f" {last:.1f} s, {traded.again} were sent again, and none waited longer than {traded.broken_for:.1f} s"
    )
