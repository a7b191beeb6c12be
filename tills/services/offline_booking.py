"""
Booking what a till did off line: as what happened, whatever the platform knows better by now.

What conflicts is booked all the same and opened as a task: a price that had ended is what was charged, points
that were not there are a tender that nobody paid, a member who is unknown has no sale. Stock below zero is
booked by inventory, which opens its own discrepancy.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from catalog import selectors as catalog
from customers import selectors as customers
from customers.errors import NoSuchMember
from customers.models import Customer
from loyalty import selectors as points
from omni.core import clock, db
from omni.core.actor import Actor
from omni.core.errors import InvalidField, NotFound
from orders.models import Order, TenderType
from orders.numbers import sale_number
from orders.pricing import points_worth
from orders.services.returnable import ReturnItem, returnable
from orders.services.returns import take_back
from orders.services.tenders import UNCOVERED, Handed
from orders.services.till import TillSale, write_receipt
from orders.shops import get_shops
from tills.errors import NotVoidable
from tills.models import CashMovement, CashSession, JournalEntry, Till, TillRecord, TillTask
from tills.services import offline_payloads as payloads
from tills.services.receipts import spoil_numbers
from tills.services.recording import record, record_payments, record_refunds
from tills.services.tasks import open_task


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry that is being booked: the caller holds the locks of its till and of itself."""

    entry: JournalEntry
    till: Till
    session: CashSession | None
    actor: Actor
    now: datetime

    @property
    def business_date(self) -> date:
        """The shop's day on which it happened."""
        return clock.business_date(self.entry.occurred_at, self.till.location.time_zone)

    def open_task(self, kind: str, *, order_id: int | None = None, **details: Any) -> None:
        open_task(
            till=self.till,
            kind=kind,
            source=f"entry:{self.entry.pk}",
            order_id=order_id,
            details=details,
            now=self.now,
        )


def book(entry: JournalEntry, *, actor: Actor, now: datetime) -> str:
    """
    Book the entry into the till's open day, or for the next; answer the number of what it is now.

    Raises: what the order book refuses; the entry is kept then, and tried again.
    """
    db.require_transaction()
    kind = KINDS.get(entry.kind)
    if kind is None:
        raise InvalidField(field="kind", rule="unknown", value=entry.kind)
    till = Till.objects.select_related("location", "api_key").get(pk=entry.till_id)
    session = CashSession.objects.find_for_update_open(till)
    return kind(Booking(entry, till, session, actor, now))


def _sale(booking: Booking) -> str:
    entry, till = booking.entry, booking.till
    charged = payloads.sale_of(entry.payload, entry.occurred_at)
    differing = _other_prices(till, charged)
    sale, member, uncovered = _with_points_there_are(booking, charged)
    channel_id = till.api_key.channel_id
    assert channel_id is not None
    receipt, order_id = write_receipt(
        till=sale, location_id=till.location_id, channel_id=channel_id, actor=booking.actor, now=booking.now
    )
    done = _record(booking, TillRecord.Kind.SALE, order_id)
    record_payments(done)
    if differing:
        booking.open_task(TillTask.Kind.PRICE, order_id=order_id, lines=differing)
    if charged.member and member is None:
        booking.open_task(TillTask.Kind.MEMBER, order_id=order_id)
    _check_points(booking, charged, member, uncovered, order_id)
    return receipt.number


def _other_prices(till: Till, sale: TillSale) -> list[dict[str, str]]:
    """The lines whose price was not the shop's at that moment, without anybody's saying why."""
    coded = catalog.get_by_codes(codes=[line.code for line in sale.lines])
    channel_id = till.api_key.channel_id
    assert channel_id is not None
    assert sale.occurred_at is not None
    offers = catalog.get_offers(
        channel_id=channel_id,
        variant_ids=[each.variant_id for each in coded.values()],
        at=sale.occurred_at,
        location_id=till.location_id,
    )
    found = []
    for line in sale.lines:
        offer = offers.get(coded[line.code].variant_id)
        if offer and line.reason == payloads.OFFLINE and offer.price != line.unit_price:
            found.append({"code": line.code, "charged": str(line.unit_price), "listed": str(offer.price)})
    return found


def _with_points_there_are(booking: Booking, sale: TillSale) -> tuple[TillSale, Customer | None, int]:
    """The sale with what its member has to spend; the rest of the points is a tender that nobody paid."""
    member = _find_member(booking.till, sale.member)
    if member is None:
        sale = replace(sale, member="")
    there = points.balance_of(member.person_id, now=booking.now).available if member and sale.points else 0
    uncovered = max(0, sale.points - there)
    if not uncovered:
        return sale, member, 0
    channel_id = booking.till.api_key.channel_id
    assert channel_id is not None
    assert sale.occurred_at is not None
    terms = points.recent_terms(channel_id=channel_id, at=sale.occurred_at)
    if terms is None:
        raise InvalidField(field="points", rule="no-programme")
    unpaid = Handed(_uncovered().code, points_worth(uncovered, terms), ours=True)
    # First, so that what was handed over without an amount settles the rest.
    return replace(sale, points=sale.points - uncovered, tenders=[unpaid, *sale.tenders]), member, uncovered


