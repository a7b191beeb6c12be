"""
Stripe, by its own SDK: one PaymentIntent a payment, never retried by the SDK.

What holds here is held by us, not by Stripe, whose idempotency keys live for a day: an intent is made
first and confirmed once, its id stands on our row before that, and all asking is by that id. An intent
that is not confirmed takes no money, and what ends without money is cancelled, so that nobody who has
its client secret can pay it any more (docs.stripe.com/payments/paymentintents/lifecycle). A refund names
ours in its metadata, and is looked for before it is sent again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import stripe

from omni.core.money import exponent
from orders.payments.port import (
    Action,
    Charge,
    ListedCharge,
    OutcomeUnknown,
    RequestRefused,
    Unreachable,
    Wanted,
)

# What this code was written against; Stripe answers in its words, whatever the account's default is.
API_VERSION = "2026-10-28.endive"
PAGE = 100
ZERO = Decimal(0)

Body = Mapping[str, Any]

# Codes that Stripe documents as "nothing was done" (docs.stripe.com/error-codes).
REFUND_REFUSALS = {
    "amount_too_large",
    "amount_too_small",
    "balance_insufficient",
    "charge_already_refunded",
    "charge_disputed",
    "charge_not_refundable",
    "refund_disputed_payment",
}
CAPTURE_REFUSALS = {"amount_too_large", "amount_too_small", "capture_charge_authorization_expired"}
GIVEN_BACK = ("succeeded", "pending")
NOT_YET = ("requires_confirmation", "requires_payment_method")


class StripeGateway:
    """An account of ours at Stripe. `url` is another root than Stripe's, for tests."""

    def __init__(self, *, key: str, url: str = "", seconds: float = 15.0) -> None:
        self._client = stripe.StripeClient(
            key,
            stripe_version=API_VERSION,
            base_addresses={"api": url} if url else None,
            http_client=stripe.HTTPXClient(
                timeout=httpx.Timeout(seconds, connect=2.0), allow_sync_methods=True
            ),
            max_network_retries=0,
        )
        self._intents = self._client.v1.payment_intents

    def prepare(self, wanted: Wanted) -> str:
        try:
            with _answers():
                made = self._intents.create(_intent_of(wanted), _keyed(wanted.payment_id))
        except _Declined as declined:
            raise RequestRefused(declined.code) from None
        return str(made.id)

    def charge(
        self,
        *,
        payment_id: UUID,
        amount: Decimal,
        currency: str,
        token: str,
        capture: bool = True,
        reference: str = "",
    ) -> Charge | Action:
        """Confirm the intent that was prepared: what to charge, and how, is in it."""
        try:
            with _answers():
                intent = self._intents.confirm(reference, {}, _keyed(payment_id, "confirm"))
        except _Declined as declined:
            return self._decline(reference, declined.code)
        outcome = self._outcome(_read(intent))
        if outcome is None:
            raise OutcomeUnknown("not-confirmed")
        return outcome

    def find_charge(self, *, payment_id: UUID, reference: str = "") -> Charge | Action | None:
        """None without a reference: an intent that we have no name of was never confirmed."""
        return self._outcome(self._intent(reference)) if reference else None

    def close_charge(self, *, payment_id: UUID, reference: str = "") -> Charge | None:
        if not reference:
            return None
        intent = self._intent(reference)
        if _is_open(intent):
            intent = self._cancel(reference)
        outcome = self._outcome(intent)
        if isinstance(outcome, Charge) and outcome.decline_code == "canceled":
            return None
        if isinstance(outcome, Charge):
            return outcome
        raise OutcomeUnknown(f"status-{intent['status']}"[:64])

    def capture(self, *, payment_id: UUID, reference: str, amount: Decimal, currency: str) -> Charge:
        wanted: Any = {"amount_to_capture": _units(amount, currency)}
        try:
            with _answers(CAPTURE_REFUSALS):
                intent = _read(self._intents.capture(reference, wanted, _keyed(payment_id, "capture")))
        except OutcomeUnknown:
            # It may have been captured by a request before this one, or have died.
            intent = self._intent(reference)
        outcome = self._outcome(intent)
        if isinstance(outcome, Charge) and outcome.captured:
            return outcome
        if isinstance(outcome, Charge) and outcome.decline_code:
            raise RequestRefused("authorisation-gone")
        raise OutcomeUnknown(f"status-{intent['status']}"[:64])

    def void(self, *, payment_id: UUID, reference: str) -> Charge:
        outcome = self._outcome(self._cancel(reference))
        if isinstance(outcome, Charge):
            return Charge(outcome.reference, outcome.captured_amount, outcome.decline_code and "voided")
        raise OutcomeUnknown("not-voided")

    def refund(self, *, refund_id: UUID, reference: str, amount: Decimal, currency: str) -> str:
        wanted: Any = {
            "payment_intent": reference,
            "amount": _units(amount, currency),
            "metadata": {"refund": str(refund_id)},
        }
        with _answers(REFUND_REFUSALS):
            made = _read(self._client.v1.refunds.create(wanted, _keyed(refund_id)))
        if made.get("status") in ("failed", "canceled"):
            raise RequestRefused(_failure_of(made))
        return str(made["id"])

    def find_refund(self, *, refund_id: UUID, reference: str) -> str | None:
        with _asking():
            listed = self._client.v1.refunds.list({"payment_intent": reference, "limit": PAGE})
            for refund in map(_read, listed.auto_paging_iter()):
                if (refund.get("metadata") or {}).get("refund") == str(refund_id):
                    return str(refund["id"])
        return None

    def refund_failure(self, *, reference: str) -> str:
        with _asking():
            refund = _read(self._client.v1.refunds.retrieve(reference))
        return _failure_of(refund) if refund["status"] in ("failed", "canceled") else ""

    def list_charges(self, *, since: datetime) -> Iterator[ListedCharge]:
        """Stripe's charges, by their intents: of one intent, a declined try is a charge of its own."""
        begin: Any = {"created": {"gt": int(since.timestamp()) - 1}, "limit": PAGE}
        with _asking():
            for charge in map(_read, self._client.v1.charges.list(begin).auto_paging_iter()):
                yield _listed(charge, self._refunded(charge))

    def _refunded(self, charge: Body) -> int:
        """What a capture in part let go of is no refund, though `amount_refunded` may count it."""
        if charge.get("amount_captured", charge["amount"]) == charge["amount"]:
            return int(charge["amount_refunded"])
        made = self._client.v1.refunds.list({"charge": charge["id"], "limit": PAGE}).auto_paging_iter()
        return sum(refund["amount"] for refund in map(_read, made) if refund["status"] in GIVEN_BACK)

    def _intent(self, reference: str) -> Body:
        with _asking():
            return _read(self._intents.retrieve(reference, {"expand": ["latest_charge"]}))

    def _cancel(self, reference: str) -> Body:
        """Cancel it; what can't be cancelled any more is read as it is."""
        try:
            with _asking():
                self._intents.cancel(reference)
        except OutcomeUnknown:
            pass
        return self._intent(reference)

    def _decline(self, reference: str, code: str) -> Charge:
        """
        Final only once nobody can try again with its client secret.

        Raises:
            OutcomeUnknown: it could not be cancelled; asking will.
        """
        intent = self._cancel(reference)
        if intent["status"] != "canceled":
            outcome = self._outcome(intent)
            if isinstance(outcome, Charge):
                return outcome
            raise OutcomeUnknown("not-cancelled")
        return Charge(reference, ZERO, code[:64] or "declined")

    def _outcome(self, intent: Body) -> Charge | Action | None:
        reference, status, currency = intent["id"], intent["status"], intent["currency"].upper()
        if status == "succeeded":
            captured = _amount(_received(intent), currency)
            return Charge(reference, captured, card_last4=_last4(intent))
        if status == "requires_capture":
            set_aside = _amount(intent["amount"], currency)
            return Charge(reference, ZERO, card_last4=_last4(intent), authorised_amount=set_aside)
        if status == "canceled":
            return Charge(reference, ZERO, _error_of(intent) or "canceled")
        if status == "requires_action":
            return Action(reference, *_action_of(intent))
        if status == "requires_payment_method" and _error_of(intent):
            return self._decline(reference, _error_of(intent))
        if status in NOT_YET:
            return None
        raise OutcomeUnknown(f"status-{status}"[:64])


