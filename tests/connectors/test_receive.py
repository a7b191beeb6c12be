import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from connectors import registry, services
from connectors.models import Connection, InboundFailure
from connectors.ports import Counterpart, OrdersPage, capabilities_of
from connectors.services import receiving
from connectors.webhook import WebhookConnector, WebhookSettings
from inventory.models import Discrepancy, StockLevel
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from orders.models import Order
from tests import factories
from tests.connectors.conftest import Link
from tests.sandbox.conftest import SECRET
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _tender() -> None:
    factories.tender("external", "EXTERNAL", refund_route="CHANNEL")


def order_data(link: Link, number: str = "SB-1", quantity: int = 2, **changes: Any) -> dict[str, Any]:
    return {
        "order_number": number,
        "placed_at": "2026-11-22T03:00:00+00:00",
        "currency": "JPY",
        "total": str(1000 * quantity),
        "shipping": "0",
        "lines": [
            {"line": 1, "sku": link.variants[0].sku, "quantity": quantity, "amount": str(1000 * quantity)}
        ],
        "buyer": {"name": "山田 花子", "postal_code": "150-0002", "prefecture": "東京都", "city": "渋谷区"},
        **changes,
    }


def deliver(client: Client, data: dict[str, Any], *, secret: str = SECRET, **event: Any) -> Any:
    message = {
        "specversion": "1.0",
        "id": "evt",
        "source": "/shop",
        "type": "omni.order-created.v1",
        "data": data,
        **event,
    }
    body, identifier, at = json.dumps(message), str(uuid7()), datetime.now(UTC)
    headers = {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(identifier, at, body),
    }
    return client.post(
        "/api/v1/webhooks/sandbox-ec/orders", body, content_type="application/json", headers=headers
    )


def reserved(link: Link) -> int:
    return StockLevel.objects.get(variant=link.variants[0]).reserved


def test_a_signed_order_is_booked_and_reserved(client: Client, link: Link) -> None:
    answer = deliver(client, order_data(link))

    assert answer.status_code == 202, answer.content
    order = Order.objects.get()
    assert answer.json() == {"number": order.number, "external_number": "SB-1", "unallocated": 0}
    assert (order.total, order.external_number, reserved(link)) == (2000, "SB-1", 2)


def test_the_same_order_lands_once_however_it_comes(client: Client, link: Link, now: datetime) -> None:
    data = order_data(link)
    first = deliver(client, data)

    again = [deliver(client, data) for _ in range(2)]
    services.take_order(connection=link.connection, data=data, now=now)

    assert [answer.content for answer in again] == [first.content] * 2
    assert (Order.objects.count(), reserved(link)) == (1, 2)


def test_deliveries_at_once_land_once(link: Link) -> None:
    data = order_data(link)

    answers = at_once([lambda: deliver(Client(), data).status_code] * 6)

    assert set(answers) <= {202, 409}
    assert 202 in answers
    assert (Order.objects.count(), reserved(link)) == (1, 2)


def test_what_was_sold_beyond_our_stock_is_booked_with_a_discrepancy(client: Client, link: Link) -> None:
    answer = deliver(client, order_data(link, quantity=50))

    assert (answer.status_code, answer.json()["unallocated"] > 0) == (202, True)
    assert Order.objects.get().lines.get().quantity == 50
    assert Discrepancy.objects.get().kind == "UNALLOCATED"


@pytest.mark.parametrize("secret", ["whsec_d3Jvbmc=", SECRET[:-6] + "AAAA=="])
def test_a_wrong_signature_is_refused(client: Client, link: Link, secret: str) -> None:
    answer = deliver(client, order_data(link), secret=secret)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature-invalid")
    assert Order.objects.count() == 0


@pytest.mark.parametrize("signature", ["", "v1", "v1,???", "garbage"])
def test_a_malformed_signature_is_refused(client: Client, link: Link, signature: str) -> None:
    headers = {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": signature}

    answer = client.post(
        "/api/v1/webhooks/sandbox-ec/orders", "{}", content_type="application/json", headers=headers
    )

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "lines"),
        ({"order_number": ""}, "order_number"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"placed_at": "2026-11-22T03:00:00"}, "placed_at"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at"),
        ({"total": 100}, "total"),
        ({"total": "NaN"}, "total"),
        ({"total": "1000.5"}, "total"),
        ({"lines": [{"sku": "A", "quantity": 0, "amount": "1"}]}, "lines[0].quantity"),
        ({"lines": [{"sku": "A", "quantity": 1, "amount": "-1"}]}, "lines[0].amount"),
        ({"buyer": "Hanako"}, "buyer"),
        ({"channel_points": 300}, "channel_points"),
        ({"channel_coupons": "-1"}, "channel_coupons"),
        ({"channel_points": "1000", "channel_coupons": "1001"}, "total"),
        ({"invoice_issuer": "nobody"}, "invoice_issuer"),
    ],
)
def test_a_message_of_another_form_names_the_field(
    client: Client, link: Link, changes: dict[str, Any], field: str
) -> None:
    answer = deliver(client, order_data(link, **changes))

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert InboundFailure.objects.count() == 0


