"""Standing pushers, as processes: they share the connections, and neither death nor slowness spreads."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from catalog.models import Listing
from connectors import services
from connectors.models import Connection, ListingState, PushState
from connectors.services.pushing import sole_pusher
from omni.core import clock, db
from tests import factories, processes
from tests.connectors.conftest import Link
from tests.faults.conftest import Machinery
from tests.faults.test_events_survive import sell_one, shows
from tests.sandbox.conftest import SECRET, StartSite


@pytest.fixture
def pushers(tmp_path: Path, empty_broker: None, link: Link) -> Iterator[Machinery]:
    """No worker: the first numbers go out without one."""
    with ExitStack() as stack:
        machinery = Machinery(tmp_path, stack, worker=False)
        processes.eventually(lambda: shows(link, 10))
        yield machinery


def other_connection(link: Link, url: str) -> Connection:
    """Another that sells the same stock."""
    channel = factories.channel(code="other-ec")
    factories.source(channel, link.location)
    for variant in link.variants:
        factories.listing(variant, channel)
    return Connection.objects.create(
        code="other-ec",
        name="Other",
        channel=channel,
        url=url,
        secret=SECRET,
        settings={"listings": True, "shipments": True},
    )


def test_a_slow_and_a_dead_counterpart_cost_the_others_nothing(
    link: Link, pushers: Machinery, start_site: StartSite
) -> None:
    slow = start_site(SANDBOX_CONNECTION="other-ec")
    slow.control("slow", seconds=30)  # each push there is given up after five
    connection = other_connection(link, slow.url)
    dead = other_copy(connection, code="dead-ec", url="http://127.0.0.1:9")
    sell_one(link, clock.now(), 1)
    processes.eventually(
        lambda: PushState.objects.filter(connection=connection).exclude(lease_until=None).exists()
    )
    processes.eventually(lambda: Connection.objects.filter(pk=dead.pk, failures__gt=0).exists())

    for number in range(2, 6):
        sell_one(link, clock.now(), number)
        took = processes.eventually(lambda left=10 - number: shows(link, left))
        assert took < 4


def other_copy(connection: Connection, *, code: str, url: str) -> Connection:
    return Connection.objects.create(
        code=code,
        name=code,
        channel=connection.channel,
        url=url,
        secret=connection.secret,
        settings=connection.settings,
    )


def test_another_process_takes_over_from_a_killed_one(link: Link, pushers: Machinery) -> None:
    first = pushers.push
    pushers.start_push()
    with sole_pusher(link.connection.pk) as alone:
        assert not alone  # a standing one keeps the lock
    time.sleep(1)

    first.kill()
    first.wait()
    sell_one(link, clock.now(), 1)

    # What the dead one had taken waits for its lease, four seconds; starting anew plays no part.
    processes.eventually(lambda: shows(link, 9), within=15)


def test_a_pusher_told_to_stop_ends_well(link: Link, pushers: Machinery) -> None:
    pushers.push.terminate()

    assert pushers.push.wait(timeout=10) == 0
    with sole_pusher(link.connection.pk) as alone:
        assert alone


def test_a_slow_counterpart_keeps_no_others_prices_waiting(
    link: Link, pushers: Machinery, start_site: StartSite
) -> None:
    slow = start_site(SANDBOX_CONNECTION="other-ec")
    slow.control("slow", seconds=30)
    connection = other_connection(link, slow.url)
    mark_listings(connection)
    processes.eventually(
        lambda: ListingState.objects.filter(connection=connection).exclude(lease_until=None).exists()
    )

    for price in ("1100", "1200"):
        Listing.objects.filter(channel=link.channel).update(price=price)
        mark_listings(link.connection)
        took = processes.eventually(lambda price=price: listed_at(link, price))
        assert took < 4


def mark_listings(connection: Connection) -> None:
    with db.transaction():
        services.mark_listings(channel_id=connection.channel_id, variant_ids=None, at=clock.now())


def listed_at(link: Link, price: str) -> bool:
    items = link.site.get("/api/listings")["items"]
    return [item["price"] for item in items] == [price] * len(link.variants)
