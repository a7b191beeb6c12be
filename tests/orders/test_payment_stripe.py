"""Stripe by its own SDK, against a stand-in that keeps its state: paid, declined, 3-D Secure, given back."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from stripe import WebhookSignature

from inventory.models import StockLevel
from omni.core import clock, db
from omni.core.actor import SYSTEM
from omni.outbox.models import Event
from orders import errors, services
from orders.models import Order, Payment, PaymentAccount, ProviderEvent, Refund
from orders.payments import CardGateway, gateway_of_account
from orders.payments.port import Action, Charge, OutcomeUnknown, RequestRefused, Unreachable, Wanted
from orders.payments.stripe import StripeGateway
from tests.conftest import NOW
from tests.orders import stripe_site
from tests.orders.ec import Site, claim_for, place
from tests.orders.stripe_site import ASKS, ASKS_AND_DECLINES, DECLINES, KEY, StripeSite

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "whsec_of_the_tests"


@pytest.fixture(scope="module")
def stripe_process() -> Iterator[StripeSite]:
    with stripe_site.running() as site:
        yield site


@pytest.fixture
def stripe(stripe_process: StripeSite, monkeypatch: pytest.MonkeyPatch) -> StripeSite:
    monkeypatch.setenv("STRIPE_URL", stripe_process.url)
    monkeypatch.setenv("STRIPE_SECRET_KEY_MAIN", KEY)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET_MAIN", f"whsec_of_yesterday,{SECRET}")
    stripe_process.flush()
    return stripe_process


@pytest.fixture
def site(stripe: StripeSite) -> Site:
    made = Site()
    PaymentAccount.objects.create(
        code="main", provider="STRIPE", company=made.channel.company, public_key="pk_test_main"
    )
    return made


def books() -> CardGateway:
    return gateway_of_account(PaymentAccount.objects.get())


def wanted(token: str, *, capture: bool = True, amount: int = 1100) -> Wanted:
    return Wanted(payment_id=uuid4(), amount=Decimal(amount), currency="JPY", token=token, capture=capture)


def charged(books: CardGateway, asked: Wanted) -> tuple[str, Charge | Action]:
    reference = books.prepare(asked)
    outcome = books.charge(
        payment_id=asked.payment_id, amount=asked.amount, currency="JPY", token="", reference=reference
    )
    return reference, outcome


def test_a_card_that_pays_places_the_order(site: Site, stripe: StripeSite) -> None:
    placed = place(site.cart((site.item(1100, stock=5), 2)), tender="card", token=stripe.card())

    payment = Payment.objects.get()
    assert (placed.status, placed.payment_status, placed.action) == ("PLACED", "CAPTURED", None)
    assert (payment.status, payment.captured_amount) == ("CAPTURED", 2200)
    intent = stripe.intent(payment.provider_reference)
    assert (intent["amount"], intent["currency"], intent["status"]) == (2200, "jpy", "succeeded")
    assert intent["metadata"] == {"payment": str(payment.pk)}


def test_a_declined_card_leaves_an_intent_that_nobody_can_pay(site: Site, stripe: StripeSite) -> None:
    with pytest.raises(errors.CardDeclined) as declined:
        place(site.cart((site.item(), 1)), tender="card", token=stripe.card(DECLINES))

    payment = Payment.objects.get()
    assert declined.value.decline_code == "card_declined"
    assert (payment.status, payment.order.status) == ("FAILED", "CANCELLED")
    assert StockLevel.objects.get().reserved == 0
    assert stripe.intent(payment.provider_reference)["status"] == "canceled"


def test_a_card_that_stripe_does_not_know_is_declined(site: Site, stripe: StripeSite) -> None:
    with pytest.raises(errors.CardDeclined):
        place(site.cart((site.item(), 1)), tender="card", token="pm_nobodys")

    assert Payment.objects.get().charge_started_at is None


def test_3d_secure_leaves_the_order_pending_until_the_buyer_returns(site: Site, stripe: StripeSite) -> None:
    cart = site.cart((site.item(1100, stock=5), 1))
    claim = claim_for(cart)
    now = clock.now()

    asked = place(cart, tender="card", token=stripe.card(ASKS), claim=claim, now=now)

    assert asked.action is not None
    order, payment = Order.objects.get(), Payment.objects.get()
    assert (asked.status, order.status, payment.status) == ("PENDING", "PENDING", "PENDING")
    assert (asked.action.kind, asked.action.public_key) == ("use-stripe-sdk", "pk_test_main")
    assert payment.pay_by == order.expires_at
    secret = asked.action.details["client_secret"]
    again = place(cart, tender="card", token=stripe.card(ASKS), claim=claim, now=now)
    assert again == asked

    assert stripe.authenticate(secret) == 200
    placed = place(cart, tender="card", token=stripe.card(ASKS), claim=claim, now=now)

    assert (placed.status, placed.payment_status, placed.action) == ("PLACED", "CAPTURED", None)
    assert Payment.objects.get().captured_amount == 1100
    assert place(cart, tender="card", token="", claim=claim) == placed


def test_3d_secure_that_fails_ends_the_order(site: Site, stripe: StripeSite) -> None:
    cart = site.cart((site.item(), 1))
    claim = claim_for(cart)
    asked = place(cart, tender="card", token=stripe.card(ASKS), claim=claim, now=clock.now())
    stripe.authenticate(asked.action.details["client_secret"], success=False)

    with pytest.raises(errors.CardDeclined) as declined:
        place(cart, tender="card", token="", claim=claim)

    assert declined.value.decline_code == "payment_intent_authentication_failure"
    assert stripe.intent(Payment.objects.get().provider_reference)["status"] == "canceled"


def test_a_card_declined_after_3d_secure_ends_the_order(site: Site, stripe: StripeSite) -> None:
    cart = site.cart((site.item(), 1))
    asked = place(cart, tender="card", token=stripe.card(ASKS_AND_DECLINES), now=clock.now())
    assert stripe.authenticate(asked.action.details["client_secret"]) == 402

    services.settle_payments(now=clock.now() + timedelta(seconds=20))

    assert (Payment.objects.get().status, Order.objects.get().status) == ("FAILED", "CANCELLED")


def test_a_buyer_who_never_returns_lets_the_order_expire(site: Site, stripe: StripeSite) -> None:
    now = clock.now()
    asked = place(site.cart((site.item(), 1)), tender="card", token=stripe.card(ASKS), now=now)

    services.settle_payments(now=now + timedelta(minutes=14))
    assert Order.objects.get().status == "PENDING"
    services.expire_orders(now=now + timedelta(minutes=16))

    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("EXPIRED", 0)
    assert stripe.authenticate(asked.action.details["client_secret"]) == 400


def test_a_refund_goes_back_once_though_stripe_forgets_its_key(site: Site, stripe: StripeSite) -> None:
    place(site.cart((site.item(1100), 1)), tender="card", token=stripe.card())
    payment = Payment.objects.get()
    with db.transaction():
        [refund_id] = services.create_refunds(
            order_id=payment.order_id, amount=Decimal(400), source="test:1", now=NOW
        )
    sent = books().refund(
        refund_id=refund_id, reference=payment.provider_reference, amount=Decimal(400), currency="JPY"
    )
    Refund.objects.update(attempts=1, status="UNKNOWN")

    services.settle_refunds(before=clock.now(), now=clock.now())

    refund = Refund.objects.get()
    assert (refund.status, refund.provider_reference) == ("DONE", sent)
    assert [made["amount"] for made in stripe.refunds(payment.provider_reference)] == [400]


def test_more_than_was_captured_is_refused_by_us(site: Site, stripe: StripeSite) -> None:
    """The stand-in would give back any amount."""
    place(site.cart((site.item(1100), 1)), tender="card", token=stripe.card())

    with pytest.raises(errors.RefundAboveCapture), db.transaction():
        services.create_refunds(
            order_id=Order.objects.get().pk, amount=Decimal(1101), source="test:1", now=NOW
        )

    assert stripe.refunds(Payment.objects.get().provider_reference) == []


def test_what_is_authorised_is_captured_once(site: Site, stripe: StripeSite) -> None:
    asked = wanted(stripe.card(), capture=False)
    reference, outcome = charged(books(), asked)

    assert outcome == Charge(reference, Decimal(0), authorised_amount=Decimal(1100))
    taken = {
        "payment_id": asked.payment_id, "reference": reference, "amount": Decimal(1100), "currency": "JPY"
    }  # fmt: skip
    assert books().capture(**taken) == Charge(reference, Decimal(1100))
    assert books().capture(**taken) == Charge(reference, Decimal(1100))


def test_what_was_let_go_cannot_be_captured(site: Site, stripe: StripeSite) -> None:
    asked = wanted(stripe.card(), capture=False)
    reference, _ = charged(books(), asked)

    assert books().void(payment_id=asked.payment_id, reference=reference).decline_code == "voided"
    assert books().void(payment_id=asked.payment_id, reference=reference).decline_code == "voided"
    with pytest.raises(RequestRefused):
        books().capture(
            payment_id=asked.payment_id, reference=reference, amount=Decimal(1100), currency="JPY"
        )


def test_closing_lets_nobody_confirm_any_more(site: Site, stripe: StripeSite) -> None:
    asked = wanted(stripe.card())
    reference = books().prepare(asked)

    assert books().find_charge(payment_id=asked.payment_id, reference=reference) is None
    assert books().close_charge(payment_id=asked.payment_id, reference=reference) is None
    with pytest.raises(OutcomeUnknown):
        books().charge(
            payment_id=asked.payment_id, amount=asked.amount, currency="JPY", token="", reference=reference
        )
    assert books().find_charge(payment_id=asked.payment_id, reference=reference).decline_code == "canceled"


def test_what_was_paid_stays_paid_when_it_is_closed(site: Site, stripe: StripeSite) -> None:
    asked = wanted(stripe.card())
    reference, _ = charged(books(), asked)

    assert books().close_charge(payment_id=asked.payment_id, reference=reference) == Charge(
        reference, Decimal(1100)
    )


def test_a_key_that_is_refused_decides_nothing(stripe: StripeSite) -> None:
    with pytest.raises(OutcomeUnknown) as unknown:
        StripeGateway(key="rk_wrong", url=stripe.url).find_charge(payment_id=UUID(int=1), reference="pi_1")

    assert unknown.value.reason == "http-401"


def test_a_root_that_nobody_listens_on_was_sent_nothing() -> None:
    with pytest.raises(Unreachable):
        StripeGateway(key=KEY, url="http://127.0.0.1:9").prepare(wanted("pm_card_visa"))
    with pytest.raises(OutcomeUnknown):
        StripeGateway(key=KEY, url="http://127.0.0.1:9").find_charge(payment_id=UUID(int=1), reference="pi_1")


def test_an_answer_that_never_comes_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        gateway = StripeGateway(key=KEY, url=f"http://127.0.0.1:{deaf.getsockname()[1]}", seconds=0.2)
        with pytest.raises(OutcomeUnknown) as unknown:
            gateway.find_charge(payment_id=UUID(int=1), reference="pi_1")

    assert unknown.value.reason == "ReadTimeout"


def test_both_books_agree_and_what_differs_is_explained(site: Site, stripe: StripeSite, card: object) -> None:
    now = clock.now()
    place(site.cart((site.item(1100), 1)), tender="card", token=stripe.card(), now=now)
    payment = Payment.objects.get()
    later = now + timedelta(minutes=5)
    # The stand-in acquirer's books, which are held against ours too, have what other tests charged before.
    since = now - timedelta(seconds=2)
    assert services.reconcile_payments(since=since, actor=SYSTEM, now=later) == []

    stray, _ = charged(books(), wanted(stripe.card(), amount=300))
    books().refund(
        refund_id=uuid4(), reference=payment.provider_reference, amount=Decimal(100), currency="JPY"
    )

    found = services.reconcile_payments(since=since, actor=SYSTEM, now=later)

    assert {(one.kind, one.reference, one.ours, one.theirs) for one in found} == {
        ("unknown-key", stray, "", "300"),
        ("refunded-amount", payment.provider_reference, "0", "100"),
    }


def event(kind: str, reference: str, **fields: object) -> dict[str, object]:
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": kind,
        "created": int(clock.now().timestamp()),
        "data": {"object": {"id": reference}},
        **fields,
    }


def test_a_message_places_the_order_whose_buyer_never_came_back(
    site: Site, stripe: StripeSite, client: Client
) -> None:
    asked = place(site.cart((site.item(1100), 1)), tender="card", token=stripe.card(ASKS), now=clock.now())
    stripe.authenticate(asked.action.details["client_secret"])
    told = event("payment_intent.succeeded", Payment.objects.get().provider_reference)

    first, again = send(client, told), send(client, told)

    assert (first.status_code, first.json()) == (200, {"outcome": "APPLIED"})
    assert (again.status_code, again.json()) == (200, {"outcome": "APPLIED"})
    assert (Order.objects.get().status, Payment.objects.get().status) == ("PLACED", "CAPTURED")
    assert list(ProviderEvent.objects.values_list("event_id", flat=True)) == [told["id"]]
    assert Event.objects.filter(type="orders.order-placed.v1").count() == 1


def test_a_message_that_lies_changes_nothing(site: Site, stripe: StripeSite, client: Client) -> None:
    """It says paid, and the buyer has not even been to the bank: what Stripe answers counts."""
    place(site.cart((site.item(1100), 1)), tender="card", token=stripe.card(ASKS), now=clock.now())
    told = event("payment_intent.succeeded", Payment.objects.get().provider_reference)

    assert send(client, told).json() == {"outcome": "APPLIED"}

    assert (Order.objects.get().status, Payment.objects.get().status) == ("PENDING", "PENDING")


def test_messages_of_no_interest_are_taken_and_ignored(
    site: Site, stripe: StripeSite, client: Client
) -> None:
    assert send(client, event("price.updated", "price_1")).json() == {"outcome": "IGNORED"}
    unmatched = event("payment_intent.succeeded", "pi_anothers")
    assert send(client, unmatched).json() == {"outcome": "UNMATCHED"}


def test_a_message_that_is_not_stripes_is_refused(site: Site, stripe: StripeSite, client: Client) -> None:
    told = event("price.updated", "price_1")

    assert send(client, told, secret="whsec_wrong").status_code == 401
    assert send(client, told, ago=301).status_code == 401
    assert send(client, told, ago=-301).status_code == 401
    assert send(client, told, account="nobodys").status_code == 404
    assert send(client, {"id": 1}).status_code == 400
    assert send(client, told | {"padding": "x" * (1 << 20)}).status_code == 413
    assert ProviderEvent.objects.count() == 0


def test_while_stripe_is_silent_a_message_is_to_be_sent_again(
    site: Site, stripe: StripeSite, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(site.cart((site.item(1100), 1)), tender="card", token=stripe.card(ASKS), now=clock.now())
    told = event("payment_intent.succeeded", Payment.objects.get().provider_reference)
    monkeypatch.setenv("STRIPE_URL", "http://127.0.0.1:9")

    assert send(client, told).status_code == 503

    assert ProviderEvent.objects.count() == 0


def test_the_buyer_who_returns_is_told_what_became_of_it(
    site: Site, stripe: StripeSite, client: Client
) -> None:
    cart = site.cart((site.item(1100), 1))
    asked = place(cart, tender="card", token=stripe.card(ASKS), now=clock.now())
    url = f"/api/v1/carts/{cart.pk}/payment/"

    waiting = client.post(url)
    stripe.authenticate(asked.action.details["client_secret"])
    placed = client.post(url)

    assert (waiting.status_code, waiting.json()["action"]["kind"]) == (200, "use-stripe-sdk")
    assert (placed.json()["status"], placed.json()["action"]) == ("PLACED", None)
    assert client.post(url).json() == placed.json()
    assert client.post(f"/api/v1/carts/{uuid4()}/payment/").status_code == 404


def send(
    client: Client, told: dict[str, object], *, secret: str = SECRET, ago: int = 0, account: str = "main"
) -> Any:
    """As Stripe sends it: the body signed with the moment."""
    body = json.dumps(told)
    at = int(clock.now().timestamp()) - ago
    signature = WebhookSignature.generate_signature_header(body, secret, at)
    return client.post(
        f"/api/v1/payments/{account}/events/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )
