"""Paying by card: two transactions around the call, whose outcome may be unknown for a while."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from inventory import services as inventory
from inventory.models import Reservation, StockLevel
from loyalty import selectors as points
from loyalty.models import PointLot
from omni.core import clock, db
from omni.core.actor import GUEST, SYSTEM
from omni.core.idempotency import Claim, ClaimInFlight
from omni.outbox.models import Event
from orders import errors, services
from orders.models import Cart, Order, Payment, Refund
from orders.payments import CardGateway
from orders.payments.port import Charge
from orders.services.checkout import Checkout
from orders.services.payments import record_outcome
from orders.services.place import _start
from orders.services.settling import NEVER_CHARGED
from tests.conftest import NOW
from tests.orders.ec import CONTACT, Site, claim_for, place

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=2)


def start(cart: Cart, claim: Claim, *, token: str = "tok_ok", points: int = 0, customer=None) -> Payment:  # type: ignore[no-untyped-def]
    """The first transaction alone: as if the process had died before the call."""
    checkout = Checkout(contact=CONTACT, tender_code="card", card_token=token, points=points)
    _start(cart.pk, checkout, claim, GUEST, customer, NOW)
    return Payment.objects.get()


def charge(card: CardGateway, payment: Payment) -> Charge:
    made = card.charge(payment_id=payment.pk, amount=payment.amount, currency="JPY", token="tok_ok")
    assert isinstance(made, Charge)
    return made


def test_a_card_that_pays_places_the_order(card: CardGateway) -> None:
    site = Site()
    member = site.member(points=500)
    tea = site.item(1100, stock=5)

    placed = place(
        site.cart((tea, 2), customer=member), customer=member, points=200, tender="card", token="tok_ok"
    )

    order, payment = Order.objects.get(), Payment.objects.get()
    assert (placed.status, placed.total, placed.payment_status) == ("PLACED", Decimal(2000), "CAPTURED")
    assert (order.status, order.paid_at, order.expires_at) == ("PLACED", NOW, None)
    assert (payment.status, payment.captured_amount) == ("CAPTURED", 2000)
    found = card.find_charge(payment_id=payment.pk)
    assert found == Charge(payment.provider_reference, Decimal(2000))
    assert Reservation.objects.get().status == "COMMITTED"


def test_points_held_are_burnt_and_new_ones_wait(card: CardGateway) -> None:
    site = Site()
    member = site.member(points=500)

    placed = place(
        site.cart((site.item(1100), 2), customer=member),
        customer=member,
        points=200,
        tender="card",
        token="tok_ok",
    )

    balance = points.balance_of(member.pk, now=NOW)
    assert (placed.points_spent, placed.points_to_earn) == (200, 20)
    assert (balance.balance, balance.held, balance.pending) == (300, 0, 20)
    assert Order.objects.get().points_earned == 20


def test_delivery_earns_no_points(card: CardGateway) -> None:
    site = Site()
    site.shipping(550)
    member = site.member()

    placed = place(
        site.cart((site.item(1100), 1), customer=member), customer=member, tender="card", token="tok_ok"
    )

    assert (placed.total, placed.points_to_earn) == (1650, 11)
    assert Order.objects.get().points_earned == 11


def test_a_declined_card_leaves_everything_free(card: CardGateway) -> None:
    site = Site()
    member = site.member(points=500)
    tea = site.item(1100, stock=5)
    cart = site.cart((tea, 2), customer=member)
    claim = claim_for(cart)

    with pytest.raises(errors.CardDeclined) as declined:
        place(cart, customer=member, points=200, tender="card", token="tok_declined", claim=claim)

    order = Order.objects.get()
    assert declined.value.data() == {"order": order.number, "decline_code": "card_declined"}
    assert (order.status, order.cancel_reason, order.cart_id) == ("CANCELLED", "payment-failed", None)
    assert (Payment.objects.get().status, StockLevel.objects.get().reserved) == ("FAILED", 0)
    balance = points.balance_of(member.pk, now=NOW)
    assert (balance.balance, balance.held) == (500, 0)
    cart.refresh_from_db()
    assert cart.status == "OPEN"
    with pytest.raises(errors.CardDeclined) as again:
        place(cart, customer=member, points=200, tender="card", token="tok_declined", claim=claim)
    assert again.value.data() == declined.value.data()


def test_after_a_decline_another_card_buys_the_cart(card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(stock=1), 1))
    with pytest.raises(errors.CardDeclined):
        place(cart, tender="card", token="tok_declined")

    placed = place(cart, tender="card", token="tok_ok")

    assert placed.status == "PLACED"
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["CANCELLED", "PLACED"]


def test_a_replay_gives_the_settled_answer(card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(), 1))
    claim = claim_for(cart)

    first = place(cart, tender="card", token="tok_ok", claim=claim)

    assert place(cart, tender="card", token="tok_ok", claim=claim) == first
    assert Payment.objects.count() == 1


def test_an_unreachable_acquirer_is_a_decline(silent_card: CardGateway) -> None:
    site = Site()

    with pytest.raises(errors.CardDeclined) as declined:
        place(site.cart((site.item(), 1)), tender="card", token="tok_ok")

    assert declined.value.data()["decline_code"] == "unreachable"
    assert StockLevel.objects.get().reserved == 0


def test_a_lost_answer_is_settled_by_asking_at_once(card: CardGateway) -> None:
    site = Site()

    placed = place(site.cart((site.item(1100), 1)), tender="card", token="tok_timeout")

    assert (placed.status, placed.payment_status) == ("PLACED", "CAPTURED")


def test_an_unknown_outcome_is_said_and_blocks_its_key(card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(stock=3), 1))
    claim = claim_for(cart)

    with pytest.raises(errors.PaymentUnknown) as unknown:
        place(cart, tender="card", token="tok_lost", claim=claim)

    assert unknown.value.data() == {"order": Order.objects.get().number}
    assert (Payment.objects.get().status, StockLevel.objects.get().reserved) == ("UNKNOWN", 1)
    with pytest.raises(ClaimInFlight):
        place(cart, tender="card", token="tok_lost", claim=claim)


def test_what_never_reached_the_acquirer_fails_once_it_can_no_longer(card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(stock=3), 1))
    claim = claim_for(cart)
    with pytest.raises(errors.PaymentUnknown):
        place(cart, tender="card", token="tok_lost", claim=claim, now=clock.now())
    started = Payment.objects.get().charge_started_at
    assert started is not None

    assert services.settle_payments(now=started + timedelta(seconds=59)) == 0
    assert (Order.objects.get().status, Payment.objects.get().attempts) == ("PENDING", 1)
    assert services.settle_payments(now=started + timedelta(seconds=60)) == 1

    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("CANCELLED", 0)
    with pytest.raises(errors.CardDeclined) as settled:
        place(cart, tender="card", token="tok_lost", claim=claim)
    assert settled.value.data()["decline_code"] == "never-charged"


def test_a_death_before_the_call_is_healed(card: CardGateway) -> None:
    site = Site()
    member = site.member(points=100)
    cart = site.cart((site.item(stock=3), 1), customer=member)
    start(cart, claim_for(cart), points=100, customer=member)

    services.settle_payments(now=LATER)

    cart.refresh_from_db()
    assert (Order.objects.get().status, cart.status) == ("CANCELLED", "OPEN")
    assert (StockLevel.objects.get().reserved, points.balance_of(member.pk, now=NOW).held) == (0, 0)


def test_a_death_after_the_call_is_healed(card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(stock=3), 1))
    claim = claim_for(cart)
    charge(card, start(cart, claim))

    services.settle_payments(now=LATER)

    assert (Order.objects.get().status, Payment.objects.get().status) == ("PLACED", "CAPTURED")
    assert place(cart, claim=claim, tender="card", token="tok_ok").status == "PLACED"


def test_while_the_acquirer_is_silent_nothing_is_decided(silent_card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(stock=3), 1))
    start(cart, claim_for(cart))

    assert services.settle_payments(now=LATER) == 0
    assert services.expire_orders(now=NOW + timedelta(minutes=16)) == 0

    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("PENDING", 1)


def test_an_order_that_nobody_paid_expires(card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(stock=3), 1))
    start(cart, claim_for(cart))

    assert services.expire_orders(now=NOW + timedelta(minutes=14)) == 0
    assert services.expire_orders(now=NOW + timedelta(minutes=15)) == 1

    order = Order.objects.get()
    assert (order.status, order.cancel_reason) == ("EXPIRED", "payment-not-made")
    assert StockLevel.objects.get().reserved == 0


def test_money_for_a_hold_that_ran_out_takes_the_stock_again(card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(stock=3), 2))
    charge(card, start(cart, claim_for(cart)))
    inventory.expire_reservations(now=LATER + timedelta(hours=1))

    services.settle_payments(now=LATER)

    assert Order.objects.get().status == "PLACED"
    assert list(Reservation.objects.order_by("pk").values_list("status", flat=True)) == [
        "EXPIRED",
        "COMMITTED",
    ]
    assert StockLevel.objects.get().reserved == 2


def test_money_for_stock_that_is_gone_is_given_back(card: CardGateway) -> None:
    site = Site()
    member = site.member(points=100)
    tea = site.item(1100, stock=3)
    cart = site.cart((tea, 2), customer=member)
    claim = claim_for(cart)
    payment = start(cart, claim, points=100, customer=member)
    charge(card, payment)
    inventory.expire_reservations(now=LATER + timedelta(hours=1))
    place(site.cart((tea, 2)))

    services.settle_payments(now=LATER)

    order = Order.objects.get(pk=payment.order_id)
    refund = Refund.objects.get()
    assert (order.status, order.cancel_reason) == ("CANCELLED", "stock-gone")
    assert (refund.status, refund.amount) == ("DONE", 2100)
    assert points.balance_of(member.pk, now=NOW).available == 100
    with pytest.raises(errors.CardDeclined):
        place(cart, claim=claim, tender="card", token="tok_ok", points=100, customer=member)


def test_a_charge_of_an_order_that_was_given_up_is_given_back(card: CardGateway) -> None:
    site = Site()
    cart = site.cart((site.item(1100, stock=3), 1))
    payment = start(cart, claim_for(cart))
    outcome = charge(card, payment)
    record_outcome(payment_id=payment.pk, charge=NEVER_CHARGED, actor=SYSTEM, now=LATER)

    record_outcome(payment_id=payment.pk, charge=outcome, actor=SYSTEM, now=LATER)

    payment.refresh_from_db()
    assert (payment.status, payment.refunded_amount, payment.order.status) == ("CAPTURED", 1100, "CANCELLED")
    assert Refund.objects.get().status == "DONE"
    given = Event.objects.get(type="orders.payment-given-back.v1").payload
    assert (given["payment_id"], given["amount"]) == (str(payment.pk), "1100")


def test_recording_twice_changes_nothing(card: CardGateway) -> None:
    site = Site()
    member = site.member()
    cart = site.cart((site.item(1100, stock=3), 1), customer=member)
    payment = start(cart, claim_for(cart), customer=member)
    outcome = charge(card, payment)

    first = record_outcome(payment_id=payment.pk, charge=outcome, actor=GUEST, now=NOW)
    events = Event.objects.count()

    assert record_outcome(payment_id=payment.pk, charge=outcome, actor=GUEST, now=NOW) == first
    assert (Event.objects.count(), PointLot.objects.count()) == (events, 1)


def test_a_refund_without_an_answer_is_sent_again(card: CardGateway) -> None:
    site = Site()
    placed = place(site.cart((site.item(1100), 1)), tender="card", token="tok_ok")
    order = Order.objects.get(number=placed.number)
    with db.transaction():
        [refund_id] = services.create_refunds(
            order_id=order.pk, amount=Decimal(400), source="test:1", now=NOW
        )

    assert services.settle_refunds(before=NOW, now=NOW) == 0
    assert services.settle_refunds(before=LATER, now=LATER) == 1

    refund = Refund.objects.get(pk=refund_id)
    assert (refund.status, refund.settled_at) == ("DONE", LATER)
    assert refund.provider_reference.startswith("re_")


def test_refunds_never_exceed_what_was_captured(card: CardGateway) -> None:
    site = Site()
    place(site.cart((site.item(1100), 1)), tender="card", token="tok_ok")
    order = Order.objects.get()

    with pytest.raises(errors.RefundAboveCapture) as refused, db.transaction():
        services.create_refunds(order_id=order.pk, amount=Decimal(1101), source="test:1", now=NOW)

    assert refused.value.data() == {"requested": Decimal(1101), "refundable": Decimal(1100)}
    assert Refund.objects.count() == 0


def test_a_refund_that_the_acquirer_refuses_frees_its_amount(card: CardGateway) -> None:
    site = Site()
    place(site.cart((site.item(1100), 1)), tender="card", token="tok_ok")
    payment = Payment.objects.get()
    card.refund(
        refund_id=UUID(int=1), reference=payment.provider_reference, amount=Decimal(1100), currency="JPY"
    )
    with db.transaction():
        refunds = services.create_refunds(
            order_id=payment.order_id, amount=Decimal(1100), source="test:1", now=NOW
        )

    services.send_refunds(refund_ids=refunds, now=NOW)

    payment.refresh_from_db()
    assert (Refund.objects.get().status, payment.refunded_amount) == ("FAILED", 0)
