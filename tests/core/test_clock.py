"""The clock is the database's, whatever the machine's own says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from omni.core import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def set_again() -> Iterator[None]:
    yield
    connection.close()
    connection.ensure_connection()


def machine_is(monkeypatch: pytest.MonkeyPatch, off: timedelta) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + off)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_machine_that_is_minutes_off_goes_by_the_database(
    monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    machine_is(monkeypatch, timedelta(minutes=minutes))

    connection.close()
    connection.ensure_connection()

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_a_machine_that_is_right_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    connection.ensure_connection()
    moment = datetime.now(UTC) + timedelta(milliseconds=300)
    monkeypatch.setattr(timezone, "now", lambda: moment)

    assert clock.now() == moment


def test_a_clock_that_is_set_while_the_process_runs_is_seen_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong from one moment to the next, with no connection opened since."""
    connection.close()
    connection.ensure_connection()
    machine_is(monkeypatch, timedelta(hours=-1))

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_before_any_connection_there_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_anchor", None)
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)

    assert clock.now() == moment
