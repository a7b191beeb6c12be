"""An order that a mall has sold, as staff see it: whose its invoice is, and who paid."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders import services
from orders.models import Order
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site

MALL = Actor.connection("mall")


@pytest.mark.django_db(transaction=True)
def test_staff_see_that_the_invoice_is_the_malls_and_what_it_bears(client: Client) -> None:
    site = Site()
    services.place_external_order(
        channel=site.channel,
        external_number="M-1",
        lines=[services.ExternalLine(site.item(stock=1).pk, 1, Decimal(1100))],
        contact={},
        total=Decimal(1100),
        borne={"points": Decimal(300)},
        invoice_issuer=Order.InvoiceIssuer.CHANNEL,
        placed_at=NOW,
        claim=Claim.of(actor=MALL, operation="take-order", key="M-1", request={}),
        actor=MALL,
        now=NOW,
    )
    client.force_login(factories.user(is_staff=True, is_superuser=True))

    page = client.get(reverse("admin:orders_order_change", args=[Order.objects.get().pk])).content.decode()

    assert "チャネル（当社は発行しない）" in page
    assert "チャネル負担ポイント" in page
