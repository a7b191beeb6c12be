"""
Returns: goods of any order, at any location that takes them.

Money, points spent and points earned follow the goods in proportion. Each share is the difference
between what is due back for everything returned so far, with and without this return, rounded
down once: so returning piece by piece gives back exactly what returning all at once does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from inventory import services as inventory
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.core.money import quantize
from omni.outbox import publish as outbox
from omni.outbox.events import OrderReturned
from orders import errors
from orders.documents.amounts import share
from orders.models import Order, OrderLine, Payment, Refund, Return, ReturnLine, TenderType
from orders.services.bundles import components_of_lines
from orders.services.closing import lock_order
from orders.services.earning import give_points_back
from orders.services.refunds import create_refunds, forgo, left, refundable_payments, send_refunds
from orders.services.returnable import Back, ReturnItem, resolve
from orders.shops import Shop, get_shops
from orders.totals import ZERO


@dataclass(frozen=True, slots=True)
class RefundPart:
    """Money back by one tender: `route` says how, `status` whether it is on its way or done."""

    tender: str
    route: str
    amount: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class ReceivedReturn:
    number: str
    order: str
    currency: str
    refund_amount: Decimal
    points_restored: int
    points_clawed_back: int
    refunds: tuple[RefundPart, ...]


@dataclass(frozen=True, slots=True)
class DueBack:
    """What is due back for some quantities of an order's lines, all counted from nothing."""

    money: Decimal
    points_spent: int
    points_earned: int
    lines: Mapping[int, tuple[Decimal, Decimal]]


def receive_return(
    *,
    number: str,
    location_id: int,
    items: Sequence[ReturnItem],
    reason: str,
    claim: Claim,
    actor: Actor,
    now: datetime,
    occurred_at: datetime | None = None,
) -> ReceivedReturn:
    """
    Take goods of an order back at a location: stock, points and money at once.

    Tax keeps the rate of the sale. Money goes back by the routes of the tenders that paid, never
    more than they captured; cards are called after the transaction. Delivery is not refunded.
    It is booked at `occurred_at`, if it did not come back just now.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order.
        LocationUnfit: the location takes no returns.
        UnknownSku, UnknownLines, AboveReturnable: not (or no longer) this order's to come back.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=ReceivedReturn):
            return replayed
        shop = require_taking_back(location_id)
        received, refunds = take_back(
            number=number, shop=shop, items=items, reason=reason, actor=actor, now=occurred_at or now
        )
        idempotency.settle(claim, received, now=now)
    send_refunds(refund_ids=refunds, now=now)
    return received


def take_back(
    *, number: str, shop: Shop, items: Sequence[ReturnItem], reason: str, actor: Actor, now: datetime
) -> tuple[ReceivedReturn, list[UUID]]:
    """
    Take goods back in the caller's transaction: a building block of `receive_return`.

    Answers the refunds that `send_refunds` is to send once it has committed.
    """
    db.require_transaction()
    return _receive(_lock(number), shop, items, reason, actor=actor, now=now)


def _lock(number: str) -> Order:
    order_id = Order.objects.filter(number=number).values_list("pk", flat=True).first()
    if order_id is None:
        raise NotFound(order=number)
    return lock_order(order_id=order_id)


def require_taking_back(location_id: int) -> Shop:
    """
    The shop at which goods come back.

    Raises:
        LocationUnfit: it takes none.
    """
    shop = get_shops([location_id]).get(location_id)
    if shop is None or not shop.active or "RETURNS" not in shop.capabilities:
        raise errors.LocationUnfit(location=shop.code if shop else "", kind="RETURNS")
    return shop


def _receive(
    order: Order, shop: Shop, items: Sequence[ReturnItem], reason: str, *, actor: Actor, now: datetime
) -> tuple[ReceivedReturn, list[UUID]]:
    lines = {line.position: line for line in order.lines.select_related("variant").order_by("position")}
    back = resolve(items, lines)
    before = taken_off(lines)
    after = dict(before)
    for each in back:
        after[each.line.position] += each.quantity
    due, given = due_back(order, lines, after), due_back(order, lines, before)
    returned = _write(order, shop, reason, actor=actor, now=now)
    _write_lines(returned, back, before)
    refunds = _refund(order, returned, due.money - given.money, now)
    _move_points(order, returned, due, given, actor=actor, now=now)
    returned.save()
    event = OrderReturned(order_id=order.pk, number=order.number, return_id=returned.pk)
    outbox.publish(f"order:{order.pk}", event, at=now, actor=actor)
    _move_stock(order, returned, shop, back, actor=actor, now=now)
    return _answer(order, returned), refunds


def taken_off(lines: Mapping[int, OrderLine]) -> dict[int, int]:
    """How many units of each line were given back for so far: cancelled, or returned."""
    return {position: line.cancelled_quantity + line.returned_quantity for position, line in lines.items()}


def due_back(order: Order, lines: Mapping[int, OrderLine], quantities: Mapping[int, int]) -> DueBack:
    """What is due back once these quantities of the lines have been cancelled or come back."""
    shares = {
        position: (
            share(line.amount - line.points_amount, quantities[position], line.quantity, order.currency),
            share(line.points_amount, quantities[position], line.quantity, order.currency),
        )
        for position, line in lines.items()
    }
    value = sum((net for net, _ in shares.values()), ZERO) + _tax_added(order, lines, shares)
    whole = sum((line.amount - line.points_amount for line in lines.values()), ZERO) + order.tax_added
    by_points = share(_points_tendered(order), value, order.total, order.currency)
    reduced = sum((points for _, points in shares.values()), ZERO)
    never_paid = _never_paid(order)
    return DueBack(
        money=value - by_points,
        points_spent=_of(order.points_spent, reduced, order.points_amount)
        if order.points_amount
        else _of(order.points_spent, value, order.total),
        points_earned=_of(order.points_earned, value - never_paid, whole - never_paid),
        lines=shares,
    )


def _of(points: int, part: Decimal, whole: Decimal) -> int:
    return int(points * part / whole) if whole > 0 else 0


def _tax_added(
    order: Order, lines: Mapping[int, OrderLine], shares: Mapping[int, tuple[Decimal, Decimal]]
) -> Decimal:
    """The tax that came on top of prices, for its part of each rate's bucket."""
    added = ZERO
    for bucket in order.taxes.filter(tax_inclusive=False):
        key = (bucket.company_id, bucket.rate)
        net = sum(
            (
                shares[position][0]
                for position, line in lines.items()
                if not line.tax_inclusive and (line.company_id, line.tax_rate) == key
            ),
            ZERO,
        )
        added += share(bucket.tax, net, bucket.amount, order.currency)
    return added


