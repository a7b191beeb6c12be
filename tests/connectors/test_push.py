import threading
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors import registry, services, wakes
from connectors.models import Connection, PushState
from connectors.services import pushing, standing
from inventory.models import StockLevel
from omni.core import db
from tests import factories, processes
from tests.conftest import NOW
from tests.connectors.conftest import Link
from tests.sandbox.conftest import StartSite
from tests.threads import at_once


def due_now() -> None:
    """Let what waits for its next try, or for the circuit, be due at once."""
    PushState.objects.update(next_try_at=None)
    Connection.objects.update(retry_at=None)


def test_what_changed_is_pushed_once(link: Link) -> None:
    assert link.push() == 2
    assert link.push() == 0

    assert [link.shown(variant) for variant in link.variants] == [10, 3]
    state = link.state(link.variants[0])
    assert (state.version, state.acknowledged_version, state.dirty_at) == (1, 1, None)
    assert state.lag is not None


def test_versions_grow_with_each_change(link: Link) -> None:
    link.push()
    link.set_on_hand(link.variants[0], 7)

    link.push()

    assert link.site.stock(link.variants[0].sku)[:2] == (7, 2)


def test_a_change_that_leaves_the_number_as_it_was_is_not_sent(link: Link) -> None:
    link.push()
    link.touch(link.variants[0])

    assert link.push() == 0
    assert link.state(link.variants[0]).version == 1
    assert link.site.get("/api/stats")["pushes"] == 1


def test_what_is_dirty_already_costs_no_new_row_and_wakes_all_the_same(link: Link) -> None:
    """A hot variant of a connection that is away: once marked, its row stays as it is."""
    link.push()
    link.touch(link.variants[0])
    before = row_version(link)
    woken = threading.Event()
    wakes.attend(link.connection.pk, woken)

    try:
        link.touch(link.variants[0])
    finally:
        wakes.leave(link.connection.pk)

    assert (row_version(link), woken.is_set()) == (before, True)


def test_a_change_that_is_older_than_the_mark_counts_from_its_own_time(link: Link) -> None:
    PushState.objects.filter(variant=link.variants[0]).update(dirty_at=NOW + timedelta(seconds=5))
    before = row_version(link)

    link.touch(link.variants[0])

    assert link.state(link.variants[0]).dirty_at == NOW
    assert row_version(link) != before


