"""
What the platform asks of a card acquirer.

Every request carries an id of ours as its idempotency key, so that repeating it is harmless. An
answer is either definite, or it is `OutcomeUnknown` and settled by asking; nothing in between.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID


class OutcomeUnknown(Exception):
    """No answer came: it may have happened or not."""


class RequestRefused(Exception):
    """The acquirer did nothing, and never will under this key; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unreachable(RequestRefused):
    """Nothing could be sent; the same request may be made again."""

    def __init__(self) -> None:
        super().__init__("unreachable")


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as the acquirer has it. A declined one has a `decline_code` and captured nothing."""

    reference: str
    captured_amount: Decimal
    decline_code: str = ""

    @property
    def captured(self) -> bool:
        return not self.decline_code


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
            OutcomeUnknown: the acquirer does not answer.
        """
        ...

    def refund(self, *, refund_id: UUID, reference: str, amount: Decimal, currency: str) -> str:
        """
        Give captured money back; answers the acquirer's reference. Ask again after an unknown outcome.

        Raises:
            RequestRefused, Unreachable, OutcomeUnknown
        """
        ...
