"""Loading what a posting's lots are booked against, and storing what it changed: a few statements a batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from catalog.services.constraints import refusing
from inventory import errors
from inventory.models import Lot, LotEntry, LotStock, LotTracking
from inventory.services.batches import DocumentRef, Movement, Pair
from inventory.services.picking import Held, LotUnits, Part, first_expired
from omni.core import sql
from organisation.models import Location

# Under way still: what left by these documents, less what has come back by them and from them.
OUTSTANDING = """
WITH of_documents AS (
    SELECT unnest((SELECT %(documents)s::bigint[])::bigint[]) AS id
    UNION
    SELECT document_id FROM inventory_movementorigin
    WHERE origin_id = ANY((SELECT %(documents)s::bigint[])::bigint[])
)
SELECT entry.variant_id, entry.lot_id, -sum(entry.delta)::bigint
FROM inventory_lotentry AS entry
JOIN of_documents ON of_documents.id = entry.document_id
WHERE entry.kind IN ('SALE', 'RETURN', 'TRANSFER_OUT', 'TRANSFER_IN') AND entry.bucket = 'ON_HAND'
GROUP BY entry.variant_id, entry.lot_id
HAVING sum(entry.delta) < 0
"""

# Ordered, so that two who bring the same new lots wait for one another in the same order.
CREATE_LOTS = """
INSERT INTO inventory_lot
    (variant_id, number, expires_on, produced_on, blocked_by, block_reason)
