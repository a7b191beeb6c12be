"""What staff answer to a suggestion: yes, into a transfer or a purchase order, or no, and why."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from catalog.models import Variant
from inventory import counts, errors
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    StockLevel,
    Suggestion,
    Supplier,
    SupplyTerm,
    Transfer,
)
from inventory.services.batches import Pair
from inventory.services.incoming import require_reason
from inventory.services.messages import stock_changed_at
from inventory.services.moving import lock_levels
from inventory.services.purchasing import OrderedLine, write_draft
from inventory.services.requesting import write_request
from inventory.services.reserving import expire_at
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox.publish import publish_all
from organisation.models import Location

Status = Suggestion.Status


@dataclass(frozen=True, slots=True)
class Accepted:
    """
    How many suggestions went into which documents; `left` names by sku what its origin no longer has,
    and `closed` counts those that somebody had decided on, or a newer run replaced, before. `uncosted`
    are the skus of which nothing says what one costs: they stand at nothing in their drafts.
    """

    accepted: int
    documents: tuple[str, ...]
    left: tuple[str, ...] = ()
    closed: int = 0
    uncosted: tuple[str, ...] = ()


def accept_suggestions(
    *, suggestion_ids: Sequence[int], claim: Claim, actor: Actor, now: datetime
) -> Accepted:
    """
    Make what is suggested documents: a request of transfer for each pair of places, a draft of a
    purchase order for each supplier and place. All of it in one transaction.

    What is not open any more, or not there any more, is left; where that is all, nothing is done.

    Raises:
        ClaimInFlight, ClaimMismatch
        SuggestionNotOpen: none of them is open.
        InsufficientStock: of none that is open the origin has enough.
        UnknownSupplier: nothing is ordered from one of the suppliers any more.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Accepted):
            return replayed
        rows = Suggestion.objects.for_update_open(suggestion_ids)
        if not rows:
            raise errors.SuggestionNotOpen(suggestions=sorted(suggestion_ids))
        bought = [row for row in rows if row.supplier_id is not None]
        moved = [row for row in rows if row.origin_id is not None]
        orders, uncosted = _draft_orders(bought, actor=actor, now=now)
        there, short = _available(moved, _lock_origins(moved, actor, now))
        if not there and not bought:
            raise errors.InsufficientStock(shortages=short)
        transfers = _ask_for(there, actor=actor, now=now)
        _settle([*bought, *there], actor, now)
        done = Accepted(
            accepted=len(bought) + len(there),
            documents=(*orders, *transfers),
            left=tuple(str(one["sku"]) for one in short),
            closed=len(set(suggestion_ids)) - len(rows),
            uncosted=uncosted,
        )
        return idempotency.settle(claim, done, now=now)


def dismiss_suggestion(
    *, suggestion_id: int, reason: str, claim: Claim, actor: Actor, now: datetime
) -> Accepted:
    """
    Say no to a suggestion; the same goods are not suggested again for a week.

    Raises:
        ClaimInFlight, ClaimMismatch
        SuggestionNotOpen
        InvalidField: there is no reason.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Accepted):
            return replayed
        require_reason(reason)
        rows = Suggestion.objects.for_update_open([suggestion_id])
        if not rows:
            raise errors.SuggestionNotOpen(suggestions=[suggestion_id])
        [row] = rows
        row.status, row.reason, row.decided_at, row.actor = Status.DISMISSED, reason, now, str(actor)
        row.save(update_fields=["status", "reason", "decided_at", "actor"])
        return idempotency.settle(claim, Accepted(0, ()), now=now)


def _draft_orders(
    rows: Iterable[Suggestion], *, actor: Actor, now: datetime
) -> tuple[list[str], tuple[str, ...]]:
    """
    A draft for each supplier and place, at the costs that are known; the rows name it then.

    Answers the orders' numbers, and the skus of which no cost is known.
    """
    made, uncosted = [], set()
    by_order: dict[tuple[int, int], list[Suggestion]] = defaultdict(list)
    for row in rows:
        assert row.supplier_id is not None
        by_order[row.supplier_id, row.location_id].append(row)
    for (supplier_id, location_id), group in sorted(by_order.items()):
        variant_ids = [row.variant_id for row in group]
        costs = _costs(supplier_id, location_id, variant_ids, _today(location_id, now))
        uncosted |= set(variant_ids) - set(costs)
        order: PurchaseOrder = write_draft(
            supplier_id=supplier_id,
            destination_id=location_id,
            lines=[
                OrderedLine(row.variant_id, row.quantity, costs.get(row.variant_id, Decimal(0)))
                for row in group
            ],
            actor=actor,
            now=now,
        )
        made.append(order.number)
        for row in group:
            row.purchase_order = order
    return made, _skus(uncosted)


def _skus(variant_ids: Collection[int]) -> tuple[str, ...]:
    named = (
        Variant.objects.filter(pk__in=variant_ids).order_by("sku") if variant_ids else Variant.objects.none()
    )
    return tuple(named.values_list("sku", flat=True))


def _costs(
    supplier_id: int, location_id: int, variant_ids: Sequence[int], today: date
) -> Mapping[int, Decimal]:
    """
    What a unit costs: by the term of supply that the place's company has with this supplier, or names no
    other in; else what it last ordered it at from there; else what a unit last cost it. Absent where
    none of them says it, or says nothing.
    """
    supplier = Supplier.objects.get(pk=supplier_id)
    terms = SupplyTerm.objects.filter(
        Q(owner__supplier="") | Q(owner__supplier=supplier.code),
        company__locations=location_id,
        variant__in=variant_ids,
        valid_from__lte=today,
    )
    ordered = PurchaseOrderLine.objects.filter(
        order__supplier=supplier,
        order__currency__in=Location.objects.filter(pk=location_id).values("currency"),
        order__ordered_at__isnull=False,
        variant__in=variant_ids,
    )
    known = counts.unit_costs(location_id=location_id, variant_ids=variant_ids)
    known |= _by_variant(ordered.exclude(unit_cost=0).order_by("order__ordered_at", "pk"))
    known |= _by_variant(terms.order_by("valid_from"))
    return {variant_id: cost for variant_id, cost in known.items() if cost}


def _by_variant(rows: QuerySet[Any]) -> dict[int, Decimal]:
    """The cost that the last of a variant's rows says."""
    return dict(rows.values_list("variant_id", "unit_cost"))


