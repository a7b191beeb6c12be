"""The parts of the site, put together."""

from __future__ import annotations

from sandbox import card, listings, orders, shipments, stock
from sandbox.card import Acquirer
from sandbox.config import Config
from sandbox.control import Control
from sandbox.courier import Courier
from sandbox.inbox import Inbox
from sandbox.listings import Listings
from sandbox.orders import Orders
from sandbox.page import Page
from sandbox.shipments import Shipments
from sandbox.stock import Stock
from sandbox.store import Store
from sandbox.web import Answer, Request, Route, Router, json_answer

_COUNTS = """
SELECT
    (SELECT count(*) FROM stock) AS skus,
    (SELECT coalesce(sum(max(available, 0)), 0) FROM stock) AS units_available,
    (SELECT coalesce(max(id), 0) FROM pushes) AS pushes,
    (SELECT count(*) FROM listings WHERE listed) AS listed,
    (SELECT count(*) FROM shipments) AS shipments,
    (SELECT count(*) FROM orders) AS orders,
    (SELECT count(*) FROM orders WHERE acknowledged_at IS NULL) AS orders_unacknowledged,
    (SELECT count(*) FROM orders WHERE due_at IS NOT NULL) AS orders_to_deliver,
    (SELECT count(*) FROM orders WHERE held) AS orders_held,
    (SELECT coalesce(sum(attempts), 0) FROM orders) AS deliveries
"""


class Site:
    def __init__(self, config: Config) -> None:
        schema = stock.SCHEMA + listings.SCHEMA + orders.SCHEMA + shipments.SCHEMA
        self.store = Store(config.home / "site.sqlite3", schema)
        self.card_store = Store(config.home / "card.sqlite3", card.SCHEMA)
        self.control = Control()
        signed = {"secret": config.secret, "connection": config.connection}
        inbox = Inbox(self.control, **signed)
        self.stock = Stock(self.store, self.control, inbox)
        self.listings = Listings(self.store, self.control, inbox)
        self.orders = Orders(self.store, self.control)
        self.shipments = Shipments(self.store, self.control, inbox, self.orders)
        self.courier = Courier(self.orders, self.control, platform_url=config.platform_url, **signed)
        self.acquirer = Acquirer(self.card_store, key=config.card_key, seconds=config.card_seconds)
        taken_in = (self.stock, self.listings, self.shipments)
        parts = (*taken_in, self.orders, self.courier, self.control, self.acquirer)
        routes = [route for part in parts for route in part.routes()]
        self.view = Router([*routes, *Page(self.stock, self.orders).routes(), *self._own_routes()])

    def _own_routes(self) -> list[Route]:
        return [
            ("GET", "/health", lambda request: json_answer(200, {"status": "ok"})),
            ("GET", "/api/stats", self.show_stats),
            ("POST", "/control/reset", self.reset),
        ]

    def start(self) -> None:
        # What the last process held back goes out: modes do not outlive it.
        self.orders.release()
        self.courier.start()

    def stop(self) -> None:
        self.courier.stop()
        self.store.close()
        self.card_store.close()

    def show_stats(self, request: Request) -> Answer:
        return json_answer(200, dict(self.store.rows(_COUNTS)[0]))

    def reset(self, request: Request) -> Answer:
        """Empty stock, listings, orders, shipments and the log of pushes, and end every mode; charges stay."""
        with self.store.transaction() as db:
            for table in ("orders", "stock", "pushes", "listings", "shipments"):
                db.execute(f"DELETE FROM {table}")
        self.control.back_to_normal()
        return self.show_stats(request)
