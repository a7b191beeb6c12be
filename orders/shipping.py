"""What delivery costs: the channel's flat rate, as data."""

from dataclasses import dataclass
from decimal import Decimal

from catalog.errors import TaxRateMissing
from orders.totals import Shipping

SHIPPED = ("SHIP", "SHIP_FROM_STORE")


@dataclass(frozen=True, slots=True)
class ShippingTerms:
    """`amount` includes tax at `tax_rate`; free from `free_from` up, where there is such a line."""

    amount: Decimal
    free_from: Decimal | None
    tax_rate: Decimal


def shipping_terms(
    amount: Decimal | None, free_from: Decimal | None, tax_rate: Decimal | None
) -> ShippingTerms | None:
    """
    The terms that a channel's rate and its tax stand for; None: it delivers for nothing.

    Raises:
        TaxRateMissing: the rate's tax class has no rate that day.
    """
    if amount is None:
        return None
    if tax_rate is None:
        raise TaxRateMissing(skus=["shipping"])
    return ShippingTerms(amount, free_from, tax_rate)


def shipping_for(
    terms: ShippingTerms | None, *, kinds: set[str], goods: Decimal, company_id: int
) -> Shipping:
    """The delivery of an order whose goods come to `goods` after discounts, before points."""
    if terms is None or kinds.isdisjoint(SHIPPED):
        return Shipping()
    if terms.free_from is not None and goods >= terms.free_from:
        return Shipping()
    return Shipping(amount=terms.amount, tax_rate=terms.tax_rate, company_id=company_id)
