"""A checkout killed on the way to the acquirer, or on the way back: no money is taken for nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from inventory.models import StockLevel
from omni.core import clock
from omni.core.actor import SYSTEM
from orders import services
from orders.models import Cart, Order, Payment, Refund
from orders.payments import CardGateway, gateway
from orders.payments.sandbox import SandboxGateway
from orders.services.reconcile import left_of
from tests import processes
from tests.orders.ec import Site
from tests.sandbox.conftest import CARD_KEY, ROOT, site_environment

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)

# A checkout whose order was written minutes before its charge: the process had been held up.
CHECK_OUT = """
import sys
from datetime import timedelta
import django
django.setup()
from omni.core import clock
from orders.models import Cart
from tests.orders.ec import place
cart = Cart.objects.get(pk=sys.argv[1])
place(cart, tender="card", token="tok_ok", now=clock.now() - timedelta(minutes=5))
"""


@pytest.fixture
def card(tmp_path: Path, settings: Settings) -> Iterator[CardGateway]:
    """An acquirer of this test's own."""
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env=site_environment(tmp_path / "acquirer"),
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


class Checkout:
    def __init__(self, process: subprocess.Popen[bytes], stall: Path, log: Path) -> None:
        self.process, self.stall, self.log = process, stall, log
        self.wait_for("called")

    def wait_for(self, mark: str) -> None:
        processes.eventually(lambda: (self.stall / mark).exists() or self.process.poll() is not None)
        assert (self.stall / mark).exists(), self.log.read_text()

    def let_through(self) -> None:
        (self.stall / "let-through").touch()
        self.wait_for("charged")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def checkout(cart: Cart, home: Path, url: str) -> Iterator[Checkout]:
    """A process that has committed its order and whose charge is on its way."""
    stall, log = home / "stall", home / "checkout.log"
    stall.mkdir()
    process = processes.start(
        *("-c", CHECK_OUT, str(cart.pk)),
        log=log,
        STALL=str(stall),
        CARD_GATEWAY="tests.faults.acquirers.StalledGateway",
        SANDBOX_URL=url,
        SANDBOX_CARD_KEY=CARD_KEY,
    )
    with processes.killed(process):
        yield Checkout(process, stall, log)


def cart_of_one() -> Cart:
    site = Site()
    return site.cart((site.item(1100, stock=3), 1))


def test_a_late_charge_of_a_killed_checkout_places_its_order(
    card: CardGateway, tmp_path: Path, settings: Settings
) -> None:
    with checkout(cart_of_one(), tmp_path, settings.SANDBOX_URL) as buyer:
        # Five minutes after the order was written, and the call is only now on its way.
        assert services.settle_payments(now=clock.now()) == 0
        assert Order.objects.get().status == "PENDING"
        buyer.let_through()
        buyer.kill()

        assert services.settle_payments(now=clock.now() + timedelta(seconds=61)) == 1

    payment = Payment.objects.get()
    assert (payment.status, payment.captured_amount, payment.order.status) == ("CAPTURED", 1100, "PLACED")
    assert services.reconcile_payments(since=clock.now() - HOUR, actor=SYSTEM, now=clock.now() + HOUR) == []


def test_a_charge_that_arrives_after_its_order_was_given_up_is_refused(
    card: CardGateway, tmp_path: Path, settings: Settings
) -> None:
    with checkout(cart_of_one(), tmp_path, settings.SANDBOX_URL) as buyer:
        assert services.settle_payments(now=clock.now() + timedelta(seconds=61)) == 1
        buyer.let_through()
        buyer.kill()

    assert list(card.list_charges(since=clock.now() - HOUR)) == []
    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("CANCELLED", 0)
    assert services.reconcile_payments(since=clock.now() - HOUR, actor=SYSTEM, now=clock.now() + HOUR) == []


def test_by_asking_alone_it_is_taken_and_then_found_and_given_back(
    card: CardGateway, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of closing the key; and what reconciling makes of money taken for nothing."""
    monkeypatch.setattr(SandboxGateway, "close_charge", SandboxGateway.find_charge)
    with checkout(cart_of_one(), tmp_path, settings.SANDBOX_URL) as buyer:
        assert services.settle_payments(now=clock.now() + timedelta(seconds=61)) == 1
        buyer.let_through()
        buyer.kill()
    [taken] = card.list_charges(since=clock.now() - HOUR)
    assert (taken.charge.captured_amount, taken.refunded_amount) == (1100, 0)
    assert Order.objects.get().status == "CANCELLED"

    later = clock.now() + HOUR
    found = services.reconcile_payments(since=clock.now() - HOUR, actor=SYSTEM, now=later, repair=True)

    assert ([one.kind for one in found], left_of(found)) == (["order-ended"], [])
    assert Refund.objects.get().status == "DONE"
    [given] = card.list_charges(since=clock.now() - HOUR)
    assert given.refunded_amount == 1100
