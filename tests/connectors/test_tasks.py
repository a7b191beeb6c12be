"""The clock's tasks: one for each connection, so that none waits for another."""

from typing import Any

import pytest

from connectors import tasks
from connectors.models import Connection
from tests import factories


@pytest.mark.django_db
@pytest.mark.parametrize(("every", "one"), [("poll_all", "poll"), ("compare_all", "compare")])
def test_each_active_connection_gets_a_task_of_its_own(
    every: str, one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(getattr(tasks, one), "apply_async", lambda kwargs, expires: sent.append(kwargs))
    channel = factories.channel()
    on = [Connection.objects.create(code=f"c{n}", name="C", channel=channel) for n in (1, 2)]
    Connection.objects.create(code="off", name="Off", channel=channel, active=False)

    getattr(tasks, every)()

    assert sorted(ids["connection_id"] for ids in sent) == [connection.pk for connection in on]
