"""Merging by pointers: trees, chains, and taking edges back exactly."""

from datetime import datetime

import pytest

from customers import services
from customers.errors import CircularMerge, NoSuchCustomer, NotMerged
from customers.models import Customer, Merge
from omni.core import db
from omni.core.actor import SYSTEM
from omni.outbox.models import Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def merge(record: Customer, into: Customer, now: datetime) -> Merge:
    with db.transaction():
        return services.merge_customers(
            customer_id=record.pk, into_id=into.pk, reason="test", actor=SYSTEM, now=now
        )


def unmerge(record: Customer, now: datetime) -> Merge:
    with db.transaction():
        return services.unmerge_customer(customer_id=record.pk, actor=SYSTEM, now=now)


def persons(*records: Customer) -> list[int]:
    held = dict(Customer.objects.values_list("pk", "person_id"))
    return [held[record.pk] for record in records]


def test_a_merge_moves_the_whole_tree_of_the_person(now: datetime) -> None:
    a, b, c, d = (factories.customer() for _ in range(4))

    merge(a, b, now)
    merge(c, d, now)
    # Named by a leaf of each tree: the edge leads from root to root.
    edge = merge(a, c, now)

    assert persons(a, b, c, d) == [d.pk] * 4
    assert (edge.customer_id, edge.into_id) == (b.pk, d.pk)
    pointers = dict(Customer.objects.values_list("pk", "merged_into_id"))
    assert pointers == {a.pk: b.pk, b.pk: d.pk, c.pk: d.pk, d.pk: None}
    event = Event.objects.order_by("-sequence").first()
    assert event is not None
    assert (event.type, event.payload) == (
        "customers.linked.v1",
        {"customer_id": b.pk, "into_id": d.pk},
    )


def test_one_person_is_not_merged_with_itself(now: datetime) -> None:
    a, b, c = (factories.customer() for _ in range(3))
    merge(a, b, now)
    merge(b, c, now)

    for record, into in [(a, a), (a, c), (c, a), (b, a)]:
        with pytest.raises(CircularMerge):
            merge(record, into, now)
    with pytest.raises(NoSuchCustomer), db.transaction():
        services.merge_customers(customer_id=a.pk, into_id=0, reason="test", actor=SYSTEM, now=now)
    assert Merge.objects.count() == 2


def test_chains_unmerge_exactly_whatever_the_order(now: datetime) -> None:
    a, b, c, d = (factories.customer() for _ in range(4))
    merge(a, b, now)
    merge(b, c, now)
    merge(d, c, now)

    unmerge(b, now)
    assert persons(a, b, c, d) == [b.pk, b.pk, c.pk, c.pk]
    merge(b, d, now)
    assert persons(a, b, c, d) == [c.pk] * 4
    unmerge(a, now)
    assert persons(a, b, c, d) == [a.pk, c.pk, c.pk, c.pk]
    unmerge(b, now)
    unmerge(d, now)

    assert persons(a, b, c, d) == [a.pk, b.pk, c.pk, d.pk]
    with pytest.raises(NotMerged):
        unmerge(a, now)
    assert not Merge.objects.filter(undone_at=None).exists()
    assert Merge.objects.count() == 4
