"""What a checkout comes to: the frozen answer of its claim."""

from dataclasses import dataclass, field
from decimal import Decimal

from omni.core.idempotency import Claim, ClaimInFlight
from orders.errors import CardDeclined
from orders.models import Order, Payment


@dataclass(frozen=True, slots=True)
class PaymentAction:
    """
    What the buyer has to do before anything is decided, as the acquirer calls it.

    `public_key` is the account's, for the acquirer's own script. It is answered and never frozen.
    """

    kind: str
    details: dict[str, str] = field(repr=False)
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """
    `payment_status` is that of the money that is due (CAPTURED where points paid for all of it).

    `points_to_earn` are earned when the order is paid.
    """

    number: str
    status: str
    total: Decimal
    currency: str
    points_spent: int
    points_to_earn: int
    payment_status: str
    decline_code: str = ""
    action: PaymentAction | None = None


def answer(claim: Claim, placed: PlacedOrder) -> PlacedOrder:
    """
    The answer that a claim's result stands for, first and replayed alike.

    Raises:
        ClaimInFlight: the payment has no outcome yet, and waits for nobody here; repeat it later.
        CardDeclined: it failed, and the order with it.
    """
    if placed.status == Order.Status.PENDING and placed.action is None:
        raise ClaimInFlight(key=claim.key)
    if placed.payment_status == Payment.Status.FAILED:
        raise CardDeclined(order=placed.number, decline_code=placed.decline_code)
    return placed