def row_version(link: Link) -> tuple[str, ...]:
    """Where the first variant's row stands, which another version of it changes."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT ctid::text, dirty_at::text FROM connectors_pushstate WHERE variant_id = %s",
            [link.variants[0].pk],
        )
        return tuple(cursor.fetchone())


def test_an_open_circuit_is_asked_about_once(link: Link) -> None:
    """However often a pusher is woken meanwhile; once the time is up it tries again."""
    link.site.control("fail", status=500)
    pace = pushing.Pace()
    for _ in range(pushing.FAILURES_UNTIL_OPEN):
        due_now()
        pushing.drain(Connection.objects.get(), pace)
    connection = Connection.objects.get()
    assert connection.retry_at is not None

    with CaptureQueriesContext(connections["default"]) as captured:
        asked = [pushing.drain(connection, pace) for _ in range(5)]

    assert (asked, len(captured)) == ([0] * 5, 1)
    link.site.control("normal")
    due_now()
    assert pushing.drain(connection, pushing.Pace()) == 2


def test_a_variant_that_the_channel_does_not_list_is_never_marked(link: Link) -> None:
    unlisted = factories.variant()
    factories.stock(unlisted, link.location, 5)

    link.touch(unlisted)

    assert not PushState.objects.filter(variant=unlisted).exists()


def test_an_answer_that_was_lost_ends_in_the_same_state(link: Link) -> None:
    link.site.control("lossy")
    link.push()
    assert link.state(link.variants[0]).acknowledged_version == 0

    link.site.control("normal")
    due_now()
    link.set_on_hand(link.variants[0], 9)
    link.push()

    assert link.shown(link.variants[0]) == 9
    state = link.state(link.variants[0])
    assert state.acknowledged_version == state.version
    assert link.connection.push_states.filter(tries__gt=0).count() == 0


def test_failures_open_the_circuit_and_success_closes_it(link: Link) -> None:
    link.site.control("fail", status=500)
    for _ in range(pushing.FAILURES_UNTIL_OPEN):
        due_now()
        link.push()
    link.connection.refresh_from_db()
    assert link.connection.retry_at is not None
    assert link.connection.last_error.startswith("HTTP 500")
    sent = link.site.get("/api/stats")
    PushState.objects.update(next_try_at=None)
    link.push()
    assert link.site.get("/api/stats") == sent

    link.site.control("normal")
    due_now()
    link.push()

    link.connection.refresh_from_db()
    assert (link.connection.failures, link.connection.retry_at) == (0, None)
    assert [link.shown(variant) for variant in link.variants] == [10, 3]


@pytest.mark.parametrize(("failures", "shortest", "longest"), [(0, 0.25, 0.5), (4, 4, 8), (20, 30, 60)])
def test_waits_grow_with_failures_up_to_a_minute(
    link: Link, failures: int, shortest: float, longest: float
) -> None:
    link.site.control("fail", status=500)
    Connection.objects.update(failures=failures)
    before = timezone.now()

    link.push()

    waiting_until = link.state(link.variants[0]).next_try_at
    assert waiting_until is not None
    assert before + timedelta(seconds=shortest) <= waiting_until
    assert waiting_until <= timezone.now() + timedelta(seconds=longest)


def test_what_the_receiver_refuses_is_given_up_and_can_be_replayed(link: Link) -> None:
    link.site.control("fail", status=422)
    for _ in range(2 * pushing.REFUSALS_UNTIL_DEAD):
        due_now()
        link.push()
    assert PushState.objects.exclude(dead_at=None).count() == 2
    assert link.push() == 0

    link.site.control("normal")
    with db.transaction():
        assert services.replay_dead(connection_id=link.connection.pk) == 2
    link.push()

    assert [link.shown(variant) for variant in link.variants] == [10, 3]


def test_a_pusher_that_died_with_its_lease_is_replaced_at_once(link: Link) -> None:
    """Between the lease's commit and the answer a process is killed: its lock went with it."""
    batch = pushing._lease(link.connection)
    assert batch is not None

    assert link.push() == 2
    assert link.site.stock(link.variants[0].sku)[:2] == (10, 2)


def test_a_change_while_a_push_is_in_flight_is_pushed_after_it(link: Link) -> None:
    batch = pushing._lease(link.connection)
    assert batch is not None
    link.set_on_hand(link.variants[0], 1)
    with registry.reached(link.connection) as (connector, to):
        connector.push_stock(to, batch.items)
    pushing._record_success(link.connection, batch)

    link.push()

    assert link.shown(link.variants[0]) == 1


def test_pushers_at_once_never_send_an_older_number_last(link: Link) -> None:
    def change(count: int) -> int:
        link.set_on_hand(link.variants[0], count)
        return link.push()

    at_once([lambda count=count: change(count) for count in range(1, 9)])
    link.push()

    state = link.state(link.variants[0])
    with db.transaction():
        assert state.available == link.shown(link.variants[0])
    assert state.acknowledged_version == state.version


def test_a_pusher_leaves_a_busy_connection_to_the_one_at_work(link: Link) -> None:
    with pushing.sole_pusher(link.connection.pk):
        [answer] = at_once([link.push])

    assert answer == 0
    assert link.push() == 2


def test_lag_counts_from_the_oldest_change(link: Link, now: datetime) -> None:
    PushState.objects.update(dirty_at=timezone.now() - timedelta(seconds=30))

    link.push()

    lag = link.state(link.variants[0]).lag
    assert lag is not None
    assert timedelta(seconds=30) <= lag < timedelta(seconds=40)


