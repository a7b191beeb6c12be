"""Listings in: what the site sells, and for how much; the newest version of each SKU wins."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from sandbox.control import Control
from sandbox.inbox import Inbox
from sandbox.store import Store, timestamp
from sandbox.web import Answer, Refusal, Request, Route, json_answer

LISTING_TYPE = "omni.listing-changed.v1"

SCHEMA = """
CREATE TABLE IF NOT EXISTS listings (
    sku TEXT PRIMARY KEY,
    listed INTEGER NOT NULL,
    price TEXT,
    tax_inclusive INTEGER NOT NULL,
    currency TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK (NOT listed OR price IS NOT NULL)
) WITHOUT ROWID;
"""

# The same version again changes nothing and counts as applied; an older one is dropped.
_APPLY = """
INSERT INTO listings (sku, listed, price, tax_inclusive, currency, version, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (sku) DO UPDATE SET listed = ?2, price = ?3, tax_inclusive = ?4, currency = ?5,
    version = ?6, updated_at = ?7
WHERE excluded.version >= version
"""
_LIST = "SELECT sku, listed, price, tax_inclusive, currency, version, updated_at FROM listings"


class Item(NamedTuple):
    sku: str
    listed: bool
    price: str | None
    tax_inclusive: bool
    currency: str
    version: int


class Listings:
    def __init__(self, store: Store, control: Control, inbox: Inbox) -> None:
        self._store, self._control, self._inbox = store, control, inbox

    def routes(self) -> list[Route]:
        return [
            ("POST", "/webhooks/listings", self.receive),
            ("GET", "/api/listings", self.show_all),
            ("GET", "/api/listings/{sku}", self.show),
        ]

    def receive(self, request: Request) -> Answer:
        _, data = self._inbox.open(request, LISTING_TYPE)
        items = self._inbox.items(data, _read_item)
        applied = self._control.take_in(len(items), lambda: self._apply(items))
        return json_answer(200, {"applied": applied, "stale": len(items) - applied})

    def _apply(self, items: list[Item]) -> int:
        now = timestamp()
        with self._store.transaction() as db:
            return sum(db.execute(_APPLY, (*item, now)).rowcount for item in items)

    def show_all(self, request: Request) -> Answer:
        self._control.meet_poll()
        limit = request.whole_number("limit", 1000, most=10_000) or 1
        after = request.query.get("after", "")
        rows = self._store.rows(f"{_LIST} WHERE sku > ? ORDER BY sku LIMIT ?", after, limit + 1)
        items = [_shown(dict(row)) for row in rows[:limit]]
        return json_answer(200, {"items": items, "next": items[-1]["sku"] if len(rows) > limit else None})

    def show(self, request: Request) -> Answer:
        row = self._store.row(f"{_LIST} WHERE sku = ?", request.args["sku"])
        if row is None:
            raise Refusal(404, "unknown-sku", sku=request.args["sku"])
        return json_answer(200, _shown(dict(row)))


def _shown(row: dict[str, object]) -> dict[str, object]:
    return {**row, "listed": bool(row["listed"]), "tax_inclusive": bool(row["tax_inclusive"])}


def _read_item(position: int, item: object) -> Item:
    match item:
        case {
            "sku": str(sku),
            "listed": bool(listed),
            "price": price,
            "tax_inclusive": bool(tax_inclusive),
            "currency": str(currency),
            "version": int(version),
        } if sku and version >= 0 and (_is_amount(price) or (price is None and not listed)):
            return Item(sku, listed, price, tax_inclusive, currency, version)
    raise Refusal(400, "bad-item", position=position)


def _is_amount(price: object) -> bool:
    try:
        return isinstance(price, str) and Decimal(price) >= 0
    except InvalidOperation:
        return False
