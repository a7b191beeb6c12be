"""
An exchange: goods come back and others go, in one transaction, and only the difference is paid or given back.

What came back is worth what was paid for it. The part of it that the new goods cost is set against them: a
refund that nobody is sent, and a payment by the tender `exchange`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from catalog import selectors as catalog
from customers import selectors as customers
from customers.models import Customer
from inventory.models import StockLevel
from loyalty import services as loyalty
from omni.core import db, idempotency
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.core.money import quantize
from orders.models import Order, OrderLine, Refund, Return, TenderType
from orders.receipts import Receipt
from orders.services.bundles import components_of_lines
from orders.services.earning import source_of
from orders.services.refunds import send_refunds
from orders.services.returnable import ReturnItem
from orders.services.returns import ReceivedReturn, RefundPart, require_taking_back, take_back
from orders.services.tenders import EXCHANGE, Handed
from orders.services.till import TillSale, practise, write_receipt
from orders.totals import ZERO
from tills.models import CashSession, TillRecord
from tills.services.recording import record_payments
from tills.services.trade import Desk, record_here, record_return, require_in_earnest, require_override


@dataclass(frozen=True, slots=True)
class Exchanged:
    """`offset` of what came back was set against the new goods; `returned.refunds` is what was given back."""

    returned: ReceivedReturn
    receipt: Receipt
    offset: Decimal


def exchange(
    *,
    desk: Desk,
    number: str,
    items: Sequence[ReturnItem],
    reason: str,
    sale: TillSale,
    claim: Claim,
    now: datetime,
) -> Exchanged:
    """
    Take goods back and sell others for them; `sale.tenders` pay what they cost beyond.

    Raises:
        ClaimInFlight, ClaimMismatch, InTraining, SessionMissing, OperatorNeeded, NotYours
        What `orders.receive_return` and `orders.ring_up` do.
    """
    require_in_earnest(desk.till)
    require_override(desk, sale)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Exchanged):
            return replayed
        session = CashSession.objects.for_update_open(desk.till)
        shop = require_taking_back(desk.till.location_id)
        _lock_all(desk, number, sale, now)
        received, refunds = take_back(
            number=number, shop=shop, items=items, reason=reason, actor=desk.actor, now=now
        )
        receipt, offset = _sell(desk, session, sale, received.refund_amount, now)
        received = _set_against(received, offset, now)
        record_return(desk, session, TillRecord.Kind.RETURN, received, now=now)
        exchanged = idempotency.settle(claim, Exchanged(received, receipt, offset), now=now)
    send_refunds(refund_ids=refunds, now=now)
    return exchanged


def _lock_all(desk: Desk, number: str, sale: TillSale, now: datetime) -> None:
    """What both halves will lock, in the one order: persons, their points, the levels."""
    order = Order.objects.select_related("customer").filter(number=number).first()
    if order is None:
        raise NotFound(order=number)
    persons = {order.customer.person_id} if order.customer else set()
    if sale.member:
        member = customers.get_member(code=sale.member, country=desk.till.location.country)
        persons.add(member.person_id)
    if persons:
        Customer.objects.for_update_persons(persons)
    Order.objects.for_update_by_number(number)
    if persons:
        records = Customer.objects.filter(person__in=persons).values_list("pk", flat=True)
        loyalty.lock_points(sources=[source_of(order)], customer_ids=records)
    _lock_levels(desk, order.lines.all(), sale, now)


def _lock_levels(desk: Desk, lines: Iterable[OrderLine], sale: TillSale, now: datetime) -> None:
    lines = list(lines)
    coded = catalog.get_by_codes(codes=[line.code for line in sale.lines])
    channel_id = desk.till.api_key.channel_id
    assert channel_id is not None
    sold = [each.variant_id for each in coded.values()]
    offers = catalog.get_offers(
        channel_id=channel_id, variant_ids=sold, at=now, location_id=desk.till.location_id
    )
    variants = {*sold, *(line.variant_id for line in lines)}
    variants.update(variant_id for offer in offers.values() for variant_id, _ in offer.components)
    made_of = components_of_lines({line.pk for line in lines})
    variants.update(variant_id for parts in made_of.values() for variant_id, _ in parts)
    StockLevel.objects.for_update_by_pairs((variant_id, desk.till.location_id) for variant_id in variants)


def _sell(
    desk: Desk, session: CashSession, sale: TillSale, worth: Decimal, now: datetime
) -> tuple[Receipt, Decimal]:
    """Sell the new goods, what came back first among their tenders; answer how much of it they took."""
    channel_id = desk.till.api_key.channel_id
    assert channel_id is not None
    where = {"location_id": desk.till.location_id, "channel_id": channel_id}
    offset = min(worth, _due(sale, where, now))
    if offset:
        sale = replace(sale, tenders=[Handed(_tender().code, offset, ours=True), *sale.tenders])
    receipt, order_id = write_receipt(till=sale, **where, actor=desk.actor, now=now)
    done = record_here(desk, session, TillRecord.Kind.SALE, order_id, at=receipt.occurred_at, now=now)
    record_payments(done)
    return receipt, offset


def _due(sale: TillSale, where: dict[str, int], now: datetime) -> Decimal:
    """What there is to pay for the new goods, points taken off."""
    priced = practise(till=replace(sale, tenders=[Handed(_tender().code, ours=True)]), **where, now=now)
    return sum((paid.amount for paid in priced.tenders if paid.tender == EXCHANGE), ZERO)


def _tender() -> TenderType:
    """Not cash, but what was bought by it is given back in cash."""
    values = {
        "name": {"ja": "交換", "en": "Exchange"},
        "kind": TenderType.Kind.CASH,
        "refund_route": TenderType.RefundRoute.CASH,
    }
    tender, _ = TenderType.objects.get_or_create(code=EXCHANGE, defaults=values)
    return tender


def _set_against(received: ReceivedReturn, offset: Decimal, now: datetime) -> ReceivedReturn:
    """Of what the return gives back, so much is not sent: it paid for other goods."""
    returned = Return.objects.get(number=received.number)
    refunds = Refund.objects.filter(source=f"return:{returned.pk}").select_related("payment__tender_type")
    rest, given = offset, []
    for refund in refunds.order_by("created_at", "pk"):
        part = min(rest, refund.amount)
        rest -= part
        left = _split(refund, part, f"exchange:{returned.pk}", now)
        if left:
            tender = refund.payment.tender_type
            amount = quantize(left, received.currency)
            given.append(RefundPart(tender.code, tender.refund_route, amount, refund.status))
    return replace(received, refunds=tuple(given))


def _split(refund: Refund, part: Decimal, source: str, now: datetime) -> Decimal:
    """Set a part of a refund, written in this transaction, against other goods; answer what is left of it."""
    done = {"source": source, "status": Refund.Status.DONE, "settled_at": now}
    left: Decimal = refund.amount - part
    if part and not left:
        Refund.objects.filter(pk=refund.pk).update(**done)
    elif part:
        Refund.objects.filter(pk=refund.pk).update(amount=left)
        Refund.objects.create(payment=refund.payment, amount=part, created_at=refund.created_at, **done)
    return left