def test_a_comparison_heals_what_drifted(link: Link, now: datetime) -> None:
    link.push()
    PushState.objects.update(acknowledged_at=now - timedelta(days=1))
    forged = (link.variants[0].sku, 99, 7)
    assert link.site.push(forged).status_code == 200

    comparison = services.compare(connection_id=link.connection.pk, now=now)

    assert (comparison.compared, comparison.drifted, comparison.error) == (2, 1, "")
    assert comparison.detail[0]["theirs"] == 99
    assert link.site.stock(link.variants[0].sku)[:2] == (10, 8)


def test_a_comparison_finds_what_was_never_pushed(link: Link, now: datetime) -> None:
    PushState.objects.all().delete()

    comparison = services.compare(connection_id=link.connection.pk, now=now)

    assert comparison.drifted == 2
    assert [link.shown(variant) for variant in link.variants] == [10, 3]


def test_a_comparison_with_a_counterpart_that_is_away_says_so(link: Link, now: datetime) -> None:
    link.site.control("away")

    comparison = services.compare(connection_id=link.connection.pk, now=now)

    assert comparison.compared == 0
    assert comparison.error.startswith("PushFailed")


def test_an_inactive_connection_is_left_alone(link: Link) -> None:
    Connection.objects.update(active=False)

    assert link.push() == 0


@pytest.mark.parametrize("size", [10, 40])
def test_marking_and_leasing_take_the_same_number_of_statements(
    start_site: StartSite, link: Link, size: int, django_assert_num_queries: object
) -> None:
    for _ in range(size):
        variant = factories.variant()
        factories.listing(variant, link.channel)
        factories.stock(variant, link.location, 1)
        link.variants.append(variant)
    link.touch(*link.variants)

    with django_assert_num_queries(5):  # type: ignore[operator]
        batch = pushing._lease(link.connection)

    assert batch is not None
    assert len(batch.items) == size + 2


def test_a_push_takes_six_statements(link: Link, django_assert_num_queries: object) -> None:
    """The lease's five, and the acknowledgement: nothing that goes beside stock is looked at."""
    link.push()
    link.set_on_hand(link.variants[0], 6)

    with django_assert_num_queries(6):  # type: ignore[operator]
        assert pushing.drain(link.connection, pushing.Pace()) == 1


def test_a_standing_pusher_pushes_when_woken_and_ends_with_its_connection(link: Link) -> None:
    stopping = threading.Event()
    answers: list[bool] = []

    def stand() -> None:
        try:
            answers.append(standing.stand(connection_id=link.connection.pk, stopped=stopping.is_set))
        finally:
            connections.close_all()

    pusher = threading.Thread(target=stand)
    pusher.start()
    processes.eventually(lambda: link.state(link.variants[0]).acknowledged_version == 1)
    link.set_on_hand(link.variants[0], 7)
    processes.eventually(lambda: link.shown(link.variants[0]) == 7)
    assert services.push(connection_id=link.connection.pk) == 0  # it is at work
    Connection.objects.update(active=False)
    pusher.join(timeout=5)

    assert answers == [False]
    with pushing.sole_pusher(link.connection.pk) as alone:
        assert alone


def test_what_moves_a_component_marks_the_bundles_that_hold_it(link: Link) -> None:
    tea, cup = link.variants[:2]
    box = factories.bundle((tea, 2), (cup, 1))
    factories.listing(box, link.channel)
    other = factories.bundle((factories.variant(), 1))
    factories.listing(other, link.channel)
    link.push()

    link.touch(tea)

    marked = PushState.objects.filter(dirty_at__isnull=False).values_list("variant_id", flat=True)
    assert set(marked) == {tea.pk, box.pk}
    link.push()
    levels = dict(StockLevel.objects.values_list("variant_id", "on_hand"))
    assert link.state(box).available == min(levels[tea.pk] // 2, levels[cup.pk])
