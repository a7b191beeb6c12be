"""Discrepancies as they are opened, and settled by what made them: building blocks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from inventory import counts
from inventory.models import Discrepancy
from omni.core import db, sql
from omni.core.actor import Actor
from omni.outbox.events import DiscrepancyChanged, DiscrepancyOpened
from omni.outbox.publish import Message, publish_all


@dataclass(frozen=True, slots=True)
class Opening:
    """
    `quantity` units (above zero) by which a level and the world differ, found by `source`.

    `moved` is by how much on hand was moved when it was found; `reason` says why a shop rejected.
    """

    kind: str
    variant_id: int
    location_id: int | None
    quantity: int
    source: str
    reason: str = ""
    moved: int = 0


def open_discrepancies(*, openings: Sequence[Opening], actor: Actor, now: datetime) -> list[int]:
    """
    Open what is not open already (by kind, source, article and location), and publish it.

    A building block. Each is valued by what its units cost, where that is known.
    """
    db.require_transaction()
    fresh = _not_open(openings)
    rows = Discrepancy.objects.bulk_create(_row(one, actor, now) for one in fresh)
    value_discrepancies([row.pk for row in rows])
    messages = [
        Message(
            f"discrepancy:{row.pk}",
            DiscrepancyOpened(row.pk, row.variant_id, row.location_id, row.quantity),
        )
        for row in rows
    ]
    publish_all(messages, at=now, actor=actor)
    return [row.pk for row in rows]


def open_unallocated(*, source: str, units: Mapping[int, int], actor: Actor, now: datetime) -> list[int]:
    """
    Tell people that so many more units of each variant were sold by `source` and are held nowhere.

    A building block, before levels are locked; who calls it has locked what `source` names. What is
    open of it already grows.
    """
    db.require_transaction()
    rows = Discrepancy.objects.filter(
        kind=Discrepancy.Kind.UNALLOCATED,
        status=Discrepancy.Status.OPEN,
        source=source,
        variant__in=list(units),
        location=None,
    ).order_by("pk")
    known = {row.variant_id: row for row in rows.select_for_update(no_key=True, of=("self",))}
    for variant_id, row in known.items():
        row.quantity += units[variant_id]
    Discrepancy.objects.bulk_update(known.values(), ["quantity"])
    ids = [row.pk for row in known.values()]
    value_discrepancies(ids)
    publish_all(
        [Message(f"discrepancy:{pk}", DiscrepancyChanged(pk, "OPEN")) for pk in ids], at=now, actor=actor
    )
    openings = [
        Opening(Discrepancy.Kind.UNALLOCATED, variant_id, None, quantity, source)
        for variant_id, quantity in units.items()
        if variant_id not in known
    ]
    return ids + open_discrepancies(openings=openings, actor=actor, now=now)


def settle_unallocated(*, source: str, resolution: str, actor: Actor, now: datetime) -> None:
    """Close what `source`, which has ended, still lacked. A building block, before levels are locked."""
    db.require_transaction()
    wanted = Q(kind=Discrepancy.Kind.UNALLOCATED, source=source)
    _settle(wanted, Discrepancy.Remedy.NOTED, resolution, actor, now)


def _not_open(openings: Sequence[Opening]) -> list[Opening]:
    sources = {one.source for one in openings}
    known = set(
        Discrepancy.objects.filter(source__in=sources, status=Discrepancy.Status.OPEN).values_list(
            "kind", "source", "variant_id", "location_id"
        )
    )
    return [one for one in openings if (one.kind, one.source, one.variant_id, one.location_id) not in known]


def _row(one: Opening, actor: Actor, now: datetime) -> Discrepancy:
    return Discrepancy(
        kind=one.kind,
        variant_id=one.variant_id,
        location_id=one.location_id,
        quantity=one.quantity,
        source=one.source,
        reason=one.reason,
        moved=one.moved,
        opened_at=now,
        actor=str(actor),
    )


VALUE = """
UPDATE inventory_discrepancy AS discrepancy
SET value = discrepancy.quantity * known.cost
FROM unnest(%(variants)s::bigint[], %(costs)s::numeric[]) AS known (variant_id, cost)
WHERE discrepancy.id = ANY(%(ids)s::bigint[]) AND discrepancy.variant_id = known.variant_id
  AND discrepancy.location_id IS NOT DISTINCT FROM %(location)s::bigint
"""


def value_discrepancies(ids: Sequence[int]) -> None:
    """Write down what the units of discrepancies that were just opened cost, where it is known."""
    by_location: dict[int | None, list[int]] = {}
    rows = Discrepancy.objects.filter(pk__in=list(ids)).values_list("location_id", "variant_id")
    for location_id, variant_id in rows:
        by_location.setdefault(location_id, []).append(variant_id)
    for place, variants in by_location.items():
        costs: dict[int, Decimal] = counts.unit_costs(location_id=place, variant_ids=variants)
        if costs:
            params = {"variants": sql.integers(costs), "costs": sql.array(costs.values())}
            sql.fetch_all(VALUE, {**params, "ids": sql.integers(ids), "location": place})


def settle_counted(
    *, source: str, variant_ids: Iterable[int], remedy: str, resolution: str, actor: Actor, now: datetime
) -> None:
    """Close what a count had opened about these articles. A building block, before levels are locked."""
    db.require_transaction()
    wanted = Q(kind=Discrepancy.Kind.COUNT, source=source, variant_id__in=list(variant_ids))
    _settle(wanted, remedy, resolution, actor, now)


def _settle(wanted: Q, remedy: str, resolution: str, actor: Actor, now: datetime) -> None:
    rows = Discrepancy.objects.filter(wanted, status=Discrepancy.Status.OPEN).order_by("pk")
    ids = [row.pk for row in rows.select_for_update(no_key=True, of=("self",))]
    Discrepancy.objects.filter(pk__in=ids).update(
        status=Discrepancy.Status.RESOLVED,
        remedy=remedy,
        resolution=resolution,
        resolved_at=now,
        actor=str(actor),
    )
    settled = [Message(f"discrepancy:{pk}", DiscrepancyChanged(pk, "RESOLVED", remedy)) for pk in ids]
    publish_all(settled, at=now, actor=actor)