def _never_paid(order: Order) -> Decimal:
    """What was cancelled before it was paid, and so earned nothing: with what points would have paid of it."""
    forgone = order.changes.aggregate(sum=Sum("forgone_amount"))["sum"] or ZERO
    if not forgone:
        return ZERO
    never: Decimal = forgone * order.total / (order.total - _points_tendered(order))
    return never


def _points_tendered(order: Order) -> Decimal:
    """What points paid where they are a tender, and not a reduction of the price."""
    paid = order.payments.filter(
        tender_type__kind=TenderType.Kind.POINTS, status=Payment.Status.CAPTURED
    ).aggregate(sum=Sum("captured_amount"))
    tendered: Decimal = paid["sum"] or ZERO
    return tendered


def _write(order: Order, shop: Shop, reason: str, *, actor: Actor, now: datetime) -> Return:
    return Return.objects.create(
        number=f"{order.number}-R{order.returns.count() + 1}",
        order=order,
        location_id=shop.id,
        status=Return.Status.RECEIVED,
        reason=reason,
        created_at=now,
        received_at=now,
        business_date=shop.business_date(now),
        actor=str(actor),
    )


def _write_lines(returned: Return, back: Sequence[Back], before: Mapping[int, int]) -> None:
    """Each part's own amounts: what its line is due with it, less what it was due without."""
    currency, counted, rows = returned.order.currency, dict(before), []
    for each in back:
        line, start = each.line, counted[each.line.position]
        end = counted[line.position] = start + each.quantity
        amount, points = (
            share(whole, end, line.quantity, currency) - share(whole, start, line.quantity, currency)
            for whole in (line.amount - line.points_amount, line.points_amount)
        )
        rows.append(
            ReturnLine(
                returned=returned,
                order_line=line,
                quantity=each.quantity,
                restock=each.restock,
                amount=amount,
                points_amount=points,
            )
        )
        OrderLine.objects.filter(pk=line.pk).update(returned_quantity=F("returned_quantity") + each.quantity)
    ReturnLine.objects.bulk_create(rows)


