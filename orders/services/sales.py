"""
Recording sales: what tills sold, one or thousands at a time, always accepted.

A sale has happened: the goods have left the shop and the money is in the drawer. So nothing here
refuses for want of stock; where a level falls below zero, inventory opens a discrepancy.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.selectors import Components
from customers.models import Customer
from inventory import services as inventory
from inventory.models import Reservation
from loyalty import selectors as points
from loyalty import services as loyalty
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.outbox import publish as outbox
from omni.outbox.events import SalesRecorded
from orders import errors, totals, writing
from orders.numbers import sale_number
from orders.pricing import points_most, points_worth, priced_line
from orders.services.bundles import write_line_components
from orders.services.from_holds import FROM_THE_SHELF, FromHolds, draw_from_holds
from orders.services.promoting import redeem_promotions
from orders.services.recorded import recorded_numbers
from orders.shops import Shop, get_shops
from orders.totals import ZERO
from promotions.rules import Applied


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """
    Units sold at `list_amount` before `discounts`. The shop's company sells it by default.

    Of a bundle its `components` leave the shelf: (variant, units) for each unit sold. `lots` are named
    of single goods alone; else what expires first is gone.
    """

    variant_id: int
    quantity: int
    unit_price: Decimal
    list_amount: Decimal
    tax_class_id: int
    tax_rate: Decimal
    tax_inclusive: bool = True
    service_mode: str = "TAKE_OUT"
    keeps_stock: bool = True
    company_id: int | None = None
    discounts: Sequence[writing.NewDiscount] = ()
    components: Components = ()
    lots: Sequence[inventory.LotUnits] = ()


@dataclass(frozen=True, slots=True)
class SaleTender:
    """`amount` settles the sale; of what was `tendered` the rest was given back as change."""

    tender_type_id: int
    amount: Decimal
    tendered: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """
    One receipt. `receipt_number` is unique in its shop, of up to 30 letters, digits, hyphens and
    underscores; tenders add up to the total.

    Points to burn reduce the price; where the programme has them as a tender, `tenders` names it.
    What its shop holds by hand for the buyer is taken out of `holds`.
    `earn_on` is the amount that earns points: the total, unless others pay a part of it. `promotions` are
    in the lines' discounts already, and are counted.
    """

    location_id: int
    channel_id: int
    receipt_number: str
    occurred_at: datetime
    lines: Sequence[SaleLine]
    tenders: Sequence[SaleTender]
    customer_id: int | None = None
    points_to_burn: int = 0
    earn: bool = True
    earn_on: Decimal | None = None
    holds: FromHolds = FROM_THE_SHELF
    promotions: Sequence[Applied] = ()


@dataclass(frozen=True, slots=True)
class RecordedSale:
    order_id: int
    number: str
    total: Decimal
    points_spent: int
    points_earned: int


@dataclass(frozen=True, slots=True)
class RecordedSales:
    sales: tuple[RecordedSale, ...]


def record_sales(
    *, sales: Sequence[Sale], claim: Claim | None, actor: Actor, now: datetime, publish: bool = True
) -> list[RecordedSale]:
    """
    Record sales that happened: orders, payments, points and stock, all or none of the batch.

    The number of statements does not grow with the batch (but for sales that spend points, or take
    from holds, a few each). Replaying a claim returns the result that it first had.

    Raises:
        ClaimInFlight, ClaimMismatch: the key is in use, or came with another request.
        SaleRecorded: a receipt was recorded before, under another key.
        InvalidField: a receipt's number, or its location's code, has not the agreed form.
        TendersDiffer: a sale's tenders do not add up to its total.
        PointsAboveTotal, InsufficientPoints, PointsNeedMember: points can't be spent so.
        HoldUnfit: a hold is unknown, elsewhere, or of another article.
    """
    with db.transaction():
        if claim and (replayed := idempotency.claim(claim, result_type=RecordedSales)):
            return list(replayed.sales)
        recorded = write_sales(sales=sales, actor=actor, now=now, publish=publish)
        if claim:
            idempotency.settle(claim, RecordedSales(tuple(recorded)), now=now)
        return recorded


def write_sales(
    *, sales: Sequence[Sale], actor: Actor, now: datetime, publish: bool = True
) -> list[RecordedSale]:
    """Write a batch of sales in the caller's transaction: a building block of `record_sales`."""
    db.require_transaction()
    shops = get_shops(sale.location_id for sale in sales)
    numbers = [sale_number(shops[sale.location_id].code, sale.receipt_number) for sale in sales]
    _refuse_recorded(sales, numbers)
    drawn = writing.draw_orders(len(sales))
    orders = [
        _order(sale, order_id, number, shops[sale.location_id], actor)
        for sale, number, (order_id, _) in zip(sales, numbers, drawn, strict=True)
    ]
    held = _lock_holds(sales)
    redeem_promotions(orders, now=now)
    _burn(sales, orders, actor=actor, now=now)
    written = writing.write_orders(orders)
    _write_components(sales, written)
    _earn(orders, actor=actor, now=now, publish=publish)
    # The contended rows: locked last, so that they are held least.
    _move_stock(sales, orders, held, actor=actor, now=now, publish=publish)
    if publish:
        outbox.publish(
            f"sales:{orders[0].id}", SalesRecorded(tuple(order.id for order in orders)), at=now, actor=actor
        )
    return [RecordedSale(o.id, o.number, o.totals.total, o.points_spent, o.points_earned) for o in orders]


