"""
What the platform asks of a card acquirer.

Every request carries an id of ours as its idempotency key, so that repeating it is harmless.

An outcome is **definite** only where the acquirer itself says so in words that its gateway knows:
a `Charge`, a `RequestRefused` with one of the documented codes, or `Unreachable`, where not a byte
was sent. Everything else is `OutcomeUnknown`, and settled by asking: no answer, a key of ours that is
not accepted (401, 403), a 404 of whoever stands between, a conflict, a rate limit, any other status
and any body that can't be read. A gateway must never take those for a decline.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID


class OutcomeUnknown(Exception):
    """It may have happened or not; `reason` says what was met instead of an answer."""

    def __init__(self, reason: str = "no-answer") -> None:
        super().__init__(reason)
        self.reason = reason


class RequestRefused(Exception):
    """The acquirer says that it did nothing, and `code`, one of its documented ones, says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unreachable(RequestRefused):
    """Nothing could be sent; the same request may be made again."""

    def __init__(self) -> None:
        super().__init__("unreachable")


@dataclass(frozen=True, slots=True)
class Charge:
    """
    A charge as the acquirer has it. A declined one has a `decline_code` and captured nothing.

    `card_last4` are the last four digits of the card, where the acquirer tells them.
    """

    reference: str
    captured_amount: Decimal
    decline_code: str = ""
    card_last4: str = ""

    @property
    def captured(self) -> bool:
        return not self.decline_code


@dataclass(frozen=True, slots=True)
class ListedCharge:
    """A line of the acquirer's books; `key` is the idempotency key that it came under."""

    key: str
    charge: Charge
    refunded_amount: Decimal
    currency: str


class CardGateway(Protocol):
    def charge(self, *, payment_id: UUID, amount: Decimal, currency: str, token: str) -> Charge:
        """
        Charge and capture at once. A declined card is an answer, not a failure.

        Raises:
            RequestRefused, Unreachable, OutcomeUnknown
        """
        ...

    def find_charge(self, *, payment_id: UUID) -> Charge | None:
        """
        What became of a charge; None: there is none (a request still on its way may yet make it).

        Raises:
            OutcomeUnknown: the acquirer does not say.
        """
        ...

    def close_charge(self, *, payment_id: UUID) -> Charge | None:
        """
        Have the acquirer refuse this id from now on, and answer the charge that it made before.

        None is final: no request on its way, nor any sent later, can charge. Closing again is
        harmless. Acquirers call it a cancellation by reference, or of the payment's intent.

        Raises:
            OutcomeUnknown: the acquirer does not say.
        """
        ...

    def refund(self, *, refund_id: UUID, reference: str, amount: Decimal, currency: str) -> str:
        """
        Give captured money back; answers the acquirer's reference. Ask again after an unknown outcome.

        Raises:
            RequestRefused, Unreachable, OutcomeUnknown
        """
        ...

    def list_charges(self, *, since: datetime) -> Iterator[ListedCharge]:
        """
        Every charge made since then, the oldest first.

        Raises:
            OutcomeUnknown: the acquirer does not answer, or not to the end.
        """
        ...
