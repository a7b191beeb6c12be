"""
Outside shops that only acknowledge, under one port: `/NAME/…` answers at once, `/slow/…` after a second, and
`/dead/…` takes a request and never answers.

Standard library only, and little of it: what is measured shares the cores with it.

    python -m bench.harness.outsiders PORT
"""

import socket
import sys
import threading
import time
from typing import BinaryIO

HOST = "127.0.0.1"
SLOW_SECONDS = 1.0
NOTHING = b'{"orders": [], "items": [], "next": null}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(NOTHING),
    NOTHING,
)


def serve(port: int) -> None:
    with socket.create_server((HOST, port), backlog=64) as listener:
        while True:
            client, _ = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=attend, args=(client,), daemon=True).start()


def attend(client: socket.socket) -> None:
    """Answer the requests of one kept-alive connection, until the other side closes it."""
    with client, client.makefile("rb") as incoming:
        while path := read_request(incoming):
            if path.startswith("/dead/"):
                threading.Event().wait()
            if path.startswith("/slow/"):
                time.sleep(SLOW_SECONDS)
            client.sendall(ANSWER)


def read_request(incoming: BinaryIO) -> str:
    """The path of the next request, whose body has been read; empty at the end."""
    first = incoming.readline().split()
    length = 0
    while (line := incoming.readline().strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    incoming.read(length)
    return first[1].decode() if first else ""


if __name__ == "__main__":
    serve(int(sys.argv[1]))
