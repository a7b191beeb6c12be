"""Payments and refunds without an outcome: each asked about for itself, and none believed too early."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from inventory.models import StockLevel
from omni.core import clock, db
from omni.core.actor import GUEST
from orders import errors, services
from orders.models import Order, Payment, Refund
from orders.models.payments import STUCK
from orders.payments import CardGateway
from orders.payments.port import OutcomeUnknown, RequestRefused, Wanted
from orders.services.charging import Due, charge_order
from orders.services.place import _start
from tests.conftest import NOW
from tests.orders.ec import CONTACT, Checkout, Site, claim_for, counted, place

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=2)


def start(site: Site, *, now: datetime = NOW) -> Payment:
    """The first transaction alone: an order that waits for its card."""
    cart = site.cart((site.item(1100, stock=3), 1))
    checkout = Checkout(contact=CONTACT, tender_code="card", card_token="tok_ok")
    started = _start(cart.pk, checkout, claim_for(cart), GUEST, None, now)
    assert started.card is not None
    return Payment.objects.get(pk=started.card.id)


def charge_late(payment: Payment) -> object:
    wanted = Wanted(payment_id=payment.pk, amount=payment.amount, currency="JPY", token="tok_ok")
    channel = payment.order.channel
    due = Due(wanted=wanted, kind="CARD", channel_id=channel.pk, company_id=channel.company_id)
    return charge_order(due=due, order=payment.order.number, actor=GUEST, now=LATER)


@pytest.fixture
def poison() -> Iterator[None]:
    """Rows named here can't be settled, whatever the code does: the database raises."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TABLE poisoned (id uuid PRIMARY KEY);
            CREATE FUNCTION refuse_poisoned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.settled_at IS NOT NULL AND EXISTS (SELECT FROM poisoned WHERE id = NEW.id) THEN
                    RAISE EXCEPTION 'poisoned: 山田 花子';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER poisoned BEFORE UPDATE ON orders_payment
                FOR EACH ROW EXECUTE FUNCTION refuse_poisoned();
            CREATE TRIGGER poisoned BEFORE UPDATE ON orders_refund
                FOR EACH ROW EXECUTE FUNCTION refuse_poisoned();
            """
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION refuse_poisoned CASCADE; DROP TABLE poisoned")


def poisoned(row: Payment | Refund) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO poisoned VALUES (%s)", [row.pk])


def test_a_payment_that_raises_stops_none_behind_it(
    card: CardGateway, poison: None, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site()
    bad, good = start(site), start(site, now=NOW + timedelta(seconds=1))
    poisoned(bad)

    assert services.settle_payments(now=LATER) == 1

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (good.status, good.order.status) == ("FAILED", "CANCELLED")
    assert (bad.status, bad.order.status) == ("PENDING", "PENDING")
    assert (bad.attempts, bad.last_error) == (1, "ProgrammingError P0001")
    assert bad.next_attempt_at == LATER + timedelta(seconds=10)
    assert str(bad.pk) in caplog.text
    assert "山田" not in caplog.text


def test_a_payment_that_always_raises_is_asked_ever_less_often(card: CardGateway, poison: None) -> None:
    bad = start(Site())
    poisoned(bad)
    asked: list[int] = []

    for second in range(0, 3600, 10):
        services.settle_payments(now=LATER + timedelta(seconds=second))
        bad.refresh_from_db()
        if bad.attempts > len(asked):
            asked.append(second)

    assert asked == [0, 10, 30, 70, 150, 310, 630, 1230, 1830, 2430, 3030]
    assert list(Payment.objects.filter(STUCK)) == [bad]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM poisoned")
    assert services.settle_payments(now=LATER + timedelta(seconds=3630)) == 1
    assert not Payment.objects.filter(STUCK).exists()


def test_an_order_that_cannot_expire_stops_none_behind_it(card: CardGateway, poison: None) -> None:
    site = Site()
    bad, good = start(site), start(site, now=NOW + timedelta(seconds=1))
    poisoned(bad)

    assert services.expire_orders(now=NOW + timedelta(minutes=16), limit=1) == 0
    assert services.expire_orders(now=NOW + timedelta(minutes=16), limit=1) == 1

    good.refresh_from_db()
    assert good.order.status == "EXPIRED"
    assert Order.objects.get(pk=bad.order_id).status == "PENDING"


def test_a_refund_that_raises_stops_none_behind_it(card: CardGateway, poison: None) -> None:
    site = Site()
    place(site.cart((site.item(1100), 1)), tender="card", token="tok_ok")
    order = Order.objects.get()
    ids = []
    for number in (1, 2):
        with db.transaction():
            ids += services.create_refunds(
                order_id=order.pk, amount=Decimal(400), source=f"test:{number}", now=NOW
            )
    bad, good = (Refund.objects.get(pk=pk) for pk in ids)
    poisoned(bad)

    assert services.settle_refunds(before=LATER, now=LATER) == 1

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.attempts, bad.last_error) == ("PENDING", 1, "ProgrammingError P0001")
    assert (good.status, good.settled_at) == ("DONE", LATER)


def test_a_silent_acquirer_is_asked_ever_less_often(silent_card: CardGateway) -> None:
    payment = start(Site())

    assert services.settle_payments(now=LATER) == 0
    assert services.settle_payments(now=LATER + timedelta(seconds=9)) == 0

    payment.refresh_from_db()
    assert (payment.attempts, payment.last_error) == (1, "OutcomeUnknown: ConnectError")


def test_an_attempt_that_was_settled_meanwhile_is_not_charged(card: CardGateway) -> None:
    payment = start(Site())
    services.settle_payments(now=LATER)
    before = counted()

    placed = charge_late(payment)

    payment.refresh_from_db()
    assert (placed.status, placed.payment_status) == ("CANCELLED", "FAILED")
    assert (payment.status, payment.charge_started_at) == ("FAILED", None)
    assert card.find_charge(payment_id=payment.pk) is None
    assert counted() == before


def test_an_attempt_is_charged_by_one_process_alone(card: CardGateway) -> None:
    payment = start(Site())
    Payment.objects.update(charge_started_at=NOW)

    with pytest.raises(errors.PaymentUnknown):
        charge_late(payment)

    assert card.find_charge(payment_id=payment.pk) is None


def test_a_charge_that_has_just_started_is_waited_for_however_old_its_order(card: CardGateway) -> None:
    payment = start(Site())
    Payment.objects.update(charge_started_at=LATER - timedelta(seconds=59))

    assert services.settle_payments(now=LATER) == 0

    assert Order.objects.get().status == "PENDING"
    charge_of(card, payment)
    assert services.settle_payments(now=LATER + timedelta(seconds=1)) == 1
    assert Order.objects.get().status == "PLACED"


def test_what_is_given_up_can_not_be_charged_any_more(card: CardGateway) -> None:
    payment = start(Site())
    Payment.objects.update(charge_started_at=NOW)

    assert services.settle_payments(now=LATER) == 1

    with pytest.raises(RequestRefused) as refused:
        charge_of(card, payment)
    assert refused.value.code == "key-closed"
    assert card.find_charge(payment_id=payment.pk) is None
    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("CANCELLED", 0)


def test_without_closing_the_key_a_slow_request_takes_money_for_nothing(
    card: CardGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: asking alone does not tell that no charge will come."""
    monkeypatch.setattr(type(card), "close_charge", type(card).find_charge)
    payment = start(Site())
    Payment.objects.update(charge_started_at=NOW)

    services.settle_payments(now=LATER)
    charge_of(card, payment)

    found = card.find_charge(payment_id=payment.pk)
    assert (Order.objects.get().status, found and found.captured_amount) == ("CANCELLED", 1100)


def test_a_key_of_ours_that_is_not_accepted_declines_no_card(
    card: CardGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site()
    monkeypatch.setitem(card._http.headers, "Authorization", "Bearer wrong")

    with pytest.raises(errors.PaymentUnknown):
        place(site.cart((site.item(stock=3), 1)), tender="card", token="tok_ok", now=clock.now())

    payment = Payment.objects.get()
    assert (payment.status, Order.objects.get().status) == ("UNKNOWN", "PENDING")
    with pytest.raises(OutcomeUnknown):
        card.find_charge(payment_id=payment.pk)


def charge_of(card: CardGateway, payment: Payment) -> object:
    return card.charge(payment_id=payment.pk, amount=payment.amount, currency="JPY", token="tok_ok")
