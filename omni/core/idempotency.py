"""
One idempotency mechanism for HTTP, webhooks, tills and commands: the claim.

    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PlacedOrder):
            return replayed
        ...
        return idempotency.settle(claim, result, now=now)

The claim and what it stands for commit together. While the first caller's transaction is open
it holds an advisory lock, so a second one is told at once rather than made to wait.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.codec import decode, encode
from omni.core.errors import DomainError

Result = TypeVar("Result")


class ClaimInFlight(DomainError):
    """The first request under this key has not finished."""

    code = "idempotency-key-in-use"
    status = 409
    title = _("The first request with this key is still running; try again.")
    retry_after = 1


class ClaimMismatch(DomainError):
    """The key was used for another request."""

    code = "idempotency-key-reused"
    status = 422
    title = _("This key was used for another request.")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks for what, under which key, with which request (as 16 bytes of its hash)."""

    principal: str
    operation: str
    key: str
    fingerprint: bytes

    @classmethod
    def of(cls, *, actor: Actor | str, operation: str, key: str, request: Mapping[str, Any]) -> "Claim":
        return cls(str(actor), operation, key, fingerprint(request))


def fingerprint(request: Mapping[str, Any]) -> bytes:
    """Hash a parsed request: the same values give the same 16 bytes, in any order of keys."""
    text = json.dumps(request, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Decimal | UUID | datetime):
        return str(value)
    return str(value)


# One index probe. The snapshot is older than the lock, so a claim that commits in between is
# not seen: `settle` then meets the unique constraint, and the caller is told to try again.
CLAIM = """
SELECT pg_try_advisory_xact_lock(hashtextextended(%(scope)s::text, 0)), held.fingerprint, held.result
FROM (SELECT 1) AS always
LEFT JOIN core_claim AS held
       ON held.principal = %(principal)s::text
      AND held.operation = %(operation)s::text AND held.key = %(key)s::text
"""

SETTLE = """
INSERT INTO core_claim (principal, operation, key, fingerprint, result, created_at, expires_at)
VALUES (
    %(principal)s::text, %(operation)s::text, %(key)s::text, %(fingerprint)s::bytea, %(result)s::text::jsonb,
    %(now)s::timestamptz, %(expires_at)s::timestamptz
)
ON CONFLICT (principal, operation, key) DO NOTHING
RETURNING id
"""

FINISH = "UPDATE core_claim SET result = %(result)s::text::jsonb WHERE id = %(claim_id)s"


def claim(claim: Claim, *, result_type: type[Result]) -> Result | None:
    """
    Take the claim for this transaction, or answer the result that it already has.

    Raises:
        ClaimInFlight: another transaction holds it.
        ClaimMismatch: it was settled for another request.
    """
    db.require_transaction()
    scope = f"{claim.principal}\x1f{claim.operation}\x1f{claim.key}".replace("\x00", "")
    row = sql.fetch_one(
        CLAIM,
        {"scope": scope, "principal": claim.principal, "operation": claim.operation, "key": claim.key},
    )
    assert row is not None
    locked, held_fingerprint, result = row
    if held_fingerprint is not None:
        if bytes(held_fingerprint) != claim.fingerprint:
            raise ClaimMismatch(key=claim.key)
        return decode(result_type, json.loads(result))
    if not locked:
        raise ClaimInFlight(key=claim.key)
    return None


def settle(claim: Claim, result: Result, *, now: datetime) -> Result:
    """
    Store the result with the change itself, and give it back as a replay will.

    Raises:
        ClaimInFlight: another transaction settled the claim meanwhile; ask again to replay it.
    """
    park(claim, result, now=now)
    return result


def park(claim: Claim, result: object, *, now: datetime) -> int:
    """
    Store a result that `finish` will replace, where an operation takes more than one transaction;
    answer the claim's id. A replay meanwhile gets this one, and has to tell it apart.

    Raises:
        ClaimInFlight: another transaction settled the claim meanwhile.
    """
    stored = sql.fetch_one(
        SETTLE,
        {
            "principal": claim.principal,
            "operation": claim.operation,
            "key": claim.key,
            "fingerprint": claim.fingerprint,
            "result": json.dumps(encode(result), ensure_ascii=False),
            "now": now,
            "expires_at": now + settings.IDEMPOTENCY_KEPT,
        },
    )
    if stored is None:
        raise ClaimInFlight(key=claim.key)
    return int(stored[0])


def finish(claim_id: int, result: object) -> None:
    """Freeze the final result of a parked claim; the caller has locked what the claim stands for."""
    db.require_transaction()
    params = {"claim_id": claim_id, "result": json.dumps(encode(result), ensure_ascii=False)}
    sql.fetch_all(FINISH, params)


def once(claim_: Claim, act: Callable[[], Result], *, result_type: type[Result], now: datetime) -> Result:
    """
    Let building blocks act in one transaction under a claim: a use case whose steps its caller gives.

    Raises:
        ClaimInFlight, ClaimMismatch: the claim is in use, or came with another request.
    """
    with db.transaction():
        if replayed := claim(claim_, result_type=result_type):
            return replayed
        return settle(claim_, act(), now=now)
