"""Where the pointers between customer records don't lead to what they should."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Customer
from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.verification import Drift, Repair

# `person` is the root that merged_into leads to. Records on a circle lead nowhere (root NULL).
PERSONS = """
WITH RECURSIVE tree (id, root) AS (
    SELECT id, id FROM customers_customer WHERE merged_into_id IS NULL
    UNION ALL
    SELECT record.id, tree.root FROM tree JOIN customers_customer AS record ON record.merged_into_id = tree.id
)
SELECT record.id, tree.root, record.person_id
FROM customers_customer AS record LEFT JOIN tree ON tree.id = record.id
WHERE record.person_id IS DISTINCT FROM tree.root
ORDER BY record.id
"""

# A standing merge for each pointer, and a pointer for each standing merge.
EDGES = """
SELECT coalesce(record.id, log.customer_id), log.into_id, record.merged_into_id, log.id
FROM (SELECT id, merged_into_id FROM customers_customer WHERE merged_into_id IS NOT NULL) AS record
FULL JOIN (SELECT id, customer_id, into_id FROM customers_merge WHERE undone_at IS NULL) AS log
       ON log.customer_id = record.id
WHERE record.merged_into_id IS DISTINCT FROM log.into_id
ORDER BY 1
"""

# Mends one tree from its root down: the roots are right by their own constraint.
POINT = """
WITH RECURSIVE tree (id) AS (
    SELECT %(root)s::bigint
    UNION ALL
    SELECT record.id FROM tree JOIN customers_customer AS record ON record.merged_into_id = tree.id
)
UPDATE customers_customer SET person_id = %(root)s
WHERE id IN (SELECT id FROM tree) AND person_id <> %(root)s
RETURNING id
"""


def find_drifts() -> list[Drift]:
    """Every pointer that is wrong; two statements."""
    persons = [
        Drift("customer-person", "person", {"customer": record}, expected=root, found=person)
        for record, root, person in sql.fetch_all(PERSONS)
    ]
    edges = [
        Drift(
            "customer-merge",
            "merged_into",
            {"customer": record},
            expected=logged,
            found=pointer,
            since={"merge": merge} if merge else None,
        )
        for record, logged, pointer, merge in sql.fetch_all(EDGES)
    ]
    return persons + edges


def repair(drifts: Sequence[Drift], *, actor: Actor, now: datetime) -> list[Repair]:
    """
    Recompute `person` from the pointers. A pointer that the log doesn't explain, or a circle, is
    left for somebody to look at: only a person knows who is who.
    """
    roots = [drift for drift in drifts if drift.kind == "customer-person" and isinstance(drift.expected, int)]
    done = []
    for drift in roots:
        assert isinstance(drift.expected, int)
        with db.transaction():
            Customer.objects.for_update_persons([drift.expected])
            mended = sql.fetch_all(POINT, {"root": drift.expected})
        done.append(Repair(drift, f"person recomputed for {len(mended)} records", now))
    return done
