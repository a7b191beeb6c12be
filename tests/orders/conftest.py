"""The sandbox's card acquirer as a real process, for the tests that pay by card."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from orders.payments import CardGateway, gateway
from tests.sandbox.conftest import CARD_KEY, ROOT, site_environment


@pytest.fixture(scope="session")
def acquirer_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("acquirer")
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env=site_environment(home, SANDBOX_CARD_SECONDS="0.1"),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("sandbox: http://"), line
        yield line.split()[1].rstrip("/")
        process.terminate()


@pytest.fixture
def card(acquirer_url: str, settings: Settings) -> Iterator[CardGateway]:
    """The gateway as the platform uses it."""
    settings.SANDBOX_URL, settings.SANDBOX_CARD_KEY = acquirer_url, CARD_KEY
    gateway.cache_clear()
    yield gateway()
    gateway.cache_clear()


@pytest.fixture
def silent_card(settings: Settings) -> Iterator[CardGateway]:
    """A gateway whose acquirer can't be reached."""
    settings.SANDBOX_URL, settings.SANDBOX_CARD_KEY = "http://127.0.0.1:9", CARD_KEY
    gateway.cache_clear()
    yield gateway()
    gateway.cache_clear()
