"""
Stripe's messages: signed, timed, unordered, repeated. What is read of one is what it is about.

The SDK proves the signature; how old it is goes by our clock, which may differ from the machine's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from omni.core.errors import InvalidField, SignatureInvalid

TOLERANCE = timedelta(minutes=5)
# What may decide a payment, or undo a refund; of anything else nobody here wants to know.
ABOUT_PAYMENTS = frozenset(
    f"payment_intent.{what}"
    for what in ("succeeded", "payment_failed", "canceled", "processing", "amount_capturable_updated")
)
ABOUT_REFUNDS = frozenset(("refund.updated", "refund.failed", "charge.refund.updated"))


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """`reference` is the intent or the refund that it is about, as Stripe calls it."""

    id: str
    type: str
    reference: str
    happened_at: datetime


def read_message(body: bytes, signature: str, secrets: Sequence[str], *, now: datetime) -> ProviderMessage:
    """
    Raises:
        SignatureInvalid: it is by none of the secrets, or too old, or of the future.
        InvalidField: it is signed, and no event.
    """
    if not any(_proves(body, signature, secret) for secret in secrets) or not _is_fresh(signature, now):
        raise SignatureInvalid()
    try:
        event = json.loads(body)
        about = event["data"]["object"]
        happened_at = datetime.fromtimestamp(int(event["created"]), UTC)
        return ProviderMessage(_short(event["id"]), _short(event["type"]), _reference(about), happened_at)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise InvalidField(field="body", rule="must be an event") from error


def _proves(body: bytes, signature: str, secret: str) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(body, signature, secret, None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _is_fresh(signature: str, now: datetime) -> bool:
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    try:
        signed_at = datetime.fromtimestamp(int(parts["t"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return False
    return abs(now - signed_at) <= TOLERANCE


def _reference(about: Mapping[str, Any]) -> str:
    return _short(about.get("id") or "")


def _short(text: Any) -> str:
    return str(text)[:128]
