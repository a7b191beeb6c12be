"""
The ways to get each line of a cart: what is where, when it could be had, what it costs.

A constant number of statements, whatever the number of lines: goods and prices, stock for the channel, what
is sold ahead, methods, the shops nearby with their hours, and their stock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog import selectors as catalog
from customers.models import Customer
from inventory import backorders, nearest
from inventory import selectors as stock
from inventory.nearest import NearLocation, Place, Point
from inventory.sourcing import serves
from omni.core import clock
from orders.delivery_dates import arrival_date, delivery_dates
from orders.errors import NotDeliverable
from orders.models import Cart, CartLine, FulfilmentKind
from orders.selectors import get_cart, measure_of, require_selling
from orders.selectors_shipping import find_methods
from orders.shipping import Method, Plan, Sent, ShipTo, Slot, deliver
from organisation.models import Location

MOST_SHOPS = 5
COLLECTED = (FulfilmentKind.PICKUP, FulfilmentKind.HOLD, FulfilmentKind.ORDER_AHEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """
    What is known of where the buyer is: the `prefecture` of the address, a `point` near which shops are looked
    for, a shop of theirs, and the shop in which they stand, where a till asks.
    """

    prefecture: str | None = None
    point: Point | None = None
    location: str | None = None
    till_id: int | None = None


@dataclass(frozen=True, slots=True)
class MethodOption:
    """
    `amount` is what the line's delivery would cost alone; null where it is not delivered there. Where the
    prefecture is not known it is the cheapest zone's, and there are no days.
    """

    code: str
    name: Mapping[str, str]
    carrier: str
    temperature: str
    amount: Decimal | None
    dates: tuple[date, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """
    A way to get a line. Of SHIP `available_date` is the first day on which it can be there (null: not known)
    and `promised_date` the day from which what waits for stock is expected to leave; of the others `ready_at` is
    when it can be collected (null: nobody knows the hours).
    """

    kind: str
    amount: Decimal | None
    available: int
    location: Location | None = None
    distance: int | None = None
    ready_at: datetime | None = None
    available_date: date | None = None
    promised_date: date | None = None
    methods: tuple[MethodOption, ...] = ()


@dataclass(frozen=True, slots=True)
class LineOptions:
    """`problem` says why there is none: not-listed, not-in-stock, or not-deliverable."""

    line: int
    sku: str
    quantity: int
    options: tuple[Option, ...]
    problem: str | None


@dataclass(frozen=True, slots=True)
class CartOptions:
    currency: str
    prefecture: str | None
    lines: tuple[LineOptions, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """All that was read for a cart."""

    where: Whereabouts
    offers: Mapping[int, catalog.Offer]
    methods: tuple[Method, ...]
    shops: Sequence[tuple[Place, int | None]]
    free: Mapping[int, int]
    ahead: Mapping[int, backorders.Ahead]
    at_shops: Mapping[tuple[int, int], int]
    now: datetime


def list_options(
    *, cart_id: UUID, customer: Customer | None, where: Whereabouts, now: datetime
) -> CartOptions:
    """
    The ways to get each line of an open cart.

    Raises:
        NotFound: there is no such cart, or it is somebody else's.
        ChannelInactive: its channel sells nothing now.
    """
    cart = get_cart(cart_id=cart_id, customer=customer)
    require_selling(cart)
    lines = list(cart.lines.select_related("variant").order_by("pk"))
    found = _find(cart, lines, where, now)
    return CartOptions(
        cart.channel.currency, where.prefecture, tuple(_line_options(line, found) for line in lines)
    )


def _find(cart: Cart, lines: Sequence[CartLine], where: Whereabouts, now: datetime) -> _Found:
    variants = sorted({line.variant_id for line in lines})
    wants = [(line.variant_id, line.quantity) for line in lines]
    channel_id = cart.channel_id
    shops = _shops(cart, variants, where, now) if variants else []
    ids = [place.location.pk for place, _ in shops]
    today = clock.business_date(now, settings.TIME_ZONE)
    return _Found(
        where=where,
        offers=catalog.get_offers(channel_id=channel_id, variant_ids=variants, at=now),
        methods=find_methods(channel_id=channel_id, on=today),
        shops=shops,
        free=stock.channel_availability(channel_id=channel_id, variant_ids=variants, at=now),
        ahead=backorders.find_ahead(channel_id=channel_id, wants=wants, at=now) if wants else {},
        at_shops=stock.location_availability(variant_ids=variants, location_ids=ids, at=now) if ids else {},
        now=now,
    )


def _shops(
    cart: Cart, variants: Sequence[int], where: Whereabouts, now: datetime
) -> list[tuple[Place, int | None]]:
    """The shop that was named and the till's own, then those near the point; with their distance in metres."""
    named = _named(cart, where, now)
    near: list[NearLocation] = []
    if where.point is not None:
        near = nearest.nearest_locations(
            channel_id=cart.channel_id,
            variant_id=variants[0],
            point=where.point,
            limit=MOST_SHOPS,
            capability=Location.Capability.PICKUP,
            at=now,
        )
    known = {place.location.pk for place in named}
    return [
        *((place, None) for place in named),
        *((one.place, one.distance) for one in near if one.place.location.pk not in known),
    ]


