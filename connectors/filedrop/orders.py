"""Orders out of a file's lines: those of one order together, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.filedrop import columns
from connectors.filedrop.columns import Column
from connectors.filedrop.reasons import Reason, ValueRefused
from connectors.filedrop.settings import BUYER, CHANNEL, CsvSettings
from connectors.filedrop.sheets import Row, Sheet

# Of an order and not of its line: the same on every line of it.
COMMON = ("placed_at", "currency", "total", "shipping", *CHANNEL, *BUYER)


@dataclass(frozen=True, slots=True)
class Reading:
    """The orders that can be taken; why others can't, and the lines that those stand on."""

    orders: Sequence[dict[str, Any]]
    reasons: Sequence[Reason]
    refused: Sequence[Row]


@dataclass(slots=True)
class _Reader:
    given: CsvSettings
    by_field: dict[str, Column]
    reasons: list[Reason] = field(default_factory=list)

    def value(self, row: Row, name: str, convert: Any) -> Any:
        """A cell as what it means; None, and a reason, where it means nothing."""
        column, text = self.by_field[name], row.cells[name]
        try:
            if not text:
                raise ValueRefused("must not be empty")
            return convert(text, column.form)
        except ValueRefused as error:
            self.refuse(row, name, str(error))
            return None

    def refuse(self, row: Row, name: str, rule: str) -> None:
        place = self.by_field[name]
        shown = place.place if place.number is None else f"#{place.number + 1}"
        self.reasons.append(Reason(row.line, shown, row.cells[name], rule))

    def amount(self, row: Row, name: str) -> Decimal:
        """An amount that may be left out: then it is nothing."""
        if not row.cells.get(name):
            return Decimal(0)
        return self.value(row, name, columns.amount) or Decimal(0)


def read_orders(given: CsvSettings, own: Sequence[Column], sheet: Sheet) -> Reading:
    """
    The orders of a sheet.

    A line without an order number refuses the file: nobody can say whose line is missing then.
    """
    reader = _Reader(given, {column.field: column for column in own}, list(sheet.reasons))
    groups: dict[str, list[Row]] = {}
    for row in sheet.rows:
        groups.setdefault(row.cells["order_number"], []).append(row)
    for row in groups.get("", []):
        reader.refuse(row, "order_number", "must not be empty: the whole file is refused")
    if reader.reasons:
        return Reading((), reader.reasons, sheet.rows)
    orders, refused = [], []
    for rows in groups.values():
        before = len(reader.reasons)
        order = _order(reader, rows)
        if len(reader.reasons) == before:
            orders.append(order)
        else:
            refused += rows
    if refused and given.refuse == "file":
        return Reading((), reader.reasons, sheet.rows)
    return Reading(orders, reader.reasons, refused)


def _order(reader: _Reader, rows: Sequence[Row]) -> dict[str, Any]:
    """An order in the form of docs/connectors.md."""
    first = rows[0]
    for name in COMMON:
        for row in rows[1:]:
            if row.cells.get(name, "") != first.cells.get(name, ""):
                reader.refuse(row, name, f"differs from line {first.line} of the same order")
    zone = reader.given.zone
    placed_at = reader.value(first, "placed_at", lambda text, form: columns.moment(text, form, zone))
    lines = [_line(reader, row) for row in rows]
    shipping = reader.amount(first, "shipping")
    sold = sum((line["amount"] for line in lines), shipping)
    total = reader.amount(first, "total") if first.cells.get("total") else sold
    borne = {name: reader.amount(first, name) for name in ("channel_points", "channel_coupons")}
    issuer = first.cells.get("invoice_issuer")
    return {
        "order_number": first.cells["order_number"],
        "placed_at": placed_at.isoformat() if placed_at else "",
        "currency": first.cells["currency"],
        "total": _plain(total),
        "shipping": _plain(shipping),
        **{name: _plain(amount) for name, amount in borne.items() if amount},
        **({"invoice_issuer": issuer} if issuer else {}),
        "lines": [{**line, "amount": _plain(line["amount"])} for line in lines],
        "buyer": {name: first.cells[name] for name in BUYER if first.cells.get(name)},
    }


def _line(reader: _Reader, row: Row) -> dict[str, Any]:
    """`amount` is what was paid for all of the line; `tax` goes on top where the file keeps it apart."""
    quantity = reader.value(row, "quantity", columns.whole)
    if quantity == 0:
        reader.refuse(row, "quantity", "must be a whole number from 1")
    if "amount" in reader.by_field:
        amount = reader.value(row, "amount", columns.amount)
    else:
        unit = reader.value(row, "unit_price", columns.amount)
        amount = None if unit is None or quantity is None else unit * quantity
    sku = reader.value(row, "sku", lambda text, form: text) or ""
    return {"sku": sku, "quantity": quantity, "amount": (amount or Decimal(0)) + reader.amount(row, "tax")}


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
