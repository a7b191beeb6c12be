"""Reads of carts and orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from catalog import selectors as catalog
from catalog.models import ServiceMode, Variant
from catalog.taxing import with_tax
from customers.models import Customer
from loyalty import selectors as loyalty
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.money import Rounding, quantize
from orders import errors
from orders.delivered import DeliveryView, delivery_view
from orders.lacking import short_of, waiting_of
from orders.models import (
    Cart,
    CartLine,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderDelivery,
    OrderLine,
    TenderType,
)
from orders.pricing import BasketLine, Priced, Seller, price
from orders.promoted import MissedView, PromotionView, deals_of, missed_views, promotion_views
from orders.selectors_shipping import find_methods
from orders.shipping import Measure, Plan
from orders.wishes import NO_WISHES, ShipWish, Wanted, plan_for, require_wishes, split_lines
from orders.writing import NewContact
from organisation.models import SalesChannel

NOBODY = NewContact()


@dataclass(frozen=True, slots=True)
class CartLineView:
    """
    `unit_price` and `amount` are today's, with tax inside where `tax_inclusive`; null where the channel no
    longer sells it. `amount_with_tax` is what consumers are shown. `waits` units of it would be sold `ahead`
    (PREORDER or BACKORDER), for `promised_date` where somebody can say; `short` ones nobody has now.
    `price_then` is that of when it was put in, and `changed` says how that differs: HIGHER, LOWER or GONE.
    """

    id: int
    sku: str
    name: Mapping[str, str]
    quantity: int
    kind: str
    location: str | None
    service_mode: str
    unit_price: Decimal | None
    amount: Decimal | None
    tax_inclusive: bool = True
    amount_with_tax: Decimal | None = None
    ahead: str | None = None
    waits: int = 0
    promised_date: date | None = None
    short: int = 0
    price_then: Decimal | None = None

    @property
    def changed(self) -> str | None:
        if self.unit_price is None:
            return "GONE"
        if self.price_then is None or self.price_then == self.unit_price:
            return None
        return "HIGHER" if self.unit_price > self.price_then else "LOWER"


@dataclass(frozen=True, slots=True)
class CartView:
    """`amount` is that of the lines on sale, before delivery and points; `order` once it is ordered."""

    id: UUID
    channel: str
    currency: str
    status: str
    order: str | None
    lines: tuple[CartLineView, ...]
    coupons: tuple[str, ...]
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TaxView:
    rate: Decimal
    tax_inclusive: bool
    amount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """
    What a cart would cost now. `due` is to be paid in money; `points_most` could be spent on it,
    of which the person has `points_available`. `shipping_estimated`: nobody has said where it goes, and
    this is the cheapest zone.
    `missed` are promotions that run and do not apply.
    """

    currency: str
    lines_amount: Decimal
    discount_amount: Decimal
    shipping_amount: Decimal
    points_amount: Decimal
    tax_added: Decimal
    total: Decimal
    due: Decimal
    taxes: tuple[TaxView, ...]
    points_spent: int
    points_most: int
    points_available: int
    points_to_earn: int
    tenders: tuple[str, ...]
    promotions: tuple[PromotionView, ...]
    missed: tuple[MissedView, ...]
    shipping_estimated: bool = False
    deliveries: tuple[DeliveryView, ...] = ()


def owns(cart: Cart, customer: Customer | None) -> bool:
    """A signed-in person's cart is theirs alone; a guest's belongs to whoever knows its id."""
    if cart.customer is None:
        return True
    return customer is not None and cart.customer.person_id == customer.person_id


def require_selling(cart: Cart) -> None:
    """
    Raises:
        ChannelInactive: the cart's channel, which is loaded with it, has been switched off.
    """
    if not cart.channel.active:
        raise errors.ChannelInactive(channel=cart.channel.code)


def get_cart(*, cart_id: UUID, customer: Customer | None) -> Cart:
    """
    Raises:
        NotFound: there is no such cart, or it is somebody else's.
    """
    cart = Cart.objects.select_related("channel__company", "customer").filter(pk=cart_id).first()
    if cart is None or not owns(cart, customer):
        raise NotFound(cart=str(cart_id))
    return cart


def show_cart(*, cart_id: UUID, customer: Customer | None, now: datetime) -> CartView:
    """
    The cart at today's prices.

    Raises:
        NotFound: there is no such cart, or it is somebody else's.
    """
    cart = get_cart(cart_id=cart_id, customer=customer)
    lines = list(cart.lines.select_related("variant__product", "location").order_by("pk"))
    offers = _offers(cart, [line.variant_id for line in lines], now)
    waiting = waiting_of(cart, lines, now)
    short = short_of(cart, lines, offers, waiting, now)
    shown = tuple(
        replace(
            _line_view(line, offers.get(line.variant_id), Rounding(cart.channel.company.tax_rounding)),
            **waiting.get(line.pk, {}),
            short=short.get(line.pk, 0),
        )
        for line in lines
    )
    return CartView(
        id=cart.pk,
        channel=cart.channel.code,
        currency=cart.channel.currency,
        status=cart.status,
        order=Order.objects.filter(cart=cart).values_list("number", flat=True).first(),
        lines=shown,
        coupons=tuple(cart.coupons.order_by("pk").values_list("coupon__code", flat=True)),
        amount=sum((line.amount for line in shown if line.amount is not None), Decimal(0)),
    )


def _line_view(line: CartLine, offer: catalog.Offer | None, rounding: Rounding) -> CartLineView:
    amounts = _amounts(line, offer, rounding) if offer else {}
    return CartLineView(
        id=line.pk,
        sku=line.variant.sku,
        name=line.variant.name or line.variant.product.name,
        quantity=line.quantity,
        kind=line.kind,
        location=line.location.code if line.location else None,
        service_mode=line.service_mode,
        price_then=line.price_then,
        **{"unit_price": None, "amount": None, **amounts},
    )


def _amounts(line: CartLine, offer: catalog.Offer, rounding: Rounding) -> dict[str, Any]:
    amount = quantize(offer.price * line.quantity, offer.currency)
    return {
        "unit_price": offer.price,
        "amount": amount,
        "tax_inclusive": offer.tax_inclusive,
        "amount_with_tax": with_tax(
            amount,
            offer.eat_in_rate if line.service_mode == ServiceMode.EAT_IN else offer.take_out_rate,
            inclusive=offer.tax_inclusive,
            currency=offer.currency,
            rounding=rounding,
        ),
    }


def _offers(cart: Cart, variant_ids: Sequence[int], now: datetime) -> dict[int, catalog.Offer]:
    return catalog.get_offers(channel_id=cart.channel_id, variant_ids=variant_ids, at=now)


def quote_cart(
    *,
    cart_id: UUID,
    points: int,
    customer: Customer | None,
    contact: NewContact = NOBODY,
    wishes: Sequence[ShipWish] = NO_WISHES,
    now: datetime,
) -> Quote:
    """
    What the cart comes to with `points` spent on it, by the rules that will place it, delivered as
    wished to a contact of whom the prefecture or the postal code is enough.

    Raises:
        NotFound, ChannelInactive, NotListed, PointsAboveTotal
        MethodNotOffered, NotDeliverable, DateNotOffered, SlotNotOffered, DeliveryLinesUnfit
    """
    cart = get_cart(cart_id=cart_id, customer=customer)
    require_selling(cart)
    lines = list(cart.lines.select_related("variant").order_by("pk"))
    parts, places = split_lines([Wanted(line.pk, line.kind, line.quantity, line) for line in lines], wishes)
    basket = [_basket_line(line, units) for line, units in parts]
    terms = loyalty.find_terms(channel_id=cart.channel_id, at=now) if customer else None
    offers = _offers(cart, [line.variant_id for line in lines], now)
    plan = plan_for(
        wishes,
        places,
        contact,
        find_methods(channel_id=cart.channel_id, on=clock.business_date(now, settings.TIME_ZONE)),
        {line.variant_id: measure_of(line.variant) for line in lines},
        estimates=True,
    )
    coupons = list(cart.coupons.order_by("pk").values_list("coupon_id", flat=True))
    deals = deals_of(cart, [line.variant_id for line in lines], customer, now, coupon_ids=coupons)
    seller = seller_of(cart.channel, plan)
    priced = price(basket, offers, seller=seller, terms=terms, points=points, deals=deals)
    require_wishes(priced.deliveries, plan, wishes, now)
    return _quote(cart, basket, priced, plan, terms, customer, now)


def _basket_line(line: CartLine, units: int) -> BasketLine:
    return BasketLine(
        line.pk,
        line.variant_id,
        line.variant.sku,
        units,
        line.kind,
        line.location_id,
        line.service_mode,
    )


def measure_of(variant: Variant) -> Measure:
    return Measure(variant.temperature, variant.parcel_size or 0, variant.weight or 0)


def _quote(
    cart: Cart,
    basket: Sequence[BasketLine],
    priced: Priced,
    plan: Plan,
    terms: loyalty.ProgrammeTerms | None,
    customer: Customer | None,
    now: datetime,
) -> Quote:
    totals, available, to_earn = priced.totals, 0, 0
    if customer is not None and terms is not None:
        balance = loyalty.balance_of(customer.person_id, now=now, programme_id=terms.programme_id)
        available = balance.available
        to_earn = loyalty.points_for(
            programme=terms, channel_id=cart.channel_id, amount=priced.earning_base, at=now
        )
    tenders = TenderType.objects.filter(kind__in=[*TenderType.AWAITED, *TenderType.LATER], active=True)
    return Quote(
        currency=cart.channel.currency,
        lines_amount=totals.lines_amount,
        discount_amount=totals.discount_amount,
        shipping_amount=quantize(totals.shipping_amount, cart.channel.currency),
        points_amount=totals.points_amount + priced.points_tendered,
        tax_added=totals.tax_added,
        total=quantize(totals.total, cart.channel.currency),
        due=quantize(priced.due, cart.channel.currency),
        taxes=tuple(TaxView(b.rate, b.tax_inclusive, b.amount, b.tax) for b in totals.buckets),
        points_spent=priced.points,
        points_most=priced.points_most,
        points_available=available,
        points_to_earn=to_earn,
        tenders=tuple(tenders.order_by("code").values_list("code", flat=True)),
        shipping_estimated=any(
            delivery.method.zoned and plan.addresses[delivery.address].prefecture is None
            for delivery in priced.deliveries
        ),
        deliveries=tuple(delivery_view(delivery) for delivery in priced.deliveries),
        promotions=promotion_views(
            priced.promoted, [line.id for line in basket], shipping_waived=priced.shipping_waived
        ),
        missed=missed_views(priced.promoted),
    )


def seller_of(channel: SalesChannel, shipping: Plan) -> Seller:
    """Who sells in a channel (its company is loaded with it), and how it delivers."""
    return Seller(
        channel.pk, channel.company_id, channel.currency, Rounding(channel.company.tax_rounding), shipping
    )


def list_orders(*, person_id: int) -> QuerySet[Order]:
    """Every order of every record of the person, on line and in shops, newest first."""
    return with_parts(Order.objects.filter(customer__person_id=person_id)).order_by("-placed_at", "-pk")


def get_order(*, number: str, person_id: int | None = None, cart_id: UUID | None = None) -> Order:
    """
    An order with all its parts: a person's, or the one that a guest's cart became.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    orders = Order.objects.filter(number=number)
    if person_id is not None:
        orders = orders.filter(customer__person_id=person_id)
    elif cart_id is not None:
        orders = orders.filter(cart_id=cart_id)
    order = with_parts(orders).first()
    if order is None:
        raise NotFound(order=number)
    return order


def with_parts(orders: QuerySet[Order]) -> QuerySet[Order]:
    """What a screen of an order shows, in a constant number of queries."""
    return orders.select_related("channel", "location", "contact").prefetch_related(
        Prefetch("lines", OrderLine.objects.select_related("variant__product").order_by("position")),
        "lines__discounts",
        "promotions",
        "taxes",
        "payments__tender_type",
        "payments__refunds",
        # What a location rejected is no affair of the buyer's: where it comes from now, is.
        Prefetch("fulfilments", Fulfilment.objects.exclude(status=Fulfilment.Status.FAILED).order_by("pk")),
        "fulfilments__location",
        Prefetch("deliveries", OrderDelivery.objects.select_related("address").order_by("pk")),
        Prefetch("fulfilments__lines", FulfilmentLine.objects.select_related("order_line__promise")),
    )
