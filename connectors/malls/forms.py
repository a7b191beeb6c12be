"""A mall's order in the form that is taken in (docs/connectors.md)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.malls.settings import MallSettings

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """`amount` is for all of the line, tax included, before any reduction of the whole order."""

    sku: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """
    What a mall says of an order, in yen.

    `total` is all that the shop is paid for it, by whomever: what the buyer pays, and `points` and
    `coupons` that the mall bears. What the shop's own coupons take off is in none of them.
    """

    number: str
    placed_at: datetime
    lines: Sequence[Line]
    total: Decimal
    shipping: Decimal
    points: Decimal = ZERO
    coupons: Decimal = ZERO
    buyer: Mapping[str, str] = field(default_factory=dict)


def form_of(given: MallSettings, sold: Sold) -> dict[str, Any]:
    return {
        "order_number": sold.number,
        "placed_at": sold.placed_at.isoformat(),
        "currency": "JPY",
        "total": plain(sold.total),
        "shipping": plain(max(sold.shipping, ZERO)),
        "channel_points": plain(sold.points),
        "channel_coupons": plain(sold.coupons),
        "invoice_issuer": given.invoice_issuer,
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "amount": plain(line.amount)} for line in sold.lines
        ],
        "buyer": {name: text for name, value in sold.buyer.items() if (text := value.strip())},
    }


def forms_of(
    given: MallSettings, told: Iterable[tuple[str, Callable[[], Sold | None]]]
) -> list[dict[str, Any]]:
    """
    The orders that are ready, each under its number with what reads it; None is not ready.

    One that can't be understood is kept for a person under its number, and stops no other.
    """
    forms = []
    for number, read in told:
        try:
            if (sold := read()) is not None:
                forms.append(form_of(given, sold))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            forms.append({"order_number": number, "not_understood": f"{type(error).__name__}: {error}"})
    return forms


def plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def joined(*parts: Any, by: str = "") -> str:
    """What there is of the parts; malls leave out, null, or empty what they don't tell."""
    return by.join(str(part).strip() for part in parts if part not in (None, ""))
