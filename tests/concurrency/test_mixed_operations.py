"""
Everything at once over a few rows: no deadlock, nothing but typed refusals, and books that add up.

`make test` does a thousand; `pytest tests/concurrency/test_mixed_operations.py -n 0 -rP -m slow` ten thousand,
and prints what was done.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from backoffice import verification
from inventory.models import StockLevel
from tests import factories, processes
from tests.concurrency.mixing import OPERATIONS, THREADS, Shops
from tests.inventory.counting import generous
from tests.orders.aheads import sell_ahead
from tests.orders.ec import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
PROCESSES = 2


def shops() -> Shops:
    """Three places, four articles, two bundles that share one of them, two channels and a till."""
    site = Site()
    places = [site.warehouse, factories.location(), factories.location()]
    other = factories.channel()
    store = factories.channel(kind="STORE")
    articles = [factories.variant(tax_class=site.standard) for _ in range(4)]
    bundles = [factories.bundle((articles[0], 1), (articles[n], 2), tax_class=site.standard) for n in (1, 2)]
    for channel in (site.channel, other, store):
        for each in (*articles, *bundles):
            factories.listing(each, channel)
    for place in places:
        factories.source(other, place)
        for article in articles:
            factories.stock(article, place, 40)
    for place in places[1:]:
        factories.source(site.channel, place)
    sell_ahead(articles[3], site.channel)
    generous()
    return Shops(
        locations=[place.pk for place in places],
        articles=[article.pk for article in articles],
        bundles=[bundle.pk for bundle in bundles],
        channels=[site.channel.pk, other.pk],
        members=[site.member(100).pk for _ in range(2)],
        store=store.pk,
        programme=site.programme.pk,
        cash=factories.tender("cash", "CASH").pk,
        supplier=factories.supplier().pk,
    )


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def mix(where: Shops, count: int, logs: Path) -> list[dict[str, Any]]:
    """So many operations by eight connections of two processes."""
    each = count // (PROCESSES * THREADS)
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.concurrency.mixing",
                json.dumps(asdict(where)),
                str(seed),
                str(each),
            ],
            cwd=processes.ROOT,
            env=processes.environment(),
            stdout=subprocess.PIPE,
            stderr=(logs / f"mixing-{seed}.log").open("wb"),
            text=True,
        )
        for seed in range(PROCESSES)
    ]
    told = [process.communicate(timeout=900)[0] for process in running]
    return [json.loads(one.splitlines()[-1]) for one in told]


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mixed_operations_meet_no_deadlock(count: int, tmp_path: Path) -> None:
    where, before, begun = shops(), deadlocks(), time.monotonic()

    told = mix(where, count, tmp_path)

    took = time.monotonic() - begun
    done = sum((Counter(one["done"]) for one in told), Counter())
    refused = sum((Counter(one["refused"]) for one in told), Counter())
    assert Counter(fault for one in told for fault in one["faults"]) == Counter()
    assert deadlocks() == before
    assert done.total() + refused.total() == count
    assert set(done) == set(OPERATIONS)
    assert StockLevel.objects.filter(reserved__lt=0).count() == 0
    assert [drift for _, drifts in verification.find_all() for drift in drifts] == []
    print(f"\n{count:,} operations in {took:.0f} s: {dict(done)}; refused: {dict(refused)}")
