"""Reads of lots: what a place has of each, and where the units of one came from and went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, Case, QuerySet, Value, When

from inventory import errors
from inventory.models import Lot, LotStock
from omni.core import sql

# Every row that moved the lot on hand, with its document; of a receipt whom it came from.
MOVES = """
SELECT entry.id, entry.recorded_at, entry.kind, location.code, document.kind, document.number, entry.delta,
       supplier.code, orders.number, transfer.number
FROM inventory_lotentry AS entry
JOIN inventory_stockdocument AS document ON document.id = entry.document_id
JOIN organisation_location AS location ON location.id = entry.location_id
LEFT JOIN inventory_purchasereceipt AS receipt ON receipt.document_id = document.id
LEFT JOIN inventory_purchaseorder AS orders ON orders.id = receipt.order_id
LEFT JOIN inventory_supplier AS supplier ON supplier.id = orders.supplier_id
LEFT JOIN inventory_transferposting AS posting ON posting.document_id = document.id
LEFT JOIN inventory_transfer AS transfer ON transfer.id = posting.transfer_id
WHERE entry.lot_id = %(lot)s::bigint AND entry.bucket = 'ON_HAND'
ORDER BY entry.id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """What a location has of a lot."""

    location: str
    on_hand: int
    damaged: int
    quality_control: int


@dataclass(frozen=True, slots=True)
class LotMove:
    """`quantity` units of a lot that came (above zero) or went by a document."""

    entry: int
    at: datetime
    kind: str
    location: str
    document_kind: str
    document: str
    quantity: int
    supplier: str | None
    purchase_order: str | None
    transfer: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """
    `received` + `found` + `came_back` = `sold` + `written_off` + `under_way` + `on_hand`: every unit
    that the books know is in one of them.
    """

    received: int
    found: int
    came_back: int
    sold: int
    written_off: int
    under_way: int
    on_hand: int

    @property
    def add_up(self) -> bool:
        came = self.received + self.found + self.came_back
        return came == self.sold + self.written_off + self.under_way + self.on_hand


@dataclass(frozen=True, slots=True)
class Trace:
    """A lot's whole way: where it is, and every document that moved it."""

    sku: str
    lot: str
    expires_on: date | None
    produced_on: date | None
    blocked_at: datetime | None
    places: tuple[Place, ...]
    moves: tuple[LotMove, ...]
    totals: Totals


def find_lots(*, number: str, sku: str = "") -> list[Lot]:
    """
    The lots, or units, of that number: of one variant, or of all that have one so called.

    Raises:
        UnknownLot
    """
    found = Lot.objects.filter(number=number).exclude(number="").select_related("variant")
    lots = list((found.filter(variant__sku=sku) if sku else found).order_by("variant__sku"))
    if not lots:
        raise errors.UnknownLot(lot=number, sku=sku)
    return lots


def trace(lot: Lot) -> Trace:
    """Where every unit of a lot is, came from and went; three statements."""
    stock = LotStock.objects.filter(lot=lot)
    places = [
        Place(one.location.code, one.on_hand, one.damaged, one.quality_control)
        for one in stock.select_related("location").order_by("location__code")
    ]
    moves = [LotMove(*row) for row in sql.fetch_all(MOVES, {"lot": lot.pk})]
    return Trace(
        sku=lot.variant.sku,
        lot=lot.number,
        expires_on=lot.expires_on,
        produced_on=lot.produced_on,
        blocked_at=lot.blocked_at,
        places=tuple(places),
        moves=tuple(moves),
        totals=_totals(moves, sum(place.on_hand for place in places)),
    )


def _totals(moves: Sequence[LotMove], on_hand: int) -> Totals:
    def total(*kinds: str, sign: int = 1) -> int:
        return sum(sign * move.quantity for move in moves if move.kind in kinds)

    corrections = [move.quantity for move in moves if move.kind in ("ADJUSTMENT", "COUNT", "DAMAGE")]
    return Totals(
        received=total("RECEIPT"),
        found=sum(units for units in corrections if units > 0),
        came_back=total("RETURN"),
        sold=total("SALE", sign=-1),
        written_off=-sum(units for units in corrections if units < 0),
        under_way=total("TRANSFER_OUT", "TRANSFER_IN", sign=-1),
        on_hand=on_hand,
    )


def list_lot_stock(*, location_id: int | None = None) -> QuerySet[LotStock]:
    """What places have of lots, with names and whether the lot is blocked; of one place, if given."""
    blocked: Any = Case(
        When(lot__blocked_at__isnull=False, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    named = LotStock.objects.annotate(blocked=blocked).select_related("variant", "location", "lot")
    return named if location_id is None else named.filter(location=location_id)