def _refund(order: Order, returned: Return, amount: Decimal, now: datetime) -> list[UUID]:
    """
    What a coupon that others pay for had settled does not come back as money; what was only set aside
    is not taken in the first place.
    """
    if order.paid_at is None:
        amount -= forgo(order, amount)
    refundable = sum((left(payment) for payment in refundable_payments(order_id=order.pk)), ZERO)
    returned.refund_amount = max(min(amount, refundable), ZERO)
    return create_refunds(
        order_id=order.pk, amount=returned.refund_amount, source=f"return:{returned.pk}", now=now
    )


def _move_points(
    order: Order, returned: Return, due: DueBack, given: DueBack, *, actor: Actor, now: datetime
) -> None:
    taken, restored = give_points_back(
        order=order,
        earned=due.points_earned - given.points_earned,
        spent=due.points_spent - given.points_spent,
        cause=f"return:{returned.pk}",
        actor=actor,
        now=now,
    )
    returned.points_clawed_back, returned.points_restored = taken.points, restored.points


def _move_stock(
    order: Order, returned: Return, shop: Shop, back: Sequence[Back], *, actor: Actor, now: datetime
) -> None:
    made_of = components_of_lines({each.line.pk for each in back})
    movements = []
    for each in back:
        variant = each.line.variant
        for variant_id, units in made_of.get(each.line.pk, [(variant.pk, 1)]) if variant.keeps_stock else ():
            movements += _taken_back(
                variant_id, shop.id, units * each.quantity, restock=each.restock, lots=each.lots
            )
    if movements:
        sold_by = _sold_by(order)
        movements = [replace(movement, origins=tuple(sold_by)) for movement in movements]
        posted = inventory.post_movements(
            document=inventory.DocumentRef("RETURN", returned.number),
            movements=movements,
            actor=actor,
            occurred_at=now,
            now=now,
        )
        variants = dict.fromkeys(movement.variant_id for movement in movements)
        inventory.name_origins(
            document_id=posted.id,
            origins=[(variant_id, document_id) for variant_id in variants for document_id in sold_by],
        )


def _sold_by(order: Order) -> list[int]:
    """The documents by which an order's goods left: they come back at the cost at which they went."""
    handed_over = order.fulfilments.order_by("pk").values_list("pk", flat=True)
    return inventory.list_documents(
        [("SALE", order.number), *(("FULFILMENT", f"{order.number}/{pk}") for pk in handed_over)]
    )


def _taken_back(
    variant_id: int,
    location_id: int,
    units: int,
    *,
    restock: bool,
    lots: tuple[inventory.LotUnits, ...] = (),
) -> list[inventory.Movement]:
    """Back on the shelf; and set aside as damaged at once, where it can't be sold again."""
    back = inventory.Movement(variant_id, location_id, units, "RETURN", lots=lots)
    if restock:
        return [back]
    return [back, replace(back, bucket="DAMAGED", reason="damaged")]


def _answer(order: Order, returned: Return) -> ReceivedReturn:
    refunds = Refund.objects.filter(source=f"return:{returned.pk}").select_related("payment__tender_type")
    return ReceivedReturn(
        number=returned.number,
        order=order.number,
        currency=order.currency,
        refund_amount=quantize(returned.refund_amount, order.currency),
        points_restored=returned.points_restored,
        points_clawed_back=returned.points_clawed_back,
        refunds=tuple(
            RefundPart(
                refund.payment.tender_type.code,
                refund.payment.tender_type.refund_route,
                quantize(refund.amount, order.currency),
                refund.status,
            )
            for refund in refunds.order_by("created_at", "pk")
        ),
    )
