"""When a key was last used: kept to a minute, beside the work that the call is for."""

from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from organisation import services
from organisation.models import ApiKey
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_call_notes_the_keys_use_once_a_minute(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    factories.location()
    key, secret = services.create_api_key(name="till", scopes=["stock:read"], now=now)
    other, _ = services.create_api_key(name="unused", scopes=[], now=now)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    noted, statements = [], []

    for seconds in (0, 59, 60, 61):
        monkeypatch.setattr("omni.core.clock.now", lambda seconds=seconds: now + timedelta(seconds=seconds))
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/api/v1/stock/levels/").status_code == 200
        key.refresh_from_db()
        noted.append((key.last_used_at - now).total_seconds() if key.last_used_at else None)
        statements.append(sum("last_used_at = " in query["sql"] for query in captured))

    assert noted == [0, 0, 0, 61]
    assert statements == [1, 0, 0, 1]
    assert ApiKey.objects.get(pk=other.pk).last_used_at is None


def test_a_wrong_key_notes_nothing(now: datetime) -> None:
    key, secret = services.create_api_key(name="till", scopes=["stock:read"], now=now)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret[:-1]}!")

    assert client.get("/api/v1/stock/levels/").status_code == 401

    key.refresh_from_db()
    assert key.last_used_at is None


def test_the_use_is_no_change_of_the_key(now: datetime) -> None:
    key, _ = services.create_api_key(name="till", scopes=[], now=now)

    services.note_key_use(api_key=key, now=now)

    key.refresh_from_db()
    assert key.last_used_at == now
    assert not ApiKey.objects.get().events.exists()


def test_an_older_call_does_not_set_it_back(now: datetime) -> None:
    key, _ = services.create_api_key(name="till", scopes=[], now=now)
    stale = ApiKey.objects.get(pk=key.pk)
    services.note_key_use(api_key=key, now=now)

    services.note_key_use(api_key=stale, now=now - timedelta(seconds=30))

    key.refresh_from_db()
    assert key.last_used_at == now


@pytest.mark.parametrize("guarded", [True, False])
def test_a_locked_key_is_not_waited_for(now: datetime, guarded: bool) -> None:
    """The control is the same update without SKIP LOCKED, which runs into its time limit."""
    key, _ = services.create_api_key(name="till", scopes=[], now=now)
    locked, done = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
            locked.set()
            done.wait(20)
        connections.close_all()

    holder = Thread(target=hold)
    holder.start()
    assert locked.wait(10)
    try:
        waited = waits(key, now, guarded=guarded)
    finally:
        done.set()
        holder.join()

    assert waited is not guarded
    key.refresh_from_db()
    assert key.last_used_at is None


def waits(key: ApiKey, now: datetime, *, guarded: bool) -> bool:
    """Whether noting the use waits for the row's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '300ms'")
        try:
            if guarded:
                services.note_key_use(api_key=key, now=now)
            else:
                ApiKey.objects.filter(pk=key.pk, last_used_at=None).update(last_used_at=now)
        except OperationalError:
            return True
        finally:
            cursor.execute("SET lock_timeout = 0")
    return False
