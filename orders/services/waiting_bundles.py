"""Bundles that an outside channel sold and nobody could make up: allocated when components arrive."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from inventory import services as inventory
from inventory.models import StockLevel
from omni.core import db, sql
from omni.core.actor import SYSTEM
from omni.outbox.events import BundlesWait
from omni.outbox.publish import publish
from orders.models import LineComponent, Order
from orders.services.bundles import hold_shares
from orders.services.waiting import MOST_ORDERS, Part, Share, move_shares

_WAITING = """
FROM orders_fulfilment AS fulfilment
JOIN orders_order AS "order" ON "order".id = fulfilment.order_id AND "order".status = 'PLACED'
JOIN orders_fulfilmentline AS part ON part.fulfilment_id = fulfilment.id AND part.quantity > 0
JOIN orders_orderline AS line ON line.id = part.order_line_id
JOIN orders_linecomponent AS component ON component.line_id = line.id
WHERE fulfilment.status = 'PROPOSED' AND fulfilment.location_id IS NULL
"""

FIRST = f"""
SELECT "order".id
{_WAITING}
  AND (%(variants)s::bigint[] IS NULL OR component.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]))
GROUP BY "order".id
ORDER BY "order".placed_at, "order".id
LIMIT %(most)s::bigint
"""

PARTS = f"""
SELECT DISTINCT part.id, fulfilment.id, fulfilment.kind, "order".id, "order".channel_id, line.id,
       line.position, line.variant_id, part.quantity, "order".placed_at
{_WAITING} AND "order".id = ANY((SELECT %(orders)s::bigint[])::bigint[])
ORDER BY "order".placed_at, "order".id, part.id
"""

Components = Mapping[int, Sequence[LineComponent]]


def announce_waiting_bundles(*, variant_ids: Iterable[int] | None, now: datetime) -> None:
    """
    Tell the outbox if bundles wait for these components (None: for any); one statement where none does.

    They are served in a transaction of their own: after levels were locked for other orders, no
    order may be locked.
    """
    wanted = None if variant_ids is None else sorted(variant_ids)
    variants = None if wanted is None else sql.integers(wanted)
    if sql.fetch_all(FIRST, {"variants": variants, "most": 1}):
        event = BundlesWait(None if wanted is None else tuple(wanted))
        publish("orders", event, at=now, actor=SYSTEM)


def allocate_waiting_bundles(*, variant_ids: Iterable[int] | None, now: datetime) -> int:
    """
    Hold what there is now for bundles that wait for these components (None: for any); answer the bundles.

    A building block of one statement where nothing waits. The orders are locked, then the levels of
    every component that may be taken, and only then it is decided, order by order.
    """
    db.require_transaction()
    variants = None if variant_ids is None else sql.integers(variant_ids)
    first = sorted(row[0] for row in sql.fetch_all(FIRST, {"variants": variants, "most": MOST_ORDERS}))
    if not first:
        return 0
    list(Order.objects.filter(pk__in=first).order_by("pk").select_for_update(no_key=True))
    parts = [Part(*row[:9]) for row in sql.fetch_all(PARTS, {"orders": sql.integers(first)})]
    components = _components(parts)
    locked = _lock_levels(parts, components, now)
    return sum(_serve(part, components[part.order_line_id], locked, now) for part in parts)


def _components(parts: Sequence[Part]) -> dict[int, list[LineComponent]]:
    found: dict[int, list[LineComponent]] = {}
    for row in LineComponent.objects.filter(line__in={part.order_line_id for part in parts}).order_by("pk"):
        found.setdefault(row.line_id, []).append(row)
    return found


def _lock_levels(parts: Sequence[Part], components: Components, now: datetime) -> set[tuple[int, int]]:
    """Lock the levels that any of them may be made up from, by primary key; answer which."""
    pairs = {
        (component.variant_id, location_id)
        for part in parts
        for location_id, _ in _places(part, components[part.order_line_id], now)
        for component in components[part.order_line_id]
    }
    StockLevel.objects.for_update_by_pairs(sorted(pairs))
    return pairs


def _places(part: Part, components: Sequence[LineComponent], now: datetime) -> list[tuple[int, int]]:
    made_of = tuple((component.variant_id, component.quantity) for component in components)
    kit = inventory.Kit(part.variant_id, part.quantity, made_of)
    found = inventory.assemble(channel_id=part.channel_id, kits=[kit], now=now, already_sold=True)
    return found.kits[0]


def _serve(
    part: Part, components: Sequence[LineComponent], locked: set[tuple[int, int]], now: datetime
) -> int:
    """Hold what a part can get of what is locked; what came since is for the next to look at."""
    shares, lacking = [], part.quantity
    for location_id, quantity in _places(part, components, now):
        if all((component.variant_id, location_id) in locked for component in components):
            lacking -= quantity
            shares.append(Share(part, location_id, quantity, last=not lacking))
    if not shares:
        return 0
    lines = move_shares(shares, [None] * len(shares), now)
    found = [
        inventory.Found(f"order:{part.order_id}", part.variant_id, share.location_id, share.quantity)
        for share in shares
    ]
    inventory.resolve_found(found=found, actor=SYSTEM, now=now)
    wants = hold_shares(lines, {part.order_line_id: components})
    inventory.reserve(wants=wants, expires_at=None, committed=True, actor=SYSTEM, now=now)
    return sum(share.quantity for share in shares)
