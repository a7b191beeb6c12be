"""
`python -m tests.faults.whole.trade ORDER`: tills and shoppers, who go on whatever they meet.

ORDER is JSON. Each shop's till sends its sales in signed batches, at an even pace, and sends a batch again,
the same entries under the same numbers, until every one is booked, as `docs/till-feed.md` asks of it.
Shoppers buy at the EC sites meanwhile. A line of output says how many changes were acknowledged so far; the
last is JSON: what was sold, by article and shop or site.
"""

import json
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from standardwebhooks import Webhook

PAUSE = 0.1


class Trade:
    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.sold: Counter[tuple[str, str]] = Counter()
        self.acknowledged = 0
        self.again = 0
        self.longest = 0.0
        self._lock = threading.Lock()

    def count(self, changes: Counter[tuple[str, str]], seconds: float) -> None:
        with self._lock:
            self.sold += changes
            self.acknowledged += changes.total()
            self.longest = max(self.longest, seconds)
            print(self.acknowledged, flush=True)

    def keep_trying(self, send: Any) -> float:
        """Until it answers True; how long that took."""
        begun = time.monotonic()
        while not self._answered(send):
            self.again += 1
            time.sleep(PAUSE)
        return time.monotonic() - begun

    @staticmethod
    def _answered(send: Any) -> bool:
        try:
            return bool(send())
        except httpx.HTTPError:
            return False

    def till(self, feed: str, shop: str) -> None:
        """A unit of every article a sale: each is a change of its level."""
        order, skus = self.order, self.order["skus"]
        http = httpx.Client(base_url=order["web"], timeout=10, trust_env=False)
        begun, size = time.monotonic(), order["batch"]
        for done in range(0, order["sales"], size):
            time.sleep(max(0.0, begun + done / order["pace"] - time.monotonic()))
            numbers = range(order["first"] + done, order["first"] + min(done + size, order["sales"]))
            entries = [_sale(number, skus) for number in numbers]
            seconds = self.keep_trying(lambda entries=entries: _booked(http, feed, order["secret"], entries))
            self.count(Counter((sku, shop) for _ in entries for sku in skus), seconds)

    def shoppers(self, site: str, url: str) -> None:
        order, skus = self.order, self.order["skus"]
        http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        begun = time.monotonic()
        for number in range(order["orders"]):
            time.sleep(max(0.0, begun + number / order["orders"] * order["seconds"] - time.monotonic()))
            sku = skus[number % len(skus)]
            body = {"sku": sku, "quantity": 1}
            seconds = self.keep_trying(lambda body=body: http.post("/api/sell", json=body).status_code == 201)
            self.count(Counter([(sku, site)]), seconds)

    def run(self) -> None:
        order = self.order
        work = [threading.Thread(target=self.till, args=pair) for pair in order["feeds"].items()]
        work += [threading.Thread(target=self.shoppers, args=pair) for pair in order["sites"].items()]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        sold = [[sku, place, units] for (sku, place), units in self.sold.items()]
        print(json.dumps({"sold": sold, "again": self.again, "longest": self.longest}), flush=True)


def _sale(number: int, skus: list[str]) -> dict[str, Any]:
    return {
        "sequence": number,
        "kind": "sale",
        "receipt_number": f"R-{number}",
        "occurred_at": datetime.now(UTC).isoformat(),
        "lines": [{"code": sku, "quantity": 1, "unit_price": "1000"} for sku in skus],
        "tenders": [{"tender": "cash"}],
    }


def _booked(http: httpx.Client, feed: str, secret: str, entries: list[dict[str, Any]]) -> bool:
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/till",
        "type": "omni.till-batch.v1",
        "data": {"device": "POS-1", "entries": entries},
    }
    body, at = json.dumps(event), datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(str(event["id"]), at, body),
    }
    answer = http.post(f"/api/v1/till-feed/{feed}/batches", content=body, headers=headers)
    if answer.status_code != 202:
        return False
    return all(entry["status"] == "BOOKED" for entry in answer.json()["entries"])


if __name__ == "__main__":
    Trade(json.loads(sys.argv[1])).run()
