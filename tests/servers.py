"""
Servers for the tests: the user's own, or private ones that live as long as the test session.

Settings are read before any conftest, so this is a plugin, loaded by `-p` in pyproject.toml. The
workers of pytest-xdist find what their controller started.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from omni.embedded.checkout import Checkout
from omni.embedded.servers import ephemeral

# Every test process opens connections of its own, and tests of concurrency many.
_MAX_CONNECTIONS = 300
# Set for the workers of pytest-xdist, who find an address in their environment either way.
_PRIVATE = "OMNI_TESTS_PRIVATE_POSTGRES"
_stack = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-fsync",
        action="store_true",
        help="run the private PostgreSQL without durability: quicker, and unlike the real thing",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(40))
    durable = not early_config.known_args_namespace.no_fsync
    checkout = Checkout(Path(__file__).resolve().parents[1])
    lent = ephemeral(checkout, os.environ, durable=durable, max_connections=_MAX_CONNECTIONS)
    variables = _stack.enter_context(lent)
    os.environ.update(variables)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[_PRIVATE] = "yes" if "DATABASE_URL" in variables else ""
    os.environ["REDIS_URL"] = _own_databases(os.environ["REDIS_URL"])
    try:
        return (yield)
    except BaseException:
        _stack.close()
        raise


def private_postgres() -> bool:
    """Whether the PostgreSQL of this session was started for it."""
    return bool(os.environ.get(_PRIVATE))


def _own_databases(redis_url: str) -> str:
    """Give each worker of pytest-xdist two databases of its own: no process takes another's tasks."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        return redis_url
    parts = urlsplit(redis_url)
    first = int(parts.path.lstrip("/") or 0)
    return parts._replace(path=f"/{first + 2 * (1 + int(worker.removeprefix('gw')))}").geturl()


def pytest_unconfigure() -> None:
    _stack.close()
