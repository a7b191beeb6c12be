"""
The sandbox EC site as a real process on a free port, and a real platform stand-in to deliver to.

Nothing here knows Django or the platform: these tests run under plain pytest.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + base64.b64encode(b"the secret of the two sides").decode()
CARD_KEY = "sk_test_merchant"


class Site:
    """A running site, and the client that talks to it."""

    def __init__(self, process: subprocess.Popen[str], url: str, home: Path) -> None:
        self.process, self.url, self.home = process, url, home
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        self.webhook = Webhook(SECRET)

    def sign(self, body: str, *, at: datetime | None = None) -> dict[str, str]:
        moment, webhook_id = at or datetime.now(UTC), f"msg_{uuid.uuid4().hex}"
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self.webhook.sign(webhook_id, moment, body),
        }

    def event(self, items: list[dict[str, Any]], **changes: Any) -> str:
        event = {
            "specversion": "1.0",
            "id": "0198-event",
            "source": "/omni",
            "type": "omni.stock-availability.v1",
            "time": "2026-11-22T03:00:00Z",
            "datacontenttype": "application/json",
            "data": {"connection": "sandbox-ec", "items": items},
        }
        return json.dumps({**event, **changes})

    def send(self, body: str) -> httpx.Response:
        return self.http.post("/webhooks/stock", content=body, headers=self.sign(body))

    def push(self, *items: tuple[str, int, int]) -> httpx.Response:
        """Push (sku, available, version) items, signed."""
        return self.send(self.event([_item(*item) for item in items]))

    def control(self, mode: str, **settings: Any) -> None:
        answer = self.http.post("/control", json={"mode": mode, **settings})
        assert answer.status_code == 200, answer.text

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stock(self, sku: str) -> tuple[int, int, int]:
        """(available, version, sold_unsynced)"""
        row = self.get(f"/api/stock/{sku}")
        return row["available"], row["version"], row["sold_unsynced"]

    def sell(self, sku: str, quantity: int = 1, **fields: Any) -> httpx.Response:
        return self.http.post("/api/sell", json={"sku": sku, "quantity": quantity, **fields})

    def stop(self) -> int:
        self.http.close()
        self.process.terminate()
        return self.process.wait(timeout=10)

    def kill(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.wait(timeout=10)


def _item(sku: str, available: int, version: int) -> dict[str, Any]:
    return {"sku": sku, "available": available, "version": version}


def site_environment(home: Path, **settings: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "SANDBOX_HOME": str(home),
        "SANDBOX_PORT": "0",
        "SANDBOX_SECRET": SECRET,
        "SANDBOX_CARD_KEY": CARD_KEY,
        "SANDBOX_CARD_SECONDS": "0.3",
        **settings,
    }


StartSite = Callable[..., Site]


@pytest.fixture
def start_site(tmp_path: Path) -> Iterator[StartSite]:
    """Start sites; those that still run at the end are stopped."""
    with ExitStack() as stack:

        def start(*, home: Path | None = None, code: str | None = None, **settings: str) -> Site:
            program = ["-c", code] if code else ["-m", "sandbox"]
            where = home or tmp_path / uuid.uuid4().hex
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, *program],
                    cwd=ROOT,
                    env=site_environment(where, **settings),
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("sandbox: http://"), line
            return Site(process, line.split()[1].rstrip("/"), where)

        yield start


@pytest.fixture
def site(start_site: StartSite) -> Iterator[Site]:
    """A site that delivers to nobody."""
    site = start_site()
    yield site
    site.http.close()


class Platform(ThreadingHTTPServer):
    """Where orders are delivered: verifies them, keeps them, answers what it is told to."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Receiver)
        self.received: list[tuple[str, str, bytes]] = []  # path, webhook id, body
        self.answers: list[tuple[int, dict[str, Any]]] = []  # for the next deliveries; then 202
        self.before_answer: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> Platform:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def numbers(self) -> list[str]:
        return [json.loads(body)["data"]["order_number"] for _, _, body in self.received]

    def wait_for(self, count: int) -> None:
        eventually(lambda: len(self.received) >= count)


class _Receiver(BaseHTTPRequestHandler):
    server: Platform

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Webhook(SECRET).verify(body, dict(self.headers.items()))  # raises: no answer, test fails
        self.server.received.append((self.path, self.headers["webhook-id"], body))
        self.server.before_answer()
        status, data = self.server.answers.pop(0) if self.server.answers else (202, {})
        payload = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def platform() -> Iterator[Platform]:
    server = Platform().start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def linked(start_site: StartSite, platform: Platform) -> Iterator[Site]:
    """A site that delivers its orders to `platform`."""
    site = start_site(PLATFORM_URL=platform.url)
    yield site
    site.http.close()


def eventually(holds: Callable[[], bool], *, within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


@pytest.fixture(name="eventually")
def _eventually() -> Callable[..., None]:
    return eventually


@pytest.fixture
def acquirer(site: Site) -> Iterator[httpx.Client]:
    """The merchant's client of the card acquirer."""
    headers = {"Authorization": f"Bearer {CARD_KEY}"}
    with httpx.Client(base_url=f"{site.url}/card", headers=headers, trust_env=False) as client:
        yield client
