"""Tills that take back the same goods at once: no more comes back than was sold."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from inventory.models import StockLevel
from omni.core.idempotency import Claim
from orders.errors import AboveReturnable
from orders.models import Order, Payment, Return
from orders.services.returnable import ReturnItem
from orders.services.returns import receive_return
from orders.services.sales import record_sales
from tests import factories
from tests.conftest import NOW
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)

TILLS = 5


def test_of_five_at_once_as_many_are_taken_as_were_sold() -> None:
    till = Till.build()
    variant = factories.variant()
    factories.stock(variant, till.location, 2)
    sale = till.sale(till.line(variant, 2, 300), at=NOW, member=factories.member())
    (recorded,) = record_sales(sales=[sale], claim=None, actor=TILL, now=NOW)
    barrier = threading.Barrier(TILLS)

    def take_back(place: int) -> bool:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            receive_return(
                number=recorded.number,
                location_id=till.location.pk,
                items=[ReturnItem(1, 1)],
                reason="size",
                claim=Claim.of(actor=TILL, operation="return", key=str(place), request={}),
                actor=TILL,
                now=NOW,
            )
        except AboveReturnable:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(TILLS) as pool:
        taken = list(pool.map(take_back, range(TILLS)))

    assert sorted(taken) == [False, False, False, True, True]
    assert sorted(Return.objects.values_list("number", flat=True)) == [
        f"{recorded.number}-R1",
        f"{recorded.number}-R2",
    ]
    assert StockLevel.objects.get(variant=variant).on_hand == 2
    assert Order.objects.get().lines.get().returned_quantity == 2
    assert Payment.objects.get().refunded_amount == 600
