"""`manage.py sync`: what it says, does, and exits with."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connectors.models import Comparison, Connection, Pause, PushState
from connectors.services import comparing
from tests.connectors.conftest import Link
from tests.connectors.test_in_turn import held_elsewhere


def sync(*words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit status, and what is said of each connection."""
    out, status = StringIO(), 0
    try:
        call_command("sync", *words, "--json", stdout=out)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, json.loads(out.getvalue())["connections"]


def test_push_sends_what_is_due(link: Link) -> None:
    assert sync("push", "sandbox-ec", "--dry-run") == (0, [{"connection": "sandbox-ec", "would_push": 2}])
    assert PushState.objects.filter(acknowledged_version__gt=0).count() == 0

    assert sync("push", "--all") == (0, [{"connection": "sandbox-ec", "pushed": 2, "waiting": 0}])
    assert [link.shown(variant) for variant in link.variants] == [10, 3]


def test_push_to_one_that_is_away_exits_with_1(link: Link) -> None:
    link.site.control("away")

    assert sync("push", "sandbox-ec") == (1, [{"connection": "sandbox-ec", "pushed": 0, "waiting": 2}])


def test_status_tells_lag_queue_failures_and_pauses(link: Link) -> None:
    link.push()
    link.set_on_hand(link.variants[0], 5)
    Connection.objects.create(code="gone", name="Gone", kind="nowhere", channel=link.channel)

    status, [gone, site] = sync("status")

    assert status == 1
    assert gone["kind_error"] == "No package installs the kind 'nowhere'."
    assert (site["waiting"], site["dead"], site["paused"], site["last_error"]) == (1, 0, False, "")
    assert site["median_lag"] >= 0
    assert sync("status", "sandbox-ec")[0] == 0


def test_status_asks_whether_the_other_side_answers(link: Link) -> None:
    status, [answers] = sync("status", "sandbox-ec", "--ask")
    assert (status, answers["answers"], answers["silence"]) == (0, True, "")

    Connection.objects.update(url="http://127.0.0.1:9")
    status, [silent] = sync("status", "sandbox-ec", "--ask")
    assert (status, silent["answers"], silent["silence"][:12]) == (2, False, "ConnectError")


def test_compare_reports_and_heal_mends(link: Link) -> None:
    sync("push", "--all")
    PushState.objects.update(acknowledged_at=timezone.now() - timedelta(minutes=1))
    link.site.push((link.variants[0].sku, 99, 7))
    link.site.push((link.variants[1].sku, 3, 1))

    status, [compared] = sync("compare", "sandbox-ec")
    assert (status, compared["drifted"], compared["healed"]) == (1, 1, False)
    assert compared["drifts"][0]["theirs"] == 99
    assert sync("heal", "sandbox-ec", "--dry-run")[1][0]["healed"] is False
    assert link.shown(link.variants[0]) == 99

    status, [healed] = sync("heal", "sandbox-ec")
    assert (status, healed["drifted"], healed["listings_drifted"], healed["healed"]) == (1, 1, 2, True)
    assert link.shown(link.variants[0]) == 10
    assert Comparison.objects.count() == 3


def test_compare_with_one_that_is_away_exits_with_2(link: Link) -> None:
    link.site.control("away")

    status, [compared] = sync("compare", "sandbox-ec")

    assert (status, compared["error"][:10]) == (2, "PushFailed")


def test_what_is_being_compared_is_refused_with_2(link: Link) -> None:
    with held_elsewhere(comparing.LOCK_CLASS, link.connection.pk):
        status, [refused] = sync("heal", "sandbox-ec")

    assert (status, refused) == (2, {"connection": "sandbox-ec", "refused": "comparison-running"})
    assert not Comparison.objects.exists()


def test_replay_gives_dead_letters_their_tries_again(link: Link) -> None:
    PushState.objects.update(dead_at=timezone.now(), tries=5, dirty_at=None)

    assert sync("replay", "--all", "--dry-run")[1] == [
        {"connection": "sandbox-ec", "would_replay": 2, "would_book": 0}
    ]
    assert sync("status")[0] == 1
    assert sync("replay", "--all") == (0, [{"connection": "sandbox-ec", "replayed": 2, "booked": 0}])
    assert sync("push", "--all")[1][0]["pushed"] == 2


def test_pause_and_resume(link: Link) -> None:
    assert sync("pause", "sandbox-ec", "--reason", "move", "--dry-run")[1][0]["would_pause"] is True
    assert not Pause.objects.exists()

    status, [paused] = sync("pause", "sandbox-ec", "--reason", "move", "--until", "2h")
    assert (status, paused["paused"], paused["reason"]) == (0, True, "move")
    pause = Pause.objects.get()
    assert (pause.actor, pause.reason) == ("command:sync", "move")
    assert pause.ends_at is not None
    assert timedelta(hours=1, minutes=59) < pause.ends_at - timezone.now() <= timedelta(hours=2)
    assert sync("push", "sandbox-ec")[1][0] == {"connection": "sandbox-ec", "pushed": 0, "waiting": 2}

    assert sync("resume", "sandbox-ec") == (0, [{"connection": "sandbox-ec", "resumed": True}])
    assert sync("push", "sandbox-ec")[1][0]["pushed"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("push",),
        ("push", "nobody"),
        ("pause", "sandbox-ec"),
        ("pause", "sandbox-ec", "--reason", "x", "--until", "tomorrow"),
    ],
)
def test_what_is_not_named_or_has_no_form_is_refused(link: Link, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("sync", *words)

    assert not Pause.objects.exists()


def test_a_pause_into_the_past_is_refused_for_each(link: Link) -> None:
    status, [refused] = sync("pause", "--all", "--reason", "x", "--until", "2020-01-01T00:00:00+09:00")

    assert (status, refused["refused"], refused["field"]) == (2, "invalid", "until")
    assert not Pause.objects.exists()