def _lock_origins(rows: Sequence[Suggestion], actor: Actor, now: datetime) -> list[StockLevel]:
    """Lock the origins' levels of all rows at once; where one falls short, what has run out there goes first."""
    wanted: Counter[Pair] = Counter()
    for row in rows:
        assert row.origin_id is not None
        wanted[row.variant_id, row.origin_id] += row.quantity
    levels = lock_levels(sorted(wanted)) if wanted else []
    spare = _spare(levels)
    short = [pair for pair, units in wanted.items() if spare[pair] < units]
    if not short or not expire_at(short, now=now):
        return levels
    publish_all([stock_changed_at(short)], at=now, actor=actor)
    return lock_levels(sorted(wanted))


def _spare(levels: Iterable[StockLevel]) -> dict[Pair, int]:
    return {
        (level.variant_id, level.location_id): max(0, level.free - level.safety_stock) for level in levels
    }


def _available(
    rows: Sequence[Suggestion], levels: Sequence[StockLevel]
) -> tuple[list[Suggestion], list[dict[str, object]]]:
    """What is there still, and what falls short; whoever was suggested first is served first."""
    free = _spare(levels)
    names = {(level.variant_id, level.location_id): level for level in levels}
    there, short = [], []
    for row in rows:
        assert row.origin_id is not None
        pair = row.variant_id, row.origin_id
        if row.quantity <= free[pair]:
            free[pair] -= row.quantity
            there.append(row)
            continue
        level = names[pair]
        short.append(
            {
                "sku": level.variant.sku,
                "location": level.location.code,
                "requested": row.quantity,
                "available": free[pair],
            }
        )
    return there, short


def _ask_for(rows: Iterable[Suggestion], *, actor: Actor, now: datetime) -> list[str]:
    """A request for each pair of places, expected after the longest lead time of its lines."""
    made = []
    by_transfer: dict[tuple[int, int], list[Suggestion]] = defaultdict(list)
    for row in rows:
        assert row.origin_id is not None
        by_transfer[row.origin_id, row.location_id].append(row)
    for (origin_id, location_id), group in sorted(by_transfer.items()):
        days = max(row.lead_time_days for row in group)
        transfer: Transfer = write_request(
            origin_id=origin_id,
            destination_id=location_id,
            lines=[(row.variant_id, row.quantity) for row in group],
            expected_date=_today(location_id, now) + timedelta(days=days),
            actor=actor,
            now=now,
        )
        made.append(transfer.number)
        for row in group:
            row.transfer = transfer
    return made


def _settle(rows: Sequence[Suggestion], actor: Actor, now: datetime) -> None:
    for row in rows:
        row.status, row.decided_at, row.actor = Status.ACCEPTED, now, str(actor)
    Suggestion.objects.bulk_update(
        rows, ["status", "decided_at", "actor", "transfer", "purchase_order"], batch_size=500
    )


def _today(location_id: int, now: datetime) -> date:
    zone = Location.objects.values_list("time_zone", flat=True).get(pk=location_id)
    return now.astimezone(ZoneInfo(zone)).date()
