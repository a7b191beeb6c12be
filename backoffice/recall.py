"""
Recall: from a lot to everybody who has it. Stock knows documents; who bought by them, orders know.

Each look is written down with who looked and whether people were shown. Names and telephone numbers
are for those who may see customers; others see orders.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from backoffice.models import RecallLookup
from customers.models import Identity
from inventory import selectors_lots
from inventory.selectors_lots import LotMove, Trace
from omni.core.actor import Actor
from orders.models import Order, Return


@dataclass(frozen=True, slots=True)
class Sold:
    """
    Units of the lot in an order: sold less returned. Who has no customer record is who the order says;
    a walk-in buyer is nobody known.
    """

    document: str
    order: str | None
    channel: str | None
    placed_at: datetime | None
    quantity: int
    customer_id: int | None = None
    name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A lot's trace, and the orders that have units of it."""

    trace: Trace
    sold: tuple[Sold, ...]


def look_up(*, number: str, sku: str, personal: bool, actor: Actor, now: datetime) -> list[Recalled]:
    """
    Where every unit of the lots, or the serial number, of that number is and went; written down.

    Raises:
        UnknownLot
    """
    lots = selectors_lots.find_lots(number=number, sku=sku)
    RecallLookup.objects.create(number=number, sku=sku, personal=personal, actor=str(actor), looked_at=now)
    return [_recalled(selectors_lots.trace(lot), personal=personal) for lot in lots]


def _recalled(trace: Trace, *, personal: bool) -> Recalled:
    moves = [move for move in trace.moves if move.kind in ("SALE", "RETURN")]
    sold = _sold(moves)
    return Recalled(trace, tuple(sold if personal else [_without_person(one) for one in sold]))


def _without_person(one: Sold) -> Sold:
    return replace(one, customer_id=None, name="", contact="")


def _sold(moves: Sequence[LotMove]) -> list[Sold]:
    """By order, those that have none left among them: what came back had been with somebody."""
    orders = _orders_of(moves)
    units: dict[str, int] = {}
    for move in moves:
        order = orders.get((move.document_kind, move.document))
        key = order.number if order else move.document
        units[key] = units.get(key, 0) - move.quantity
    by_number = {order.number: order for order in orders.values()}
    contacts = _contacts(by_number.values())
    return [_of_order(key, by_number.get(key), quantity, contacts) for key, quantity in units.items()]


def _contacts(orders: Iterable[Order]) -> dict[int, list[str]]:
    """How each person can be reached, by all records that are theirs."""
    persons = {order.customer.person_id for order in orders if order.customer}
    found = Identity.objects.filter(customer__person__in=persons, kind__in=("PHONE", "EMAIL"))
    reached: dict[int, list[str]] = {}
    for person_id, value in found.order_by("pk").values_list("customer__person", "value"):
        reached.setdefault(person_id, []).append(value)
    return reached


def _of_order(
    document: str, order: Order | None, quantity: int, contacts: Mapping[int, Sequence[str]]
) -> Sold:
    if order is None:
        return Sold(document, None, None, None, quantity)
    person = order.customer.person if order.customer else None
    name, reached = _said(order)
    if person:
        name, reached = str(person) or name, list(dict.fromkeys([*contacts.get(person.pk, ()), *reached]))
    return Sold(
        document=document,
        order=order.number,
        channel=order.channel.code,
        placed_at=order.placed_at,
        quantity=quantity,
        customer_id=person.pk if person else None,
        name=name,
        contact=", ".join(reached),
    )


def _said(order: Order) -> tuple[str, list[str]]:
    """Whom the order itself names, a guest's or an outside channel's: erased with the person's data."""
    if not hasattr(order, "contact"):
        return "", []
    return order.contact.name, [value for value in (order.contact.phone, order.contact.email) if value]


def _orders_of(moves: Iterable[LotMove]) -> dict[tuple[str, str], Order]:
    """The order of each document: a till's sale, a hand-over (`NUMBER/PART`), a return."""
    numbers: dict[tuple[str, str], str] = {}
    returns = {move.document for move in moves if move.document_kind == "RETURN"}
    returned = dict(Return.objects.filter(number__in=returns).values_list("number", "order__number"))
    for move in moves:
        key = (move.document_kind, move.document)
        if move.document_kind == "SALE":
            numbers[key] = move.document
        elif move.document_kind == "FULFILMENT":
            numbers[key] = move.document.rpartition("/")[0]
        elif move.document in returned:
            numbers[key] = returned[move.document]
    found = Order.objects.filter(number__in=set(numbers.values()))
    orders = {order.number: order for order in found.select_related("channel", "customer__person", "contact")}
    return {key: orders[number] for key, number in numbers.items() if number in orders}
