"""A Tinyshop on loopback, and its connector's package where Python looks for packages."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import registry

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"
KEY = "tinyshop-key"


@dataclass
class Tinyshop:
    levels: dict[str, int] = field(default_factory=dict)
    prices: dict[str, str | None] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    parcels: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    status: int = 200
    url: str = ""

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        match method, path.strip("/").split("/"):
            case "PUT", ["warehouses", "main", "levels"]:
                self.levels |= body
            case "GET", ["warehouses", "main", "levels"]:
                return self.levels
            case "PUT", ["prices"]:
                self.prices |= body
            case "GET", ["prices"]:
                return self.prices
            case "GET", ["orders"]:
                after = [one for one in self.orders if one["no"] > query.get("after", "")]
                return after[: int(query["limit"])]
            case "POST", ["orders", number, "parcels"]:
                self.parcels.setdefault(body["id"], {**body, "order": number})
            case _:
                raise LookupError(path)
        return {}


class _Handler(BaseHTTPRequestHandler):
    shop: Tinyshop

    def _answer(self) -> None:
        url, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        self.shop.asked.append(f"{self.command} {url.path}")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        status, data = self.shop.status, {}
        if self.headers.get("x-api-key") != KEY:
            status = 401
        elif status == 200:
            data = self.shop.answer(self.command, url.path, query, body)
        payload = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_PUT = do_POST = _answer

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def tinyshop() -> Iterator[Tinyshop]:
    shop = Tinyshop()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"shop": shop}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    yield shop
    server.shutdown()
    server.server_close()


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package lies where a package manager would have put it."""
    monkeypatch.syspath_prepend(PLUGINS)
    registry.installed.cache_clear()
    yield
    registry.installed.cache_clear()


def order(number: str, sku: str, quantity: int, amount: int) -> dict[str, Any]:
    return {
        "no": number,
        "at": "2026-11-22T03:00:00+00:00",
        "sum": str(Decimal(amount)),
        "postage": "0",
        "name": "山田 花子",
        "zip": "150-0002",
        "items": [{"sku": sku, "qty": quantity, "sum": str(amount)}],
    }
