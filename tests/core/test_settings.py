"""Settings that a process starts with, or refuses to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMANDED = {
    "SECRET_KEY": "test",
    "DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
CONSOLE = "django.core.mail.backends.console.EmailBackend"


def started(expression: str, **given: str) -> subprocess.CompletedProcess[str]:
    """A process of the platform that prints an expression of its settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"from omni import settings; print({expression})"],
        env={**kept, **DEMANDED, **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_mail_goes_by_smtp_where_nothing_is_said() -> None:
    process = started("settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_TIMEOUT")

    assert process.stdout == "django.core.mail.backends.smtp.EmailBackend localhost 10\n"


@pytest.mark.parametrize(("debug", "starts"), [("0", False), ("", False), ("1", True)])
def test_mail_goes_to_the_console_for_who_looks_closer_alone(debug: str, starts: bool) -> None:
    process = started("'started'", EMAIL_BACKEND=CONSOLE, DEBUG=debug)

    assert (process.returncode == 0, process.stdout) == (starts, "started\n" if starts else "")
    assert ("one-time codes" in process.stderr) is not starts