def test_what_the_site_bears_and_whose_the_invoice_is_come_with_the_order(client: Client, link: Link) -> None:
    data = order_data(link, channel_points="300", channel_coupons="500", invoice_issuer="channel")

    assert deliver(client, data).status_code == 202

    order = Order.objects.get()
    paid = dict(order.payments.values_list("tender_type__code", "captured_amount"))
    assert paid == {"external": order.total - 800, "channel-points": 300, "channel-coupons": 500}
    assert (order.discount_amount, order.invoice_issuer) == (0, "CHANNEL")


def test_an_order_that_says_nothing_of_its_invoice_has_ours(client: Client, link: Link) -> None:
    deliver(client, order_data(link))

    assert Order.objects.get().invoice_issuer == "SELLER"


def retry(kept: InboundFailure, key: str, now: datetime) -> receiving.Landed:
    claim = Claim.of(actor=Actor.user(1), operation="retry-inbound", key=key, request={"row": kept.pk})
    return services.retry_inbound(failure_id=kept.pk, claim=claim, now=now)


def test_an_order_with_an_unknown_sku_is_kept_until_it_can_be_booked(
    client: Client, link: Link, now: datetime
) -> None:
    line = {"sku": "NEW-1", "quantity": 1, "amount": "1000"}
    data = order_data(link, total="1000", lines=[line])
    refused = deliver(client, data)
    kept = InboundFailure.objects.get()
    assert (refused.status_code, refused.json()["reason"], kept.resolved_at) == (422, "unknown-sku", None)

    variant = factories.variant(sku="NEW-1")
    factories.listing(variant, link.channel)
    factories.stock(variant, link.location, 3)
    clicks = [retry(kept, key, now) for key in ("a", "a", "b")]

    kept.refresh_from_db()
    # The same page's second click, and another page's, are answered with the one order.
    assert {landed.number for landed in clicks} == {Order.objects.get().number}
    assert (kept.resolved_at, kept.body) == (now, {})
    assert Order.objects.get().external_number == "SB-1"


def test_an_unknown_connection_is_not_found(client: Client) -> None:
    assert client.post("/api/v1/webhooks/nobody/orders", b"{}", "application/json").status_code == 404


def test_a_buyer_that_does_not_fit_costs_no_order(client: Client, link: Link) -> None:
    buyer = {"name": "山田\x00 花子", "postal_code": "1" * 40, "phone": "9" * 40}

    answer = deliver(client, order_data(link, buyer=buyer))

    contact = Order.objects.get().contact
    assert answer.status_code == 202
    assert (contact.name, contact.postal_code, contact.phone) == ("山田 花子", "1" * 16, "9" * 32)


@dataclass
class Pages(WebhookConnector):
    """A kind whose counterparts answer polls with these pages."""

    pages: dict[str, OrdersPage]

    def read_orders(self, to: Counterpart[WebhookSettings], cursor: str) -> OrdersPage:
        return self.pages.get(cursor, OrdersPage([], cursor))


def polled(link: Link, monkeypatch: pytest.MonkeyPatch, now: datetime, *orders: Any) -> str:
    """Poll one page of orders; where the cursor stands after it."""
    pages = Pages({"": OrdersPage(orders, "1")})
    kind = registry.Kind("webhook", pages, capabilities_of(Pages))
    monkeypatch.setitem(registry.installed(), "webhook", kind)
    services.poll_orders(connection_id=link.connection.pk, now=now)
    return Connection.objects.get().orders_cursor


def test_what_a_poll_brings_without_form_is_kept_and_stops_nothing(
    link: Link, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    formless = order_data(link, "SB-1", placed_at="yesterday")

    cursor = polled(link, monkeypatch, now, formless, "nonsense", order_data(link, "SB-2"))

    assert (cursor, Order.objects.get().external_number) == ("1", "SB-2")
    kept = InboundFailure.objects.order_by("pk")
    assert [failure.body for failure in kept] == [formless, {"data": "nonsense"}]
    assert kept[0].external_number == "SB-1"


def test_a_poll_comes_again_for_what_is_just_being_booked(
    link: Link, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    data = order_data(link)
    claim = Claim.of(actor=Actor.connection("sandbox-ec"), operation="take-order", key="SB-1", request=data)

    with db.transaction():
        idempotency.claim(claim, result_type=dict)
        [during] = at_once([lambda: polled(link, monkeypatch, now, data)])
    after = polled(link, monkeypatch, now, data)

    assert (during, after, Order.objects.count()) == ("", "1", 1)


def test_polling_takes_orders_in_and_moves_its_cursor(link: Link, now: datetime) -> None:
    link.push()
    for quantity in (1, 2):
        assert link.site.sell(link.variants[0].sku, quantity, deliver=False).status_code == 201

    assert services.poll_orders(connection_id=link.connection.pk, now=now) == 2
    assert services.poll_orders(connection_id=link.connection.pk, now=now) == 0

    assert (Order.objects.count(), reserved(link)) == (2, 3)
    assert Connection.objects.get().orders_cursor != ""


def test_a_counterpart_that_is_away_costs_no_order(link: Link, now: datetime) -> None:
    link.push()
    link.site.control("away")
    link.site.sell(link.variants[0].sku, 1, deliver=False)
    assert services.poll_orders(connection_id=link.connection.pk, now=now) == 0

    link.site.control("normal")

    assert services.poll_orders(connection_id=link.connection.pk, now=now) == 1
