from datetime import timedelta

import pytest
import redis
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from connectors.models import Connection, PushState
from omni.core import db, valkey
from omni.core.actor import SYSTEM
from omni.outbox.events import OrderPaid
from omni.outbox.publish import publish
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_healthy_platform_says_so(client: Client) -> None:
    answer = client.get("/health/")

    assert (answer.status_code, answer.json()["checks"]) == (200, {"database": True, "valkey": True})


def test_without_valkey_it_is_not_healthy(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr(valkey, "client", lambda: gone)

    answer = client.get("/health/")

    assert (answer.status_code, answer.json()["checks"]["valkey"]) == (503, False)


@pytest.mark.parametrize("token", ["", "wrong"])
def test_metrics_do_not_exist_without_their_token(client: Client, settings: Settings, token: str) -> None:
    settings.METRICS_TOKEN = "right"

    assert client.get("/metrics", headers={"authorization": f"Bearer {token}"}).status_code == 404


def test_metrics_tell_of_the_outbox_and_the_connections(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "right"
    connection = Connection.objects.create(
        code="mall", name="Mall", channel=factories.channel(), url="http://127.0.0.1:1", secret="whsec_AA=="
    )
    PushState.objects.create(
        connection=connection,
        variant=factories.variant(),
        acknowledged_at=timezone.now(),
        lag=timedelta(milliseconds=20),
        dirty_at=timezone.now(),
    )
    with db.transaction():
        publish("order:1", OrderPaid(order_id=1, number="1"), at=NOW, actor=SYSTEM)

    text = client.get("/metrics", headers={"authorization": "Bearer right"}).content.decode()

    assert "omni_outbox_unfinished 1.0" in text
    assert 'omni_connection_lag_median_seconds{connection="mall"} 0.02' in text
    assert 'omni_connection_waiting{connection="mall"} 1.0' in text
