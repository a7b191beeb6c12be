"""
What delivery costs: a parcel (or more) for each address and temperature, priced by a method's rates.

Pure: a quote, the ways that a cart is offered and the order itself go through here alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from orders.errors import FieldMissing, MethodNotOffered, NotDeliverable
from orders.totals import ZERO, Shipping

SHIPPED = ("SHIP", "SHIP_FROM_STORE")
AMBIENT = "AMBIENT"


class Measure(NamedTuple):
    """One unit as it is packed: `size` its three sides added, in centimetres; `weight` in grams; 0: unknown."""

    temperature: str = AMBIENT
    size: int = 0
    weight: int = 0


class Parcel(NamedTuple):
    """Goods packed together; the cube of a size stands for the room that it takes."""

    room: int
    weight: int
    # What its largest and its heaviest unit take, which no second parcel makes smaller.
    unit_room: int = 0
    unit_weight: int = 0


class Slot(NamedTuple):
    code: str
    name: Mapping[str, str]
    label: str


class Zone(NamedTuple):
    id: int
    lead_days: int


class Rate(NamedTuple):
    """`zone_id` None is anywhere, `up_to_size` and `up_to_weight` None any."""

    zone_id: int | None
    up_to_size: int | None
    up_to_weight: int | None
    from_amount: Decimal
    amount: Decimal

    def holds(self, parcel: Parcel) -> bool:
        return (self.up_to_size is None or parcel.room <= self.up_to_size**3) and (
            self.up_to_weight is None or parcel.weight <= self.up_to_weight
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A channel's way to send goods of one temperature, on a day."""

    code: str
    name: Mapping[str, str]
    carrier: str
    temperature: str = AMBIENT
    tax_rate: Decimal
    rates: tuple[Rate, ...]
    zones: Mapping[str, Zone] = field(default_factory=dict)
    slots: tuple[Slot, ...] = ()
    cut_off: time = time(12)
    handling_days: int = 0
    closed_weekdays: frozenset[int] = frozenset()
    closed_on_holidays: bool = False
    closed_dates: frozenset[date] = frozenset()
    days_offered: int = 0

    @property
    def zoned(self) -> bool:
        """Whether it matters where a parcel goes."""
        return any(rate.zone_id is not None for rate in self.rates)


