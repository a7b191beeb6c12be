"""Labels out and tracking numbers in, on the list of fulfilments."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from omni.core.ids import uuid7
from orders.labels import reference_of
from orders.models import Carrier, Fulfilment
from tests import factories
from tests.orders.ec import Site, place
from tests.orders.test_tracking import carrier as carrier
from tests.orders.test_tracking import site as site

pytestmark = pytest.mark.django_db


def test_staff_write_labels_and_take_numbers(site: Site, carrier: Carrier, client: Client) -> None:
    place(site.cart((site.item(1100), 1)))
    part = Fulfilment.objects.get()
    client.force_login(factories.user(is_staff=True, is_superuser=True))

    written = client.post(
        reverse("admin:orders_fulfilment_write_labels"),
        {"key": str(uuid7()), "location": site.warehouse.pk, "carrier": carrier.pk},
    )
    text = f"お客様管理番号,伝票番号\r\n{reference_of(part.pk)},123456789012\r\n"
    taken = client.post(
        reverse("admin:orders_fulfilment_take_tracking"),
        {"key": str(uuid7()), "file": SimpleUploadedFile("b2.csv", text.encode("cp932"))},
    )

    assert written["Content-Type"] == "text/csv; charset=cp932"
    assert reference_of(part.pk) in written.content.decode("cp932")
    assert taken.status_code == 302
    part.refresh_from_db()
    assert (part.status, part.tracking_number) == ("COMPLETED", "123456789012")
