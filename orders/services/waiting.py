"""
What an outside channel sold and nobody had: allocated when stock arrives, first come first served.

Such units stand in a fulfilment that is PROPOSED and has no location, with a discrepancy for each.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from inventory import selectors as stock
from inventory import services as inventory
from inventory.models import StockLevel
from omni.core import db, sql
from omni.core.actor import SYSTEM
from orders.models import Fulfilment, FulfilmentLine, Order

# Orders that one transaction locks at most. Reserving publishes a stock change of its own, by which
# those behind them are looked at next.
MOST_ORDERS = 200

_WAITING = """
FROM orders_fulfilment AS fulfilment
JOIN orders_order AS "order" ON "order".id = fulfilment.order_id AND "order".status = 'PLACED'
JOIN orders_fulfilmentline AS part ON part.fulfilment_id = fulfilment.id AND part.quantity > 0
JOIN orders_orderline AS line ON line.id = part.order_line_id
JOIN catalog_variant AS variant ON variant.id = line.variant_id AND variant.keeps_stock
WHERE fulfilment.status = 'PROPOSED' AND fulfilment.location_id IS NULL
"""

# Asked by every change of stock. Plan: the entries of `fulfilment_to_do` without a location; with
# none, that is all.
NEEDS = f"""
SELECT "order".channel_id, line.variant_id, sum(part.quantity)::bigint
{_WAITING}
  AND (%(variants)s::bigint[] IS NULL OR line.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]))
