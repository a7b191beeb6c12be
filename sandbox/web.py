"""
HTTP on the standard library: a thread a connection, kept alive, routes by pattern.

`http.server` and not an ASGI server, because this site must be able to do what a well-behaved
server never does: hang up without an answer.
"""

from __future__ import annotations

import json
import re
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

BODY_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes
    args: dict[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object."""
        try:
            data = json.loads(self.body or b"{}")
        except ValueError:
            raise Refusal(400, "bad-json") from None
        if not isinstance(data, dict):
            raise Refusal(400, "bad-json")
        return data

    def whole_number(self, name: str, default: int, *, most: int) -> int:
        """A query parameter from 0 to `most`; larger ones are cut."""
        given = self.query.get(name, "") or str(default)
        if not given.isascii() or not given.isdigit():
            raise Refusal(400, "bad-parameter", parameter=name)
        return min(int(given[:18]), most)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def json_answer(status: int, data: object) -> Answer:
    return Answer(status, json.dumps(data, ensure_ascii=False).encode())


class Refusal(Exception):
    """An answer that says no: a status, a code, and the data of the failure."""

    def __init__(self, status: int, code: str, **data: object) -> None:
        super().__init__(code)
        self.status, self.code, self.data = status, code, data

    def answer(self) -> Answer:
        return json_answer(self.status, {"code": self.code, **self.data})


class HangUp(Exception):
    """Close the connection without an answer, after so many seconds."""

    def __init__(self, after: float = 0.0) -> None:
        super().__init__("hang up")
        self.after = after


View = Callable[[Request], Answer]
Route = tuple[str, str, View]  # method, pattern such as /api/stock/{sku}, view


class Router:
    """Find the view of a path, and what its pattern names."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(method, _compile(pattern), view) for method, pattern, view in routes]

    def __call__(self, request: Request) -> Answer:
        methods = []
        for method, pattern, view in self._routes:
            if found := pattern.fullmatch(request.path):
                if method == request.method:
                    request.args.update({k: unquote(v) for k, v in found.groupdict().items()})
                    return view(request)
                methods.append(method)
        if methods:
            raise Refusal(405, "method-not-allowed", allowed=methods)
        raise Refusal(404, "not-found")


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern))


class Server(ThreadingHTTPServer):
    request_queue_size = 256

    def __init__(self, host: str, port: int, view: View) -> None:
        self.view = view
        super().__init__((host, port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "sandbox-ec"
    timeout = 75
    # Headers and body leave as one packet, at once: no 40 ms pause between Nagle and delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True

    def answer(self) -> None:
        try:
            answer = self.server.view(self._read())
        except Refusal as refusal:
            answer = refusal.answer()
        except HangUp as hang_up:
            time.sleep(hang_up.after)
            self.close_connection = True
            return
        except Exception:
            traceback.print_exc()
            answer = json_answer(500, {"code": "internal"})
        self._write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def _read(self) -> Request:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_LIMIT or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # What follows on the line can't be read any more.
            raise Refusal(413 if length.isdigit() else 400, "bad-length")
        self.wfile.flush()  # "100 Continue", where the client waits for it
        url = urlsplit(self.path)
        return Request(
            method=self.command,
            path=url.path,
            query=dict(parse_qsl(url.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: at a thousand pushes a second a line for each is noise."""
