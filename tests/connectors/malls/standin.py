"""
A stand-in for a mall: a server on loopback that holds state and refuses what the mall would refuse.

Its shapes are written by us from the malls' public references (docs/malls.md); nothing of it was ever
recorded from a real account.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Answer = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        pairs = parse_qs(self.body.decode(), keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}


@dataclass
class Mall:
    """
    The state that every stand-in has: its tokens, what it was asked, and how often it still refuses.

    `busy` makes the next so many requests fail as one that comes too often would; `asked` counts
    operations, refused ones too.
    """

    url: str = ""
    busy: int = 0
    token: str = "token-1"
    refresh_token: str = "refresh-me"
    asked: Counter[str] = field(default_factory=Counter)
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def expire(self) -> None:
        """Every access token that was given out is worth nothing now."""
        self.token = f"token-{int(self.token.removeprefix('token-')) + 1}"

    def grant(self, given: dict[str, str]) -> Answer:
        if given.get("grant_type") != "refresh_token" or given.get("refresh_token") != self.refresh_token:
            return answer_json(400, {"error": "invalid_grant"})
        return answer_json(200, {"access_token": self.token, "token_type": "bearer", "expires_in": 3600})


def answer_json(status: int, data: Any = None) -> Answer:
    return status, b"" if data is None else json.dumps(data, ensure_ascii=False).encode()


class _Handler(BaseHTTPRequestHandler):
    mall: Mall

    def _answer(self) -> None:
        url, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        request = Request(
            self.command,
            unquote(url.path),
            query,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        self.mall.requests.append(request)
        status, payload = self.mall.answer(request)
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_PUT = do_POST = do_PATCH = _answer

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(make: Callable[[], Any]) -> Iterator[Any]:
    mall = make()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"mall": mall}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    mall.url = f"http://127.0.0.1:{server.server_port}"
    yield mall
    server.shutdown()
    server.server_close()
