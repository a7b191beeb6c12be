"""
A closed-loop HTTP load generator: each client sends its next request when it has the last answer.

One thread over epoll and raw sockets, about 30 µs of CPU a request, so that on a small machine the server
is what is measured. Keeps connections open where the server does; else each request opens its own.
"""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

from bench.harness.figures import quantile

PATIENCE = 10.0
CHUNK = 1 << 16
LAST_CHUNK = b"\r\n0\r\n\r\n"


class UnexpectedAnswer(Exception):
    """The server answered something other than 200."""


@dataclass(frozen=True, kw_only=True)
class Load:
    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass
class Client:
    """One user agent with one request under way."""

    address: tuple[str, int]
    requests: Iterator[bytes]
    connection: socket.socket | None = None
    received: bytearray = field(default_factory=bytearray)
    length: int = 0
    chunked: bool = False
    sent_at: float = 0.0
    closes: bool = False

    def send(self) -> socket.socket:
        """Send the next request, on a new connection if the last one was closed."""
        self.sent_at = time.perf_counter()
        if self.connection is None:
            self.connection = socket.create_connection(self.address)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received.clear()
        self.length, self.chunked = 0, False
        self.connection.sendall(next(self.requests))
        return self.connection

    def receive(self, connection: socket.socket) -> bool:
        """Take what has come; True once the answer is complete."""
        chunk = connection.recv(CHUNK)
        if not chunk:
            raise UnexpectedAnswer(bytes(self.received[:500]))
        self.received += chunk
        if not (self.length or self.chunked):
            self.read_head()
        return self.received.endswith(LAST_CHUNK) if self.chunked else 0 < self.length <= len(self.received)

    def read_head(self) -> None:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.received[:end]).lower()
        if not head.startswith(b"http/1.1 200"):
            raise UnexpectedAnswer(bytes(self.received[:500]))
        self.closes = b"connection: close" in head
        self.chunked = b"transfer-encoding: chunked" in head
        if not self.chunked:
            self.length = end + 4 + int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])

    def finish(self) -> float:
        """Close if the server does; the request's time in ms, its connection's set-up included."""
        if self.closes and self.connection is not None:
            self.connection.close()
            self.connection = None
        return (time.perf_counter() - self.sent_at) * 1000


def request_bytes(url: str) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n\r\n".encode()


def drive(urls: Sequence[str], *, clients: int, seconds: float) -> Load:
    """Keep `clients` requests under way for `seconds`, over the URLs in turn."""
    parts = urlsplit(urls[0])
    requests = cycle([request_bytes(url) for url in urls])
    crowd = [Client((parts.hostname or "", parts.port or 80), requests) for _ in range(clients)]
    began = time.perf_counter()
    try:
        latencies = sorted(exchange(crowd, until=began + seconds))
    finally:
        for client in crowd:
            if client.connection:
                client.connection.close()
    elapsed = time.perf_counter() - began
    return Load(
        requests=len(latencies),
        per_second=len(latencies) / elapsed,
        p50_ms=quantile(latencies, 0.5),
        p99_ms=quantile(latencies, 0.99),
    )


def exchange(crowd: Sequence[Client], *, until: float) -> list[float]:
    """Ask until the time is up, then wait for the answers under way; every request is counted."""
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        for client in crowd:
            selector.register(client.send(), selectors.EVENT_READ, client)
        while selector.get_map():
            ready = selector.select(timeout=PATIENCE)
            if not ready:
                raise UnexpectedAnswer(f"none within {PATIENCE:.0f} s")
            for key, _ in ready:
                client, connection = key.data, key.fileobj
                if client.receive(connection):
                    selector.unregister(connection)
                    latencies.append(client.finish())
                    if time.perf_counter() < until:
                        selector.register(client.send(), selectors.EVENT_READ, client)
    return latencies
