"""
Merging: two records turn out to be one person. A pointer is drawn, nothing is rewritten.

`merged_into` leads from the root of one tree to the root of the other, `person` of the whole
tree is set to the root, and the log keeps each edge, so that taking one back restores exactly
what was. The roots are locked first, in the order of their keys, by everybody who changes a
tree or spends for a person.
"""

from datetime import datetime

from django.db import transaction as django_transaction

from customers.errors import CircularMerge, NoSuchCustomer, NotMerged, PersonsMoving
from customers.models import Customer, Merge
from omni.core import db, sql
from omni.core.actor import Actor
from omni.outbox.events import CustomersLinked, CustomersUnlinked
from omni.outbox.publish import publish

TRIES = 10

POINT = """
UPDATE customers_customer
SET person_id = %(into)s, merged_into_id = CASE WHEN id = %(root)s THEN %(into)s ELSE merged_into_id END
WHERE person_id = %(root)s
"""

# Plan: the index on merged_into_id, once a level of the tree.
DETACH = """
WITH RECURSIVE subtree (id) AS (
    SELECT %(record)s::bigint
    UNION ALL
    SELECT record.id FROM subtree JOIN customers_customer AS record ON record.merged_into_id = subtree.id
)
UPDATE customers_customer
SET person_id = %(record)s, merged_into_id = CASE WHEN id = %(record)s THEN NULL ELSE merged_into_id END
WHERE id IN (SELECT id FROM subtree)
"""


# A new version of the root's row tells whoever waited for its lock that the tree has changed.
TOUCH = "UPDATE customers_customer SET person_id = person_id WHERE id = %(root)s"


class _Moved(Exception):
    """A root was merged or detached while its lock was waited for."""


def merge_customers(*, customer_id: int, into_id: int, reason: str, actor: Actor, now: datetime) -> Merge:
    """
    Make the person of `customer_id` a part of the person of `into_id`; building block.

    Raises:
        CircularMerge: they are one person already.
        NoSuchCustomer, PersonsMoving
    """
    db.require_transaction()
    root, into = _lock_persons([customer_id, into_id])
    if root == into:
        raise CircularMerge()
    sql.fetch_all(POINT, {"root": root, "into": into})
    sql.fetch_all(TOUCH, {"root": into})
    merge = Merge.objects.create(
        customer_id=root, into_id=into, reason=reason, actor=str(actor), merged_at=now
    )
    publish(f"customer:{into}", CustomersLinked(customer_id=root, into_id=into), at=now, actor=actor)
    return merge


def unmerge_customer(*, customer_id: int, actor: Actor, now: datetime) -> Merge:
    """
    Take back the merge by which a record was attached; building block.

    The record is a person again, with everything that had been merged into it before. What was
    done while they were one stays: points spent then stay spent.

    Raises:
        NotMerged: the record is attached to nothing.
        NoSuchCustomer, PersonsMoving
    """
    db.require_transaction()
    (root,) = _lock_persons([customer_id])
    merge = Merge.objects.filter(customer_id=customer_id, undone_at=None).first()
    if merge is None:
        raise NotMerged()
    sql.fetch_all(DETACH, {"record": customer_id})
    sql.fetch_all(TOUCH, {"root": root})
    merge.undone_at = now
    merge.save(update_fields=["undone_at"])
    publish(f"customer:{root}", CustomersUnlinked(customer_id=customer_id, from_id=root), at=now, actor=actor)
    return merge


def _lock_persons(customer_ids: list[int]) -> list[int]:
    """
    The persons of records, locked. Where one was merged meanwhile, its lock is given up again (a
    savepoint) and the new root is looked up: locks are never taken against the order of keys.
    """
    for _ in range(TRIES):
        try:
            with django_transaction.atomic():
                return _lock_roots(customer_ids)
        except _Moved:
            continue
    raise PersonsMoving()


def _lock_roots(customer_ids: list[int]) -> list[int]:
    persons = dict(Customer.objects.filter(pk__in=customer_ids).values_list("pk", "person_id"))
    if len(persons) < len(set(customer_ids)):
        raise NoSuchCustomer()
    Customer.objects.for_update_persons(persons.values())
    now_held = dict(Customer.objects.filter(pk__in=customer_ids).values_list("pk", "person_id"))
    if now_held != persons:
        raise _Moved
    return [persons[customer_id] for customer_id in customer_ids]
