"""Pausing a connection: nothing goes out, marks gather, and nobody else notices."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from connectors import selectors, services
from connectors.models import Connection, Pause
from connectors.services import standing
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.errors import InvalidField
from tests import factories, processes
from tests.connectors.conftest import Link

STAFF = Actor.user(7)


def pause(link: Link, *, until: datetime | None = None, reason: str = "their stock-take") -> None:
    with db.transaction():
        services.pause_connection(
            connection_id=link.connection.pk, reason=reason, until=until, actor=STAFF, now=timezone.now()
        )


def resume(link: Link) -> bool:
    with db.transaction():
        return services.resume_connection(connection_id=link.connection.pk, actor=SYSTEM, now=timezone.now())


def test_a_paused_connection_gathers_and_sends_what_differs_once_resumed(link: Link) -> None:
    link.push()
    pause(link)
    for count in (9, 8, 10):
        link.set_on_hand(link.variants[0], count)
    link.set_on_hand(link.variants[1], 2)

    assert link.push() == 0
    assert selectors.get_health(connection_id=link.connection.pk).waiting == 2
    assert link.site.get("/api/stats")["pushes"] == 1

    assert resume(link) is True
    assert link.push() == 1  # the first is as it was told
    assert [link.shown(variant) for variant in link.variants] == [10, 2]


def test_who_paused_why_and_who_resumed_stays_in_the_books(link: Link) -> None:
    pause(link)
    pause(link, reason="longer", until=timezone.now() + timedelta(hours=1))
    resume(link)
    assert resume(link) is False

    kept = Pause.objects.order_by("pk").values_list("reason", "actor", "resumed_by")
    assert list(kept) == [("their stock-take", "user:7", "user:7"), ("longer", "user:7", "system:omni")]
    assert not Pause.objects.filter(resumed_at=None).exists()


def test_a_pause_ends_by_itself(link: Link) -> None:
    pause(link, until=timezone.now() + timedelta(hours=1))
    assert link.push() == 0
    Pause.objects.update(
        started_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(seconds=1)
    )

    assert link.push() == 2
    assert selectors.get_health(connection_id=link.connection.pk).paused is False
    assert resume(link) is False
    assert Pause.objects.get().resumed_by == ""


@pytest.mark.parametrize(
    ("reason", "hours", "field"), [("  ", 1, "reason"), ("x" * 201, 1, "reason"), ("ok", -1, "until")]
)
def test_a_pause_without_reason_or_into_the_past_is_refused(
    link: Link, reason: str, hours: int, field: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        pause(link, reason=reason, until=timezone.now() + timedelta(hours=hours))

    assert refused.value.field == field
    assert not Pause.objects.exists()


def test_pausing_one_delays_no_other(link: Link) -> None:
    channel = factories.channel(code="other-ec")
    other = Connection.objects.create(
        code="other-ec", name="Other", channel=channel, url="http://127.0.0.1:9"
    )
    with db.transaction():
        services.pause_connection(connection_id=other.pk, reason="away", actor=STAFF, now=timezone.now())

    assert link.push() == 2


def test_a_standing_pusher_keeps_a_pause_and_notices_its_end(link: Link) -> None:
    pause(link)
    stopping = threading.Event()

    def stand() -> None:
        try:
            standing.stand(connection_id=link.connection.pk, stopped=stopping.is_set)
        finally:
            connections.close_all()

    pusher = threading.Thread(target=stand)
    pusher.start()
    try:
        assert not stopping.wait(2.5)
        assert link.site.get("/api/stats")["pushes"] == 0
        resume(link)
        processes.eventually(lambda: link.site.get("/api/stats")["pushes"] == 1)
        processes.eventually(lambda: link.state(link.variants[0]).acknowledged_version == 1)
    finally:
        stopping.set()
        pusher.join(timeout=10)
