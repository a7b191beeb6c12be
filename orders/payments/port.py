"""
What the platform asks of whoever takes money for it: of cards, in a konbini, into its bank account.

A payment is **prepared** first, which takes no money: who needs a name of his own for it gives one, and
it stands on our row before anybody is charged, so that asking later is by that name.

Every request carries an id of ours as its idempotency key, so that repeating it is harmless.

An outcome is **definite** only where the acquirer itself says so in words that its gateway knows:
a `Charge`, a `RequestRefused` with one of the documented codes, or `Unreachable`, where not a byte
was sent. Everything else is `OutcomeUnknown`, and settled by asking: no answer, a key of ours that is
not accepted (401, 403), a 404 of whoever stands between, a conflict, a rate limit, any other status
and any body that can't be read. A gateway must never take those for a decline.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    One that is only authorised has an `authorised_amount`, and nothing captured yet.
    """

    reference: str
    captured_amount: Decimal
    decline_code: str = ""
    card_last4: str = ""
    authorised_amount: Decimal = Decimal(0)

    @property
    def captured(self) -> bool:
        return not self.decline_code and not self.authorised_amount

    @property
    def authorised(self) -> bool:
        return not self.decline_code and bool(self.authorised_amount)


@dataclass(frozen=True, slots=True)
class Action:
    """
    Nothing is decided: the buyer is to do something, as `kind` says, with what `data` holds.

    `data` is for the buyer's eyes alone (a client's secret is among it): never logged, never stored.
    """

    reference: str
    kind: str
    data: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A payment as it is prepared; `method` is `card` or `konbini`, `pay_by` of what is paid later."""

    payment_id: UUID
    amount: Decimal
    currency: str
    token: str = field(default="", repr=False)
    method: str = "card"
    capture: bool = True
    pay_by: datetime | None = None
    payer_name: str = field(default="", repr=False)
    payer_email: str = field(default="", repr=False)
    payer_phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ListedCharge:
    """A line of the acquirer's books; `key` is our payment's id, or empty where it has but a reference."""

    key: str
    charge: Charge
    refunded_amount: Decimal
    currency: str


class CardGateway(Protocol):
    """`reference` is what `prepare` answered, or what a charge has; empty where there is none."""

    def prepare(self, wanted: Wanted) -> str:
        """
        Make ready to be paid, without taking anything; answer the acquirer's name for it, if it has one.

        Raises:
            RequestRefused, Unreachable, OutcomeUnknown
        """
        ...

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
        """
        Charge, and capture at once unless told to authorise only. A declined card is an answer.

        Raises:
            RequestRefused, Unreachable, OutcomeUnknown
        """
        ...

    def find_charge(self, *, payment_id: UUID, reference: str = "") -> Charge | Action | None:
        """
        What became of a charge; None: there is none (a request still on its way may yet make it).

        Raises:
            OutcomeUnknown: the acquirer does not say.
        """
        ...

    def close_charge(self, *, payment_id: UUID, reference: str = "") -> Charge | None:
        """
        Have the acquirer refuse this id from now on, and answer the charge that it made before.

        None is final: no request on its way, nor any sent later, can charge. Closing again is
        harmless. Acquirers call it a cancellation by reference, or of the payment's intent.

        Raises:
            OutcomeUnknown: the acquirer does not say.
        """
        ...

    def capture(self, *, payment_id: UUID, reference: str, amount: Decimal, currency: str) -> Charge:
        """
        Take so much of what was authorised; the rest is let go. Once captured, this answers what was.

        Raises:
            RequestRefused, Unreachable, OutcomeUnknown
        """
        ...

    def void(self, *, payment_id: UUID, reference: str) -> Charge:
        """
        Let an authorisation go; answers the charge, declined with `voided`. Once more is no harm.

        Raises:
            RequestRefused, Unreachable, OutcomeUnknown
        """
        ...

    def refund(self, *, refund_id: UUID, reference: str, amount: Decimal, currency: str) -> str:
        """
        Give captured money back; answers the acquirer's reference. Ask again after an unknown outcome.

        Raises:
            RequestRefused, Unreachable, OutcomeUnknown
        """
        ...

    def find_refund(self, *, refund_id: UUID, reference: str) -> str | None:
        """
        The acquirer's reference of a refund that was sent before; None: it has none, or forgets no key.

        Raises:
            OutcomeUnknown: the acquirer does not say.
        """
        ...

    def refund_failure(self, *, reference: str) -> str:
        """
        Why a refund that was accepted came to nothing after all; empty: it did not.

        Raises:
            OutcomeUnknown: the acquirer does not say.
        """
        ...

    def list_charges(self, *, since: datetime) -> Iterator[ListedCharge]:
        """
        Every charge made since then, in whatever order.

        Raises:
            OutcomeUnknown: the acquirer does not answer, or not to the end.
        """
        ...