SELECT * FROM (
    SELECT DISTINCT ON (variant_id, number) variant_id, number, expires_on, produced_on, '' AS by, '' AS why
    FROM unnest((SELECT %(variants)s::bigint[]), %(numbers)s::text[], %(expiries)s::date[], %(made)s::date[])
         AS row (variant_id, number, expires_on, produced_on)
    ORDER BY variant_id, number
) AS fresh
ON CONFLICT (variant_id, number) DO NOTHING
"""

DAYS = """
SELECT wanted.variant_id, wanted.channel_id, inventory_days_left_at_least(wanted.variant_id, wanted.channel_id)
FROM unnest((SELECT %(variants)s::bigint[]), %(channels)s::bigint[]) AS wanted (variant_id, channel_id)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A ledger row of a tracked level, and where it stands."""

    entry_id: int | None
    document_id: int
    ref: DocumentRef
    movement: Movement
    occurred_at: datetime

    @property
    def pair(self) -> Pair:
        return self.movement.variant_id, self.movement.location_id


@dataclass(slots=True)
class LotBooks:
    """Everything that the rows of one posting read, and what they have written so far."""

    tracking: dict[int, LotTracking]
    zones: dict[int, ZoneInfo]
    lots: dict[tuple[int, str], Lot]
    shelves: dict[Pair, dict[int, Held]]
    days: dict[tuple[int, int], int] = field(default_factory=dict)
    outstanding: dict[tuple[int, int], dict[int, int]] = field(default_factory=dict)
    entries: list[LotEntry] = field(default_factory=list)
    changed: dict[tuple[Pair, int], Held] = field(default_factory=dict)

    @classmethod
    def load(cls, rows: Sequence[Row]) -> "LotBooks":
        variant_ids = {row.movement.variant_id for row in rows}
        tracking = {
            one.variant_id: one
            for one in LotTracking.objects.filter(variant__in=variant_ids).select_related("variant")
        }
        books = cls(tracking, _zones(rows), {}, {row.pair: {} for row in rows})
        books.load_stock()
        books._load_named(rows)
        books._load_outstanding([row for row in rows if row.movement.origins])
        books._load_days([row.movement for row in rows if row.movement.channel_id is not None])
        return books

    def load_stock(self) -> None:
        variants, locations = {pair[0] for pair in self.shelves}, {pair[1] for pair in self.shelves}
        unknown = {lot.variant_id: lot for lot in Lot.objects.filter(variant__in=variants, number="")}
        for pair in self.shelves:
            self.hold(pair, unknown[pair[0]])
        stock = LotStock.objects.filter(variant__in=variants, location__in=locations).select_related("lot")
        for one in stock.order_by("pk"):
            pair = (one.variant_id, one.location_id)
            if pair in self.shelves:
                held = self.hold(pair, one.lot)
                held.units = {
                    "ON_HAND": one.on_hand, "DAMAGED": one.damaged, "QUALITY_CONTROL": one.quality_control
                }  # fmt: skip

    def _load_named(self, rows: Sequence[Row]) -> None:
        """The lots that are named; those that come in and nobody knows are written."""
        named = [
            (row.movement.variant_id, lot, row.movement.delta > 0)
            for row in rows
            for lot in row.movement.lots
        ]
        if not named:
            return
        create_lots([(variant_id, lot) for variant_id, lot, comes_in in named if comes_in and lot.number])
        found = Lot.objects.filter(
            variant__in={variant_id for variant_id, _, _ in named},
            number__in={lot.number for _, lot, _ in named},
        )
        self.lots = {(lot.variant_id, lot.number): lot for lot in found}

    def _load_outstanding(self, rows: Sequence[Row]) -> None:
        for row in rows:
            key = (row.document_id, row.movement.variant_id)
            if key in self.outstanding:
                continue
            found = sql.fetch_all(OUTSTANDING, {"documents": sql.integers(row.movement.origins)})
            for variant_id, lot_id, units in found:
                self.outstanding.setdefault((row.document_id, variant_id), {})[lot_id] = units
        self._hold_all({lot_id for lots in self.outstanding.values() for lot_id in lots}, rows)

    def _hold_all(self, lot_ids: Iterable[int], rows: Sequence[Row]) -> None:
        for lot in Lot.objects.filter(pk__in=list(lot_ids)):
            for row in rows:
                if row.movement.variant_id == lot.variant_id:
                    self.hold(row.pair, lot)

    def _load_days(self, movements: Sequence[Movement]) -> None:
        wanted = {(one.variant_id, one.channel_id) for one in movements if one.channel_id is not None}
        if wanted:
            params = {
                "variants": sql.integers(variant for variant, _ in wanted),
                "channels": sql.integers(channel for _, channel in wanted),
            }
            self.days = {(row[0], row[1]): row[2] for row in sql.fetch_all(DAYS, params)}

    def hold(self, pair: Pair, lot: Lot) -> Held:
        """The lot on the shelf of a place, where it may have nothing yet."""
        shelf = self.shelves[pair]
        if lot.pk not in shelf:
            shelf[lot.pk] = Held(lot.pk, lot.number, lot.expires_on, lot.blocked_at is not None)
        return shelf[lot.pk]

    def shelf(self, pair: Pair) -> list[Held]:
        return list(self.shelves[pair].values())

    def today(self, row: Row) -> date:
        """The location's own date when it happened."""
        at = row.movement.occurred_at or row.occurred_at
        return at.astimezone(self.zones[row.movement.location_id]).date()

    def came_from(self, row: Row) -> list[Part]:
        """What of the movement's origins has not come back, the first to expire first."""
        left = self.outstanding.get((row.document_id, row.movement.variant_id), {})
        return [
            (one, left[one.lot_id]) for one in first_expired(self.shelf(row.pair)) if left.get(one.lot_id)
        ]

    def move(self, row: Row, parts: Iterable[Part], *, sign: int, actor: str) -> None:
        """Write the rows of one ledger row: so many units of each lot, in its direction."""
        for held, units in parts:
            if units:
                held.units[row.movement.bucket] += sign * units
                self.changed[row.pair, held.lot_id] = held
                self.entries.append(_entry(row, held, sign * units, actor))

    def store(self) -> None:
        """
        Write the rows and the stock that they leave.

        Raises:
            LotsRefused: a serial number is in stock already, somewhere.
        """
        LotEntry.objects.bulk_create(self.entries)
        store_stock([
            (pair, held, self.tracking[pair[0]].tracks == "SERIAL") for (pair, _), held in self.changed.items()
        ])  # fmt: skip


