"""Events reach the counterpart with the broker emptied at the worst moment, and without a wake-up."""

from datetime import datetime

import pytest

from inventory import services as inventory
from inventory.services import DocumentRef, Movement
from omni.core import clock, db
from omni.core.actor import SYSTEM
from omni.outbox import publish
from omni.outbox.models import Event
from tests import processes
from tests.connectors.conftest import Link
from tests.faults.conftest import Machinery, flush_broker


def sell_one(link: Link, now: datetime, number: int) -> None:
    """Post a sale of one, as a till does, with its event."""
    with db.transaction():
        inventory.post_movements(
            document=DocumentRef("SALE", f"sale-{number}"),
            movements=[Movement(link.variants[0].pk, link.location.pk, -1, "SALE")],
            actor=SYSTEM,
            occurred_at=now,
            now=now,
        )


def all_finished() -> bool:
    return not Event.objects.filter(finished_at=None).exists()


def shows(link: Link, available: int) -> bool:
    answer = link.site.http.get(f"/api/stock/{link.variants[0].sku}")
    return answer.status_code == 200 and answer.json()["available"] == available


def test_an_emptied_broker_loses_nothing(link: Link, machinery: Machinery) -> None:
    for process in (machinery.worker, machinery.push):
        process.kill()
        process.wait()
    for number in range(5):
        sell_one(link, clock.now(), number)
    processes.eventually(lambda: not Event.objects.filter(leased_until=None).exists())
    flush_broker()

    machinery.start_worker()
    machinery.start_push()

    processes.eventually(lambda: shows(link, 5), within=15)
    processes.eventually(all_finished)


def test_a_lost_wake_up_is_made_good_by_the_poll(
    link: Link, machinery: Machinery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "wake", lambda: None)
    sell_one(link, clock.now(), 1)

    processes.eventually(lambda: shows(link, 9))