def _find_member(till: Till, code: str) -> Customer | None:
    try:
        return customers.get_member(code=code, country=till.location.country) if code else None
    except NoSuchMember:
        return None


def _uncovered() -> TenderType:
    values = {
        "name": {"ja": "ポイント不足分", "en": "Points not covered"},
        "kind": TenderType.Kind.COUPON,
        "refund_route": TenderType.RefundRoute.NONE,
    }
    tender, _ = TenderType.objects.get_or_create(code=UNCOVERED, defaults=values)
    return tender


def _check_points(
    booking: Booking, sale: TillSale, member: Customer | None, uncovered: int, order_id: int
) -> None:
    """What was spent over the member's balance, or over the till's allowance for one day, is told."""
    spent = sale.points
    if member is not None:
        same_day = TillRecord.objects.filter(
            till=booking.till,
            offline=True,
            kind=TillRecord.Kind.SALE,
            order__business_date=booking.business_date,
            order__customer__person_id=member.person_id,
        )
        spent = uncovered + (same_day.aggregate(points=Sum("order__points_spent"))["points"] or 0)
    if uncovered or spent > booking.till.offline_points:
        booking.open_task(
            TillTask.Kind.POINTS,
            order_id=order_id,
            spent=spent,
            uncovered=uncovered,
            allowance=booking.till.offline_points,
        )


def _return(booking: Booking) -> str:
    order = _order(booking)
    return _take_back(booking, order, payloads.items_of(booking.entry.payload), TillRecord.Kind.RETURN)


def _void(booking: Booking) -> str:
    """All of a sale of this till."""
    order = _order(booking)
    if not TillRecord.objects.filter(till=booking.till, order=order, kind=TillRecord.Kind.SALE).exists():
        raise NotVoidable(order=order.number, rule="not-of-this-till")
    lines = list(order.lines.order_by("position"))
    if any(returnable(line) < line.quantity for line in lines):
        raise NotVoidable(order=order.number, rule="goods-came-back")
    items = [ReturnItem(line.position, line.quantity) for line in lines if line.quantity]
    return _take_back(booking, order, items, TillRecord.Kind.VOID)


def _order(booking: Booking) -> Order:
    """The sale of this shop that the entry names by its receipt."""
    receipt = payloads.text(booking.entry.payload, "receipt_number", 30)
    number = sale_number(booking.till.location.code, receipt)
    order = Order.objects.filter(number=number).first()
    if order is None:
        raise NotFound(order=number)
    return order


def _take_back(booking: Booking, order: Order, items: list[ReturnItem], kind: str) -> str:
    shop = get_shops([booking.till.location_id])[booking.till.location_id]
    reason = payloads.text(booking.entry.payload, "reason", 200, default=payloads.OFFLINE)
    received, _ = take_back(
        number=order.number,
        shop=shop,
        items=items,
        reason=reason,
        actor=booking.actor,
        now=booking.entry.occurred_at,
    )
    done = _record(booking, kind, order.pk, number=received.number)
    record_refunds(done)
    return received.number


def _record(booking: Booking, kind: str, order_id: int, *, number: str = "") -> TillRecord:
    returned = Order.objects.get(pk=order_id).returns.get(number=number) if number else None
    return record(
        till=booking.till,
        session=booking.session,
        kind=kind,
        order_id=order_id,
        returned=returned,
        occurred_at=booking.entry.occurred_at,
        offline=True,
        actor=booking.actor,
        now=booking.now,
    )


def _cash(booking: Booking) -> str:
    """Cash in or out while off line; into the open day, so it waits where none is open."""
    if booking.session is None:
        booking = replace(booking, session=CashSession.objects.for_update_open(booking.till))
    payload = booking.entry.payload
    direction, value = payload.get("direction"), payloads.amount(payload, "amount")
    if direction not in CashMovement.Direction.values or not value:
        raise InvalidField(field="direction", rule="in-or-out")
    reason = payload.get("reason")
    assert booking.session is not None
    moved = booking.session.movements.create(
        direction=direction,
        reason=reason if reason in CashMovement.Reason.values else CashMovement.Reason.OTHER,
        amount=Decimal(value),
        note=payloads.text(payload, "note", 200, default=""),
        occurred_at=booking.entry.occurred_at,
        actor=str(booking.actor),
    )
    return f"cash:{moved.pk}"


def _spoil(booking: Booking) -> str:
    numbers = booking.entry.payload.get("numbers")
    if not isinstance(numbers, list) or not all(type(each) is int for each in numbers):
        raise InvalidField(field="numbers", rule="list")
    reason = payloads.text(booking.entry.payload, "reason", 200)
    spoil_numbers(till=booking.till, numbers=numbers, reason=reason)
    return ""


KINDS: dict[str, Callable[[Booking], str]] = {
    "sale": _sale,
    "return": _return,
    "void": _void,
    "cash": _cash,
    "spoil": _spoil,
}
