"""Stand-ins for the APIs of other makers' shops: on loopback, each answering what a test gave it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

# Method, path, query, body, headers → status and JSON.
Answer = Callable[[str, str, dict[str, list[str]], Any, Any], tuple[int, Any]]


@contextmanager
def standing_in(answer: Answer) -> Iterator[str]:
    """Serve until the block ends; yields the root URL."""

    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            url, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            status, data = answer(self.command, url.path, parse_qs(url.query), body, self.headers)
            payload = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = reply

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
