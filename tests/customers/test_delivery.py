"""What stands in the logs of a code that did not arrive."""

from datetime import datetime

import pytest
from pytest_django import Settings

from customers.delivery import deliver_code
from tests.stack import free_port


def test_a_code_that_no_server_takes_stands_in_no_log(
    settings: Settings, now: datetime, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    deliver_code(to="hanako@example.jp", code="987123", language="ja", expires_at=now)

    told = (
        caplog.text + "".join(str(record.__dict__) for record in caplog.records) + "".join(capfd.readouterr())
    )
    assert "customers.link-code-undelivered" in told
    assert "ConnectionRefusedError" in told
    assert "987123" not in told
    assert "hanako" not in told
