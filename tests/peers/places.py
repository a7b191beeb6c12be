"""Where the peers are: what is installed of each in this checkout, and the Node that runs them."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from omni.embedded import frontend

ROOT = Path(__file__).resolve().parents[2]
SHIMS = ROOT / "var" / "node"
# Nothing is told to anybody.
QUIET = {
    "CI": "true",
    "VENDURE_DISABLE_TELEMETRY": "true",
    "MEDUSA_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "npm_config_update_notifier": "false",
}


@dataclass(frozen=True)
class Peer:
    """A server that is installed from a lock file; `sources` are what we wrote for it."""

    name: str

    @property
    def sources(self) -> Path:
        return Path(__file__).parent / self.name

    @property
    def home(self) -> Path:
        return ROOT / "var" / "peers" / self.name

    @property
    def stamp(self) -> Path:
        return self.home / "node_modules" / ".installed"

    def digest(self) -> str:
        return hashlib.sha256((self.sources / "package-lock.json").read_bytes()).hexdigest()

    def is_installed(self) -> bool:
        return self.stamp.is_file() and self.stamp.read_text() == self.digest()


PEERS = (Peer("vendure"), Peer("medusa"))


def node_environment() -> dict[str, str] | None:
    """The environment in which `node` and `npm` are found; None where there is no Node."""
    path = frontend.node_path(os.environ, SHIMS)
    return {**os.environ, **QUIET, "PATH": path} if path else None
