"""HTTP for connectors: one pool of kept-alive connections, and failures as the protocol has them."""

from functools import cache
from typing import Any

import httpx

from connectors.errors import PushFailed
from connectors.ports import Counterpart

TIMEOUT = httpx.Timeout(5.0, connect=1.0)
# For a shop's own API, where a batch is many writes: it answers when all of them are done.
PATIENT = httpx.Timeout(30.0, connect=1.0)
# What a receiver would refuse again, however often it were sent.
PERMANENT = {400, 404, 405, 410, 413, 415, 422}


@cache
def client() -> httpx.Client:
    """One pool of kept-alive connections a process."""
    return httpx.Client(timeout=TIMEOUT)


def call(to: Counterpart[Any], method: str, path: str, **options: Any) -> httpx.Response:
    """
    Ask a counterpart, under its root; `options` are those of httpx. The body has been read.

    Raises:
        PushFailed: no answer, or one that is not 2xx.
    """
    try:
        response = client().request(method, f"{to.url.rstrip('/')}/{path}", **options)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PushFailed(f"{type(error).__name__}: {error}") from error
    if not response.is_success:
        raise PushFailed(
            f"HTTP {response.status_code}: {response.text[:500]}",
            permanent=response.status_code in PERMANENT,
            status=response.status_code,
        )
    return response
