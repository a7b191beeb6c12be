"""
Calls to a mall: under its rate limits, with credentials or a token that is kept until it expires.

Paces and tokens live in the process. A mall counts by account, so several processes can still ask too
often together: its 429 is a failure that passes, like any other silence.
"""

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

import httpx

from connectors import kind_settings
from connectors.errors import PushFailed
from connectors.http import call
from connectors.ports import Counterpart

# Malls answer a search in seconds, not in milliseconds.
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
# A token is renewed a little before it expires.
MARGIN = 60.0
To = Counterpart[Any]
CredentialsT = TypeVar("CredentialsT")


class Pace:
    """Spaces out the calls of each operation of a connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_at: dict[tuple[str, str], float] = {}

    def keep(self, code: str, operation: str, per_second: Decimal) -> None:
        """Wait for the operation's turn; turns are handed out in order."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next_at.get((code, operation), 0.0))
            self._next_at[code, operation] = turn + float(1 / per_second)
        time.sleep(max(0.0, turn - now))


class Tokens:
    """
    Access tokens, each by its connection and credentials, until they expire; never written anywhere.

    One thread fetches a token while others that want the same wait; nobody waits for another's.
    """

    def __init__(self) -> None:
        self._locks: defaultdict[tuple[str, bytes], threading.Lock] = defaultdict(threading.Lock)
        self._held: dict[tuple[str, bytes], tuple[str, float]] = {}

    def get(self, to: To, fetch: Callable[[], tuple[str, float]]) -> str:
        """The token, fetched where there is none that lasts: `fetch` answers it and its seconds."""
        key = (to.code, _digest(to.secret))
        with self._locks[key]:
            token, until = self._held.get(key, ("", 0.0))
            if time.monotonic() >= until:
                token, seconds = fetch()
                self._held[key] = (token, time.monotonic() + seconds - MARGIN)
            return token

    def forget(self, to: To, token: str) -> None:
        """Drop a token that was refused, unless another one has taken its place."""
        key = (to.code, _digest(to.secret))
        with self._locks[key]:
            if self._held.get(key, ("", 0.0))[0] == token:
                del self._held[key]


pace = Pace()
tokens = Tokens()
AnswerT = TypeVar("AnswerT")


def with_token(
    to: To,
    fetch: Callable[[], tuple[str, float]],
    send: Callable[[str], AnswerT],
    *,
    refused: frozenset[int] = frozenset({401}),
) -> AnswerT:
    """
    Send with a token; one that is refused is renewed once.

    Raises:
        PushFailed
    """
    token = tokens.get(to, fetch)
    try:
        return send(token)
    except PushFailed as error:
        if error.status not in refused:
            raise
    tokens.forget(to, token)
    return send(tokens.get(to, fetch))


def fetch_token(url: str, **options: Any) -> tuple[str, float]:
    """
    An access token and how long it lasts, of an OAuth 2 token endpoint.

    A refusal is the account's, not an item's: it never counts towards giving one up.

    Raises:
        PushFailed
    """
    root, _slash, path = url.rpartition("/")
    try:
        answer = call(Counterpart("", root, "", None), "POST", path, timeout=TIMEOUT, **options).json()
        return str(answer["access_token"]), float(answer.get("expires_in", 3600))
    except PushFailed as error:
        raise PushFailed(f"No access token: {error}", status=error.status) from error
    except (ValueError, KeyError, TypeError) as error:
        raise PushFailed("No access token: the answer has none") from error


def ask(
    to: To,
    root: str,
    method: str,
    path: str,
    *,
    operation: str,
    per_second: Decimal | None,
    **options: Any,
) -> httpx.Response:
    """
    Ask the mall, under its root or the connection's own, once the operation's turn has come.

    Raises:
        PushFailed
    """
    if per_second is not None:
        pace.keep(to.code, operation, per_second * to.settings.rate)
    return call(replace(to, url=to.url or root), method, path, timeout=TIMEOUT, **options)


def credentials(to: To, kind: type[CredentialsT]) -> CredentialsT:
    """
    The credentials in the connection's secret.

    Raises:
        SettingInvalid
    """
    read: CredentialsT = kind_settings.read_secret(kind, to.secret)
    return read


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
