"""A shop's staff work through their queue, and read why a location was chosen."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import RoutingDecision
from organisation.models import StaffAssignment
from tests import factories
from tests.backoffice.scene import populate
from tests.orders.ec import Site
from tests.orders.test_work import steps, to_collect

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_take_the_next_step_with_one_click_in_their_queue(client: Client) -> None:
    order = to_collect(Site())
    part = order.fulfilments.get()
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role="CLERK", location=part.location)
    client.force_login(user)
    queue = reverse("admin:orders_workitem_changelist")
    url = reverse("admin:orders_workitem_accept", args=[part.pk])

    assert f'formaction="{url}"' in client.get(queue).content.decode()
    assert 'id="changelist-form"' in client.get(queue).content.decode()
    key = str(uuid4())
    answers = [client.post(url, {"key": key}) for _ in range(2)]

    assert [(one.status_code, one.headers["Location"]) for one in answers] == [(302, queue)] * 2
    assert steps(order) == ["ACCEPT"]
    assert reverse("admin:orders_workitem_pick", args=[part.pk]) in client.get(queue).content.decode()
    away = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=away, role="CLERK", location=factories.location())
    client.force_login(away)
    assert client.post(url, {"key": str(uuid4())}).status_code == 404


def test_a_decision_is_told_in_the_readers_language(client: Client) -> None:
    populate(1)
    user = factories.user(is_staff=True, is_superuser=True, language="ja")
    client.force_login(user)
    decision = RoutingDecision.objects.get()
    url = reverse("admin:orders_routingdecision_change", args=[decision.pk])

    japanese = client.get(url, headers={"Accept-Language": "ja"}).content.decode()
    english = client.get(url, headers={"Accept-Language": "en"}).content.decode()

    # It is nearer (5 points to 9); a tenth of its day's work waits (10), and it leaves an hour later (5).
    assert "it has more work waiting (+10)、the goods would leave later (+5)" in english
    assert "+10" in english
    assert "待っている作業が多い (+10)、出荷が遅くなる (+5)" in japanese
