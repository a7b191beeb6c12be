"""A part of an order sent from elsewhere, by who may hand over at both ends."""

import pytest
from django.test import Client
from django.urls import reverse

from organisation.models import StaffAssignment
from tests import factories
from tests.orders.ec import Site
from tests.orders.test_move_fulfilment import ordered, reserved, shop_with

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_move_it_where_they_hand_over_at_both_ends() -> None:
    site = Site()
    tea = site.item(1100, stock=5)
    part, shop, other = ordered(site, tea, 2), shop_with(tea, 5), shop_with(tea, 5)
    clerk = factories.user(is_staff=True)
    for place_ in (site.warehouse, shop):
        StaffAssignment.objects.create(user=clerk, role="CLERK", location=place_)
    client = Client()
    client.force_login(clerk)
    url = reverse("admin:orders_fulfilment_send_from", args=[part.pk])

    form = client.get(url).context["form"]
    assert list(form.fields["location"].queryset) == [shop]
    refused = client.post(url, {"key": form["key"].value(), "location": other.pk})
    sent = {"key": form["key"].value(), "location": shop.pk}
    answers = [client.post(url, sent).status_code for _ in range(2)]

    assert (refused.status_code, answers) == (422, [302, 302])
    assert reserved() == {site.warehouse.code: 0, shop.code: 2, other.code: 0}
