"""Counted by lot: what is there of each, and which is which of what nobody had told apart."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from inventory import errors
from inventory.models import LotStock, StockDocument
from inventory.services.batches import DocumentRef, Movement, Pair
from inventory.services.lot_books import LotBooks, Row
from inventory.services.moving import StockChange, lock_levels, read_levels, refuse_stockless
from inventory.services.naming import named_parts
from inventory.services.picking import LotUnits
from inventory.services.posting import post_movements
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7


def count_lots(
    *,
    location_id: int,
    variant_id: int,
    counted: Sequence[LotUnits],
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> StockChange:
    """
    Book a count by lot of all that a location has of a variant: each lot has what was counted of it,
    and one that was not is not there. The unknown lot's units become those of the lots found.

    One COUNT row for the difference of all; where that is none, rows of the lot ledger alone.

    Raises:
        ClaimInFlight, ClaimMismatch
        KeepsNoStock
        LotsRefused
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockChange):
            return replayed
        refuse_stockless([variant_id])
        pair = (variant_id, location_id)
        [level] = lock_levels([pair])
        if not level.tracked:
            raise errors.LotsRefused(field="lots", rule="not-tracked", sku=level.variant.sku)
        by = _differences(pair, counted)
        document = DocumentRef(StockDocument.Kind.COUNT, str(uuid7()), note)
        if difference := sum(lot.quantity for lot in by):
            sign = 1 if difference > 0 else -1
            lots = tuple(_signed(lot, sign) for lot in by)
            movement = Movement(*pair, difference, "COUNT", reason="cycle_count", lots=lots)
            post_movements(document=document, movements=[movement], actor=actor, occurred_at=now, now=now)
        elif by:
            _relabel(pair, by, document, actor, now)
        change = StockChange(str(document.kind), document.number, read_levels([pair]))
        return idempotency.settle(claim, change, now=now)


def _differences(pair: Pair, counted: Iterable[LotUnits]) -> list[LotUnits]:
    """By how much each lot differs, those not counted among them."""
    there = {
        one.lot.number: one.on_hand
        for one in LotStock.objects.filter(variant=pair[0], location=pair[1]).select_related("lot")
        if one.on_hand
    }
    seen: dict[str, LotUnits] = {}
    for lot in counted:
        if lot.number in seen:
            raise errors.LotsRefused(field="lots", rule="twice", lot=lot.number)
        seen[lot.number] = lot
    by = [
        LotUnits(lot.number, lot.quantity - there.get(lot.number, 0), lot.expires_on, lot.produced_on)
        for lot in seen.values()
    ]
    by += [LotUnits(number, -units) for number, units in there.items() if number not in seen]
    return [lot for lot in by if lot.quantity]


def _signed(lot: LotUnits, sign: int) -> LotUnits:
    return LotUnits(lot.number, sign * lot.quantity, lot.expires_on, lot.produced_on)


def _relabel(pair: Pair, by: Sequence[LotUnits], document: DocumentRef, actor: Actor, now: datetime) -> None:
    """The level is as the books have it: units go from lot to lot, without a row of the stock ledger."""
    posted = StockDocument.objects.create(
        kind=document.kind, number=document.number, note=document.note, actor=str(actor), occurred_at=now
    )
    out = tuple(_signed(lot, -1) for lot in by if lot.quantity < 0)
    came = tuple(lot for lot in by if lot.quantity > 0)
    units = sum(lot.quantity for lot in came)
    rows = [
        Row(None, posted.pk, document, Movement(*pair, sign * units, "COUNT", lots=lots), now)
        for sign, lots in ((-1, out), (1, came))
    ]
    books = LotBooks.load(rows)
    for row, sign in zip(rows, (-1, 1), strict=True):
        books.move(row, named_parts(books, row), sign=sign, actor=str(actor))
    books.store()
