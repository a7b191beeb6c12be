"""
Money: Decimal amounts in a currency, quantised by its ISO 4217 exponent. No floats anywhere.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# The minor-unit exponents of ISO 4217 that differ from two.
EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


class Rounding(TextChoices):
    """The three that Japan's qualified invoices allow; which one is the company's choice."""

    FLOOR = "FLOOR", _("down")
    HALF_UP = "HALF_UP", _("half up")
    CEILING = "CEILING", _("up")


_MODES = {Rounding.FLOOR: ROUND_FLOOR, Rounding.HALF_UP: ROUND_HALF_UP, Rounding.CEILING: ROUND_CEILING}


def exponent(currency: str) -> int:
    """The number of decimals of a currency: 0 for JPY, 2 for USD."""
    return EXPONENTS.get(currency, 2)


def unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 1 for JPY, 0.01 for USD."""
    return Decimal(1).scaleb(-exponent(currency))


def quantize(amount: Decimal, currency: str, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    return amount.quantize(unit(currency), rounding=_MODES[rounding])


def allocate(amount: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """
    Split `amount` in proportion to `weights` by largest remainder: the parts add up exactly.

    Ties go to the earlier weight. Where all weights are zero the parts are equal as far as the
    currency's unit allows. Weights must not be negative; `amount` may be.
    """
    smallest = unit(currency)
    total = sum((Decimal(weight) for weight in weights), Decimal(0))
    if not weights:
        return []
    shares = [Decimal(weight) / total if total else Decimal(1) / len(weights) for weight in weights]
    units = (abs(amount) / smallest).to_integral_exact()
    exact = [share * units for share in shares]
    parts = [part.to_integral_value(rounding=ROUND_FLOOR) for part in exact]
    short = int(units - sum(parts))
    by_remainder = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[:short]:
        parts[index] += 1
    sign = -1 if amount < 0 else 1
    return [sign * part * smallest for part in parts]


def tax_included(gross: Decimal, rate: Decimal, currency: str, rounding: Rounding) -> Decimal:
    """The tax inside a tax-inclusive amount: gross × rate ÷ (1 + rate), rounded once."""
    return quantize(gross * rate / (1 + rate), currency, rounding)


def tax_on(net: Decimal, rate: Decimal, currency: str, rounding: Rounding) -> Decimal:
    """The tax on a tax-exclusive amount: net × rate, rounded once."""
    return quantize(net * rate, currency, rounding)
