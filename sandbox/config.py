"""What the site is told when it starts: flags first, then the environment."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Config:
    home: Path
    host: str
    port: int
    secret: str
    platform_url: str
    connection: str
    card_key: str
    card_seconds: float


def read_config(arguments: Sequence[str] | None = None) -> Config:
    """Read the configuration; exit with status 2 and the reason if it can't work."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not given.secret:
        parser.error("SANDBOX_SECRET is not set: a Standard Webhooks secret, whsec_...")
    try:
        Webhook(given.secret)
    except Exception:
        parser.error("SANDBOX_SECRET is not a Standard Webhooks secret (whsec_ and base64)")
    if not given.home:
        parser.error("SANDBOX_HOME is not set: the directory of the site's own storage")
    return Config(**{**vars(given), "home": Path(given.home)})


def _parser() -> argparse.ArgumentParser:
    """Secrets have no flag: command lines are visible to every user of the machine."""
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--home", default=env("SANDBOX_HOME", ""))
    parser.add_argument("--host", default=env("SANDBOX_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=env("SANDBOX_PORT", "8900"), help="0: any")
    parser.add_argument("--platform-url", default=env("PLATFORM_URL", ""))
    parser.add_argument("--connection", default=env("SANDBOX_CONNECTION", "sandbox-ec"))
    parser.add_argument("--card-seconds", type=float, default=env("SANDBOX_CARD_SECONDS", "2"))
    parser.set_defaults(secret=env("SANDBOX_SECRET", ""), card_key=env("SANDBOX_CARD_KEY", ""))
    return parser
