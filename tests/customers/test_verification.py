"""Wrong pointers between records, planted, found, and mended where the pointers tell how."""

from datetime import datetime

import pytest

from customers import services, verification
from customers.models import Customer, Merge
from omni.core import db
from omni.core.actor import SYSTEM
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chain(now: datetime) -> list[Customer]:
    """a → b → c, and d by itself."""
    records = [factories.customer() for _ in range(4)]
    for record, into in [(0, 1), (1, 2)]:
        with db.transaction():
            services.merge_customers(
                customer_id=records[record].pk,
                into_id=records[into].pk,
                reason="test",
                actor=SYSTEM,
                now=now,
            )
    assert verification.find_drifts() == []
    return records


def test_a_person_that_is_not_the_root_is_found_and_recomputed(chain: list[Customer], now: datetime) -> None:
    a, _, c, d = chain
    Customer.objects.filter(pk=a.pk).update(person=d)

    drifts = verification.find_drifts()
    assert [(drift.kind, drift.where, drift.expected, drift.found) for drift in drifts] == [
        ("customer-person", {"customer": a.pk}, c.pk, d.pk)
    ]
    verification.repair(drifts, actor=SYSTEM, now=now)

    assert verification.find_drifts() == []


def test_a_pointer_without_a_merge_and_a_merge_without_a_pointer_are_found(
    chain: list[Customer], now: datetime
) -> None:
    a, b, c, d = chain
    Merge.objects.filter(customer=a).update(undone_at=now)
    Merge.objects.create(customer=d, into=c, reason="planted", actor="system:test", merged_at=now)

    drifts = verification.find_drifts()

    assert [(drift.kind, drift.where["customer"], drift.expected, drift.found) for drift in drifts] == [
        ("customer-merge", a.pk, None, b.pk),
        ("customer-merge", d.pk, c.pk, None),
    ]
    assert verification.repair(drifts, actor=SYSTEM, now=now) == []


def test_a_circle_is_found(chain: list[Customer]) -> None:
    a, b, c, _ = chain
    Customer.objects.filter(pk=c.pk).update(merged_into=a, person=b)

    found = {
        drift.where["customer"]: drift.expected
        for drift in verification.find_drifts()
        if drift.kind == "customer-person"
    }

    assert found == {a.pk: None, b.pk: None, c.pk: None}
