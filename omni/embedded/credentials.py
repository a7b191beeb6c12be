"""The passwords and keys of one checkout, made once, readable to its user alone."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Credentials:
    postgres: str
    valkey: str
    secret_key: str
    sandbox_secret: str
    sandbox_card_key: str


def make() -> Credentials:
    """Return fresh credentials. Passwords are hexadecimal: they stand in URLs as they are."""
    return Credentials(
        postgres=secrets.token_hex(24),
        valkey=secrets.token_hex(24),
        secret_key=secrets.token_urlsafe(50),
        # Standard Webhooks: the prefix, then base64 of 24 to 64 bytes.
        sandbox_secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        sandbox_card_key=secrets.token_hex(24),
    )


def load_or_make(path: Path) -> Credentials:
    """Return the credentials in the file; make and keep those that it lacks."""
    fresh = asdict(make())
    try:
        kept = {name: value for name, value in json.loads(path.read_text()).items() if name in fresh}
    except (FileNotFoundError, ValueError):
        kept = {}
    if set(kept) != set(fresh):
        write_private(path, json.dumps(fresh | kept, indent=1))
    return Credentials(**(fresh | kept))


def write_private(path: Path, text: str, *, owner: tuple[int, int] | None = None) -> None:
    """Write a file whole or not at all, readable to its owner alone from its first byte on."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        if owner:
            os.fchown(file.fileno(), *owner)
    beside.replace(path)
