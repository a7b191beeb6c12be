"""
What a basket comes to: its lines priced by offers, delivery, tax and points.

Pure: a quote and the order that is placed from it go through here alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from catalog.models import ServiceMode
from catalog.selectors import Offer, require_listed
from loyalty.terms import ProgrammeTerms
from omni.core.money import Rounding, quantize
from orders.deals import Deals, discounts_of, without_delivery
from orders.errors import PointsAboveTotal
from orders.shipping import SHIPPED, Delivery, Plan, Sent, deliver, shipping_of
from orders.totals import ZERO, PricedLine, Shipping, Totals, compute, line_amount
from orders.writing import NewLine
from promotions.rules import NOTHING, Outcome


@dataclass(frozen=True, slots=True)
class BasketLine:
    """What somebody wants: so many of a variant, in a way, from a location or from anywhere."""

    id: int
    variant_id: int
    sku: str
    quantity: int
    kind: str
    location_id: int | None
    service_mode: str


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, in which money, and by which rules."""

    channel_id: int
    company_id: int
    currency: str
    rounding: Rounding
    shipping: Plan | None


@dataclass(frozen=True, slots=True)
class Priced:
    """
    `due` is what is left to pay in money: the total, less points that are a tender.

    `earning_base` is the part of it that earns points: what is paid for goods, not for delivery.
    `deliveries` are what the shipping is made of.
    `promoted` is what promotions did, `shipping_waived` what delivery would have cost without them.
    """

    lines: tuple[NewLine, ...]
    totals: Totals
    points: int
    points_tendered: Decimal
    points_most: int
    deliveries: tuple[Delivery, ...] = ()
    promoted: Outcome = NOTHING
    shipping_waived: Decimal = ZERO

    @property
    def due(self) -> Decimal:
        return self.totals.total - self.points_tendered

    @property
    def earning_base(self) -> Decimal:
        return max(ZERO, self.due - (self.totals.shipping_amount - self.totals.shipping_points))


def price(
    basket: Sequence[BasketLine],
    offers: Mapping[int, Offer],
    *,
    seller: Seller,
    terms: ProgrammeTerms | None = None,
    points: int = 0,
    deals: Deals | None = None,
) -> Priced:
    """
    Price a basket as `deals` allow, and spend `points` on it.

    Raises:
        NotListed: the channel does not sell a line's variant.
        MethodNotOffered, NotDeliverable, FieldMissing: it can't be delivered as asked.
        PointsAboveTotal: the points are worth more than there is to pay.
    """
    require_listed(offers, {line.variant_id: line.sku for line in basket})
    lines = tuple(_line(line, offers[line.variant_id]) for line in basket)
    lines, promoted = _promoted(lines, deals, {line.kind for line in basket})
    goods = sum((line.amount for line in lines), ZERO)
    deliveries = _deliveries(seller.shipping, basket, lines)
    waived = _waived(deliveries, promoted)
    if waived:
        deliveries = tuple(replace(delivery, amount=ZERO) for delivery in deliveries)
    shipping = shipping_of(deliveries, company_id=seller.company_id)
    most = points_most(goods + shipping.amount, terms)
    if points > most:
        raise PointsAboveTotal(requested=points, most=most)
    return replace(
        _total(lines, shipping, seller, terms, points, most),
        deliveries=deliveries,
        promoted=promoted if waived else without_delivery(promoted),
        shipping_waived=waived,
    )


def _waived(deliveries: Sequence[Delivery], promoted: Outcome) -> Decimal:
    """What delivery would have cost, where a promotion makes it free."""
    return sum((one.amount for one in deliveries), ZERO) if promoted.free_shipping else ZERO


def _promoted(
    lines: tuple[NewLine, ...], deals: Deals | None, kinds: set[str]
) -> tuple[tuple[NewLine, ...], Outcome]:
    if deals is None:
        return lines, NOTHING
    outcome = deals.outcome(lines, delivered=not kinds.isdisjoint(SHIPPED))
    return tuple(
        replace(line, discounts=discounts, discount_amount=sum((one.amount for one in discounts), ZERO))
        for line, discounts in zip(lines, discounts_of(outcome, len(lines)), strict=True)
    ), outcome


def _deliveries(
    plan: Plan | None, basket: Sequence[BasketLine], lines: Sequence[NewLine]
) -> tuple[Delivery, ...]:
    """How what is delivered goes, and what that costs, by what its lines come to."""
    if plan is None:
        return ()
    sent = [
        Sent(place, wanted.variant_id, wanted.quantity, line.amount)
        for place, (wanted, line) in enumerate(zip(basket, lines, strict=True))
        if wanted.kind in SHIPPED
    ]
    return deliver(plan, sent)


def _line(line: BasketLine, offer: Offer) -> NewLine:
    eaten_in = line.service_mode == ServiceMode.EAT_IN
    return NewLine(
        variant_id=line.variant_id,
        company_id=offer.company_id,
        quantity=line.quantity,
        unit_price=offer.price,
        list_amount=line_amount(offer.price, line.quantity, offer.currency),
        tax_class_id=offer.tax_class_id,
        tax_rate=offer.eat_in_rate if eaten_in else offer.take_out_rate,
        tax_inclusive=offer.tax_inclusive,
        service_mode=line.service_mode,
    )


def _total(
    lines: tuple[NewLine, ...],
    shipping: Shipping,
    seller: Seller,
    terms: ProgrammeTerms | None,
    points: int,
    most: int,
) -> Priced:
    worth = points_worth(points, terms)
    reduces = terms is None or terms.reduces_price
    totals = compute(
        [priced_line(line) for line in lines],
        currency=seller.currency,
        rounding=seller.rounding,
        shipping=shipping,
        points_amount=worth if reduces else ZERO,
    )
    return Priced(lines, totals, points, ZERO if reduces else worth, most)


def priced_line(line: NewLine) -> PricedLine:
    return PricedLine(
        line.company_id,
        line.quantity,
        line.list_amount,
        line.discount_amount,
        line.tax_rate,
        line.tax_inclusive,
    )


def points_worth(points: int, terms: ProgrammeTerms | None) -> Decimal:
    """What points are worth when they are spent, down to the currency's unit."""
    if terms is None or not points:
        return ZERO
    return quantize(points * terms.point_value, terms.currency, Rounding.FLOOR)


def points_most(amount: Decimal, terms: ProgrammeTerms | None) -> int:
    """The most points that an amount can be paid with."""
    return int(amount // terms.point_value) if terms is not None and amount > 0 else 0
