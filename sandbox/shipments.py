"""Shipments in: what the platform has sent of our orders; each id is taken once."""

from __future__ import annotations

import json

from sandbox.control import Control
from sandbox.inbox import Inbox
from sandbox.orders import Orders
from sandbox.store import Store, timestamp
from sandbox.web import Answer, Refusal, Request, Route, json_answer

SHIPMENT_TYPE = "omni.order-shipped.v1"

SCHEMA = """
CREATE TABLE IF NOT EXISTS shipments (
    id TEXT PRIMARY KEY,
    order_number TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at TEXT NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shipments_of_order ON shipments (order_number);
"""

_TAKE = """
INSERT INTO shipments (id, order_number, body, received_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET deliveries = deliveries + 1
RETURNING deliveries
"""


class Shipments:
    def __init__(self, store: Store, control: Control, inbox: Inbox, orders: Orders) -> None:
        self._store, self._control, self._inbox, self._orders = store, control, inbox, orders

    def routes(self) -> list[Route]:
        return [
            ("POST", "/webhooks/shipments", self.receive),
            ("GET", "/api/orders/{number}/shipments", self.show),
        ]

    def receive(self, request: Request) -> Answer:
        _, data = self._inbox.open(request, SHIPMENT_TYPE)
        match data:
            case {"id": str(identifier), "order_number": str(number), "lines": list()} if identifier:
                pass
            case _:
                raise Refusal(400, "bad-data")
        self._orders.get(number)  # 404 for what was never sold here
        with self._store.transaction() as db:
            taken = db.execute(_TAKE, (identifier, number, json.dumps(data), timestamp())).fetchone()
        self._control.meet_push_answer()
        return json_answer(200, {"repeated": taken["deliveries"] > 1})

    def show(self, request: Request) -> Answer:
        """What has been sent of an order, in the order it was told."""
        rows = self._store.rows(
            "SELECT * FROM shipments WHERE order_number = ? ORDER BY received_at", request.args["number"]
        )
        shown = [
            {**json.loads(row["body"]), "received_at": row["received_at"], "deliveries": row["deliveries"]}
            for row in rows
        ]
        return json_answer(200, {"shipments": shown})
