"""The sandbox's card acquirer, over HTTP (docs/sandbox.md)."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings

from omni.core.money import quantize
from orders.payments.port import Charge, ListedCharge, OutcomeUnknown, RequestRefused, Unreachable, Wanted

TIMEOUT = httpx.Timeout(5.0, connect=1.0)
PAGE = 500
DECLINED = 402
ZERO = Decimal(0)

Body = dict[str, Any]

# What the acquirer documents as "nothing was done". `key-reused` is not among them: then something
# else was done under this key.
REFUSALS = {
    400: {"bad-json", "bad-amount", "no-idempotency-key"},
    422: {"unknown-token", "bad-capture", "currency-not-taken", "nothing-to-do", "key-closed"},
}
CAPTURE_REFUSALS = {
    400: {"bad-json", "bad-amount", "no-idempotency-key"},
    422: {"currency-not-taken", "above-authorisation"},
    409: {"not-authorised"},
}
REFUND_REFUSALS = {
    400: {"bad-json", "bad-amount", "no-idempotency-key"},
    422: {"currency-not-taken", "nothing-to-do", "above-capture"},
}


class SandboxGateway:
    def __init__(self, url: str | None = None, key: str | None = None) -> None:
        self._http = httpx.Client(
            base_url=settings.SANDBOX_URL if url is None else url,
            headers={"Authorization": f"Bearer {settings.SANDBOX_CARD_KEY if key is None else key}"},
            timeout=TIMEOUT,
            trust_env=False,
        )

    def prepare(self, wanted: Wanted) -> str:
        """Nothing: our ids are its keys, which it never forgets. It knows cards only."""
        if wanted.method != "card":
            raise RequestRefused("method-not-taken")
        return ""

    def charge(
        self,
        *,
        payment_id: UUID,
        amount: Decimal,
        currency: str,
        token: str,
        capture: bool = True,
        reference: str = "",
    ) -> Charge:
        body = {"amount": _text(amount, currency), "currency": currency, "token": token, "capture": capture}
        answer = self._post("/card/charges", key=payment_id, body=body)
        if answer.status_code in (httpx.codes.CREATED, DECLINED):
            return _charge(_body(answer), key=payment_id)
        raise _refusal(answer, REFUSALS)

    def find_charge(self, *, payment_id: UUID, reference: str = "") -> Charge | None:
        answer = self._get("/card/charges", idempotency_key=str(payment_id))
        if answer.status_code == httpx.codes.NOT_FOUND:
            _require_unknown_charge(answer, key=payment_id)
            return None
        return _charge(_ok(answer), key=payment_id)

    def close_charge(self, *, payment_id: UUID, reference: str = "") -> Charge | None:
        try:
            answer = self._http.post(f"/card/keys/{payment_id}/close")
        except httpx.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        body = _ok(answer)
        if body.get("closed") is not True:
            raise OutcomeUnknown("unreadable-body")
        return _charge(body["charge"], key=payment_id) if body.get("charge") else None

    def capture(self, *, payment_id: UUID, reference: str, amount: Decimal, currency: str) -> Charge:
        body = {"amount": _text(amount, currency)}
        answer = self._post(f"/card/charges/{reference}/capture", key=payment_id, body=body)
        if answer.status_code != httpx.codes.OK:
            raise _refusal(answer, CAPTURE_REFUSALS)
        return _charge(_body(answer), key=payment_id)

    def void(self, *, payment_id: UUID, reference: str) -> Charge:
        answer = self._post(f"/card/charges/{reference}/void", key=payment_id, body={})
        if answer.status_code != httpx.codes.OK:
            raise _refusal(answer, CAPTURE_REFUSALS)
        return _charge(_body(answer), key=payment_id)

    def find_refund(self, *, refund_id: UUID, reference: str) -> str | None:
        """None: sending the same refund again answers the one that was made."""
        return None

    def refund(self, *, refund_id: UUID, reference: str, amount: Decimal, currency: str) -> str:
        body = {"amount": _text(amount, currency)}
        answer = self._post(f"/card/charges/{reference}/refunds", key=refund_id, body=body)
        if answer.status_code != httpx.codes.CREATED:
            raise _refusal(answer, REFUND_REFUSALS)
        made = _body(answer)
        if made.get("charge") != reference or not made.get("id"):
            raise OutcomeUnknown("unreadable-body")
        return str(made["id"])

    def refund_failure(self, *, reference: str) -> str:
        """What it has given back it never takes again."""
        return ""

    def list_charges(self, *, since: datetime) -> Iterator[ListedCharge]:
        begin = since.astimezone(UTC).isoformat(timespec="microseconds")
        after: str | None = "0"
        while after is not None:
            page = _ok(self._get("/card/charges", since=begin, after=after, limit=str(PAGE)))
            if not page.keys() >= {"charges", "next"}:
                raise OutcomeUnknown("unreadable-body")
            yield from (_listed(row) for row in page["charges"])
            after = page["next"]

    def _get(self, path: str, **query: str) -> httpx.Response:
        try:
            return self._http.get(path, params=query)
        except httpx.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error

    def _post(self, path: str, *, key: UUID, body: Body) -> httpx.Response:
        try:
            return self._http.post(path, json=body, headers={"Idempotency-Key": str(key)})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # Nothing was sent, so nothing happened.
            raise Unreachable from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error


def _refusal(answer: httpx.Response, known: dict[int, set[str]]) -> RequestRefused | OutcomeUnknown:
    """A refusal only where status and code are ones that the acquirer documents."""
    codes: Collection[str] = known.get(answer.status_code, ())
    code = str(_body(answer).get("code")) if codes else ""
    return RequestRefused(code) if code in codes else OutcomeUnknown(f"http-{answer.status_code}")


def _require_unknown_charge(answer: httpx.Response, *, key: UUID) -> None:
    """A 404 of the acquirer names the key that it does not know; anybody else's says nothing."""
    body = _body(answer)
    if (body.get("code"), body.get("idempotency_key")) != ("unknown-charge", str(key)):
        raise OutcomeUnknown("http-404")