GROUP BY "order".channel_id, line.variant_id
ORDER BY "order".channel_id, line.variant_id
"""

FIRST = f"""
SELECT "order".id
{_WAITING} AND line.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
GROUP BY "order".id
ORDER BY "order".placed_at, "order".id
LIMIT %(most)s::bigint
"""

PARTS = f"""
SELECT part.id, fulfilment.id, fulfilment.kind, "order".id, "order".channel_id, line.id, line.position,
       line.variant_id, part.quantity
{_WAITING} AND "order".id = ANY((SELECT %(orders)s::bigint[])::bigint[])
ORDER BY "order".placed_at, "order".id, part.id
"""


class Part(NamedTuple):
    """A fulfilment line that waits."""

    id: int
    fulfilment_id: int
    kind: str
    order_id: int
    channel_id: int
    order_line_id: int
    position: int
    variant_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Share:
    """`quantity` of a part, from a location; the `last` one is all that the part still lacked."""

    part: Part
    location_id: int
    quantity: int
    last: bool


# (channel, variant) → the locations that may serve it, by priority.
Sources = Mapping[tuple[int, int], Sequence[int]]


def allocate_waiting(*, variant_ids: Iterable[int] | None, now: datetime) -> int:
    """
    Reserve what there is now for orders that wait for these variants (None: for any); answer the units.

    A building block of one statement where nothing waits. Who bought first is served first, as far
    as it goes; the units of an order that still wait stay as they are. The orders are locked, then
    the levels, before it is decided who gets what, so that two arrivals at once share it out once.
    """
    db.require_transaction()
    sources = _sources(_needs(variant_ids), now)
    if not sources:
        return 0
    parts = _lock_parts(sorted({variant_id for _, variant_id in sources}))
    shares = _share(parts, sources, _lock_free(parts, sources), _given(parts, now))
    if shares:
        _allocate(shares, now)
    return sum(share.quantity for share in shares)


def _needs(variant_ids: Iterable[int] | None) -> dict[int, list[tuple[int, int]]]:
    """channel → (variant, units) that wait."""
    variants = None if variant_ids is None else sql.integers(variant_ids)
    needs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for channel_id, variant_id, quantity in sql.fetch_all(NEEDS, {"variants": variants}):
        needs[channel_id].append((variant_id, quantity))
    return needs


def _sources(needs: Mapping[int, Sequence[tuple[int, int]]], now: datetime) -> Sources:
    sources: dict[tuple[int, int], list[int]] = defaultdict(list)
    for channel_id, wants in needs.items():
        found = inventory.allocate(channel_id=channel_id, wants=wants, now=now, already_sold=True)
        for variant_id, location_id, _ in found:
            sources[channel_id, variant_id].append(location_id)
    return sources


def _lock_parts(variant_ids: Sequence[int]) -> list[Part]:
    """Lock the orders that came first, and read what of them waits now: one may have been cancelled."""
    first = sql.fetch_all(FIRST, {"variants": sql.integers(variant_ids), "most": MOST_ORDERS})
    order_ids = sorted(row[0] for row in first)
    list(Order.objects.filter(pk__in=order_ids).order_by("pk").select_for_update(no_key=True))
    return [Part(*row) for row in sql.fetch_all(PARTS, {"orders": sql.integers(order_ids)})]


def _lock_free(parts: Sequence[Part], sources: Sources) -> dict[tuple[int, int], int]:
    """Lock the levels in question; (variant, location) → what may be taken of each."""
    pairs = {
        (part.variant_id, location_id)
        for part in parts
        for location_id in sources.get((part.channel_id, part.variant_id), ())
    }
    StockLevel.objects.for_update_by_pairs(sorted(pairs))
    free = stock.location_availability(
        variant_ids=sorted({variant_id for variant_id, _ in pairs}),
        location_ids=sorted({location_id for _, location_id in pairs}),
    )
    return {pair: free.get(pair, 0) for pair in pairs}


def _given(parts: Sequence[Part], now: datetime) -> dict[tuple[int, int, int], int]:
    """(channel, variant, location) → what the source gives the channel, its level being locked."""
    variants: dict[int, set[int]] = defaultdict(set)
    for part in parts:
        variants[part.channel_id].add(part.variant_id)
    return {
        (channel_id, *pair): units
        for channel_id, ids in variants.items()
        for pair, units in stock.source_availability(
            channel_id=channel_id, variant_ids=sorted(ids), at=now
        ).items()
    }


def _share(
    parts: Sequence[Part],
    sources: Sources,
    free: dict[tuple[int, int], int],
    given: dict[tuple[int, int, int], int],
) -> list[Share]:
    shares = []
    for part in parts:
        lacking = part.quantity
        for location_id in sources.get((part.channel_id, part.variant_id), ()):
            level = (part.variant_id, location_id)
            taken = min(lacking, free[level], given.get((part.channel_id, *level), 0))
            if taken > 0:
                free[level] -= taken
                given[part.channel_id, *level] -= taken
                lacking -= taken
                shares.append(Share(part, location_id, taken, last=not lacking))
    return shares


def _allocate(shares: Sequence[Share], now: datetime) -> None:
    reservation_ids = inventory.draw_reservations(len(shares))
    move_shares(shares, reservation_ids, now)
    found = [
        inventory.Found(
            f"order:{share.part.order_id}", share.part.variant_id, share.location_id, share.quantity
        )
        for share in shares
    ]
    inventory.resolve_found(found=found, actor=SYSTEM, now=now)
    wants = [
        inventory.Want(
            share.part.variant_id,
            share.location_id,
            share.quantity,
            f"order:{share.part.order_id}:{share.part.position}",
            reservation_id,
        )
        for share, reservation_id in zip(shares, reservation_ids, strict=True)
    ]
    inventory.reserve(wants=wants, expires_at=None, committed=True, actor=SYSTEM, now=now)


def move_shares(
    shares: Sequence[Share], reservation_ids: Sequence[int | None], now: datetime
) -> list[FulfilmentLine]:
    """
    Put each share in a fulfilment of its order and location; a proposal left empty goes.

    Answers the line of each. A bundle's has no reservation of its own: its components have.
    """
    parts = _create_fulfilments(shares, now)
    lines: list[FulfilmentLine] = []
    moved: list[FulfilmentLine] = []
    split: list[FulfilmentLine] = []
    for share, reservation_id in zip(shares, reservation_ids, strict=True):
        line = FulfilmentLine(
            fulfilment=parts[_fulfilment_of(share)],
            order_line_id=share.part.order_line_id,
            quantity=share.quantity,
            reservation_id=reservation_id,
        )
        if share.last:
            line.pk = share.part.id
        (moved if share.last else split).append(line)
        lines.append(line)
    FulfilmentLine.objects.bulk_update(moved, ["fulfilment", "quantity", "reservation"])
    FulfilmentLine.objects.bulk_create(split)
    _take_off(shares)
    proposals = {share.part.fulfilment_id for share in shares}
    Fulfilment.objects.filter(pk__in=proposals, lines=None).delete()
    return lines


def _create_fulfilments(shares: Sequence[Share], now: datetime) -> dict[tuple[int, str, int], Fulfilment]:
    keys = list(dict.fromkeys(_fulfilment_of(share) for share in shares))
    rows = Fulfilment.objects.bulk_create(
        Fulfilment(
            order_id=order_id,
            kind=kind,
            status=Fulfilment.Status.RESERVED,
            location_id=location_id,
            created_at=now,
        )
        for order_id, kind, location_id in keys
    )
    return dict(zip(keys, rows, strict=True))


def _fulfilment_of(share: Share) -> tuple[int, str, int]:
    return share.part.order_id, share.part.kind, share.location_id


def _take_off(shares: Sequence[Share]) -> None:
    """Leave in each part what still waits."""
    served = {share.part.id for share in shares if share.last}
    lacking: dict[int, int] = {}
    for share in shares:
        if share.part.id not in served:
            lacking[share.part.id] = lacking.get(share.part.id, share.part.quantity) - share.quantity
    rest = [FulfilmentLine(pk=part_id, quantity=quantity) for part_id, quantity in lacking.items()]
    FulfilmentLine.objects.bulk_update(rest, ["quantity"])