# How a channel delivers that has said nothing about it.
FOR_NOTHING = Method(code="", name={}, carrier="", tax_rate=ZERO, rates=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipTo:
    """
    An address, and what goes there: `places` of the basket's lines, None all that go nowhere else.
    `method` may be empty: the usual one. `field` and `contact` are where the request says all this, and names the address.
    """

    prefecture: str | None = None
    places: frozenset[int] | None = None
    method: str = ""
    field: str = "delivery"
    contact: str = "contact"


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How a channel delivers, the usual method of each temperature first, and where a basket goes.

    `estimates`: where nobody has said where it goes, the cheapest zone is shown.
    """

    methods: tuple[Method, ...]
    measures: Mapping[int, Measure] = field(default_factory=dict)
    addresses: tuple[ShipTo, ...] = (ShipTo(),)
    estimates: bool = False


class Sent(NamedTuple):
    """A line that is delivered: `amount` after discounts, before points."""

    place: int
    variant_id: int
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Delivery:
    """What goes to the `address`-th one by one method, in so many parcels, for so much (tax included)."""

    address: int
    places: tuple[int, ...]
    method: Method
    parcels: int
    amount: Decimal


def deliver(plan: Plan, lines: Sequence[Sent]) -> tuple[Delivery, ...]:
    """
    Price the delivery of lines: for each address one delivery a temperature. A channel without methods
    delivers for nothing.

    What counts towards a rate's amount is all that goes to the address, whatever its temperature.

    Raises:
        MethodNotOffered, NotDeliverable, FieldMissing
    """
    sorted_out = enumerate(zip(plan.addresses, _by_address(plan, lines), strict=True))
    return tuple(
        delivery
        for number, (address, there) in sorted_out
        if there
        for delivery in (_to_address(plan, number, address, there) if plan.methods else _free(number, there))
    )


def _free(number: int, lines: Sequence[Sent]) -> Iterable[Delivery]:
    yield Delivery(number, tuple(line.place for line in lines), FOR_NOTHING, 1, ZERO)


def _by_address(plan: Plan, lines: Sequence[Sent]) -> list[list[Sent]]:
    named = {place: number for number, to in enumerate(plan.addresses) for place in to.places or ()}
    rest = next((number for number, to in enumerate(plan.addresses) if to.places is None), 0)
    sorted_out: list[list[Sent]] = [[] for _ in plan.addresses]
    for line in lines:
        sorted_out[named.get(line.place, rest)].append(line)
    return sorted_out


def _to_address(plan: Plan, number: int, address: ShipTo, lines: Sequence[Sent]) -> Iterable[Delivery]:
    goods = sum((line.amount for line in lines), ZERO)
    bands: dict[str, list[Sent]] = {}
    for line in lines:
        bands.setdefault(_measure(plan, line).temperature, []).append(line)
    for temperature, together in sorted(bands.items()):
        method = choose_method(plan.methods, temperature, address)
        parcel = pack((_measure(plan, line), line.quantity) for line in together)
        parcels, amount = _price(plan, method, address, parcel, goods)
        yield Delivery(number, tuple(line.place for line in together), method, parcels, amount)


def _measure(plan: Plan, line: Sent) -> Measure:
    return plan.measures.get(line.variant_id, Measure())


def choose_method(methods: Sequence[Method], temperature: str, address: ShipTo) -> Method:
    """
    The method that was asked for; where it does not keep this temperature, its carrier's that does,
    else the usual one.

    Raises:
        MethodNotOffered: there is none of that code.
        NotDeliverable: nothing is sent at that temperature.
    """
    wished = next((method for method in methods if method.code == address.method), None)
    if wished is None and address.method:
        raise MethodNotOffered(
            field=f"{address.field}.method",
            rule="offered",
            method=address.method,
            offered=[method.code for method in methods],
        )
    fit = [method for method in methods if method.temperature == temperature]
    if not fit:
        raise NotDeliverable(temperature=temperature, prefecture=address.prefecture)
    if wished is None or wished in fit:
        return wished or fit[0]
    return next((method for method in fit if method.carrier == wished.carrier), fit[0])


def pack(units: Iterable[tuple[Measure, int]]) -> Parcel:
    """Units put together: their room and their weight add up."""
    packed = [(measure.size**3, measure.weight, quantity) for measure, quantity in units]
    return Parcel(
        sum(room * quantity for room, _, quantity in packed),
        sum(weight * quantity for _, weight, quantity in packed),
        max(room for room, _, _ in packed),
        max(weight for _, weight, _ in packed),
    )


def _price(
    plan: Plan, method: Method, address: ShipTo, parcel: Parcel, goods: Decimal
) -> tuple[int, Decimal]:
    if address.prefecture is None and method.zoned:
        if not plan.estimates:
            raise FieldMissing(field=f"{address.contact}.prefecture", rule="required")
        found = [price_of(method, zone.id, parcel, goods) for zone in set(method.zones.values())]
        priced = min((one for one in found if one), key=lambda one: one[1], default=None)
    else:
        zone = method.zones.get(address.prefecture or "")
        priced = price_of(method, zone.id if zone else None, parcel, goods)
    if priced is None:
        raise NotDeliverable(
            method=method.code, temperature=method.temperature, prefecture=address.prefecture
        )
    return priced


def price_of(
    method: Method, zone_id: int | None, parcel: Parcel, goods: Decimal
) -> tuple[int, Decimal] | None:
    """
    How many parcels it takes, and what they cost; None where the method has no rate for it there.

    Of the rates that `goods` reaches, those of the highest amount count, the zone's own before those for
    anywhere. What no size holds is split: full parcels of the largest size, and the rest.
    """
    rates = _rates_of(method, zone_id, goods)
    if not rates:
        return None
    if fit := _smallest(rates, parcel):
        return 1, fit.amount
    largest = max(rates, key=_extent)
    if not largest.holds(Parcel(parcel.unit_room, parcel.unit_weight)):
        return None
    full = _full_parcels(largest, parcel)
    rest = _smallest(rates, _rest(largest, parcel, full))
    assert rest is not None
    return full + 1, largest.amount * full + rest.amount


def _rates_of(method: Method, zone_id: int | None, goods: Decimal) -> list[Rate]:
    reached = [rate for rate in method.rates if rate.zone_id in (None, zone_id) and rate.from_amount <= goods]
    highest = max((rate.from_amount for rate in reached), default=ZERO)
    reached = [rate for rate in reached if rate.from_amount == highest]
    own = [rate for rate in reached if rate.zone_id is not None]
    return own or reached


def _smallest(rates: Sequence[Rate], parcel: Parcel) -> Rate | None:
    fit = [rate for rate in rates if rate.holds(parcel)]
    return min(fit, key=_extent, default=None)


def _extent(rate: Rate) -> tuple[float, float]:
    endless = float("inf")
    return rate.up_to_size or endless, rate.up_to_weight or endless


def _full_parcels(largest: Rate, parcel: Parcel) -> int:
    """How many full ones leave a rest that fits into one more."""
    by_room = -(-parcel.room // largest.up_to_size**3) if largest.up_to_size else 1
    by_weight = -(-parcel.weight // largest.up_to_weight) if largest.up_to_weight else 1
    return max(by_room, by_weight) - 1


def _rest(largest: Rate, parcel: Parcel, full: int) -> Parcel:
    room = parcel.room - full * (largest.up_to_size or 0) ** 3
    weight = parcel.weight - full * (largest.up_to_weight or 0)
    return Parcel(max(0, room), max(0, weight))


def shipping_of(deliveries: Sequence[Delivery], *, company_id: int) -> Shipping:
    """The one amount of an order's delivery; a channel's methods are taxed alike."""
    amount = sum((delivery.amount for delivery in deliveries), ZERO)
    if not amount:
        return Shipping()
    return Shipping(amount=amount, tax_rate=deliveries[0].method.tax_rate, company_id=company_id)
