"""The sandbox's card acquirer, over HTTP (docs/sandbox.md)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings

from omni.core.money import quantize
from orders.payments.port import Charge, OutcomeUnknown, RequestRefused, Unreachable

TIMEOUT = httpx.Timeout(5.0, connect=1.0)
DECLINED = 402


class SandboxGateway:
    def __init__(self, url: str | None = None, key: str | None = None) -> None:
        self._http = httpx.Client(
            base_url=settings.SANDBOX_URL if url is None else url,
            headers={"Authorization": f"Bearer {settings.SANDBOX_CARD_KEY if key is None else key}"},
            timeout=TIMEOUT,
            trust_env=False,
        )

    def charge(self, *, payment_id: UUID, amount: Decimal, currency: str, token: str) -> Charge:
        body = {"amount": _text(amount, currency), "currency": currency, "token": token, "capture": True}
        answer = self._post("/card/charges", key=payment_id, body=body)
        return _charge(_definite(answer, also=DECLINED))

    def find_charge(self, *, payment_id: UUID) -> Charge | None:
        try:
            answer = self._http.get("/card/charges", params={"idempotency_key": str(payment_id)})
        except httpx.HTTPError as error:
            raise OutcomeUnknown from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.OK:
            raise OutcomeUnknown(answer.status_code)
        return _charge(answer.json())

    def refund(self, *, refund_id: UUID, reference: str, amount: Decimal, currency: str) -> str:
        body = {"amount": _text(amount, currency)}
        answer = self._post(f"/card/charges/{reference}/refunds", key=refund_id, body=body)
        return str(_definite(answer)["id"])

    def _post(self, path: str, *, key: UUID, body: dict[str, Any]) -> httpx.Response:
        try:
            return self._http.post(path, json=body, headers={"Idempotency-Key": str(key)})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # Nothing was sent, so nothing happened.
            raise Unreachable from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown from error


def _definite(answer: httpx.Response, *, also: int | None = None) -> dict[str, Any]:
    if answer.is_success or answer.status_code == also:
        body: dict[str, Any] = answer.json()
        return body
    if answer.is_client_error:
        raise RequestRefused(str(answer.json().get("code", answer.status_code)))
    raise OutcomeUnknown(answer.status_code)


def _charge(body: dict[str, Any]) -> Charge:
    decline = str(body.get("decline_code") or ("voided" if body["status"] == "VOIDED" else ""))
    return Charge(str(body["id"]), Decimal(body["captured_amount"]), decline)


def _text(amount: Decimal, currency: str) -> str:
    return str(quantize(amount, currency))