def _ok(answer: httpx.Response) -> Body:
    if answer.status_code != httpx.codes.OK:
        raise OutcomeUnknown(f"http-{answer.status_code}")
    return _body(answer)


def _body(answer: httpx.Response) -> Body:
    try:
        body = answer.json()
    except ValueError as error:
        raise OutcomeUnknown(f"http-{answer.status_code}") from error
    if not isinstance(body, dict):
        raise OutcomeUnknown(f"http-{answer.status_code}")
    return body


def _charge(body: Body, *, key: UUID | None = None) -> Charge:
    """What isn't captured, authorised, declined or voided has no outcome yet."""
    try:
        status, captured = body["status"], Decimal(body["captured_amount"])
        authorised = Decimal(body["amount"]) if status == "AUTHORISED" else ZERO
        charge_key, reference = body["idempotency_key"], str(body["id"])
    except (KeyError, TypeError, InvalidOperation) as error:
        raise OutcomeUnknown("unreadable-body") from error
    if key is not None and charge_key != str(key):
        raise OutcomeUnknown("unreadable-body")
    if status == "CAPTURED":
        return Charge(reference, captured, card_last4=_last4(body))
    if status == "AUTHORISED":
        return Charge(reference, ZERO, authorised_amount=authorised)
    if status in ("FAILED", "VOIDED"):
        return Charge(reference, captured, str(body.get("decline_code") or status.lower()))
    raise OutcomeUnknown(f"status-{status}"[:64])


def _last4(body: Body) -> str:
    digits = str(body.get("card_last4") or "")
    return digits if len(digits) == 4 and digits.isdecimal() else ""


def _listed(row: Body) -> ListedCharge:
    try:
        charge = Charge(str(row["id"]), Decimal(row["captured_amount"]), _not_captured(row))
        return ListedCharge(
            str(row["idempotency_key"]), charge, Decimal(row["refunded_amount"]), str(row["currency"])
        )
    except (KeyError, TypeError, InvalidOperation) as error:
        raise OutcomeUnknown("unreadable-body") from error


def _not_captured(row: Body) -> str:
    """In a list, whatever isn't captured has taken nothing, whether it may yet or not."""
    return "" if row["status"] == "CAPTURED" else str(row.get("decline_code") or row["status"]).lower()


def _text(amount: Decimal, currency: str) -> str:
    return str(quantize(amount, currency))
