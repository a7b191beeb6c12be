"""A connection's figures: what they say, and that they don't read all that it was ever told."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as session

from connectors import selectors
from connectors.models import Connection, PushState
from omni.core import sql
from tests import factories

pytestmark = pytest.mark.django_db

STATES = """
INSERT INTO connectors_pushstate
    (connection_id, variant_id, version, acknowledged_version, acknowledged_at, lag, tries, error)
SELECT %(connection)s::bigint, number, 1, 1, statement_timestamp() - number * interval '1 millisecond',
       number * interval '1 millisecond', 0, ''
FROM generate_series(1, %(states)s::bigint) AS number
"""


@pytest.fixture
def shop() -> Connection:
    return Connection.objects.create(code="shop", name="S", channel=factories.channel())


def fill(connection: Connection, states: int) -> None:
    """That many pairs told a moment ago; what they are of plays no part."""
    with session.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(STATES, {"connection": connection.pk, "states": states})
        cursor.execute("ANALYZE connectors_pushstate")


def rows_read(connection: Connection | None) -> int:
    """How many push states the question reads."""
    params = {"connection": connection and connection.pk, "lags": selectors.LAGS_READ}
    explained = sql.fetch_all(f"EXPLAIN (ANALYZE, FORMAT JSON) {selectors.HEALTH}", params)[0][0]
    plan = explained if isinstance(explained, list) else json.loads(explained)
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in nodes(plan[0]["Plan"])
        if node.get("Relation Name") == "connectors_pushstate"
    )


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


@pytest.mark.parametrize("one", [True, False])
def test_it_reads_no_more_of_a_large_catalogue(shop: Connection, *, one: bool) -> None:
    fill(shop, 30_000)

    assert rows_read(shop if one else None) <= selectors.LAGS_READ


def test_what_waits_what_was_given_up_and_how_long_it_took(shop: Connection, now: datetime) -> None:
    fill(shop, 200)
    waiting = PushState.objects.filter(variant_id__lte=3)
    waiting.update(dirty_at=now - timedelta(hours=1))
    PushState.objects.filter(variant_id=2).update(sending_dirty_at=now - timedelta(hours=2))
    PushState.objects.filter(variant_id=4).update(dead_at=now)
    PushState.objects.filter(variant_id__gt=101).update(acknowledged_at=now - timedelta(hours=3))

    health = selectors.get_health(connection_id=shop.pk)

    assert (health.waiting, health.dead) == (3, 1)
    assert health.oldest is not None
    assert timedelta(hours=2) <= health.oldest
    assert (health.median_lag, health.p99_lag) == (timedelta(milliseconds=51), timedelta(milliseconds=100))


def test_lags_are_of_the_latest(shop: Connection) -> None:
    fill(shop, 5_000)

    health = selectors.get_health(connection_id=shop.pk)

    assert (health.median_lag, health.p99_lag) == (timedelta(milliseconds=500), timedelta(milliseconds=990))
