"""
Orders: a shopper buys here, and the platform learns of it by webhook, by polling, or both.

A sale takes from our number at once. Until the platform acknowledges the order its units are
`unsynced`: every number pushed meanwhile is lowered by them, since it may not know of the sale.
When the order is acknowledged they are given back only if a newer number came after the order was
first offered: that number may include the sale already, and if it does not, one that does is on
its way. Without a newer number ours stays as it is, and the next push overwrites it.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Callable
from typing import Any

from sandbox.control import Control
from sandbox.money import amount_text, minor_units
from sandbox.store import Store, timestamp
from sandbox.web import Answer, Refusal, Request, Route, json_answer

CURRENCY = "JPY"
DEFAULT_UNIT_PRICE = 1980
DEFAULT_BUYER = {
    "name": "佐藤 花子",
    "name_kana": "サトウ ハナコ",
    "email": "hanako.sato@example.com",
    "phone": "090-1234-5678",
    "postal_code": "150-0002",
    "prefecture": "東京都",
    "city": "渋谷区",
    "line1": "渋谷2丁目21-1",
}

# `position` is the order in which webhooks leave: held orders take the negative of their id, so
# that they leave before the others and the last one first. `offered_version` is the version of our
# stock when the order was first sent or listed. Numbers are never used twice, not after a reset.
SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL UNIQUE,
    placed_at TEXT NOT NULL,
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    unit_price INTEGER NOT NULL,
    shipping INTEGER NOT NULL,
    buyer TEXT NOT NULL,
    copies INTEGER NOT NULL,
    held INTEGER NOT NULL,
    position INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER,
    due_at REAL,
    offered_version INTEGER,
    acknowledged_at TEXT,
    delivered_at TEXT
);
CREATE INDEX IF NOT EXISTS orders_due ON orders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS orders_unacknowledged ON orders (id) WHERE acknowledged_at IS NULL;
"""

_TAKE = """
UPDATE stock SET available = available - ?1, unsynced = unsynced + ?1
WHERE sku = ?2 AND available >= ?1
"""
_INSERT = """
INSERT INTO orders (webhook_id, placed_at, sku, quantity, unit_price, shipping, buyer, copies,
                    held, due_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_OFFER = """