def _refuse_recorded(sales: Sequence[Sale], numbers: Sequence[str]) -> None:
    repeated = [number for number, count in Counter(numbers).items() if count > 1]
    recorded = recorded_numbers([(sale.location_id, sale.receipt_number) for sale in sales])
    if found := repeated or sorted(recorded.values()):
        raise errors.SaleRecorded(orders=found)


def _order(sale: Sale, order_id: int, number: str, shop: Shop, actor: Actor) -> writing.NewOrder:
    lines = [new_line(line, shop) for line in sale.lines]
    summed = add_up(sale, lines, shop)
    _require_settled(sale, summed.total)
    return writing.NewOrder(
        id=order_id,
        number=number,
        status="COMPLETED",
        channel_id=sale.channel_id,
        currency=shop.currency,
        totals=summed,
        lines=lines,
        placed_at=sale.occurred_at,
        business_date=shop.business_date(sale.occurred_at),
        actor=actor,
        location_id=shop.id,
        customer_id=sale.customer_id,
        points_spent=sale.points_to_burn,
        points_earned=points_earned(sale, summed.total),
        paid_at=sale.occurred_at,
        completed_at=sale.occurred_at,
        payments=[_payment(tender, sale.occurred_at) for tender in sale.tenders],
        fulfilments=[_carried_out(sale)],
        promotions=sale.promotions,
    )


def new_line(line: SaleLine, shop: Shop) -> writing.NewLine:
    """The order line that a sale's line becomes: handed over with the sale."""
    return writing.NewLine(
        variant_id=line.variant_id,
        company_id=line.company_id or shop.company_id,
        quantity=line.quantity,
        unit_price=line.unit_price,
        list_amount=line.list_amount,
        discount_amount=sum((discount.amount for discount in line.discounts), ZERO),
        tax_class_id=line.tax_class_id,
        tax_rate=line.tax_rate,
        tax_inclusive=line.tax_inclusive,
        service_mode=line.service_mode,
        fulfilled_quantity=line.quantity,
        discounts=line.discounts,
    )


def add_up(sale: Sale, lines: Sequence[writing.NewLine], shop: Shop) -> totals.Totals:
    """
    What the sale comes to, less the points that it spends.

    Raises:
        SaleEmpty: it has no lines.
        PointsNeedMember, PointsAboveTotal: points can't be spent so.
    """
    if not lines:
        raise errors.SaleEmpty()
    priced = [priced_line(line) for line in lines]
    summed = totals.compute(priced, currency=shop.currency, rounding=shop.rounding)
    if not sale.points_to_burn:
        return summed
    reduction = _reduction(sale, summed.lines_amount - summed.discount_amount)
    return totals.compute(priced, currency=shop.currency, rounding=shop.rounding, points_amount=reduction)


def _reduction(sale: Sale, goods: Decimal) -> Decimal:
    """What the points take off the price; nothing where they are a tender."""
    if sale.customer_id is None:
        raise errors.PointsNeedMember()
    terms = points.recent_terms(channel_id=sale.channel_id, at=sale.occurred_at)
    most = points_most(goods, terms)
    if sale.points_to_burn > most:
        raise errors.PointsAboveTotal(requested=sale.points_to_burn, most=most)
    return points_worth(sale.points_to_burn, terms) if terms and terms.reduces_price else ZERO


def points_earned(sale: Sale, total: Decimal) -> int:
    """The points that the member earns by what was paid; none without a member or a programme."""
    if sale.customer_id is None or not sale.earn:
        return 0
    terms = points.recent_terms(channel_id=sale.channel_id, at=sale.occurred_at)
    if terms is None:
        return 0
    paid = total if sale.earn_on is None else sale.earn_on
    return loyalty.points_for(programme=terms, channel_id=sale.channel_id, amount=paid, at=sale.occurred_at)


def _require_settled(sale: Sale, total: Decimal) -> None:
    settled = sum((tender.amount for tender in sale.tenders), ZERO)
    if settled != total:
        raise errors.TendersDiffer(total=total, tendered=settled)


