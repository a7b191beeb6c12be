"""The load generator against real servers on loopback."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.harness.http_load import UnexpectedAnswer, drive

BODY = b'[{"sku": "A"}]'


class Shelf(BaseHTTPRequestHandler):
    """Answers in each of the ways a web server may end an answer; counts what it is asked."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(503 if self.path == "/busy" else 200)
        if self.path == "/closing":
            self.send_header("Connection", "close")
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            answer = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
        else:
            self.send_header("Content-Length", str(len(BODY)))
            answer = BODY
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def shelf() -> Iterator[str]:
    Shelf.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("path", ["/kept", "/closing", "/chunked"])
def test_every_request_asked_is_counted(shelf: str, path: str) -> None:
    load = drive([shelf + path], clients=4, seconds=0.3)

    assert load.requests == len(Shelf.asked) > 4
    assert load.requests / load.per_second >= 0.3
    assert 0 < load.p50_ms <= load.p99_ms


def test_addresses_are_taken_in_turn(shelf: str) -> None:
    drive([f"{shelf}/a?x=1", f"{shelf}/b"], clients=1, seconds=0.2)

    assert Shelf.asked[:4] == ["/a?x=1", "/b", "/a?x=1", "/b"]


def test_a_refusal_is_not_taken_for_an_answer(shelf: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        drive([f"{shelf}/busy"], clients=1, seconds=0.2)
