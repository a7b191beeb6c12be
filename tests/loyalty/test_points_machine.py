"""Whatever happens to points, in any order: the books balance, and the rules' own model agrees."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from customers import services as customers
from customers import verification as persons
from customers.errors import CircularMerge, NotMerged
from customers.models import Customer
from loyalty import selectors, services, verification
from loyalty.errors import InsufficientPoints
from loyalty.models import PointAccount, PointLot
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories
from tests.conftest import NOW
from tests.loyalty import acting
from tests.loyalty.model import Book

RECORDS = 2
# Small lots and large checkouts, so that a checkout takes from several.
points = st.integers(1, 40)
spent = st.integers(20, 90)
record_numbers = st.integers(0, RECORDS - 1)
pick = st.integers(0, 10**6)


class PointsMachine(RuleBasedStateMachine):
    """Two records of customers, one programme, a clock that goes on by half days."""

    @initialize(pending_days=st.sampled_from([0, 2]))
    def open(self, pending_days: int) -> None:
        self.now: datetime = NOW
        self.programme = factories.programme(pending_days=pending_days, valid_days=6, restored_days=3)
        self.records = [factories.member() for _ in range(RECORDS)]
        self.book = Book(pending_days, 6, 3)
        for record in self.records:
            self.book.short[record.pk] = 0
            self.book.person[record.pk] = record.pk
        self.earned: list[str] = []
        self.held: list[str] = []
        self.burnt: list[str] = []
        self.pointers: dict[int, int] = {}
        for number in range(RECORDS):
            self.earn(number, 30)

    def person(self, number: int) -> int:
        return self.book.person[self.records[number].pk]

    def source(self, name: str) -> str:
        return f"{name}:{factories.number()}"

    def repoint(self) -> None:
        for record in self.book.person:
            root = record
            while root in self.pointers:
                root = self.pointers[root]
            self.book.person[record] = root

    @rule(hours=st.sampled_from([1, 12, 24, 48]))
    def time_goes_on(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(number=record_numbers, amount=points)
    def earn(self, number: int, amount: int) -> None:
        source = self.source("order")
        record = self.records[number].pk
        acting.earn(self.programme.pk, record, amount, source, at=self.now, now=self.now)
        self.book.earn(record, amount, source, self.now)
        self.earned.append(source)

    @rule(number=record_numbers, amount=spent, at_once=st.booleans())
    def spend(self, number: int, amount: int, at_once: bool) -> None:
        source, person = self.source("checkout"), self.person(number)
        act: Any = acting.burn if at_once else acting.hold
        possible = self.book.take(person, amount, source, self.now)
        if not possible:
            with pytest.raises(InsufficientPoints) as refusal:
                act(self.programme.pk, person, amount, source, now=self.now)
            assert refusal.value.available == max(0, self.book.available(person, self.now))
            return
        act(self.programme.pk, person, amount, source, now=self.now)
        if at_once:
            self.book.settle(source, burn=True)
        (self.burnt if at_once else self.held).append(source)

    @precondition(lambda self: self.held)
    @rule(which=pick, burn=st.booleans())
    def decide(self, which: int, burn: bool) -> None:
        source = self.held.pop(which % len(self.held))
        with db.transaction():
            if burn:
                services.burn_held(sources=[source], actor=SYSTEM, now=self.now)
            else:
                services.release_held(sources=[source], now=self.now)
        self.book.settle(source, burn=burn)
        if burn:
            self.burnt.append(source)

    @precondition(lambda self: self.earned)
    @rule(which=pick, amount=points)
    def take_back(self, which: int, amount: int) -> None:
        source = self.earned[which % len(self.earned)]
        posted = acting.claw_back(source, amount, self.source("return"), now=self.now)
        assert posted.points == self.book.claw_back(source, amount)

    @precondition(lambda self: self.burnt)
    @rule(which=pick, amount=points)
    def give_back(self, which: int, amount: int) -> None:
        source = self.burnt[which % len(self.burnt)]
        posted = acting.restore(source, amount, self.source("return"), now=self.now)
        assert posted.points == self.book.restore(source, amount, self.now)

    @precondition(lambda self: self.earned)
    @rule()
    def due_run(self) -> None:
        services.post_due(now=self.now)
        self.book.due(self.now)

    @rule(number=record_numbers, other=record_numbers)
    def merge(self, number: int, other: int) -> None:
        root, into = self.person(number), self.person(other)
        try:
            with db.transaction():
                customers.merge_customers(
                    customer_id=self.records[number].pk,
                    into_id=self.records[other].pk,
                    reason="test",
                    actor=SYSTEM,
                    now=self.now,
                )
        except CircularMerge:
            assert root == into
            return
        self.pointers[root] = into
        self.repoint()

    @precondition(lambda self: self.pointers)
    @rule(number=record_numbers)
    def unmerge(self, number: int) -> None:
        record = self.records[number].pk
        try:
            with db.transaction():
                customers.unmerge_customer(customer_id=record, actor=SYSTEM, now=self.now)
        except NotMerged:
            assert record not in self.pointers
            return
        del self.pointers[record]
        self.repoint()

    @invariant()
    def the_books_balance(self) -> None:
        assert verification.find_drifts() == []
        assert persons.find_drifts() == []

    @invariant()
    def the_model_agrees(self) -> None:
        held = {
            account.customer_id: (account.balance, account.pending, account.shortfall)
            for account in PointAccount.objects.filter(programme=self.programme, kind="MEMBER")
        }
        for record in self.records:
            assert held.get(record.pk, (0, 0, 0)) == self.book.figures(record.pk)
        lots = PointLot.objects.filter(account__programme=self.programme)
        columns = ("source", "active", "pending", "held", "expires_at")
        assert set(lots.values_list(*columns)) == {
            tuple(getattr(lot, name) for name in columns) for lot in self.book.lots
        }
        roots = dict(Customer.objects.filter(pk__in=self.book.person).values_list("pk", "person_id"))
        assert roots == self.book.person
        for person in set(roots.values()):
            balance = selectors.balance_of(person, now=self.now, programme_id=self.programme.pk)
            assert balance.available == max(0, self.book.available(person, self.now))


@pytest.mark.django_db(transaction=True)
def test_points_keep_their_books_whatever_happens() -> None:
    run_state_machine_as_test(
        PointsMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
