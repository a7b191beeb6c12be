"""
What moves a tracked level moves its lots: the rules, for each row of the stock ledger.

Called by posting, in its transaction and under the locks of its levels, so that two who take the
last units of a lot do it one after the other. Nothing here runs where no level is tracked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from inventory import errors
from inventory.models import LotTracking, Tracks
from inventory.services import naming
from inventory.services.batches import Movement, Pair, Posting
from inventory.services.lot_books import LotBooks, Row
from inventory.services.opening import Opening, open_discrepancies
from inventory.services.picking import (
    Held,
    Leaving,
    Part,
    choose_coming_back,
    choose_leaving,
    choose_set_aside,
)
from omni.core.actor import Actor

# Nobody could say of which lot these are: the books are opened or repaired, not the goods received.
SAYS_NOTHING = ("OPENING", "CORRECTION")
GONE = ("SALE", "TRANSFER_OUT")


@dataclass(slots=True)
class _Run:
    """One posting: its books, which lots each document touched at each level, and what it found."""

    books: LotBooks
    touched: dict[tuple[int, Pair], dict[int, Held]] = field(default_factory=dict)
    sent: dict[tuple[int, int], list[Part]] = field(default_factory=dict)
    came: dict[tuple[Pair, int], int] = field(default_factory=dict)
    openings: list[Opening] = field(default_factory=list)


def book(
    *,
    documents: Sequence[Posting],
    pairs: Sequence[Pair],
    document_ids: Sequence[int],
    entry_ids: Sequence[int],
    actor: Actor,
    now: datetime,
) -> list[Movement]:
    """
    Write the lot ledger's rows of what was posted to the tracked levels `pairs`; answer what is to be
    set aside, or no longer is: blocked or past its day and come in, sold out of quality control.

    Raises:
        LotsRefused: what is named breaks a rule, or nothing is named where it has to be.
        LotNotThere: a named lot has not so much here, or what is left is past its day.
    """
    rows = _rows(documents, set(pairs), document_ids, entry_ids)
    if not rows:
        return []
    run = _Run(LotBooks.load(rows))
    for row in rows:
        _book(run, row, str(actor))
    run.books.store()
    if run.openings:
        open_discrepancies(openings=run.openings, actor=actor, now=now)
    return _aside(run, now)


def _rows(
    documents: Sequence[Posting], pairs: set[Pair], document_ids: Sequence[int], entry_ids: Sequence[int]
) -> list[Row]:
    """The rows of tracked levels; `entry_ids` are those of all movements, in their order."""
    every = [
        (document_id, ref, movement, occurred_at)
        for document_id, (ref, movements, occurred_at) in zip(document_ids, documents, strict=True)
        for movement in movements
    ]
    if any(movement.lots and _pair(movement) not in pairs for _, _, movement, _ in every):
        raise errors.LotsRefused(field="lots", rule="not-tracked")
    if not pairs:
        return []
    return [
        Row(entry_id, document_id, ref, movement, occurred_at)
        for entry_id, (document_id, ref, movement, occurred_at) in zip(entry_ids, every, strict=True)
        if _pair(movement) in pairs
    ]


def _pair(movement: Movement) -> Pair:
    return movement.variant_id, movement.location_id


def _book(run: _Run, row: Row, actor: str) -> None:
    movement = row.movement
    parts = naming.named_parts(run.books, row) if movement.lots else _chosen(run, row)
    sign = 1 if movement.delta > 0 else -1
    run.books.move(row, parts, sign=sign, actor=actor)
    _remember(run, row, parts)
    if movement.kind == "SALE" and movement.bucket == "ON_HAND" and movement.delta < 0:
        run.openings += _found(run.books, row, parts)


def _remember(run: _Run, row: Row, parts: Iterable[Part]) -> None:
    movement = row.movement
    touched = run.touched.setdefault((row.document_id, row.pair), {})
    for held, units in parts:
        touched[held.lot_id] = held
        if movement.bucket == "ON_HAND" and movement.delta > 0:
            key = (row.pair, held.lot_id)
            run.came[key] = run.came.get(key, 0) + units
        if movement.kind == "TRANSFER_OUT" and movement.delta < 0:
            run.sent.setdefault((row.document_id, movement.variant_id), []).append((held, units))


def _chosen(run: _Run, row: Row) -> list[Part]:
    """The lots of a row that names none."""
    movement, shelf = row.movement, run.books.shelf(row.pair)
    tracking = run.books.tracking[movement.variant_id]
    serial = tracking.tracks == Tracks.SERIAL
    before = list(run.touched.get((row.document_id, row.pair), {}).values())
    units = abs(movement.delta)
    if movement.delta < 0:
        leaving = _leaving(run.books, row, tracking)
        return choose_leaving(shelf, leaving, before=before)
    if movement.bucket != "ON_HAND":
        return choose_set_aside(shelf, units, serial=serial, before=before)
    if movement.kind == "RECEIPT" and row.ref.kind not in SAYS_NOTHING:
        raise errors.LotsRefused(field="lots", rule="required", sku=tracking.variant.sku)
    return _coming_back(run, row, units, serial=serial)


def _leaving(books: LotBooks, row: Row, tracking: LotTracking) -> Leaving:
    movement = row.movement
    strict = movement.kind in GONE and (movement.is_promise_kept or movement.kind == "TRANSFER_OUT")
    serial = tracking.tracks == Tracks.SERIAL
    if strict and serial and movement.bucket == "ON_HAND":
        raise errors.LotsRefused(field="serials", rule="required", sku=tracking.variant.sku)
    return Leaving(
        bucket=movement.bucket,
        units=abs(movement.delta),
        today=books.today(row),
        serial=serial,
        sold=movement.kind in GONE,
        strict=strict,
        days=books.days.get((movement.variant_id, movement.channel_id or 0), 0),
    )


def _coming_back(run: _Run, row: Row, units: int, *, serial: bool) -> list[Part]:
    """
    What was sent by the same document, or left by those that the movement names, comes back as it left.

    Of several serial numbers none is chosen: unless all of them come, which came is for people to say.
    """
    movement = row.movement
    sent = run.sent.get((row.document_id, movement.variant_id), []) if movement.kind == "TRANSFER_IN" else []
    left = [(_here(run.books, row, held), most) for held, most in sent] or run.books.came_from(row)
    if serial and sum(most for _, most in left) != units:
        left = []
    parts = choose_coming_back(run.books.shelf(row.pair), units, left)
    outstanding = run.books.outstanding.get((row.document_id, movement.variant_id), {})
    for held, part in parts:
        if held.lot_id in outstanding:
            outstanding[held.lot_id] -= part
    return parts


def _here(books: LotBooks, row: Row, held: Held) -> Held:
    """A lot that was sent from elsewhere, on the shelf where it arrives."""
    shelf = books.shelves[row.pair]
    return shelf.setdefault(held.lot_id, Held(held.lot_id, held.number, held.expires_on, held.blocked))


def _found(books: LotBooks, row: Row, parts: Sequence[Part]) -> list[Opening]:
    """What has left the shop has left it; that it was past its day, or of an unknown lot, is told."""
    today, where, source = books.today(row), row.pair, str(row.ref)
    past = sum(units for held, units in parts if held.is_past(today))
    nameless = sum(min(units, max(0, -held.units["ON_HAND"])) for held, units in parts if held.unknown)
    known = any(held.units["ON_HAND"] > 0 for held in books.shelf(row.pair) if not held.unknown)
    found = [Opening("EXPIRED_SOLD", *where, past, source)] if past else []
    return [*found, Opening("LOT_UNKNOWN", *where, nameless, source)] if nameless and known else found


def _aside(run: _Run, now: datetime) -> list[Movement]:
    movements = []
    for (pair, lot_id), held in run.books.changed.items():
        if held.unknown:
            continue
        today = now.astimezone(run.books.zones[pair[1]]).date()
        came = run.came.get((pair, lot_id), 0)
        if came and (held.blocked or held.is_past(today)) and held.free > 0:
            movements.append(_set(pair, held, "QUALITY_CONTROL", min(came, held.free)))
        movements += _back_on_shelf(pair, held)
    return movements


def _back_on_shelf(pair: Pair, held: Held) -> list[Movement]:
    """What is gone is no longer set aside: of the units in quality control first."""
    over, movements = max(0, -held.free), []
    for bucket in ("QUALITY_CONTROL", "DAMAGED"):
        if part := min(over, held.units[bucket]):
            movements.append(_set(pair, held, bucket, -part))
            over -= part
    return movements


def _set(pair: Pair, held: Held, bucket: str, delta: int) -> Movement:
    lots = (naming.LotUnits(held.number, abs(delta)),)
    return Movement(*pair, delta, "ADJUSTMENT", bucket, "other", lots=lots)
