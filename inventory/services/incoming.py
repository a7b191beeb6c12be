"""What is under way to a level: raised by what is shipped or ordered, lowered by what arrives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from inventory import errors
from inventory.services.batches import Movement, Pair
from inventory.services.picking import LotUnits
from inventory.services.posting import create_levels
from omni.core import sql
from omni.core.errors import InvalidField
from omni.core.limits import require_units
from omni.outbox.events import IncomingChanged
from omni.outbox.publish import Message

# What open purchase orders and transfers bring to each level; verification compares, repair follows.
EXPECTED = """
    SELECT variant_id, location_id, sum(quantity)::bigint AS quantity
    FROM (
        SELECT line.variant_id, purchase.destination_id AS location_id,
               greatest(0, line.quantity - line.received - line.damaged) AS quantity
        FROM inventory_purchaseorderline AS line
        JOIN inventory_purchaseorder AS purchase ON purchase.id = line.order_id
        WHERE purchase.status IN ('ORDERED', 'PARTIALLY_RECEIVED')
        UNION ALL
        SELECT line.variant_id, transfer.destination_id,
               greatest(0, line.shipped - line.received - line.damaged)
        FROM inventory_transferline AS line
        JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id
        WHERE transfer.status IN ('SHIPPED', 'PARTIALLY_RECEIVED')
    ) AS brought
    GROUP BY variant_id, location_id
"""

EXPECTED_AT = f"""
SELECT quantity FROM ({EXPECTED}) AS expected
WHERE variant_id = %(variant)s::bigint AND location_id = %(location)s::bigint
"""

# Goods that stand at the door are booked even where a drift has left too little under way:
# `incoming` stops at zero then, and verification tells of it.
MOVE = """
WITH locked AS MATERIALIZED (
    SELECT level.id, change.by
    FROM unnest((SELECT %(variants)s::bigint[]), %(locations)s::bigint[], %(by)s::bigint[])
         AS change (variant_id, location_id, by)
    JOIN inventory_stocklevel AS level
      ON level.variant_id = change.variant_id AND level.location_id = change.location_id
    ORDER BY level.id
    FOR NO KEY UPDATE OF level
)
UPDATE inventory_stocklevel AS level
SET incoming = greatest(0, level.incoming + locked.by)
FROM locked
WHERE level.id = locked.id
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of a variant: units fit for sale, and damaged ones beside them; `lots` are of both."""

    variant_id: int
    received: int
    damaged: int = 0
    lots: tuple[LotUnits, ...] = ()

    @property
    def units(self) -> int:
        return self.received + self.damaged


def move_incoming(by: Mapping[Pair, int]) -> list[Message]:
    """
    Raise or lower `incoming` of (variant, location) levels; answer what the outbox is to be told.

    A building block that locks levels by primary key: call it last. Who moves stock in the same
    transaction locks the levels of both first.
    """
    changed = {pair: units for pair, units in by.items() if units}
    if not changed:
        return []
    create_levels(list(changed))
    variants, locations = zip(*changed, strict=True)
    sql.fetch_all(
        MOVE,
        {
            "variants": sql.integers(variants),
            "locations": sql.integers(locations),
            "by": sql.integers(changed.values()),
        },
    )
    return [Message("stock", IncomingChanged(variants, locations))]


def expected_at(pair: Pair) -> int:
    """What open transfers and purchase orders bring to a level."""
    row = sql.fetch_one(EXPECTED_AT, {"variant": pair[0], "location": pair[1]})
    return int(row[0]) if row else 0


def summed_arrivals(arrivals: Iterable[Arrival], expected: Mapping[int, str]) -> dict[int, Arrival]:
    """
    Arrivals by variant, added up, without those of nothing; `expected` are sku by variant.

    Raises:
        NotExpected: a variant is not on the document.
        InvalidField: more of a variant than can be moved in one go.
    """
    found: dict[int, Arrival] = {}
    for arrival in arrivals:
        before = found.get(arrival.variant_id, Arrival(arrival.variant_id, 0))
        found[arrival.variant_id] = Arrival(
            arrival.variant_id,
            before.received + arrival.received,
            before.damaged + arrival.damaged,
            before.lots + arrival.lots,
        )
        require_units(found[arrival.variant_id].units, field="lines")
    if strange := sorted(set(found) - set(expected)):
        raise errors.NotExpected(skus=skus_of(strange))
    return {variant_id: arrival for variant_id, arrival in found.items() if arrival.units}


def skus_of(variant_ids: Sequence[int]) -> list[str]:
    rows = sql.fetch_all(
        "SELECT sku FROM catalog_variant WHERE id = ANY((SELECT %(ids)s::bigint[])::bigint[]) ORDER BY sku",
        {"ids": sql.integers(variant_ids)},
    )
    return [row[0] for row in rows]


def arrived(arrivals: Iterable[Arrival], *, location_id: int, kind: str) -> list[Movement]:
    """The movements of arrivals: all of it is on hand, and what is damaged is set aside."""
    movements = []
    for arrival in arrivals:
        movements.append(Movement(arrival.variant_id, location_id, arrival.units, kind, lots=arrival.lots))
        if arrival.damaged:
            movements.append(
                Movement(
                    arrival.variant_id,
                    location_id,
                    arrival.damaged,
                    "DAMAGE",
                    "DAMAGED",
                    "damaged",
                    lots=tuple(LotUnits(lot.number, lot.damaged) for lot in arrival.lots if lot.damaged),
                )
            )
    return movements


def require_reason(reason: str) -> None:
    """
    Raises:
        InvalidField: it is blank.
    """
    if not reason.strip():
        raise InvalidField(field="reason", rule="required")


def draw_number(table: str, prefix: str) -> tuple[int, str]:
    """Draw the key of a row that is yet to be written, and the number that people call it by."""
    row = sql.fetch_one(f"SELECT nextval('{table}_id_seq')")
    assert row is not None
    return row[0], f"{prefix}{row[0]:07d}"