UPDATE orders SET offered_version = (SELECT version FROM stock WHERE sku = orders.sku)
WHERE id = ? AND offered_version IS NULL
"""
_ACKNOWLEDGE = """
UPDATE orders SET acknowledged_at = ? WHERE id = ? AND acknowledged_at IS NULL
RETURNING sku, quantity, offered_version
"""
_SYNCED = """
UPDATE stock SET unsynced = unsynced - ?2, available = available + iif(version > ?3, ?2, 0)
WHERE sku = ?1
"""
# A copy sent on demand, or after the order was delivered, makes nothing due that was not.
_ATTEMPTED = """
UPDATE orders SET attempts = attempts + 1, last_status = ?, due_at = iif(due_at IS NULL, NULL, ?)
WHERE id = ?
"""
_DELIVERED = """
UPDATE orders SET due_at = NULL, delivered_at = coalesce(delivered_at, ?) WHERE id = ?
"""
_DUE = """
SELECT * FROM orders WHERE due_at <= ? AND NOT held ORDER BY coalesce(position, id) LIMIT 100
"""


class Orders:
    def __init__(self, store: Store, control: Control) -> None:
        self._store = store
        self._control = control
        self.on_due: list[Callable[[], None]] = []
        control.on_normal.append(self.release)

    def routes(self) -> list[Route]:
        return [
            ("POST", "/api/sell", self.sell_by_request),
            ("GET", "/api/orders", self.poll),
            ("GET", "/api/orders/{number}", self.show),
        ]

    def sell_by_request(self, request: Request) -> Answer:
        data = request.json()
        order = self.sell(
            sku=_text(data, "sku"),
            quantity=_quantity(data),
            unit_price=minor_units(data.get("unit_price", DEFAULT_UNIT_PRICE), CURRENCY, field="unit_price"),
            shipping=minor_units(data.get("shipping", 0), CURRENCY, field="shipping"),
            buyer=_buyer(data.get("buyer")),
            deliver=data.get("deliver", True) is not False,
        )
        return json_answer(201, order_data(order))

    def sell(
        self,
        *,
        sku: str,
        quantity: int,
        unit_price: int = DEFAULT_UNIT_PRICE,
        shipping: int = 0,
        buyer: dict[str, str] | None = None,
        deliver: bool = True,
    ) -> sqlite3.Row:
        """
        Take the units and write the order, together; its webhook leaves afterwards.

        Raises:
            Refusal: 404 for what is not sold here, 409 when there is not enough.
        """
        values = (
            f"msg_{uuid.uuid4().hex}", timestamp(), sku, quantity, unit_price, shipping,
            json.dumps(buyer or DEFAULT_BUYER, ensure_ascii=False),
            (self._control.settings("repeat") or {"times": 1})["times"],
            deliver and self._control.settings("reorder") is not None,
            time.time() if deliver else None,
        )  # fmt: skip
        with self._store.transaction() as db:
            if db.execute(_TAKE, (quantity, sku)).rowcount == 0:
                raise _shortage(db, sku)
            db.execute(_INSERT, values)
            order = db.execute("SELECT * FROM orders WHERE id = last_insert_rowid()").fetchone()
        self._send_or_hold(order)
        return order

    def _send_or_hold(self, order: sqlite3.Row) -> None:
        if not order["held"]:
            self._call_courier()
            return
        after = (self._control.settings("reorder") or {}).get("after")
        held = self._store.rows("SELECT count(*) FROM orders WHERE held")[0][0]
        if after and held >= after:
            self.release()

    def release(self) -> None:
        """Let the held orders go, the last one first."""
        with self._store.transaction() as db:
            db.execute("UPDATE orders SET held = 0, position = -id WHERE held")
        self._call_courier()

    def _call_courier(self) -> None:
        for react in self.on_due:
            react()

    def due(self) -> list[sqlite3.Row]:
        return self._store.rows(_DUE, time.time())

    def poll(self, request: Request) -> Answer:
        """
        Orders after a cursor, the oldest first, with the cursor of the last one.

        Whoever asks for what comes after a cursor has what comes before it: those orders are
        acknowledged.
        """
        self._control.meet_poll()
        after = request.whole_number("after", 0, most=2**62)
        limit = request.whole_number("limit", 100, most=1000) or 1
        with self._store.transaction() as db:
            seen = db.execute("SELECT id FROM orders WHERE acknowledged_at IS NULL AND id <= ?", (after,))
            for (order_id,) in seen.fetchall():
                _acknowledge(db, order_id)
            rows = db.execute(
                "SELECT * FROM orders WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
            ).fetchall()
            db.executemany(_OFFER, [(row["id"],) for row in rows])
        cursor = str(rows[-1]["id"]) if rows else None
        return json_answer(200, {"orders": [order_data(row) for row in rows], "next": cursor})

    def show(self, request: Request) -> Answer:
        row = self.get(request.args["number"])
        known = ("webhook_id", "attempts", "last_status", "acknowledged_at", "delivered_at")
        return json_answer(200, {"order": order_data(row), **{name: row[name] for name in known}})

    def get(self, number: str) -> sqlite3.Row:
        digits = number.removeprefix("SB-")
        row = None
        if digits.isascii() and digits.isdigit() and len(digits) < 18:
            row = self._store.row("SELECT * FROM orders WHERE id = ?", int(digits))
        if row is None:
            raise Refusal(404, "unknown-order", number=number)
        return row

    def offer(self, order_id: int) -> None:
        """Note that the platform may know of the order from now on."""
        with self._store.transaction() as db:
            db.execute(_OFFER, (order_id,))

    def settle(self, order_id: int, *, status: int | None, accepted: bool, retry_at: float) -> None:
        """Record what came of one delivery; `status` is None where no answer came."""
        with self._store.transaction() as db:
            db.execute(_ATTEMPTED, (status, retry_at, order_id))
            if accepted:
                _acknowledge(db, order_id)
                db.execute(_DELIVERED, (timestamp(), order_id))


def order_data(row: sqlite3.Row) -> dict[str, Any]:
    """The order as it travels: the same for the same row, whenever it is asked for."""
    amount = row["unit_price"] * row["quantity"]
    line = {
        "line": 1,
        "sku": row["sku"],
        "quantity": row["quantity"],
        "unit_price": amount_text(row["unit_price"], CURRENCY),
        "amount": amount_text(amount, CURRENCY),
    }
    return {
        "order_number": f"SB-{row['id']:06d}",
        "placed_at": row["placed_at"],
        "currency": CURRENCY,
        "total": amount_text(amount + row["shipping"], CURRENCY),
        "shipping": amount_text(row["shipping"], CURRENCY),
        "lines": [line],
        "buyer": json.loads(row["buyer"]),
        "fulfilment": "SHIP",
    }


def _acknowledge(db: sqlite3.Connection, order_id: int) -> None:
    for sku, quantity, version in db.execute(_ACKNOWLEDGE, (timestamp(), order_id)).fetchall():
        db.execute(_SYNCED, (sku, quantity, version))


def _shortage(db: sqlite3.Connection, sku: str) -> Refusal:
    row = db.execute("SELECT max(available, 0) FROM stock WHERE sku = ?", (sku,)).fetchone()
    if row is None:
        return Refusal(404, "unknown-sku", sku=sku)
    return Refusal(409, "not-enough", sku=sku, available=row[0])


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(400, "bad-field", field=name)
    return value


def _quantity(data: dict[str, Any]) -> int:
    value = data.get("quantity", 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise Refusal(400, "bad-field", field="quantity")
    return value


def _buyer(given: object) -> dict[str, str] | None:
    """A buyer who leaves a field out has none: nobody else's is put in its place."""
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise Refusal(400, "bad-field", field="buyer")
    return {name: given.get(name, "") for name in DEFAULT_BUYER}
