"""Invoices and receipts over HTTP: whose they are, who may ask, and what comes back."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from orders.models import Document, Order
from organisation.models import ApiKey
from tests import factories
from tests.orders.ec import Site, place
from tests.orders.test_documents import rated, sell
from tests.orders.test_sale_api import client_of, post
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_till_issues_and_prints_under_numbers_of_its_own() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    client = client_of(till)

    made = post(client, f"till/orders/{order.number}/documents/", {"kind": "SIMPLIFIED_INVOICE"})
    (document,) = made.json()["documents"]
    printed = post(
        client,
        f"till/orders/{order.number}/documents/{document['number']}/print/",
        {"format": "pdf", "paper": True},
        key="key-2",
    )
    listed = client.get(f"/api/v1/till/orders/{order.number}/documents/").json()["documents"]

    assert (made.status_code, printed.status_code) == (201, 200)
    assert (document["kind"], document["total"], document["tax"]) == ("SIMPLIFIED_INVOICE", "3280", "280")
    assert printed["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    assert listed == [document]
    series = Document.objects.get().series
    assert (series.location, series.device) == (till.location, ApiKey.objects.get().prefix)


def test_a_buyer_gets_the_invoice_and_the_receipt_of_their_own_order_alone() -> None:
    site = Site()
    owner, stranger = APIClient(), APIClient()
    accounts = []
    for client in (owner, stranger):
        user, customer = factories.user(), factories.customer()
        factories.account(customer, user)
        client.force_authenticate(user)
        accounts.append(customer)
    placed = place(site.cart((site.item(1100), 1), customer=accounts[0]), customer=accounts[0])
    path = f"me/orders/{placed.number}/documents/"

    made = post(owner, path, {"kind": "INVOICE", "addressee": "山田商店"})
    unpaid = post(owner, path, {"kind": "RECEIPT", "addressee": "山田商店"}, key="key-2")
    kinds = post(owner, path, {"kind": "SIMPLIFIED_INVOICE"}, key="key-3")
    theirs = post(stranger, path, {"kind": "INVOICE"})
    number = made.json()["documents"][0]["number"]
    page = post(owner, f"{path}{number}/print/", {"format": "html"}, key="key-4")

    assert (made.status_code, theirs.status_code, kinds.status_code) == (201, 404, 400)
    assert (unpaid.status_code, unpaid.json()["code"]) == (422, "receipt-above-paid")
    assert stranger.get(f"/api/v1/{path}").status_code == 404
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert "山田商店 様" in page.content.decode()


def test_a_guest_needs_the_cart() -> None:
    site = Site()
    cart = site.cart((site.item(1100), 1))
    placed = place(cart)
    path = f"orders/{placed.number}/documents/"

    made = post(APIClient(), f"{path}?cart={cart.pk}", {"kind": "INVOICE"})
    other = post(APIClient(), f"{path}?cart={site.cart().pk}", {"kind": "INVOICE"})
    without: Any = post(APIClient(), path, {"kind": "INVOICE"})

    assert (made.status_code, other.status_code, without.status_code) == (201, 404, 400)
    assert Order.objects.get().documents.count() == 1
