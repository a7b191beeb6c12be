"""Stock in: signed pushes of absolute quantities, and what the site would sell now."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple

from sandbox.control import Control
from sandbox.inbox import Inbox
from sandbox.store import Store, timestamp
from sandbox.web import Answer, Refusal, Request, Route, json_answer

PUSH_TYPE = "omni.stock-availability.v1"
PUSHES_KEPT = 10_000

# `pushed` is what the platform said last, `unsynced` the units of our orders that it has not yet
# acknowledged, `available` what we would sell now: below zero if both sides sold the same unit.
SCHEMA = """
CREATE TABLE IF NOT EXISTS stock (
    sku TEXT PRIMARY KEY,
    pushed INTEGER NOT NULL,
    available INTEGER NOT NULL,
    unsynced INTEGER NOT NULL DEFAULT 0 CHECK (unsynced >= 0),
    version INTEGER NOT NULL,
    updated_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pushes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL,
    received_at TEXT NOT NULL,
    applied INTEGER NOT NULL,
    stale INTEGER NOT NULL,
    items TEXT NOT NULL
);
"""

_HELD = "SELECT sku, version, pushed FROM stock WHERE sku IN (SELECT value FROM json_each(?))"
_APPLY = """
INSERT INTO stock (sku, pushed, available, version, updated_at) VALUES (?1, ?2, ?2, ?3, ?4)
ON CONFLICT (sku) DO UPDATE SET pushed = ?2, available = ?2 - unsynced, version = ?3,
    updated_at = ?4
"""
_LOG = "INSERT INTO pushes (webhook_id, received_at, applied, stale, items) VALUES (?, ?, ?, ?, ?)"
_LIST = """
SELECT sku, max(available, 0) AS available, version, unsynced AS sold_unsynced, updated_at
FROM stock
"""


class Item(NamedTuple):
    sku: str
    available: int
    version: int


class Stock:
    def __init__(self, store: Store, control: Control, inbox: Inbox) -> None:
        self._store = store
        self._control = control
        self._inbox = inbox

    def routes(self) -> list[Route]:
        return [
            ("POST", "/webhooks/stock", self.receive_push),
            ("GET", "/api/stock", self.list_stock),
            ("GET", "/api/stock/{sku}", self.get_stock),
            ("GET", "/api/pushes", self.list_pushes),
        ]

    def receive_push(self, request: Request) -> Answer:
        webhook_id, data = self._inbox.open(request, PUSH_TYPE)
        items = self._inbox.items(data, _read_item)
        applied = self._control.take_in(len(items), lambda: self._apply(items, webhook_id=webhook_id))
        return json_answer(200, {"applied": applied, "stale": len(items) - applied})

    def _apply(self, items: list[Item], *, webhook_id: str) -> int:
        """Keep the newest number of every SKU; return how many items hold afterwards."""
        now = timestamp()
        log = json.dumps(items)
        with self._store.transaction() as db:
            applied, newer = _compare(db, items)
            db.executemany(_APPLY, [(*item, now) for item in newer])
            pushed = db.execute(_LOG, (webhook_id, now, applied, len(items) - applied, log))
            oldest = (pushed.lastrowid or 0) - PUSHES_KEPT
            db.execute("DELETE FROM pushes WHERE id <= ?", (oldest,))
        return applied

    def list_stock(self, request: Request) -> Answer:
        self._control.meet_poll()
        limit = request.whole_number("limit", 1000, most=10_000) or 1
        after = request.query.get("after", "")
        rows = self._store.rows(f"{_LIST} WHERE sku > ? ORDER BY sku LIMIT ?", after, limit + 1)
        items = [dict(row) for row in rows[:limit]]
        return json_answer(200, {"items": items, "next": items[-1]["sku"] if len(rows) > limit else None})

    def get_stock(self, request: Request) -> Answer:
        row = self._store.row(f"{_LIST} WHERE sku = ?", request.args["sku"])
        if row is None:
            raise Refusal(404, "unknown-sku", sku=request.args["sku"])
        return json_answer(200, dict(row))

    def find(self, text: str, *, limit: int) -> list[sqlite3.Row]:
        """The first SKUs that contain the text."""
        return self._store.rows(
            f"{_LIST} WHERE instr(lower(sku), lower(?)) ORDER BY sku LIMIT ?", text, limit
        )

    def list_pushes(self, request: Request) -> Answer:
        """The last pushes, newest first."""
        limit = request.whole_number("limit", 100, most=PUSHES_KEPT)
        rows = self._store.rows("SELECT * FROM pushes ORDER BY id DESC LIMIT ?", limit)
        return json_answer(200, {"pushes": [_push_data(row) for row in rows]})


def _read_item(position: int, item: object) -> Item:
    match item:
        case {"sku": str(sku), "available": int(available), "version": int(version)}:
            numbers = (available, version)
            if sku and all(type(n) is int and 0 <= n < 2**63 for n in numbers):
                return Item(sku, available, version)
    raise Refusal(400, "bad-item", position=position)


def _compare(db: sqlite3.Connection, items: list[Item]) -> tuple[int, list[Item]]:
    """
    Count the items that hold, and pick those that are news.

    An equal version with the same quantity was applied before; with another quantity one of the
    two numbers is wrong, and what we have stays.
    """
    rows = db.execute(_HELD, (json.dumps([item.sku for item in items]),))
    held = {row["sku"]: (row["version"], row["pushed"]) for row in rows}
    newer: dict[str, Item] = {}
    applied = 0
    for item in items:
        version, pushed = held.get(item.sku, (-1, 0))
        if item.version > version:
            newer[item.sku] = item
            held[item.sku] = (item.version, item.available)
        elif (item.version, item.available) != (version, pushed):
            continue
        applied += 1
    return applied, list(newer.values())


def _push_data(row: sqlite3.Row) -> dict[str, Any]:
    items = [Item(*item)._asdict() for item in json.loads(row["items"])]
    return {**dict(row), "items": items}
