"""Vendure's money: whole numbers of a precision that is the server's, the same for every currency."""

from decimal import Decimal

from connectors.errors import PushFailed
from connectors.vendure.admin_api import ask
from connectors.vendure.settings import To

PRECISION = "query { globalSettings { serverConfig { moneyStrategyPrecision } } }"


def precision_of(to: To) -> int:
    """How many decimals its amounts have: 2 unless its MoneyStrategy says otherwise, for yen too."""
    return int(ask(to, PRECISION)["globalSettings"]["serverConfig"]["moneyStrategyPrecision"])


def amount_of(value: int, precision: int) -> Decimal:
    return Decimal(value).scaleb(-precision)


def value_of(amount: Decimal, precision: int) -> int:
    """Raises PushFailed, for good, where the server has not so many decimals."""
    value = amount.scaleb(precision)
    if value != int(value):
        raise PushFailed(f"{amount} has more decimals than Vendure's {precision}", permanent=True)
    return int(value)