class _Declined(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def _answers(refusals: set[str] | None = None) -> Iterator[None]:
    """Stripe's errors in the port's words; none of them keeps a message, which may quote the request."""
    try:
        yield
    except stripe.CardError as error:
        raise _Declined(str(error.code or "declined")) from None
    except stripe.APIConnectionError as error:
        if isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            raise Unreachable from None
        raise OutcomeUnknown(type(error.__cause__ or error).__name__) from None
    except stripe.InvalidRequestError as error:
        if error.code and error.code in (refusals or ()):
            raise RequestRefused(error.code) from None
        raise OutcomeUnknown(f"http-{error.http_status}") from None
    except stripe.StripeError as error:
        raise OutcomeUnknown(f"http-{error.http_status or 0}") from None


@contextmanager
def _asking() -> Iterator[None]:
    """Where nothing is done, not having reached Stripe is not having been answered."""
    try:
        with _answers():
            yield
    except Unreachable:
        raise OutcomeUnknown("unreachable") from None


def _intent_of(wanted: Wanted) -> Any:
    """3-D Secure wherever the card knows it, as Japan's card issuers demand of sales on line."""
    intent: dict[str, Any] = {
        "amount": _units(wanted.amount, wanted.currency),
        "currency": wanted.currency.lower(),
        "metadata": {"payment": str(wanted.payment_id)},
        "payment_method_types": [wanted.method],
    }
    if wanted.method == "card":
        intent["payment_method"] = wanted.token
        intent["capture_method"] = "automatic" if wanted.capture else "manual"
        intent["payment_method_options"] = {"card": {"request_three_d_secure": "any"}}
        return intent
    payer = {"name": wanted.payer_name, "email": wanted.payer_email}
    intent["payment_method_data"] = {"type": wanted.method, "billing_details": payer}
    if wanted.pay_by is not None:
        intent["payment_method_options"] = {wanted.method: {"expires_at": int(wanted.pay_by.timestamp())}}
    return intent


def _keyed(ours: UUID, step: str = "") -> Any:
    return {"idempotency_key": f"{ours}:{step}" if step else str(ours)}


def _read(answer: Any) -> Body:
    body: dict[str, Any] = answer.to_dict()
    return body


def _is_open(intent: Body) -> bool:
    return intent["status"] in (*NOT_YET, "requires_action")


def _received(intent: Body) -> int:
    """`amount_received`; without it (a stand-in) what the charge says of itself."""
    if "amount_received" in intent:
        return int(intent["amount_received"])
    charge = intent.get("latest_charge")
    if not isinstance(charge, Mapping):
        raise OutcomeUnknown("unreadable-body")
    return int(charge["amount"]) if charge["captured"] else 0


def _last4(intent: Body) -> str:
    charge = intent.get("latest_charge")
    details = charge.get("payment_method_details") if isinstance(charge, Mapping) else None
    return str(((details or {}).get("card") or {}).get("last4") or "")[:4]


def _error_of(intent: Body) -> str:
    error = intent.get("last_payment_error") or {}
    return str(error.get("decline_code") or error.get("code") or "")[:64]


def _action_of(intent: Body) -> tuple[str, dict[str, str]]:
    """3-D Secure is the client's SDK's business, with the secret; a konbini's slip is shown by its page."""
    action = intent.get("next_action") or {}
    kind = str(action.get("type") or "unknown")
    data = {"client_secret": str(intent.get("client_secret") or "")}
    details = action.get(kind) or {}
    for name in ("hosted_voucher_url", "url", "expires_at"):
        if isinstance(details, Mapping) and details.get(name):
            data[name] = str(details[name])
    return kind.replace("_", "-"), data


def _failure_of(refund: Body) -> str:
    return str(refund.get("failure_reason") or refund["status"])


def _listed(charge: Body, refunded: int) -> ListedCharge:
    currency = charge["currency"].upper()
    took = charge["status"] == "succeeded" and charge["captured"]
    captured = charge.get("amount_captured", charge["amount"]) if took else 0
    reference = str(charge.get("payment_intent") or charge["id"])
    made = Charge(reference, _amount(captured, currency), "" if took else str(charge["status"]))
    key = str((charge.get("metadata") or {}).get("payment", ""))
    return ListedCharge(key, made, _amount(refunded if took else 0, currency), currency)


def _units(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(exponent(currency)))


def _amount(units: int, currency: str) -> Decimal:
    return Decimal(int(units)).scaleb(-exponent(currency))
