"""Two tills sell the last one at once: both have sold it, and the books say so."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from inventory.models import Discrepancy, StockEntry, StockLevel
from orders.models import Order
from orders.services.sales import Sale, record_sales
from tests import factories
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)


def sell_at_once(sales: list[Sale], now: datetime) -> None:
    """Each sale in a thread and on a connection of its own, all let go by one barrier."""
    barrier = threading.Barrier(len(sales))

    def sell(sale: Sale) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            record_sales(sales=[sale], claim=None, actor=TILL, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(sales)) as pool:
        list(pool.map(sell, sales))


def test_two_tills_both_sell_the_last_one(now: datetime) -> None:
    till = Till.build()
    variant = factories.variant()
    factories.stock(variant, till.location, 1)

    sell_at_once([till.sale(till.line(variant), at=now) for _ in range(2)], now)

    assert Order.objects.filter(status="COMPLETED").count() == 2
    assert StockLevel.objects.get(variant=variant).on_hand == -1
    assert Discrepancy.objects.values_list("kind", "quantity").get() == ("BELOW_ZERO", 1)
    assert list(
        StockEntry.objects.filter(kind="SALE").order_by("id").values_list("balance_after", flat=True)
    ) == [
        0,
        -1,
    ]


def test_sales_that_share_levels_in_opposite_order_do_not_deadlock(now: datetime) -> None:
    till = Till.build()
    first, second = factories.variant(), factories.variant()
    for variant in (first, second):
        factories.stock(variant, till.location, 40)

    sell_at_once(
        [
            till.sale(till.line(pair[0]), till.line(pair[1]), at=now)
            for _ in range(4)
            for pair in ((first, second), (second, first))
        ],
        now,
    )

    assert list(StockLevel.objects.values_list("on_hand", flat=True)) == [32, 32]
