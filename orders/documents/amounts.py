"""
The amounts of documents, by tax rate: pure arithmetic.

A document rounds its tax once for each rate. The amounts of an order's documents, its invoice less its
return invoices, add up to what is left of the order, to the yen; the tax inside tax-inclusive prices
need not, since each document rounds its own (National Tax Agency, Q&A on the invoice system, 57).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from omni.core.money import Rounding, allocate, quantize, tax_included
from orders.totals import ZERO


class RateKey(NamedTuple):
    """What is added up together: a rate, and whether prices have its tax inside them."""

    rate: Decimal
    tax_inclusive: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """`amount` as the prices are, with tax inside it or not; `tax` of it, rounded once."""

    rate: Decimal
    tax_inclusive: bool
    amount: Decimal
    tax: Decimal

    @property
    def key(self) -> RateKey:
        return RateKey(self.rate, self.tax_inclusive)

    @property
    def total(self) -> Decimal:
        return self.amount if self.tax_inclusive else self.amount + self.tax


def total_of(buckets: Iterable[Bucket]) -> Decimal:
    return sum((bucket.total for bucket in buckets), ZERO)


def tax_of(buckets: Iterable[Bucket]) -> Decimal:
    return sum((bucket.tax for bucket in buckets), ZERO)


def share(amount: Decimal, part: Decimal | int, whole: Decimal | int, currency: str) -> Decimal:
    """`amount` × `part` ÷ `whole`, down to the currency's unit; the whole of it for the whole."""
    if not whole or not amount:
        return ZERO
    return quantize(amount * part / whole, currency, Rounding.FLOOR)


def given_back(
    sold: Sequence[Bucket],
    earlier: Iterable[Bucket],
    back: Mapping[RateKey, Decimal],
    *,
    currency: str,
    rounding: Rounding,
) -> tuple[Bucket, ...]:
    """
    What a return, or units that are cancelled, take out of each bucket, at the rate of the sale.

    `back` is what the goods come to as they were priced, `earlier` what other documents have taken back.
    Tax that came on top of prices goes back as it was charged: what is due for everything that has come
    back, less what has been given back of it. So all of it is back when all goods are.
    """
    taken: dict[RateKey, Bucket] = {}
    for each in earlier:
        held = taken.get(each.key, Bucket(*each.key, ZERO, ZERO))
        taken[each.key] = Bucket(*each.key, held.amount + each.amount, held.tax + each.tax)
    buckets = []
    for bucket in sold:
        if amount := back.get(bucket.key, ZERO):
            before = taken.get(bucket.key, Bucket(*bucket.key, ZERO, ZERO))
            buckets.append(Bucket(*bucket.key, amount, _tax_back(bucket, before, amount, currency, rounding)))
    return tuple(buckets)


def _tax_back(bucket: Bucket, before: Bucket, amount: Decimal, currency: str, rounding: Rounding) -> Decimal:
    if bucket.tax_inclusive:
        return tax_included(amount, bucket.rate, currency, rounding)
    return share(bucket.tax, before.amount + amount, bucket.amount, currency) - before.tax


def left_of(invoiced: Sequence[Bucket], credited: Iterable[Bucket]) -> tuple[Bucket, ...]:
    """
    What an invoice comes to after what return invoices have taken back.

    Its tax is what the documents say together, not what one document over the rest would.
    """
    left = {bucket.key: bucket for bucket in invoiced}
    for each in credited:
        held = left[each.key]
        left[each.key] = Bucket(*each.key, held.amount - each.amount, held.tax - each.tax)
    return tuple(left.values())


def part_of(
    buckets: Sequence[Bucket], amount: Decimal, *, currency: str, rounding: Rounding
) -> tuple[Bucket, ...]:
    """
    A part of what was paid, over the rates by largest remainder, as amounts with tax inside.

    What a receipt for a part says: its own tax is rounded once for each rate.
    """
    paid = [bucket for bucket in buckets if bucket.total > 0]
    parts = allocate(amount, [bucket.total for bucket in paid], currency)
    return tuple(
        Bucket(bucket.rate, True, part, tax_included(part, bucket.rate, currency, rounding))
        for bucket, part in zip(paid, parts, strict=True)
        if part
    )
