"""Lots and serial numbers as they are named: what is said of them has to fit the goods and the books."""

from collections.abc import Sequence

from inventory import errors
from inventory.models import Dated, Lot, LotTracking, Tracks
from inventory.services.lot_books import LotBooks, Row
from inventory.services.picking import Held, LotUnits, Part

__all__ = ["LotUnits", "named_parts"]


def named_parts(books: LotBooks, row: Row) -> list[Part]:
    """
    The lots that a row names, with their units in the direction of its `delta`.

    A till's sale is always accepted: what a lot has not is the unknown lot's.

    Raises:
        LotsRefused
        LotNotThere: a lot has not so much here, or is past its day and was to be handed over.
    """
    tracking = books.tracking[row.movement.variant_id]
    _require_shape(row, tracking)
    parts: list[Part] = []
    for named in row.movement.lots:
        comes_in = (row.movement.delta > 0) == (named.quantity > 0)
        if comes_in and row.movement.bucket == "ON_HAND":
            parts.append((_coming(books, row, tracking, named), named.quantity))
        else:
            parts += _going(books, row, tracking, named)
    return parts


def _require_shape(row: Row, tracking: LotTracking) -> None:
    lots, sku = row.movement.lots, tracking.variant.sku
    numbers = [lot.number for lot in lots]
    if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise errors.LotsRefused(field="lots", rule="twice", sku=sku, lot=twice[0])
    named, expected = sum(lot.quantity for lot in lots), abs(row.movement.delta)
    if named != expected:
        raise errors.LotsRefused(
            field="lots", rule="sum-differs", sku=sku, lot=None, expected=expected, named=named
        )
    if tracking.tracks == Tracks.SERIAL:
        for lot in lots:
            if lot.number and abs(lot.quantity) != 1:
                raise errors.LotsRefused(field="serials", rule="serial-is-one-unit", sku=sku, lot=lot.number)


def _coming(books: LotBooks, row: Row, tracking: LotTracking, named: LotUnits) -> Held:
    if not named.number:
        if row.movement.kind == "RECEIPT":
            raise errors.LotsRefused(field="lots", rule="required", sku=tracking.variant.sku, lot=None)
        return next(one for one in books.shelf(row.pair) if one.unknown)
    lot = books.lots[row.movement.variant_id, named.number]
    _require_dates(tracking, named, lot)
    held = books.hold(row.pair, lot)
    if tracking.tracks == Tracks.SERIAL and held.units["ON_HAND"] > 0:
        _refuse("serial-in-stock", tracking, named, field="serials")
    if row.movement.kind == "RECEIPT":
        if held.is_past(books.today(row)):
            _refuse("past-its-day", tracking, named, field="expires_on")
        if held.blocked:
            _refuse("blocked", tracking, named)
    return held


def _require_dates(tracking: LotTracking, named: LotUnits, lot: Lot) -> None:
    if tracking.dated == Dated.NONE and named.expires_on is not None:
        _refuse("date-not-kept", tracking, named, field="expires_on")
    if tracking.dated != Dated.NONE and lot.expires_on is None:
        _refuse("date-required", tracking, named, field="expires_on")
    if named.expires_on is not None and named.expires_on != lot.expires_on:
        _refuse("date-differs", tracking, named, field="expires_on")
    if named.produced_on is not None and named.produced_on != lot.produced_on:
        _refuse("date-differs", tracking, named, field="produced_on")


def _refuse(rule: str, tracking: LotTracking, named: LotUnits, *, field: str = "lots") -> None:
    raise errors.LotsRefused(field=field, rule=rule, sku=tracking.variant.sku, lot=named.number)


def _going(books: LotBooks, row: Row, tracking: LotTracking, named: LotUnits) -> list[Part]:
    held = next((one for one in books.shelf(row.pair) if one.number == named.number), None)
    units = abs(named.quantity)
    sign = 1 if named.quantity > 0 else -1
    there = _there(held, row, units)
    if held is None or there < units:
        if not _is_till(row):
            raise errors.LotNotThere(
                sku=tracking.variant.sku,
                lot=named.number,
                requested=units,
                available=max(0, there),
                rule="not-enough",
            )
        return _as_far_as(books.shelf(row.pair), held, there, units)
    if row.movement.is_promise_kept and held.is_past(books.today(row)):
        raise errors.LotNotThere(
            sku=tracking.variant.sku, lot=named.number, requested=units, available=0, rule="past-its-day"
        )
    return [(held, sign * units)]


def _there(held: Held | None, row: Row, units: int) -> int:
    """How much of a lot the row may take."""
    if held is None:
        return 0
    if held.unknown and row.movement.bucket == "ON_HAND":
        return units
    if row.movement.bucket != "ON_HAND":
        return held.free if row.movement.delta > 0 else held.units[row.movement.bucket]
    keeps = row.movement.is_promise_kept or row.movement.kind == "TRANSFER_OUT"
    return held.free if keeps else held.units["ON_HAND"]


def _is_till(row: Row) -> bool:
    return row.movement.kind == "SALE" and not row.movement.is_promise_kept


def _as_far_as(shelf: Sequence[Held], held: Held | None, there: int, units: int) -> list[Part]:
    unknown = next(one for one in shelf if one.unknown)
    if held is None or there <= 0:
        return [(unknown, units)]
    return [(held, there), (unknown, units - there)]
