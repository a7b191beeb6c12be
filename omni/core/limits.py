"""How much our columns hold: what is more is refused by field and rule, before a database is asked."""

from decimal import Decimal

from omni.core.errors import InvalidField

# Of units or points in one go. Columns hold 2³¹ − 1 (a code's units, a buffer's) or 2⁶³ − 1 (all others).
MOST_UNITS = 10**9
# numeric(19,4).
MOST_AMOUNT = Decimal("999999999999999.9999")


def require_units(units: int, *, field: str) -> None:
    """
    Raises:
        InvalidField: there are more than `MOST_UNITS`, in either direction.
    """
    if abs(units) > MOST_UNITS:
        raise InvalidField(field=field, rule="at-most", most=MOST_UNITS, value=units)


def require_amount(amount: Decimal, *, field: str) -> None:
    """
    Raises:
        InvalidField: the amount, in either direction, is more than a column holds.
    """
    if abs(amount) > MOST_AMOUNT:
        raise InvalidField(field=field, rule="at-most", most=MOST_AMOUNT, value=amount)
