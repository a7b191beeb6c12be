"""
Locks are taken in one order: reservations before points, accounts by key, lots after all accounts.

Each race is stopped at the same place every time: somebody else holds the first row that an operation
must lock, so that it waits there, and whatever it has taken before its turn can be seen.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, transaction

from customers import services as customers
from customers.models import Customer
from inventory.models import Reservation
from loyalty import services, verification
from loyalty.models import PointAccount, Programme
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.idempotency import Claim
from orders.models import Order, Payment
from orders.payments.port import Charge
from orders.services.cancel import cancel_order
from orders.services.closing import lock_order, lock_reservations
from orders.services.fulfil import complete_fulfilment
from orders.services.payments import record_outcome
from orders.services.place import _start
from orders.services.returnable import ReturnItem
from orders.services.returns import receive_return
from orders.services.sales import record_sales
from orders.services.settling import NEVER_CHARGED
from tests import factories
from tests.concurrency.racing import second_connection
from tests.conftest import NOW
from tests.loyalty.acting import account, earn
from tests.orders.ec import CONTACT, GUEST, Checkout, Site, claim_for, place
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(days=1)

Act = Callable[[], object]


def two_records(programme: Programme) -> tuple[Customer, Customer]:
    """Two members, the first with the older account; each with points that are due to become active."""
    first, second = factories.member(), factories.member()
    for number, record in enumerate((first, second)):
        earn(programme.pk, record.pk, 10, f"later:{number}", at=NOW, now=NOW, pending=True)
    return first, second


def merge(record: Customer, into: Customer) -> None:
    with db.transaction():
        customers.merge_customers(
            customer_id=record.pk, into_id=into.pk, reason="test", actor=SYSTEM, now=NOW
        )


def lock_account(customer: Customer, *, nowait: bool = False) -> None:
    accounts = PointAccount.objects.filter(customer=customer)
    assert list(accounts.select_for_update(no_key=True, nowait=nowait))


def due_meets(return_goods: Act, first: Customer) -> list[BaseException | None]:
    """
    The due run and a return wait for the first account, in this order, and are let go.

    What they come to. The due run then goes on to the second account.
    """
    with ExitStack() as stack:
        due, returning = (stack.enter_context(second_connection()) for _ in range(2))
        with db.transaction():
            lock_account(first)
            run = due.start(partial(services.post_due, now=LATER))
            taken = returning.start(return_goods)
        return [run.exception(timeout=20), taken.exception(timeout=20)]


def sold_to_a_merged_person() -> tuple[Till, Order, Customer, Customer]:
    """Points spent from the first record's account, and earned in the second one's."""
    till = Till.build()
    first, second = two_records(till.programme)
    earn(till.programme.pk, first.pk, 500, "gift:1", at=NOW, now=NOW, pending=False)
    merge(first, second)
    variant = factories.variant()
    factories.stock(variant, till.location, 2)
    sale = till.sale(till.line(variant, 2, 1000), at=NOW, member=second, points_to_burn=200)
    (recorded,) = record_sales(sales=[sale], claim=None, actor=TILL, now=NOW)
    assert (account(first.pk), account(second.pk)) == ((300, 10, 0), (18, 10, 0))
    return till, Order.objects.get(pk=recorded.order_id), first, second


def test_a_return_and_the_due_run_wait_for_each_other_in_turn() -> None:
    till, order, first, second = sold_to_a_merged_person()

    def return_goods() -> None:
        receive_return(
            number=order.number,
            location_id=till.location.pk,
            items=[ReturnItem(1, 2)],
            reason="size",
            claim=Claim.of(actor=TILL, operation="return", key="1", request={}),
            actor=TILL,
            now=LATER,
        )

    assert due_meets(return_goods, first) == [None, None]
    assert (account(first.pk), account(second.pk)) == ((510, 0, 0), (10, 0, 0))
    assert verification.find_drifts() == []


def test_two_postings_without_the_lock_before_them_deadlock() -> None:
    """The negative control: the same postings, each of which locks its own accounts."""
    _, order, first, _ = sold_to_a_merged_person()
    source = f"order:{order.pk}"

    def return_goods() -> None:
        with db.transaction():
            lock_order(order_id=order.pk)
            services.claw_back(source_of_lots=source, points=18, source="return:1", actor=SYSTEM, now=LATER)
            services.restore(burnt_source=source, points=200, source="return:1", actor=SYSTEM, now=LATER)

    ended = [error for error in due_meets(return_goods, first) if error is not None]

    assert len(ended) == 1
    assert isinstance(ended[0], OperationalError)
    assert "deadlock detected" in str(ended[0])


def placed_by_card(site: Site, member: Customer, *, points: int) -> Payment:
    """The first transaction of a card payment, with points held."""
    cart = site.cart((site.item(1100, stock=3), 1), customer=member)
    checkout = Checkout(contact=CONTACT, tender_code="card", card_token="tok_ok", points=points)
    _start(cart.pk, checkout, claim_for(cart), GUEST, member, NOW)
    return Payment.objects.get(tender_type__code="card")


def test_a_card_payment_locks_the_account_that_earns_before_those_that_spend() -> None:
    site = Site()
    first, second = two_records(site.programme)
    earn(site.programme.pk, second.pk, 500, "gift:1", at=NOW, now=NOW, pending=False)
    merge(second, first)
    payment = placed_by_card(site, first, points=200)
    paid = Charge("ch_1", payment.amount)

    with second_connection() as other:
        with db.transaction():
            lock_account(first)
            placing = other.start(
                partial(record_outcome, payment_id=payment.pk, charge=paid, actor=SYSTEM, now=NOW)
            )
            assert not placing.done()
            lock_account(second, nowait=True)
        assert placing.exception(timeout=20) is None

    assert (account(first.pk), account(second.pk)) == ((0, 19, 0), (300, 10, 0))


def cancelling(site: Site, member: Customer) -> Act:
    placed = place(site.cart((site.item(1100), 1), customer=member), customer=member, points=200)
    return partial(
        cancel_order,
        number=placed.number,
        reason="fraud",
        customer=None,
        claim=Claim.of(actor=SYSTEM, operation="cancel", key="1", request={}),
        actor=SYSTEM,
        now=NOW,
    )


def failing(site: Site, member: Customer) -> Act:
    payment = placed_by_card(site, member, points=200)
    return partial(record_outcome, payment_id=payment.pk, charge=NEVER_CHARGED, actor=SYSTEM, now=NOW)


def shipping(site: Site, member: Customer) -> Act:
    placed = place(site.cart((site.item(1100), 1), customer=member), customer=member)
    return partial(
        complete_fulfilment,
        number=placed.number,
        fulfilment_id=Order.objects.get().fulfilments.get().pk,
        claim=Claim.of(actor=SYSTEM, operation="ship", key="1", request={}),
        actor=SYSTEM,
        now=NOW,
    )


@pytest.mark.parametrize("operation", [cancelling, failing, shipping])
def test_reservations_are_locked_before_points(operation: Callable[[Site, Customer], Act]) -> None:
    site = Site()
    member = site.member(points=500)
    act = operation(site, member)

    with second_connection() as other:
        with db.transaction():
            reservations = Reservation.objects.select_for_update(no_key=True)
            assert len(reservations) == 1
            acting = other.start(act)
            assert not acting.done()
            lock_account(member, nowait=True)
        assert acting.exception(timeout=20) is None

    assert verification.find_drifts() == []


def test_points_taken_before_reservations_are_in_the_way() -> None:
    """The negative control: the other way round, who holds a reservation can't get at the account."""
    site = Site()
    member = site.member(points=500)
    payment = placed_by_card(site, member, points=200)

    def release() -> None:
        with db.transaction():
            order = lock_order(order_id=payment.order_id)
            services.release_held(sources=[f"order:{order.pk}"], now=NOW)
            lock_reservations(order)

    with second_connection() as other:
        with db.transaction():
            assert len(Reservation.objects.select_for_update(no_key=True)) == 1
            releasing = other.start(release)
            with pytest.raises(OperationalError, match="could not obtain lock"), transaction.atomic():
                lock_account(member, nowait=True)
        assert releasing.exception(timeout=20) is None


def test_a_batch_that_spends_points_locks_all_accounts_by_key() -> None:
    """The second member's sale comes first, and spends; the first one's only earns."""
    till = Till.build()
    first, second = two_records(till.programme)
    earn(till.programme.pk, second.pk, 500, "gift:1", at=NOW, now=NOW, pending=False)
    variant = factories.variant()
    factories.stock(variant, till.location, 2)
    sales = [
        till.sale(till.line(variant, 1, 1000), at=NOW, member=second, points_to_burn=200),
        till.sale(till.line(variant, 1, 1000), at=NOW, member=first),
    ]

    with second_connection() as other:
        with db.transaction():
            lock_account(first)
            selling = other.start(partial(record_sales, sales=sales, claim=None, actor=TILL, now=NOW))
            assert not selling.done()
            lock_account(second, nowait=True)
        assert selling.exception(timeout=20) is None
