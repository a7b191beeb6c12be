"""What a checkout comes to: the frozen answer of its claim."""

from dataclasses import dataclass
from decimal import Decimal

from omni.core.idempotency import Claim, ClaimInFlight
from orders.errors import CardDeclined
from orders.models import Order, Payment


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


def answer(claim: Claim, placed: PlacedOrder) -> PlacedOrder:
    """
    The answer that a claim's result stands for, first and replayed alike.

    Raises:
        ClaimInFlight: the payment has no outcome yet; repeat it later.
        CardDeclined: it failed, and the order with it.
    """
    if placed.status == Order.Status.PENDING:
        raise ClaimInFlight(key=claim.key)
    if placed.payment_status == Payment.Status.FAILED:
        raise CardDeclined(order=placed.number, decline_code=placed.decline_code)
    return placed
