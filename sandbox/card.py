"""
A card acquirer: another party that happens to live in the same process, with its own storage.

What was asked under an idempotency key is answered again with the first answer, and another
request under the same key is refused. Tokens say how a charge goes, so every outcome can be met
on purpose, the unknown one from both sides: charged but never answered, and never charged.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

from sandbox.money import amount_text, minor_units
from sandbox.store import Store, timestamp
from sandbox.web import Answer, HangUp, Refusal, Request, Route, View, json_answer

TOKENS = ("tok_ok", "tok_declined", "tok_timeout", "tok_lost")

# Amounts in minor units of the charge's currency.
SCHEMA = """
CREATE TABLE IF NOT EXISTS charges (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('AUTHORISED', 'CAPTURED', 'VOIDED', 'FAILED')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    captured INTEGER NOT NULL DEFAULT 0 CHECK (captured BETWEEN 0 AND amount),
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
    currency TEXT NOT NULL,
    decline_code TEXT,
    created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refunds (
    id TEXT PRIMARY KEY,
    charge TEXT NOT NULL REFERENCES charges (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answers (
    idempotency_key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL
);
"""

_CHARGE = """
INSERT INTO charges (id, idempotency_key, status, amount, captured, currency, decline_code,
                     created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""

# The fingerprint of a key that was closed before anything was asked under it.
CLOSED = "closed"

Operation = Callable[[sqlite3.Connection], Answer]


class Acquirer:
    def __init__(self, store: Store, *, key: str, seconds: float) -> None:
        self._store = store
        self._authorization = f"Bearer {key}".encode() if key else b""
        self._seconds = seconds

    def routes(self) -> list[Route]:
        views: list[Route] = [
            ("POST", "/card/charges", self.charge),
            ("GET", "/card/charges", self.list_charges),
            ("GET", "/card/charges/{id}", self.show),
            ("POST", "/card/charges/{id}/capture", self.capture),
            ("POST", "/card/charges/{id}/void", self.void),
            ("POST", "/card/charges/{id}/refunds", self.refund),
            ("POST", "/card/keys/{key}/close", self.close),
        ]
        return [(method, pattern, self._for_merchant(view)) for method, pattern, view in views]

    def _for_merchant(self, view: View) -> View:
        def guarded(request: Request) -> Answer:
            given = request.headers.get("authorization", "").encode()
            if not self._authorization or not hmac.compare_digest(given, self._authorization):
                raise Refusal(401, "bad-key")
            return view(request)

        return guarded

    def charge(self, request: Request) -> Answer:
        """Authorise, and capture unless told not to. 201, or 402 when the card is declined."""
        data = request.json()
        token, capture = data.get("token"), data.get("capture", True)
        if token not in TOKENS or not isinstance(capture, bool):
            raise Refusal(422, "unknown-token" if token not in TOKENS else "bad-capture")
        amount = _positive(data.get("amount"), data.get("currency"))
        if token == "tok_lost":
            raise HangUp

        status = _status(token, capture=capture)

        def operation(db: sqlite3.Connection) -> Answer:
            charge = _write_charge(db, _key(request), status, amount, data["currency"])
            return json_answer(402 if status == "FAILED" else 201, _charge_data(charge))

        answer, replayed = self._once(request, operation)
        if token == "tok_timeout" and not replayed:
            raise HangUp(after=self._seconds)
        return answer

    def capture(self, request: Request) -> Answer:
        """Capture an authorisation, all of it or the `amount` given; once more is no harm."""
        with self._store.transaction() as db:
            charge = _get(db, request.args["id"])
            given = request.json().get("amount", amount_text(charge["amount"], charge["currency"]))
            amount = _positive(given, charge["currency"])
            if (charge["status"], charge["captured"]) != ("CAPTURED", amount):
                if charge["status"] != "AUTHORISED":
                    raise Refusal(409, "not-authorised", state=charge["status"])
                if amount > charge["amount"]:
                    raise Refusal(422, "above-authorisation")
                db.execute(
                    "UPDATE charges SET status = 'CAPTURED', captured = ? WHERE id = ?",
                    (amount, charge["id"]),
                )
            return json_answer(200, _charge_data(_get(db, charge["id"])))

    def void(self, request: Request) -> Answer:
        """Let an authorisation go; once more is no harm. What was captured is refunded instead."""
        with self._store.transaction() as db:
            charge = _get(db, request.args["id"])
            if charge["status"] not in ("AUTHORISED", "VOIDED"):
                raise Refusal(409, "not-authorised", state=charge["status"])
            db.execute("UPDATE charges SET status = 'VOIDED' WHERE id = ?", (charge["id"],))
            return json_answer(200, _charge_data(_get(db, charge["id"])))

    def refund(self, request: Request) -> Answer:
        """Give back captured money, in parts if wanted; never more than was captured."""

        def operation(db: sqlite3.Connection) -> Answer:
            charge = _get(db, request.args["id"])
            amount = _positive(request.json().get("amount"), charge["currency"])
            left = charge["captured"] - charge["refunded"]
            if amount > left:
                raise Refusal(422, "above-capture", left=amount_text(left, charge["currency"]))
            refund = (f"re_{uuid.uuid4().hex}", charge["id"], amount, timestamp())
            db.execute("INSERT INTO refunds VALUES (?, ?, ?, ?)", refund)
            db.execute("UPDATE charges SET refunded = refunded + ? WHERE id = ?", (amount, charge["id"]))
            return json_answer(201, _refund_data(refund, charge["currency"]))

        return self._once(request, operation)[0]

    def close(self, request: Request) -> Answer:
        """Refuse the key from now on, and answer the charge that was made under it; or null, for good."""
        key = request.args["key"]
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM charges WHERE idempotency_key = ?", (key,)).fetchone()
            if row is None:
                db.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, 422, '')", (key, CLOSED))
        return json_answer(200, {"closed": True, "charge": _charge_data(row) if row else None})

    def show(self, request: Request) -> Answer:
        with self._store.transaction() as db:
            charge = _get(db, request.args["id"])
            refunds = db.execute(
                "SELECT * FROM refunds WHERE charge = ? ORDER BY rowid", (charge["id"],)
            ).fetchall()
        listed = [_refund_data(tuple(refund), charge["currency"]) for refund in refunds]
        return json_answer(200, {**_charge_data(charge), "refunds": listed})

    def list_charges(self, request: Request) -> Answer:
        """Find one by its key (404: none was made), or list by cursor, from a moment on."""
        if key := request.query.get("idempotency_key"):
            row = self._store.row("SELECT * FROM charges WHERE idempotency_key = ?", key)
            if row is None:
                raise Refusal(404, "unknown-charge", idempotency_key=key)
            return json_answer(200, _charge_data(row))
        after = request.whole_number("after", 0, most=2**62)
        limit = request.whole_number("limit", 100, most=1000) or 1
        rows = self._store.rows(
            "SELECT * FROM charges WHERE position > ? AND created_at >= ? ORDER BY position LIMIT ?",
            after,
            request.query.get("since", ""),
            limit,
        )
        cursor = str(rows[-1]["position"]) if rows else None
        return json_answer(200, {"charges": [_charge_data(row) for row in rows], "next": cursor})

    def _once(self, request: Request, operation: Operation) -> tuple[Answer, bool]:
        """Run the operation once for its key; say whether the answer is a replay."""
        key, fingerprint = _key(request), _fingerprint(request)
        with self._store.transaction() as db:
            first = db.execute("SELECT * FROM answers WHERE idempotency_key = ?", (key,)).fetchone()
            if first is None:
                answer = operation(db)
                kept = (key, fingerprint, answer.status, answer.body)
                db.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", kept)
                return answer, False
        if first["fingerprint"] == CLOSED:
            raise Refusal(422, "key-closed")
        if first["fingerprint"] != fingerprint:
            raise Refusal(422, "key-reused")
        return Answer(first["status"], first["body"]), True


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not 1 <= len(key) <= 255:
        raise Refusal(400, "no-idempotency-key")
    return key


def _fingerprint(request: Request) -> str:
    """The same for the same request, however its JSON is spaced and ordered."""
    canonical = json.dumps([request.path, request.json()], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _status(token: str, *, capture: bool) -> str:
    if token == "tok_declined":
        return "FAILED"
    return "CAPTURED" if capture else "AUTHORISED"


def _write_charge(db: sqlite3.Connection, key: str, status: str, amount: int, currency: str) -> sqlite3.Row:
    charge_id = f"ch_{uuid.uuid4().hex}"
    captured = amount if status == "CAPTURED" else 0
    decline_code = "card_declined" if status == "FAILED" else None
    db.execute(
        _CHARGE,
        (charge_id, key, status, amount, captured, currency, decline_code, timestamp()),
    )
    return _get(db, charge_id)


def _positive(amount: object, currency: object) -> int:
    minor = minor_units(amount, currency)
    if minor == 0:
        raise Refusal(422, "nothing-to-do")
    return minor


def _get(db: sqlite3.Connection, charge_id: object) -> sqlite3.Row:
    row = db.execute("SELECT * FROM charges WHERE id = ?", (charge_id,)).fetchone()
    if row is None:
        raise Refusal(404, "unknown-charge")
    return row


def _charge_data(row: sqlite3.Row) -> dict[str, Any]:
    data = {
        "id": row["id"],
        "status": row["status"],
        "amount": amount_text(row["amount"], row["currency"]),
        "currency": row["currency"],
        "captured_amount": amount_text(row["captured"], row["currency"]),
        "refunded_amount": amount_text(row["refunded"], row["currency"]),
        "idempotency_key": row["idempotency_key"],
        "created_at": row["created_at"],
    }
    return {**data, "decline_code": row["decline_code"]} if row["decline_code"] else data


def _refund_data(refund: tuple[Any, ...], currency: str) -> dict[str, Any]:
    refund_id, charge, amount, created_at = refund
    return {
        "id": refund_id,
        "charge": charge,
        "status": "SUCCEEDED",
        "amount": amount_text(amount, currency),
        "currency": currency,
        "created_at": created_at,
    }
