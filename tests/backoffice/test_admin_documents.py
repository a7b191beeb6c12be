"""Staff issue, print and void documents, each where their role lets them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Document, Order
from organisation.models import Location, StaffAssignment
from tests import factories
from tests.orders.test_documents import rated, sell
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(role: str, location: Location) -> Client:
    client, user = Client(), factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role=role, location=location)
    client.force_login(user)
    return client


def act(client: Client, model: str, row: Any, action: str, **values: Any) -> Any:
    url = reverse(f"admin:{model}_{action}", args=[row.pk])
    shown = client.get(url)
    if shown.status_code != 200:
        return shown
    key = shown.context["form"]["key"].value()
    return client.post(url, {"key": str(key), **values})


def test_staff_issue_print_and_void() -> None:
    till = Till.build()
    order: Order = sell(till, *rated(till))
    clerk, manager = signed_in("CLERK", till.location), signed_in("MANAGER", till.location)
    stranger = signed_in("CLERK", factories.location())

    elsewhere = act(stranger, "orders_order", order, "issue_document", kind="INVOICE")
    made = act(clerk, "orders_order", order, "issue_document", kind="INVOICE", addressee="山田商店")
    document = Document.objects.get()
    printed = act(clerk, "orders_document", document, "print_copy", format="pdf", language="ja", paper="on")
    refused = act(clerk, "orders_document", document, "void", reason="paper-spoilt")
    voided = act(manager, "orders_document", document, "void", reason="paper-spoilt", note="濡れた")

    document.refresh_from_db()
    assert (elsewhere.status_code, made.status_code, refused.status_code) == (404, 302, 403)
    assert (document.total, document.content["addressee"]) == (3280, "山田商店")
    assert printed["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    assert (voided.status_code, document.status, document.void_reason) == (
        302,
        "VOID",
        "paper-spoilt: 濡れた",
    )
    assert document.print_count == 1
