"""
What a buyer asks of the delivery: where each line goes, by which method, on which day, wrapped how.

Pure: a quote and the order that is placed from it read a request alike.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings

from omni.core.errors import InvalidField
from orders import errors
from orders.delivery_dates import common_dates, delivery_dates
from orders.prefectures import find_prefecture
from orders.shipping import SHIPPED, Delivery, Measure, Method, Plan, ShipTo
from orders.writing import NewContact


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """`wrapping` is the SKU that the order is charged for it; `hides_prices` leaves them out of its papers."""

    wrapping: str = ""
    noshi: str = ""
    noshi_text: str = ""
    noshi_name: str = ""
    message: str = ""
    hides_prices: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipWish:
    """
    How goods go to one address: the order's contact where there is none. `portions` are units by the
    cart's lines; None is all that goes nowhere else.
    """

    portions: Mapping[int, int] | None = None
    address: NewContact | None = None
    method: str = ""
    day: date | None = None
    slot: str = ""
    gift: Gift = field(default_factory=Gift)


PLAIN = ShipWish()
NO_WISHES = (PLAIN,)


def field_of(number: int) -> str:
    """Where a request names the wish of that number."""
    return f"deliveries.{number - 1}" if number else "delivery"


def plan_for(
    wishes: Sequence[ShipWish],
    places: Sequence[frozenset[int] | None],
    contact: NewContact,
    methods: tuple[Method, ...],
    measures: Mapping[int, Measure],
    *,
    estimates: bool = False,
) -> Plan:
    """How the channel delivers what is asked; the prefecture matters only where there are zones."""
    zoned = any(method.zones for method in methods)
    addresses = tuple(
        ShipTo(
            prefecture=_prefecture(wish.address or contact) if zoned else None,
            places=there,
            method=wish.method,
            field=field_of(number),
            contact="contact" if wish.address is None else f"{field_of(number)}.address",
        )
        for number, (wish, there) in enumerate(zip(wishes, places, strict=True))
    )
    return Plan(methods, measures, addresses, estimates)


def _prefecture(address: NewContact) -> str | None:
    return find_prefecture(
        prefecture=address.prefecture, postal_code=address.postal_code, country=address.country
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of a cart, for splitting: `row` is whatever stands for it."""

    id: int
    kind: str
    quantity: int
    row: Any


def split_lines(
    lines: Sequence[Wanted], wishes: Sequence[ShipWish]
) -> tuple[list[tuple[Any, int]], list[frozenset[int] | None]]:
    """
    Split lines by where their units go: (row, units) in the lines' order, and for each wish its places.

    Raises:
        DeliveryLinesUnfit: a wish names a line that is not delivered, or more of it than there is.
    """
    if len(wishes) == 1:
        return [(line.row, line.quantity) for line in lines], [None]
    _require_portions(lines, wishes)
    parts: list[tuple[Any, int]] = []
    places: list[set[int]] = [set() for _ in wishes]
    for line in lines:
        for number, units in _units_by_wish(line, wishes):
            places[number].add(len(parts))
            parts.append((line.row, units))
    return parts, [None, *(frozenset(there) for there in places[1:])]


def _units_by_wish(line: Wanted, wishes: Sequence[ShipWish]) -> Iterable[tuple[int, int]]:
    elsewhere = [
        (number, wish.portions[line.id])
        for number, wish in enumerate(wishes)
        if wish.portions and line.id in wish.portions
    ]
    if rest := line.quantity - sum(units for _, units in elsewhere):
        yield 0, rest
    yield from elsewhere


def _require_portions(lines: Sequence[Wanted], wishes: Sequence[ShipWish]) -> None:
    left = {line.id: line.quantity for line in lines if line.kind in SHIPPED}
    for number, wish in enumerate(wishes):
        for line_id, units in (wish.portions or {}).items():
            if line_id not in left or not 1 <= units <= left[line_id]:
                rule = "quantity" if line_id in left else "delivered"
                raise errors.DeliveryLinesUnfit(field=f"{field_of(number)}.lines", rule=rule, line=line_id)
            left[line_id] -= units


def require_wishes(
    deliveries: Sequence[Delivery], plan: Plan, wishes: Sequence[ShipWish], now: datetime
) -> None:
    """
    See that each address can have its day and its slot.

    Raises:
        DateNotOffered, SlotNotOffered: `field` says whose.
    """
    for number, wish in enumerate(wishes):
        methods = [delivery.method for delivery in deliveries if delivery.address == number]
        if wish.day is not None:
            _require_date(methods, plan.addresses[number], wish.day, now)
        if wish.slot:
            _require_slot(methods, plan.addresses[number], wish.slot)


def require_wrapping(wishes: Sequence[ShipWish], skus: Collection[str]) -> None:
    """
    See that the wrapping that a gift names is bought with it: it is an article like any other.

    Raises:
        InvalidField: the cart has none; `field` says whose.
    """
    for number, wish in enumerate(wishes):
        if wish.gift.wrapping and wish.gift.wrapping not in skus:
            raise InvalidField(
                field=f"{field_of(number)}.gift.wrapping", rule="in-cart", value=wish.gift.wrapping
            )


def _require_date(methods: Sequence[Method], address: ShipTo, wished: date, now: datetime) -> None:
    each = [delivery_dates(method, address.prefecture, now, settings.TIME_ZONE) for method in methods]
    offered = common_dates(each)
    if wished not in offered:
        raise errors.DateNotOffered(
            field=f"{address.field}.date",
            rule="offered",
            date=wished,
            earliest=offered[0] if offered else None,
            latest=offered[-1] if offered else None,
        )


def _require_slot(methods: Sequence[Method], address: ShipTo, wished: str) -> None:
    offered = common_slots(methods)
    if wished not in offered:
        raise errors.SlotNotOffered(
            field=f"{address.field}.slot", rule="offered", slot=wished, offered=offered
        )


def common_slots(methods: Sequence[Method]) -> list[str]:
    """The codes of the slots that all the methods' carriers have, in the first one's order."""
    if not methods:
        return []
    known = [{slot.code for slot in method.slots} for method in methods]
    return [slot.code for slot in methods[0].slots if all(slot.code in codes for codes in known)]
