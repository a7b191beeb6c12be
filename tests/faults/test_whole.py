"""
The whole platform, as processes, in the middle of 2,000 changes: whatever is killed, emptied, wrong or twice.

After each fault every channel comes to the truth by itself, no event is lost, and none takes effect twice.
`pytest tests/faults/test_whole.py -n 0 -rP` prints how long each took; `-m slow` has the long ones.
"""

import time
from collections.abc import Iterator
from functools import partial

import pytest
from pytest_django import DjangoDbBlocker

from tests.faults.whole.standing import Standing, suffer

pytestmark = pytest.mark.timeout(300)
# The breaker's own settings: what changes with the length of a fault is how long it waits after it.
SECONDS = [4, pytest.param(60, marks=pytest.mark.slow)]
CLOCKS = ("web", "relay", "worker", "outside", "push", "beat")


@pytest.fixture(scope="module")
def standing(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Standing]:
    """One for all: each test leaves it at rest."""
    made = Standing(tmp_path_factory.mktemp("whole") / "checkout")
    with django_db_blocker.unblock():
        made.start()
        try:
            made.converge()
            yield made
        finally:
            made.stop()


@pytest.mark.parametrize("victim", ["worker", "relay", "push", "web", "valkey", "postgres"])
def test_a_kill(standing: Standing, victim: str) -> None:
    before = standing.pid(victim)

    suffer(standing, f"kill -9 of {victim}", partial(standing.kill, victim))

    assert standing.pid(victim) != before


def test_valkeys_memory_is_emptied(standing: Standing) -> None:
    suffer(standing, "Valkey's memory emptied", standing.empty_valkey)


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize(
    ("mode", "settings"),
    [
        pytest.param("fail", {"status": 500}, id="answers-500"),
        pytest.param("slow", {"seconds": 30}, id="times-out"),
        pytest.param("late", {"seconds": 4, "times": 3}, id="repeats-and-reorders"),
    ],
)
def test_a_channel_misbehaves_for(
    standing: Standing, mode: str, settings: dict[str, int], seconds: int
) -> None:
    """One of two; the other is told the truth meanwhile."""
    normal_at = time.monotonic() + seconds

    def until_then() -> None:
        standing.reach("other-ec")
        time.sleep(max(0.0, normal_at - time.monotonic()))
        standing.control("sandbox-ec", "normal")

    standing.control("sandbox-ec", mode, **settings)
    fault = f"a channel that is told {mode!r} for {seconds} s"
    suffer(standing, fault, lambda: None, share=0.25, before_truth=until_then)


def test_a_channel_acknowledges_and_forgets(standing: Standing) -> None:
    """Nothing says so but the comparison, which beat asks for every five minutes: here it is asked for at once."""

    def remember_again() -> None:
        standing.reach("other-ec")
        assert not standing.tells_the_truth("sandbox-ec")
        standing.control("sandbox-ec", "normal")
        standing.settle()
        standing.send_task("connectors.tasks.compare_all")

    standing.control("sandbox-ec", "forgetful")
    fault = "a channel that acknowledges and forgets, from the next comparison"
    suffer(standing, fault, lambda: None, share=0.25, before_truth=remember_again)


@pytest.mark.parametrize("minutes", [-5, pytest.param(5, marks=pytest.mark.slow)])
def test_a_machines_clock_is_off(standing: Standing, minutes: int) -> None:
    """All of the platform's processes run there; the database and the sites keep the right time."""
    with standing.clock_off(CLOCKS, minutes=minutes):
        suffer(standing, f"clock {minutes:+} minutes off", lambda: None, share=0.25)


def test_two_relays_and_three_workers(standing: Standing) -> None:
    """And a second pusher, which stands by."""
    with standing.more("relay", "worker", "worker", "push"):
        suffer(standing, "two relays and three workers", lambda: None, share=0.25)


def test_old_and_new_code_run_together(standing: Standing) -> None:
    """What old code doesn't know, it takes from nobody: it leases and is handed as much as the new."""
    with standing.more("relay", "worker", older=True) as logs:
        # Which worker is handed what is chance: trade until the old one was handed something new.
        for _ in range(4):
            suffer(standing, "old and new code together", lambda: None, share=0.5)
            if "outbox.left-to-other-code" in logs["worker"].read_text():
                break
        else:
            pytest.fail("the old worker was handed nothing that it doesn't know")
