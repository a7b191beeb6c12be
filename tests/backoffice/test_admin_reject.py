"""A clerk rejects at the own shop, once however often it is clicked."""

import pytest
from django.test import Client
from django.urls import reverse

from inventory.models import StockLevel
from orders.models import Fulfilment
from organisation.models import StaffAssignment
from tests import factories
from tests.orders.ec import Site
from tests.orders.test_reject_fulfilment import ordered

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_reject_at_their_own_shop_with_one_form(client: Client) -> None:
    site = Site()
    tea = site.item(1100, stock=10)
    order = ordered(site, (tea, 2))
    url = reverse("admin:orders_fulfilment_reject", args=[order.fulfilments.get().pk])
    values = {"line_1": "1", "reason": "DAMAGED", "correct": "on", "note": "torn"}
    for place_, seen in ((factories.location(), 404), (site.warehouse, 200)):
        user = factories.user(is_staff=True)
        StaffAssignment.objects.create(user=user, role="CLERK", location=place_)
        client.force_login(user)
        assert client.get(url).status_code == seen

    key = str(client.get(url).context["form"]["key"].value())
    assert [client.post(url, {"key": key, **values}).status_code for _ in range(2)] == [302, 302]

    level = StockLevel.objects.get()
    assert (level.on_hand, level.damaged, level.reserved) == (10, 1, 1)
    failed = Fulfilment.objects.get(status="FAILED")
    assert (failed.rejection, failed.note, failed.rejected_by) == ("DAMAGED", "torn", f"user:{user.pk}")
