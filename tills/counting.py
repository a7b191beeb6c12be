"""Money counted by its coins and notes: pure, with the denominations of each currency as data."""

from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings

from omni.core.money import quantize
from tills.errors import DenominationUnknown

MOST_PIECES = 1_000_000


def denominations(currency: str) -> tuple[Decimal, ...]:
    """The coins and notes of a currency, the largest first; none where it is counted as a whole."""
    return tuple(Decimal(value) for value in settings.CASH_DENOMINATIONS.get(currency, ()))


def amount_of(pieces: Mapping[Decimal, int], currency: str) -> Decimal:
    """
    What so many pieces of each value come to.

    Raises:
        DenominationUnknown: the currency has no such coin or note.
    """
    known = denominations(currency)
    unknown = sorted(str(value) for value in pieces if known and value not in known)
    unknown += sorted(str(value) for value in pieces if quantize(value, currency) != value or value <= 0)
    if unknown:
        raise DenominationUnknown(field="pieces", rule="denomination", currency=currency, values=unknown)
    return quantize(sum((value * count for value, count in pieces.items()), Decimal(0)), currency)


def kept(pieces: Mapping[Decimal, int]) -> dict[str, int]:
    """The pieces as they are stored: the value's shortest text, and how many; nothing of none."""
    return {f"{value.normalize():f}": count for value, count in sorted(pieces.items(), reverse=True) if count}
