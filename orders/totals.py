"""
What an order comes to: pure arithmetic over priced lines, the same for till and EC.

Tax is rounded once for each rate (and company) of the document, as Japan's qualified invoices
demand (National Tax Agency, Tax Answer 6498); discounts and points are split to lines, and by
them to rates, by largest remainder. Nothing is rounded line by line.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from omni.core.limits import require_amount
from omni.core.money import Rounding, allocate, quantize, tax_included, tax_on

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its amounts in the order's currency; `discount` is already the line's own."""

    company_id: int
    quantity: int
    list_amount: Decimal
    discount: Decimal
    tax_rate: Decimal
    tax_inclusive: bool

    @property
    def amount(self) -> Decimal:
        return self.list_amount - self.discount


@dataclass(frozen=True, slots=True)
class TaxBucket:
    company_id: int
    rate: Decimal
    tax_inclusive: bool
    lines_amount: Decimal
    shipping_amount: Decimal
    discount_amount: Decimal
    points_amount: Decimal
    amount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """`line_points[i]` is line i's share of the points spent, in money; shipping's share is apart."""

    lines_amount: Decimal
    shipping_amount: Decimal
    discount_amount: Decimal
    points_amount: Decimal
    tax_added: Decimal
    tax_amount: Decimal
    total: Decimal
    line_points: tuple[Decimal, ...]
    shipping_points: Decimal
    buckets: tuple[TaxBucket, ...]


@dataclass(frozen=True, slots=True)
class Shipping:
    """What delivery costs, tax included, and the rate that is in it."""

    amount: Decimal = ZERO
    tax_rate: Decimal = ZERO
    company_id: int = 0


def compute(
    lines: Sequence[PricedLine],
    *,
    currency: str,
    rounding: Rounding,
    shipping: Shipping = Shipping(),
    points_amount: Decimal = ZERO,
) -> Totals:
    """
    Add up an order. `points_amount` is money taken off by points (a price reduction).

    The caller has checked that `points_amount` is at most what the goods and shipping come to.

    Raises:
        InvalidField: the lines come to more than an amount can be.
    """
    goods = sum((line.list_amount for line in lines), ZERO)
    require_amount(goods, field="lines")
    discounts = sum((line.discount for line in lines), ZERO)
    *line_points, shipping_points = allocate(
        points_amount, [*(max(line.amount, ZERO) for line in lines), shipping.amount], currency
    )
    buckets = _buckets(lines, line_points, shipping, shipping_points, currency, rounding)
    added = sum((bucket.tax for bucket in buckets if not bucket.tax_inclusive), ZERO)
    total = goods + shipping.amount - discounts - points_amount + added
    require_amount(total, field="lines")
    return Totals(
        lines_amount=goods,
        shipping_amount=shipping.amount,
        discount_amount=discounts,
        points_amount=points_amount,
        tax_added=added,
        tax_amount=sum((bucket.tax for bucket in buckets), ZERO),
        total=total,
        line_points=tuple(line_points),
        shipping_points=shipping_points,
        buckets=buckets,
    )


def line_amount(unit_price: Decimal, quantity: int, currency: str) -> Decimal:
    """
    What `quantity` units at a unit price come to, in whole units of the currency.

    Raises:
        InvalidField: it is more than an amount can be.
    """
    amount = unit_price * quantity
    require_amount(amount, field="lines")
    return quantize(amount, currency)


def _buckets(
    lines: Sequence[PricedLine],
    line_points: Sequence[Decimal],
    shipping: Shipping,
    shipping_points: Decimal,
    currency: str,
    rounding: Rounding,
) -> tuple[TaxBucket, ...]:
    sums: dict[tuple[int, Decimal, bool], list[Decimal]] = defaultdict(lambda: [ZERO] * 4)
    for line, points in zip(lines, line_points, strict=True):
        parts = (line.list_amount, ZERO, line.discount, points)
        _add(sums[line.company_id, line.tax_rate, line.tax_inclusive], parts)
    if shipping.amount:
        _add(
            sums[shipping.company_id, shipping.tax_rate, True], (ZERO, shipping.amount, ZERO, shipping_points)
        )
    return tuple(_bucket(key, parts, currency, rounding) for key, parts in sorted(sums.items()))


def _add(total: list[Decimal], parts: tuple[Decimal, ...]) -> None:
    for index, part in enumerate(parts):
        total[index] += part


def _bucket(
    key: tuple[int, Decimal, bool], parts: list[Decimal], currency: str, rounding: Rounding
) -> TaxBucket:
    company_id, rate, inclusive = key
    goods, shipping, discounts, points = parts
    amount = goods + shipping - discounts - points
    tax = (tax_included if inclusive else tax_on)(amount, rate, currency, rounding)
    return TaxBucket(company_id, rate, inclusive, goods, shipping, discounts, points, amount, tax)
