"""The acquirer's books against ours: each difference is found, explained, and mended where it can be."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from omni.core import clock, db
from omni.core.actor import GUEST, SYSTEM
from orders import services
from orders.models import Order, Payment, Refund
from orders.payments import CardGateway, gateway
from orders.services.payments import record_outcome
from orders.services.place import _start
from orders.services.reconcile import Difference
from orders.services.settling import NEVER_CHARGED
from tests.orders.ec import CONTACT, Checkout, Site, claim_for, counted, place
from tests.sandbox.conftest import CARD_KEY, ROOT, site_environment

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def card(tmp_path: Path, settings: Settings) -> Iterator[CardGateway]:
    """An acquirer of this test's own, whose books hold nothing else."""
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env=site_environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        settings.SANDBOX_URL = process.stdout.readline().split()[1].rstrip("/")
        settings.SANDBOX_CARD_KEY = CARD_KEY
        gateway.cache_clear()
        yield gateway()
        gateway.cache_clear()
        process.terminate()


def paid(site: Site) -> Payment:
    placed = place(site.cart((site.item(1100), 1)), tender="card", token="tok_ok", now=clock.now())
    return Payment.objects.select_related("order").get(order__number=placed.number)


def started(site: Site) -> Payment:
    """An order that waits for its card."""
    cart = site.cart((site.item(1100, stock=3), 1))
    checkout = Checkout(contact=CONTACT, tender_code="card", card_token="tok_ok")
    begun = _start(cart.pk, checkout, claim_for(cart), GUEST, None, clock.now())
    assert begun.card is not None
    return Payment.objects.select_related("order").get(pk=begun.card.id)


def charge(card: CardGateway, payment: Payment) -> str:
    made = card.charge(payment_id=payment.pk, amount=payment.amount, currency="JPY", token="tok_ok")
    return made.reference


def compare(*, repair: bool = False, at: datetime | None = None) -> list[Difference]:
    now = at or clock.now() + timedelta(minutes=2)
    return services.reconcile_payments(since=clock.now() - HOUR, actor=SYSTEM, now=now, repair=repair)


def given_up_and_charged(card: CardGateway, site: Site) -> tuple[Payment, str]:
    """The order was cancelled as unpaid, and the acquirer took the money all the same."""
    payment = started(site)
    record_outcome(payment_id=payment.pk, charge=NEVER_CHARGED, actor=SYSTEM, now=clock.now())
    return payment, charge(card, payment)


def test_books_that_agree_show_nothing(card: CardGateway) -> None:
    site = Site()
    paid(site)
    with pytest.raises(Exception, match="card-declined"):
        place(site.cart((site.item(), 1)), tender="card", token="tok_declined", now=clock.now())
    order = paid(site).order
    with db.transaction():
        ids = services.create_refunds(
            order_id=order.pk, amount=Decimal(400), source="test:1", now=clock.now()
        )
    services.send_refunds(refund_ids=ids, now=clock.now())

    assert compare() == []


def test_money_for_an_order_that_has_ended_goes_back(card: CardGateway) -> None:
    payment, reference = given_up_and_charged(card, Site())
    difference = Difference("order-ended", str(payment.pk), payment.order.number, reference, "FAILED", "1100")
    before = counted()

    assert compare() == [difference]
    assert counted() == before
    [repaired] = compare(repair=True)

    assert repaired.repaired
    refund = Refund.objects.get()
    assert (refund.status, refund.amount, refund.source) == ("DONE", 1100, f"payment:{payment.pk}")
    assert Order.objects.get().status == "CANCELLED"
    [line] = card.list_charges(since=clock.now() - HOUR)
    assert (line.charge.captured_amount, line.refunded_amount) == (1100, 1100)
    assert compare(repair=True) == []
    assert Refund.objects.count() == 1


def test_a_charge_without_an_outcome_here_places_its_order(card: CardGateway) -> None:
    payment = started(Site())
    charge(card, payment)

    assert compare(at=clock.now()) == []
    assert [one.kind for one in compare()] == ["not-recorded"]
    compare(repair=True)

    assert Order.objects.get().status == "PLACED"
    assert compare() == []


def test_a_charge_under_no_key_of_ours_is_found(card: CardGateway) -> None:
    key = uuid4()
    reference = card.charge(payment_id=key, amount=Decimal(500), currency="JPY", token="tok_ok").reference

    assert compare(repair=True) == [Difference("unknown-key", str(key), "", reference, "", "500")]
    assert Refund.objects.count() == 0


def test_what_was_given_back_outside_is_not_given_back_twice(card: CardGateway) -> None:
    _, reference = given_up_and_charged(card, Site())
    card.refund(refund_id=uuid4(), reference=reference, amount=Decimal(1100), currency="JPY")

    assert [one.kind for one in compare(repair=True)] == ["given-back-outside"]
    assert Refund.objects.count() == 0


def test_refunds_amounts_and_captures_that_differ_are_found(card: CardGateway) -> None:
    site = Site()
    refunded, changed, unknown = paid(site), paid(site), paid(site)
    card.refund(refund_id=uuid4(), reference=refunded.provider_reference, amount=Decimal(100), currency="JPY")
    Payment.objects.filter(pk=changed.pk).update(captured_amount=1000)
    moved = uuid4()
    Payment.objects.filter(pk=unknown.pk).update(id=moved)

    found = {one.payment: (one.kind, one.ours, one.theirs) for one in compare()}

    assert found == {
        str(refunded.pk): ("refunded-amount", "0", "100"),
        str(changed.pk): ("captured-amount", "1000.0000", "1100"),
        str(unknown.pk): ("unknown-key", "", "1100"),
        str(moved): ("missing", "1100.0000", ""),
    }


def test_the_command_explains_and_exits_with_1(card: CardGateway) -> None:
    payment, reference = given_up_and_charged(card, Site())
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("reconcile_payments", "--json", stdout=out)

    assert ended.value.code == 1
    answer = json.loads(out.getvalue())
    assert (answer["clean"], len(answer["differences"])) == (False, 1)
    assert answer["differences"][0] == {
        "kind": "order-ended",
        "payment": str(payment.pk),
        "order": payment.order.number,
        "reference": reference,
        "ours": "FAILED",
        "theirs": "1100",
        "repaired": False,
        "explanation": "charged for an attempt that counts as failed here; the money is to go back",
    }


def test_the_command_repairs_and_says_what_is_clean(card: CardGateway) -> None:
    given_up_and_charged(card, Site())
    out = StringIO()

    call_command("reconcile_payments", "--repair", stdout=out)

    assert ", repaired" in out.getvalue()
    assert "clean" in out.getvalue()
    call_command("reconcile_payments", "--since", "2020-01-01", stdout=out)


def test_a_silent_acquirer_is_no_clean_answer(silent_card: CardGateway) -> None:
    with pytest.raises(CommandError) as failed:
        call_command("reconcile_payments")
    assert failed.value.returncode == 2

    with pytest.raises(CommandError, match="Not a date"):
        call_command("reconcile_payments", "--since", "yesterday")