def _named(cart: Cart, where: Whereabouts, now: datetime) -> list[Place]:
    if where.location is None and where.till_id is None:
        return []
    locations = Location.objects.select_related("company")
    wanted = locations.filter(code=where.location or "") | locations.filter(pk=where.till_id or 0)
    return nearest.places_of(
        [each for each in wanted.order_by("pk") if serves(each, cart.channel, at=now)], at=now
    )


def _line_options(line: CartLine, found: _Found) -> LineOptions:
    offer = found.offers.get(line.variant_id)
    options: list[Option] = []
    problem = None if offer else "not-listed"
    if offer is not None:
        in_shops = [option for place, far in found.shops for option in _at_shop(line, place, far, found)]
        shipped = _shipped(line, offer, found)
        options = [*([shipped] if shipped else []), *in_shops]
        if not options:
            problem = "not-deliverable" if _there(line, found) else "not-in-stock"
    return LineOptions(line.pk, line.variant.sku, line.quantity, tuple(options), problem)


def _there(line: CartLine, found: _Found) -> bool:
    """Whether the channel could send it, or sells it ahead."""
    if not found.offers[line.variant_id].keeps_stock or found.free.get(line.variant_id, 0) >= line.quantity:
        return True
    ahead = found.ahead.get(line.variant_id)
    return ahead is not None and ahead.units >= line.quantity - found.free.get(line.variant_id, 0)


def _shipped(line: CartLine, offer: catalog.Offer, found: _Found) -> Option | None:
    if not _there(line, found):
        return None
    free = found.free.get(line.variant_id, 0) if offer.keeps_stock else line.quantity
    waits = offer.keeps_stock and free < line.quantity
    promised = found.ahead[line.variant_id].promised_date if waits else None
    leaves_at = _begin_of(promised) if promised else found.now
    known = not waits or promised is not None
    methods = tuple(
        _method(method, line, offer, found, leaves_at if known else None)
        for method in found.methods
        if method.temperature == line.variant.temperature
    )
    offered = [method for method in methods if method.amount is not None]
    if found.methods and not offered:
        return None
    return Option(
        kind=FulfilmentKind.SHIP,
        amount=offered[0].amount if offered else Decimal(0),
        available=free,
        available_date=offered[0].dates[0] if offered and offered[0].dates else None,
        promised_date=promised,
        methods=tuple(offered),
    )


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))


def _method(
    method: Method, line: CartLine, offer: catalog.Offer, found: _Found, leaves_at: datetime | None
) -> MethodOption:
    prefecture, zone = found.where.prefecture, settings.TIME_ZONE
    dates: tuple[date, ...] = ()
    if leaves_at is not None:
        first = arrival_date(method, prefecture, leaves_at, zone)
        dates = delivery_dates(method, prefecture, leaves_at, zone) or ((first,) if first else ())
    amount = _amount(method, line, offer.price * line.quantity, found.where)
    return MethodOption(
        method.code, method.name, method.carrier, method.temperature, amount, dates, method.slots
    )


def _amount(method: Method, line: CartLine, goods: Decimal, where: Whereabouts) -> Decimal | None:
    """What the line's delivery costs if it goes alone; None where the method does not go there."""
    plan = Plan(
        (method,),
        {line.variant_id: measure_of(line.variant)},
        (ShipTo(prefecture=where.prefecture),),
        estimates=True,
    )
    try:
        (delivery,) = deliver(plan, [Sent(0, line.variant_id, line.quantity, goods)])
    except NotDeliverable:
        return None
    return delivery.amount


def _at_shop(line: CartLine, place: Place, distance: int | None, found: _Found) -> list[Option]:
    """The ways in which the shop hands it over, where it has enough."""
    location = place.location
    keeps_stock = found.offers[line.variant_id].keeps_stock
    units = found.at_shops.get((line.variant_id, location.pk), 0) if keeps_stock else line.quantity
    if units < line.quantity:
        return []
    kinds: list[str] = [kind for kind in COLLECTED if kind in location.capabilities]
    ready = dict.fromkeys(kinds, place.timetable.pickup_ready_at)
    if location.pk == found.where.till_id and FulfilmentKind.CARRY_OUT in location.capabilities:
        ready[FulfilmentKind.CARRY_OUT] = found.now
    return [Option(kind, Decimal(0), units, location, distance, at) for kind, at in ready.items()]
