"""
Free ports on loopback, remembered from one start to the next.

Each checkout looks in a block of its own, placed by its path, so that two clones started at the
same moment do not reach for the same number. A chosen port is held by a listening socket until
the process that is meant to have it starts.
"""

import hashlib
import json
import socket
from pathlib import Path

HOST = "127.0.0.1"
# What people expect; taken when free.
PREFERRED = {"web": 8000, "stream": 8001, "sandbox": 8002}
# Below the kernel's range for outgoing connections, which would steal ports at random.
_FIRST, _LAST, _BLOCK = 20_000, 32_000, 20


def is_free(port: int) -> bool:
    """Say whether a server could listen on this port of loopback now."""
    if held := _listen(port):
        held.close()
    return held is not None


def _listen(port: int) -> socket.socket | None:
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
        taken.listen(1)
    except OSError:
        taken.close()
        return None
    return taken


class Ports:
    """The ports of one checkout, by the name of their server."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[str, socket.socket] = {}
        digest = hashlib.sha256(str(path).encode()).digest()
        self._start = _FIRST + int.from_bytes(digest[:4], "big") % ((_LAST - _FIRST) // _BLOCK) * _BLOCK

    def remembered(self, name: str) -> int | None:
        return self._read().get(name)

    def choose(self, name: str) -> int:
        """Choose a free port (the remembered one if it still is), hold it and remember it."""
        self.release(name)
        known = self._read()
        candidates: list[int | None] = [
            known.get(name),
            PREFERRED.get(name),
            *range(self._start, _LAST),
            *range(_FIRST, self._start),
        ]
        others = {port for other, port in known.items() if other != name}
        for port in candidates:
            if port and port not in others and (held := _listen(port)):
                self._held[name] = held
                self._write(known | {name: port})
                return port
        raise OSError(f"no port of {HOST} between {_FIRST} and {_LAST} is free")

    def release(self, name: str) -> None:
        """Let go of a held port, for its server to take."""
        if held := self._held.pop(name, None):
            held.close()

    def release_all(self) -> None:
        for name in list(self._held):
            self.release(name)

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._path.read_text())
            return {str(name): int(port) for name, port in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, ports: dict[str, int]) -> None:
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(ports, indent=1))
        beside.replace(self._path)
