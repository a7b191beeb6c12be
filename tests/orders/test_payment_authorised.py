"""What is set aside with the order: taken once all has gone, let go where it has ended, never too much."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from loyalty import selectors as points
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from orders import errors, services
from orders.models import Fulfilment, Order, Payment
from orders.payments import CardGateway
from orders.services.parts import Portion
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def site() -> Site:
    made = Site()
    factories.tender("later", "CARD", capture="ON_SHIPMENT")
    return made


def claim(operation: str) -> Claim:
    return Claim.of(actor="system:test", operation=operation, key=str(uuid4()), request={})


def ship(*portions: Portion, now: object = LATER) -> services.HandedOver:
    part = Fulfilment.objects.filter(status="RESERVED").order_by("pk")[0]
    return services.complete_fulfilment(
        number=Order.objects.get().number,
        fulfilment_id=part.pk,
        portions=portions or None,
        claim=claim("complete-fulfilment"),
        actor=SYSTEM,
        now=now,
    )


def cancel(quantity: int) -> None:
    services.cancel_lines(
        number=Order.objects.get().number,
        portions=[Portion(1, quantity)],
        reason="customer",
        customer=None,
        claim=claim("cancel-lines"),
        actor=SYSTEM,
        now=LATER,
    )


def captured(card: CardGateway) -> Decimal:
    payment = Payment.objects.get()
    found = card.find_charge(payment_id=payment.pk, reference=payment.provider_reference)
    return found.captured_amount


def test_it_is_taken_once_all_has_gone_and_earns_then(site: Site, card: CardGateway) -> None:
    member = site.member()
    cart = site.cart((site.item(1100, stock=5), 2), customer=member)
    placed = place(cart, customer=member, tender="later", token="tok_ok")

    order, payment = Order.objects.get(), Payment.objects.get()
    assert (placed.status, placed.payment_status) == ("PLACED", "AUTHORISED")
    assert (order.paid_at, payment.captured_amount, captured(card)) == (None, 0, 0)
    ship(Portion(1, 1))
    services.settle_authorisations(now=LATER)
    assert captured(card) == 0
    ship()

    assert services.settle_authorisations(now=LATER) == 1
    assert services.settle_authorisations(now=LATER) == 0

    order, payment = Order.objects.get(), Payment.objects.get()
    assert (payment.status, payment.captured_amount, captured(card)) == ("CAPTURED", 2200, 2200)
    assert (order.status, order.paid_at) == ("COMPLETED", LATER)
    assert points.balance_of(member.pk, now=LATER).pending == 22


def test_units_that_are_cancelled_are_never_taken(site: Site, card: CardGateway) -> None:
    place(site.cart((site.item(1100, stock=5), 3)), tender="later", token="tok_ok")
    cancel(2)
    ship()

    services.settle_authorisations(now=LATER)

    assert (Payment.objects.get().captured_amount, captured(card)) == (1100, 1100)


def test_an_order_that_ends_lets_it_go(site: Site, card: CardGateway) -> None:
    place(site.cart((site.item(1100, stock=5), 1)), tender="later", token="tok_ok")
    services.cancel_order(
        number=Order.objects.get().number,
        reason="customer",
        customer=None,
        claim=claim("cancel-order"),
        actor=SYSTEM,
        now=LATER,
    )

    assert services.settle_authorisations(now=LATER) == 1

    assert (Payment.objects.get().status, captured(card)) == ("VOIDED", 0)


def test_nothing_goes_on_an_authorisation_that_may_be_dead(site: Site, card: CardGateway) -> None:
    place(site.cart((site.item(1100, stock=5), 1)), tender="later", token="tok_ok")

    with pytest.raises(errors.NotFulfillable) as refused:
        ship(now=NOW + timedelta(days=6, seconds=1))

    assert refused.value.state == "AUTHORISATION_EXPIRED"
    assert Fulfilment.objects.get().status == "RESERVED"


def test_what_does_not_go_at_once_in_one_part_is_charged_with_the_order(
    site: Site, card: CardGateway
) -> None:
    shop = factories.location()
    factories.source(site.channel, shop)
    tea, rice = site.item(1100, stock=1), site.item(500, stock=None, keeps_stock=True)
    factories.stock(rice, shop, 1)

    placed = place(site.cart((tea, 1), (rice, 1)), tender="later", token="tok_ok")

    assert Fulfilment.objects.count() == 2
    assert (placed.payment_status, captured(card)) == ("CAPTURED", 1600)


def test_both_books_agree_on_what_is_only_set_aside(site: Site, card: CardGateway) -> None:
    place(site.cart((site.item(1100, stock=5), 1)), tender="later", token="tok_ok")
    ours = str(Payment.objects.get().pk)

    found = services.reconcile_payments(since=NOW - timedelta(days=900), actor=SYSTEM, now=LATER)

    assert [one for one in found if one.payment == ours] == []
