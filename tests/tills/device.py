"""A till that sells without the network: the reference client, in as few lines as it takes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rest_framework.test import APIClient

from tests.tills.tills import post
from tills import chain, signing
from tills.chain import Head, Link


@dataclass
class Device:
    """It keeps its snapshot, its receipt numbers and its journal; `sent` is how far the platform has said it has it."""

    client: APIClient
    code: str
    key: str
    snapshot: dict[str, Any] = field(default_factory=dict)
    etag: str = ""
    numbers: list[str] = field(default_factory=list)
    journal: list[Link] = field(default_factory=list)
    head: Head = field(default_factory=Head)
    sent: int = 0

    def prepare(self) -> int:
        """While the line is there: take along what selling needs; answer the status of the snapshot."""
        answer = self.client.get("/api/v1/till/snapshot/", headers={"If-None-Match": self.etag})
        if answer.status_code == 200:
            body = answer.json()
            assert signing.is_signed(chain.canonical(body["content"]), body["signature"], self.key)
            self.snapshot, self.etag = body["content"], answer.headers["ETag"]
        if not self.numbers:
            block = post(self.client, "receipt-numbers/", {"count": 5}).json()
            self.numbers = [
                f"{block['prefix']}{number:08d}" for number in range(block["first"], block["last"] + 1)
            ]
        return answer.status_code

    def price(self, code: str) -> str:
        return next(each["price"] for each in self.snapshot["articles"] if each["sku"] == code)

    def sell(self, code: str, at: datetime, quantity: int = 1, **more: Any) -> str:
        receipt = self.numbers.pop(0)
        line = {"code": code, "quantity": quantity, "unit_price": self.price(code)}
        self.write(
            "sale", at, {"receipt_number": receipt, "lines": [line], "tenders": [{"tender": "cash"}], **more}
        )
        return receipt

    def write(self, kind: str, at: datetime, payload: dict[str, Any]) -> Link:
        link, self.head = chain.append(
            self.head, device=self.code, kind=kind, occurred_at=at.isoformat(), payload=payload
        )
        self.journal.append(link)
        return link

    def upload(self, links: list[Link] | None = None) -> Any:
        """Send what has not been answered yet."""
        links = [link for link in self.journal if link.sequence > self.sent] if links is None else links
        names = ("sequence", "kind", "occurred_at", "payload", "previous_hash", "hash")
        answer = post(
            self.client,
            "journal/",
            {"entries": [{name: getattr(link, name) for name in names} for link in links]},
        )
        if answer.status_code == 200:
            self.sent = answer.json()["last_sequence"]
        return answer
