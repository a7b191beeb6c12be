"""Brings orders to the platform: signed webhooks, repeated until it says that it has them."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from sandbox.control import Control
from sandbox.orders import Orders, order_data
from sandbox.web import Answer, Refusal, Request, Route, json_answer

ORDER_TYPE = "omni.order-created.v1"
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
TIMEOUT = 5.0
LOOK_EVERY = 0.1


class Courier:
    def __init__(
        self, orders: Orders, control: Control, *, secret: str, platform_url: str, connection: str
    ) -> None:
        self._orders = orders
        self._control = control
        self._webhook = Webhook(secret)
        self._url = f"{platform_url.rstrip('/')}/api/v1/webhooks/{connection}/orders"
        self._source = f"/{connection}"
        self._enabled = bool(platform_url)
        self._client = httpx.Client(timeout=TIMEOUT, trust_env=False)
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        orders.on_due.append(self._wake.set)

    def routes(self) -> list[Route]:
        return [("POST", "/api/orders/{number}/deliver", self.deliver_again)]

    def start(self) -> None:
        if self._enabled:
            self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=TIMEOUT + 1)
        self._client.close()

    def deliver_again(self, request: Request) -> Answer:
        """Deliver an order so many times now, whatever the mode, and say what was answered."""
        times = request.json().get("times", 1)
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 20:
            raise Refusal(400, "bad-field", field="times")
        if not self._enabled:
            raise Refusal(409, "no-platform-url")
        order = self._orders.get(request.args["number"])
        statuses = [self.deliver(order) for _ in range(times)]
        return json_answer(200, {"order_number": request.args["number"], "statuses": statuses})

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(LOOK_EVERY)
            self._wake.clear()
            self._deliver_due()

    def _deliver_due(self) -> None:
        """
        One round of all that is due, then the copies of what is to be repeated, round by round.

        A line that is cut, or a platform that does not answer, ends the round: the others stay due.
        """
        due = self._orders.due()
        for copy in range(max((order["copies"] for order in due), default=0)):
            for order in due:
                if self._stopped.is_set() or self._control.settings("away") is not None:
                    return
                if order["copies"] > copy and self.deliver(order) is None:
                    return

    def deliver(self, order: sqlite3.Row) -> int | None:
        """Send one order once and record the outcome; return the status, None without answer."""
        self._orders.offer(order["id"])
        status, accepted = self._send(order)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(order["attempts"], 16))
        self._orders.settle(
            order["id"],
            status=status,
            accepted=accepted,
            retry_at=time.time() + pause * random.uniform(0.5, 1),
        )
        return status

    def _send(self, order: sqlite3.Row) -> tuple[int | None, bool]:
        body = self._event(order)
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/cloudevents+json",
            "webhook-id": order["webhook_id"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(order["webhook_id"], now, body),
        }
        try:
            answer = self._client.post(self._url, content=body.encode(), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None, False
        return answer.status_code, _is_acknowledged(answer)

    def _event(self, order: sqlite3.Row) -> str:
        """The body: byte for byte the same in every delivery of the order."""
        event = {
            "specversion": "1.0",
            "id": order["webhook_id"],
            "source": self._source,
            "type": ORDER_TYPE,
            "time": order["placed_at"],
            "datacontenttype": "application/json",
            "data": order_data(order),
        }
        return json.dumps(event, ensure_ascii=False)


def _is_acknowledged(answer: httpx.Response) -> bool:
    """2xx, or a 409 whose code calls it a duplicate; a 409 for one in flight is asked again."""
    if answer.is_success:
        return True
    if answer.status_code != 409:
        return False
    try:
        return "duplicate" in str(answer.json().get("code", ""))
    except (ValueError, AttributeError):
        return False