def _payment(tender: SaleTender, at: datetime) -> writing.NewPayment:
    return writing.NewPayment(
        tender_type_id=tender.tender_type_id,
        status="CAPTURED",
        amount=tender.amount,
        tendered_amount=tender.tendered,
        captured_amount=tender.amount,
        settled_at=at,
    )


def _carried_out(sale: Sale) -> writing.NewFulfilment:
    return writing.NewFulfilment(
        kind="CARRY_OUT",
        status="COMPLETED",
        location_id=sale.location_id,
        lines=[writing.NewFulfilmentLine(place, line.quantity) for place, line in enumerate(sale.lines)],
        picked_up_at=sale.occurred_at,
        completed_at=sale.occurred_at,
    )


def _lock_holds(sales: Sequence[Sale]) -> list[Reservation]:
    """What the sales take from, after the persons whose points they spend."""
    numbers = [number for sale in sales for number in sale.holds.numbers]
    if not numbers:
        return []
    if any(sale.points_to_burn for sale in sales):
        _lock_persons(sales)
    return inventory.lock_holds(numbers)


def _burn(sales: Sequence[Sale], orders: Sequence[writing.NewOrder], *, actor: Actor, now: datetime) -> None:
    _lock_points(sales)
    for sale, order in zip(sales, orders, strict=True):
        if sale.points_to_burn and sale.customer_id is not None:
            terms = points.get_terms(channel_id=sale.channel_id, at=sale.occurred_at)
            loyalty.burn_points(
                programme_id=terms.programme_id,
                person_id=sale.customer_id,
                points=sale.points_to_burn,
                source=f"order:{order.id}",
                actor=actor,
                now=now,
            )


def _lock_points(sales: Sequence[Sale]) -> None:
    """Where one of several members spends points: all persons, then all their accounts, by key."""
    members = {sale.customer_id for sale in sales if sale.customer_id is not None}
    if len(members) > 1 and any(sale.points_to_burn for sale in sales):
        persons = _lock_persons(sales)
        loyalty.lock_points(
            customer_ids=Customer.objects.filter(person__in=persons).values_list("pk", flat=True)
        )


def _lock_persons(sales: Sequence[Sale]) -> list[Customer]:
    members = {sale.customer_id for sale in sales if sale.customer_id is not None}
    records = Customer.objects.filter(person__records__in=members)
    return Customer.objects.for_update_persons(set(records.values_list("person_id", flat=True)))


def _earn(orders: Sequence[writing.NewOrder], *, actor: Actor, now: datetime, publish: bool) -> None:
    accruals = []
    for order in orders:
        terms = points.recent_terms(channel_id=order.channel_id, at=order.placed_at)
        if terms and order.customer_id is not None and order.points_earned:
            accruals.append(
                loyalty.Accrual(
                    terms.programme_id,
                    order.customer_id,
                    order.points_earned,
                    f"order:{order.id}",
                    order.placed_at,
                )
            )
    if accruals:
        # Paid and carried away: there is nothing to wait for.
        loyalty.accrue(accruals=accruals, pending=False, actor=actor, now=now, publish=publish)


def _move_stock(
    sales: Sequence[Sale],
    orders: Sequence[writing.NewOrder],
    held: Sequence[Reservation],
    *,
    actor: Actor,
    now: datetime,
    publish: bool,
) -> None:
    documents, taken = [], []
    for sale, order in zip(sales, orders, strict=True):
        movements, drawn = draw_from_holds(
            _movements(sale), holds=sale.holds, held=held, location_id=sale.location_id, now=now
        )
        if movements:
            documents.append((inventory.DocumentRef("SALE", order.number), movements, sale.occurred_at))
            taken.append(drawn)
    posted = inventory.post_documents(documents=documents, actor=actor, now=now, publish=publish)
    for document, drawn in zip(posted, taken, strict=True):
        if drawn:
            inventory.settle_drawn(drawn, document_id=document.id, actor=actor, now=now)


def _movements(sale: Sale) -> list[inventory.Movement]:
    return [
        inventory.Movement(
            variant_id, sale.location_id, -line.quantity * units, "SALE", lots=tuple(line.lots)
        )
        for line in sale.lines
        if line.keeps_stock and line.quantity
        for variant_id, units in line.components or ((line.variant_id, 1),)
    ]


def _write_components(sales: Sequence[Sale], written: writing.Written) -> None:
    lines = (line for sale in sales for line in sale.lines)
    sold = {
        line_id: line.components
        for line_id, line in zip(written.line_ids, lines, strict=True)
        if line.components
    }
    if sold:
        write_line_components(sold)
