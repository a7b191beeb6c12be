"""
What of the order book waits for stock, and how it is counted.

A waiting part stands in a fulfilment that is PROPOSED and has no location: sold ahead by intent
(`LinePromise`), sold outside with a discrepancy, or rejected where it should have left. There is one
queue, by the moment of ordering, of what is delivered. What is collected and was rejected is not in it:
its buyer chose the shop.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from inventory import services as inventory
from omni.core import sql
from omni.core.actor import Actor
from omni.outbox import publish as outbox
from omni.outbox.events import BacklogChanged
from orders.models import Order
from orders.routing.rules import RULES_OF
from orders.shipping import SHIPPED

# `good` is what a unit of a part takes: itself, or a bundle's components as it was sold.
WAITING = """
FROM orders_fulfilment AS fulfilment
JOIN orders_order AS "order" ON "order".id = fulfilment.order_id AND "order".status IN ('PLACED', 'PENDING')
JOIN orders_fulfilmentline AS part ON part.fulfilment_id = fulfilment.id AND part.quantity > 0
JOIN orders_orderline AS line ON line.id = part.order_line_id
JOIN catalog_variant AS variant ON variant.id = line.variant_id AND variant.keeps_stock
LEFT JOIN orders_linepromise AS promise ON promise.line_id = line.id
CROSS JOIN LATERAL (
    SELECT component.variant_id, component.quantity::bigint AS units
    FROM orders_linecomponent AS component WHERE component.line_id = line.id
    UNION ALL
    SELECT line.variant_id, 1
    WHERE NOT EXISTS (SELECT FROM orders_linecomponent AS component WHERE component.line_id = line.id)
) AS good
WHERE fulfilment.status = 'PROPOSED' AND fulfilment.location_id IS NULL
  AND fulfilment.kind IN ('SHIP', 'SHIP_FROM_STORE')
"""

# What had its units once counts against no policy's limit any more, nor waits by intent.
AHEAD = "(promise.line_id IS NOT NULL AND NOT fulfilment.rerouted)"

# Where a line can't come from: a location that rejected it, until that discrepancy is settled. Of a
# closed shop there is none to settle: a person may move it there again.
BARRED = """
ARRAY(
    SELECT failed.location_id
    FROM orders_fulfilmentline AS refused
    JOIN orders_fulfilment AS failed ON failed.id = refused.fulfilment_id AND failed.status = 'FAILED'
    WHERE refused.order_line_id = line.id
      AND (failed.rejection = 'STORE_CLOSED' OR EXISTS (
          SELECT FROM inventory_discrepancy AS rejected
          WHERE rejected.source = 'fulfilment:' || failed.id AND rejected.status = 'OPEN'))
)"""

# What may be allocated: its order is placed, and it is released.
READY = """("order".status = 'PLACED'
       AND (promise.release_at IS NULL OR promise.release_at <= %(now)s::timestamptz))"""

PART = f"""
SELECT part.id, fulfilment.id, fulfilment.kind, "order".id, "order".channel_id, line.id, line.position,
       line.variant_id, part.quantity, {AHEAD}, {READY},
       array_agg(ARRAY[good.variant_id, good.units] ORDER BY good.variant_id), {BARRED},
       ({RULES_OF.format(channel='"order".channel_id')})
"""
GROUPED = """
GROUP BY part.id, fulfilment.id, "order".id, line.id, promise.line_id
ORDER BY "order".placed_at, "order".id, part.id
"""

PARTS_OF = f"""{PART} {WAITING} AND "order".id = %(order)s::bigint {GROUPED}"""


class Part(NamedTuple):
    """
    A fulfilment line that waits; `goods` are (variant, units) that one unit of it takes, `barred` the
    locations that can't give it any, `routing` the weights of its channel's rules, if it has any.
    """

    id: int
    fulfilment_id: int
    kind: str
    order_id: int
    channel_id: int
    order_line_id: int
    position: int
    variant_id: int
    quantity: int
    ahead: bool = False
    ready: bool = True
    goods: tuple[tuple[int, int], ...] = ()
    barred: frozenset[int] = frozenset()
    routing: str | None = None

    @property
    def queued(self) -> bool:
        """It is delivered: counted in the backlog, and served by itself."""
        return self.kind in SHIPPED

    @property
    def bundled(self) -> bool:
        return any(variant_id != self.variant_id for variant_id, _ in self.goods)

    @property
    def components(self) -> tuple[tuple[int, int], ...]:
        return self.goods if self.bundled else ()


def part_of(row: sql.Row) -> Part:
    goods = tuple((variant_id, units) for variant_id, units in row[11])
    return Part._make((*row[:11], goods, frozenset(row[12]), row[13]))


def lower(served: Iterable[tuple[Part, int]]) -> None:
    """Count so many units of parts as waiting no longer. A building block, for before levels are locked."""
    by_channel: dict[int, list[tuple[int, int, tuple[tuple[int, int], ...], bool]]] = {}
    for part, units in served:
        if not part.queued:
            continue
        row = (part.variant_id, units, part.components, part.ahead)
        by_channel.setdefault(part.channel_id, []).append(row)
    changes: dict[tuple[int, int], tuple[int, int]] = {}
    for channel_id, parts in by_channel.items():
        changes |= inventory.changes_of(channel_id, parts)
    inventory.lower_backlog(changes)


def stop_waiting(order: Order, *, actor: Actor, now: datetime) -> None:
    """
    Give back what an order that is about to end still waits for. A building block, for while the order
    is locked and its fulfilments are open, before levels are.
    """
    parts = [part_of(row) for row in sql.fetch_all(PARTS_OF, {"order": order.pk, "now": now})]
    if not parts:
        return
    lower([(part, part.quantity) for part in parts])
    tell(parts, actor=actor, now=now)


def tell(parts: Iterable[Part], *, actor: Actor, now: datetime) -> None:
    variants = sorted({variant_id for part in parts for variant_id, _ in part.goods})
    outbox.publish("orders", BacklogChanged(tuple(variants)), at=now, actor=actor)
