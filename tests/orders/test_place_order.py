from decimal import Decimal

import pytest

from orders.models import Order
from tests.orders.ec import Site, place

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_line_paid_later_with_points_is_written_exactly() -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    member = site.member(points=300)

    placed = place(site.cart((tea, 2), customer=member), customer=member, points=250)

    order = Order.objects.get(number=placed.number)
    assert (placed.status, placed.total, placed.points_spent) == ("PLACED", Decimal(1950), 250)
    assert order.total == 1950
