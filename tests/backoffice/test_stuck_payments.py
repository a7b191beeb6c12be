"""What an acquirer has been asked about in vain is seen by staff, until it is settled."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from orders.models import Payment
from tests import factories
from tests.orders.ec import Site, place

pytestmark = pytest.mark.django_db(transaction=True)


def shown(client: Client) -> list[tuple[str, str, bool]]:
    cards = client.get(reverse("admin:index"), headers={"accept-language": "en"}).context["cards"]
    return [(str(one.title), one.figure, one.bad) for one in cards if "without outcome" in str(one.title)]


def test_staff_see_what_was_asked_about_in_vain(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "right"
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    site = Site()
    for _ in range(2):
        place(site.cart((site.item(1100), 1)))
    stuck, waiting = Payment.objects.order_by("pk")
    Payment.objects.filter(pk=stuck.pk).update(
        status="UNKNOWN", attempts=5, last_error="OutcomeUnknown: http-401"
    )
    Payment.objects.filter(pk=waiting.pk).update(status="UNKNOWN", attempts=4)

    assert shown(client) == [
        ("Payments without outcome", "1", True),
        ("Refunds without outcome", "0", False),
    ]
    listed = client.get(reverse("admin:orders_payment_changelist"), {"outcome": "stuck"})
    assert [row.pk for row in listed.context["cl"].result_list] == [stuck.pk]
    page = client.get(reverse("admin:orders_payment_change", args=[stuck.pk])).content.decode()
    assert "OutcomeUnknown: http-401" in page
    text = client.get("/metrics", headers={"authorization": "Bearer right"}).content.decode()
    assert 'omni_acquirer_stuck{kind="payment"} 1.0' in text
    assert 'omni_acquirer_stuck{kind="refund"} 0.0' in text

    Payment.objects.filter(pk=stuck.pk).update(status="FAILED")

    assert shown(client)[0] == ("Payments without outcome", "0", False)