def _zones(rows: Iterable[Row]) -> dict[int, ZoneInfo]:
    places = Location.objects.filter(pk__in={row.movement.location_id for row in rows})
    return {pk: ZoneInfo(zone) for pk, zone in places.values_list("pk", "time_zone")}


def _entry(row: Row, held: Held, delta: int, actor: str) -> LotEntry:
    movement = row.movement
    return LotEntry(
        occurred_at=movement.occurred_at or row.occurred_at,
        entry_id=row.entry_id,
        variant_id=movement.variant_id,
        location_id=movement.location_id,
        lot_id=held.lot_id,
        document_id=row.document_id,
        bucket=movement.bucket,
        kind=movement.kind,
        delta=delta,
        balance_after=held.units[movement.bucket],
        actor=actor,
    )


def create_lots(named: Iterable[tuple[int, LotUnits]]) -> None:
    fresh = list(named)
    if fresh:
        sql.fetch_all(
            CREATE_LOTS,
            {
                "variants": sql.integers(variant_id for variant_id, _ in fresh),
                "numbers": [lot.number for _, lot in fresh],
                "expiries": [lot.expires_on for _, lot in fresh],
                "made": [lot.produced_on for _, lot in fresh],
            },
        )


STORE = """
INSERT INTO inventory_lotstock
    (variant_id, location_id, lot_id, on_hand, damaged, quality_control, unknown, serial)
SELECT * FROM unnest(
    (SELECT %(variants)s::bigint[]), %(locations)s::bigint[], %(lots)s::bigint[], %(on_hand)s::bigint[],
    %(damaged)s::bigint[], %(quality_control)s::bigint[], %(unknown)s::boolean[], %(serial)s::boolean[]
) AS row (variant_id, location_id, lot_id, on_hand, damaged, quality_control, unknown, serial)
ORDER BY on_hand, lot_id
ON CONFLICT (variant_id, location_id, lot_id) DO UPDATE
SET on_hand = excluded.on_hand, damaged = excluded.damaged, quality_control = excluded.quality_control
"""


# Of what was there and is gone; before the rest is written, for a serial number moves from place to place.
CLEAR = """
DELETE FROM inventory_lotstock AS stock
USING unnest((SELECT %(variants)s::bigint[]), %(locations)s::bigint[], %(lots)s::bigint[])
      AS gone (variant_id, location_id, lot_id)
WHERE stock.variant_id = gone.variant_id AND stock.location_id = gone.location_id
  AND stock.lot_id = gone.lot_id
"""


def store_stock(rows: Sequence[tuple[Pair, Held, bool]]) -> None:
    """Units that leave are written before those that arrive; what is gone has no row."""
    gone = [row for row in rows if not any(row[1].units.values())]
    left = [row for row in rows if any(row[1].units.values())]
    if gone:
        sql.fetch_all(CLEAR, _keys(gone))
    if not left:
        return
    held = [one for _, one, _ in left]
    params: dict[str, Any] = {
        **_keys(left),
        "on_hand": sql.integers(one.units["ON_HAND"] for one in held),
        "damaged": sql.integers(one.units["DAMAGED"] for one in held),
        "quality_control": sql.integers(one.units["QUALITY_CONTROL"] for one in held),
        "unknown": [one.unknown for one in held],
        "serial": [serial for _, _, serial in left],
    }
    # The unit is one, so it can't be in two places: the constraint is what two who book it at once meet.
    numbers = sorted(one.number for _, one, serial in left if serial and one.units["ON_HAND"] > 0)
    taken = errors.LotsRefused(field="lots", rule="serial-in-stock", lot=", ".join(numbers))
    with refusing("serial_in_one_place", taken):
        sql.fetch_all(STORE, params)


def _keys(rows: Sequence[tuple[Pair, Held, bool]]) -> dict[str, Any]:
    return {
        "variants": sql.integers(pair[0] for pair, _, _ in rows),
        "locations": sql.integers(pair[1] for pair, _, _ in rows),
        "lots": sql.integers(held.lot_id for _, held, _ in rows),
    }
