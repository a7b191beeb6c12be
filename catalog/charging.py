"""
Which price of the book applies, and what a channel charges from when until when.

Pure: what services write, what the admin explains and what tests expect go through here alike. The
narrowest scope that says anything goes first (shop, channel, group), and within it a sale lies over
the regular price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from catalog.models import Price

RANKS = {Price.Scope.GROUP: 0, Price.Scope.CHANNEL: 1, Price.Scope.SHOP: 2}


@dataclass(frozen=True, slots=True)
class Span:
    """What is charged from one moment until just before another (None: until further notice)."""

    price: Decimal
    tax_inclusive: bool
    reduced: bool
    valid_from: datetime
    valid_until: datetime | None


def in_scope(
    prices: Iterable[Price], *, channel_id: int, currency: str, location_id: int | None = None
) -> list[Price]:
    """Those of a variant's prices that have a say in a channel, or at a shop's till in it."""
    return [
        price
        for price in prices
        if price.currency == currency
        and price.channel_id in (None, channel_id)
        and price.location_id in (None, location_id)
    ]


def rank(price: Price) -> tuple[int, bool]:
    return RANKS[Price.Scope(price.scope)], price.kind == Price.Kind.SALE


def find_deciding(prices: Iterable[Price], *, at: datetime) -> Price | None:
    """Of prices that have a say, the one that applies at a moment."""
    standing = [price for price in prices if holds(price, at)]
    return max(standing, key=rank, default=None)


def holds(price: Price, at: datetime) -> bool:
    return price.valid_from <= at and (price.valid_until is None or at < price.valid_until)


def charged(prices: Sequence[Price], *, begins: datetime, ends: datetime | None) -> list[Span]:
    """
    What is charged between two moments by prices that have a say: spans in order, as long as can be.

    There is a gap where none of them holds.
    """
    spans: list[Span] = []
    moments = _moments(prices, begins, ends)
    for at, until in zip(moments, [*moments[1:], ends], strict=True):
        price = find_deciding(prices, at=at)
        if price is not None:
            _append(spans, _span(price, at, until))
    return spans


def _moments(prices: Sequence[Price], begins: datetime, ends: datetime | None) -> list[datetime]:
    """When what applies may change, from `begins` on."""
    bounds = {price.valid_from for price in prices}
    bounds |= {price.valid_until for price in prices if price.valid_until is not None}
    return [begins, *sorted(at for at in bounds if begins < at and (ends is None or at < ends))]


def _span(price: Price, begins: datetime, ends: datetime | None) -> Span:
    return Span(price.amount, price.tax_inclusive, price.kind == Price.Kind.SALE, begins, ends)


def _append(spans: list[Span], span: Span) -> None:
    last = spans[-1] if spans else None
    if last and last.valid_until == span.valid_from and same(last, span):
        spans[-1] = replace(last, valid_until=span.valid_until)
    else:
        spans.append(span)


def same(one: Span, other: Span) -> bool:
    """Whether the same is asked, whenever it is."""
    return (one.price, one.tax_inclusive, one.reduced) == (other.price, other.tax_inclusive, other.reduced)
