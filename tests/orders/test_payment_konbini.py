"""
Paid in a convenience store: the order waits with its stock, and goes on by the acquirer's message.

The stand-in for Stripe that keeps cards knows no konbini, so this one answers in the words of Stripe's
documentation (docs.stripe.com/payments/konbini) for the four requests that it takes.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from inventory.models import StockLevel
from omni.core.actor import SYSTEM
from orders import errors, services
from orders.models import Order, Payment, PaymentAccount, Refund
from orders.payments.port import OutcomeUnknown
from orders.payments.stripe import StripeGateway
from orders.services.charging import resume
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import CONTACT, Site, place

DAYS = timedelta(days=3)
SLIP = "https://payments.stripe.com/konbini/voucher/test"


class Konbini:
    """One intent, and what was asked for it."""

    def __init__(self) -> None:
        self.asked: dict[str, list[str]] = {}
        self.keys: list[str] = []
        self.state: dict[str, Any] = {}

    def pay(self) -> None:
        self.state |= {"status": "succeeded", "amount_received": self.state["amount"], "next_action": None}

    def answer(self, method: str, path: str, form: dict[str, list[str]], key: str) -> dict[str, Any]:
        if path == "/v1/payment_intents":
            self.asked, amount = form, int(form["amount"][0])
            self.state = {"id": "pi_1", "object": "payment_intent", "amount": amount, "currency": "jpy"}
            self.state |= {"status": "requires_confirmation", "client_secret": "pi_1_secret_x"}
        elif path.endswith("/confirm"):
            details = {"expires_at": 1, "hosted_voucher_url": SLIP}
            action = {"type": "konbini_display_details", "konbini_display_details": details}
            self.state |= {"status": "requires_action", "next_action": action}
        elif path.endswith("/cancel") and self.state["status"] != "succeeded":
            self.state |= {"status": "canceled", "next_action": None}
        self.keys += [key] if key else []
        return self.state


@pytest.fixture
def konbini(monkeypatch: pytest.MonkeyPatch) -> Iterator[Konbini]:
    shop = Konbini()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
            key = self.headers.get("Idempotency-Key", "")
            body = json.dumps(shop.answer(self.command, urlsplit(self.path).path, form, key)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("STRIPE_URL", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("STRIPE_SECRET_KEY_MAIN", "sk_test_konbini")
        yield shop
        server.shutdown()


@pytest.fixture
def site(konbini: Konbini, transactional_db: None) -> Site:
    made = Site()
    PaymentAccount.objects.create(code="main", provider="STRIPE", company=made.channel.company)
    factories.tender("konbini", "KONBINI", refund_route="BANK_TRANSFER", pay_within=DAYS)
    return made


def resumed() -> str:
    return resume(payment_id=Payment.objects.get().pk, actor=SYSTEM, now=NOW + DAYS).status


def test_the_order_waits_with_its_stock_for_the_slip_to_be_paid(site: Site, konbini: Konbini) -> None:
    placed = place(site.cart((site.item(1100, stock=3), 2)), tender="konbini")

    payment = Payment.objects.select_related("order").get()
    assert (placed.status, placed.action.kind) == ("PENDING", "konbini-display-details")
    assert placed.action.details["hosted_voucher_url"] == SLIP
    assert payment.pay_by == payment.order.expires_at == NOW + DAYS
    assert konbini.asked["payment_method_types[0]"] == ["konbini"]
    assert konbini.asked["payment_method_data[billing_details][email]"] == ["hanako@example.jp"]
    expiry = "payment_method_options[konbini][expires_at]"
    assert konbini.asked[expiry] == [str(int((NOW + DAYS).timestamp()))]
    assert konbini.keys == [str(payment.pk), f"{payment.pk}:confirm"]

    services.settle_payments(now=NOW + DAYS - timedelta(seconds=1))
    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("PENDING", 2)
    konbini.pay()

    assert resumed() == "PLACED"
    assert (Payment.objects.get().captured_amount, StockLevel.objects.get().reserved) == (2200, 2)


def test_a_slip_that_nobody_pays_frees_the_stock(site: Site, konbini: Konbini) -> None:
    place(site.cart((site.item(1100, stock=3), 2)), tender="konbini")

    services.expire_orders(now=NOW + DAYS)

    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("EXPIRED", 0)
    assert konbini.state["status"] == "canceled"


def test_a_slip_that_was_paid_at_the_last_moment_places_the_order(site: Site, konbini: Konbini) -> None:
    place(site.cart((site.item(1100, stock=3), 2)), tender="konbini")
    konbini.pay()

    services.expire_orders(now=NOW + DAYS)

    assert Order.objects.get().status == "PLACED"


def test_a_slip_that_is_paid_too_late_is_owed_by_bank_transfer(site: Site, konbini: Konbini) -> None:
    place(site.cart((site.item(1100, stock=3), 2)), tender="konbini")
    services.expire_orders(now=NOW + DAYS)
    konbini.pay()

    assert resumed() == "EXPIRED"

    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (2200, "TO_TRANSFER")
    assert Payment.objects.get().status == "CAPTURED"


def test_a_slip_needs_an_address_to_be_sent_to(site: Site) -> None:
    with pytest.raises(errors.FieldMissing):
        place(site.cart((site.item(), 1)), tender="konbini", contact=replace(CONTACT, email=""))

    assert Order.objects.count() == 0


@pytest.mark.parametrize("status", ["processing", "a_word_of_tomorrow"])
def test_a_state_that_decides_nothing_is_unknown(konbini: Konbini, status: str) -> None:
    konbini.state = {"id": "pi_1", "amount": 1, "currency": "jpy", "status": status}
    gateway = StripeGateway(key="sk_test_konbini", url=os.environ["STRIPE_URL"])

    with pytest.raises(OutcomeUnknown) as unknown:
        gateway.find_charge(payment_id=uuid4(), reference="pi_1")

    assert unknown.value.reason == f"status-{status}"
