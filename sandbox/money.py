"""Amounts travel as decimal strings and are kept as whole minor units (yen, cents)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from sandbox.web import Refusal

EXPONENTS = {"JPY": 0, "USD": 2, "EUR": 2}


def minor_units(amount: object, currency: object, *, field: str = "amount") -> int:
    """
    Read `"1980"` or `1980` as minor units of the currency.

    Raises:
        Refusal: 422 for a currency not taken; 400 for a float, a negative number, or a fraction
            that the currency does not have.
    """
    if not isinstance(currency, str) or currency not in EXPONENTS:
        raise Refusal(422, "currency-not-taken", currency=currency)
    if isinstance(amount, bool) or not isinstance(amount, (str, int)):
        raise Refusal(400, "bad-amount", field=field)
    try:
        scaled = Decimal(amount).scaleb(EXPONENTS[currency])
        whole = int(scaled)
    except (InvalidOperation, OverflowError, ValueError):
        raise Refusal(400, "bad-amount", field=field) from None
    if whole != scaled or not 0 <= whole < 10**15:
        raise Refusal(400, "bad-amount", field=field)
    return whole


def amount_text(minor: int, currency: str) -> str:
    """Write minor units as the currency's decimal string."""
    exponent = EXPONENTS[currency]
    return f"{Decimal(minor).scaleb(-exponent):.{exponent}f}"
