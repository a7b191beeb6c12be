"""An order as whoever hands it over or takes it back needs to see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from omni.core.errors import NotFound
from omni.core.money import quantize
from orders.models import Fulfilment, Order, OrderLine, Payment
from orders.totals import ZERO


@dataclass(frozen=True, slots=True)
class LineShown:
    """`open` units are still to be handed over, `returnable` ones can come back."""

    position: int
    sku: str
    name: dict[str, str]
    quantity: int
    open: int
    returnable: int
    amount: Decimal
    points_amount: Decimal
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class PartLine:
    position: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PartShown:
    """A fulfilment: what goes together, from where, how far it is, or why it was rejected there."""

    id: int
    kind: str
    status: str
    location: str | None
    tracking_number: str
    completed_at: datetime | None
    rejection: str
    lines: tuple[PartLine, ...]


@dataclass(frozen=True, slots=True)
class PaymentShown:
    tender: str
    status: str
    amount: Decimal
    refunded_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShown:
    """`due` is what is still to be paid when the goods are handed over."""

    number: str
    status: str
    channel: str
    placed_at: datetime
    currency: str
    total: Decimal
    due: Decimal
    lines: tuple[LineShown, ...]
    fulfilments: tuple[PartShown, ...]
    payments: tuple[PaymentShown, ...]


def get_order(number: str) -> OrderShown:
    """
    The order of any channel, with what is left to do; a constant number of statements.

    Raises:
        NotFound
    """
    order = Order.objects.select_related("channel").filter(number=number).first()
    if order is None:
        raise NotFound(order=number)
    payments = list(order.payments.select_related("tender_type").order_by("created_at", "pk"))
    waiting = [payment.amount for payment in payments if payment.status == Payment.Status.PENDING]
    return OrderShown(
        number=order.number,
        status=order.status,
        channel=order.channel.code,
        placed_at=order.placed_at,
        currency=order.currency,
        total=quantize(order.total, order.currency),
        due=quantize(sum(waiting, ZERO), order.currency),
        lines=tuple(_line(line, order.currency) for line in _lines(order)),
        fulfilments=list_fulfilments(number),
        payments=tuple(_payment(payment, order.currency) for payment in payments),
    )


def list_fulfilments(number: str) -> tuple[PartShown, ...]:
    """
    The order's fulfilments, oldest first.

    Raises:
        NotFound: there is no such order.
    """
    if not Order.objects.filter(number=number).exists():
        raise NotFound(order=number)
    parts = Fulfilment.objects.filter(order__number=number).select_related("location")
    return tuple(_part(part) for part in parts.prefetch_related("lines__order_line__variant").order_by("pk"))


def _lines(order: Order) -> list[OrderLine]:
    return list(order.lines.select_related("variant__product").order_by("position"))


def _line(line: OrderLine, currency: str) -> LineShown:
    name: Mapping[str, str] = line.variant.name or line.variant.product.name
    return LineShown(
        line.position,
        line.variant.sku,
        dict(name),
        line.quantity,
        line.quantity - line.fulfilled_quantity - line.cancelled_quantity,
        line.fulfilled_quantity - line.returned_quantity,
        quantize(line.amount, currency),
        quantize(line.points_amount, currency),
        line.tax_rate,
    )


def _part(part: Fulfilment) -> PartShown:
    lines = sorted(part.lines.all(), key=lambda line: line.order_line.position)
    return PartShown(
        part.pk,
        part.kind,
        part.status,
        part.location.code if part.location else None,
        part.tracking_number,
        part.completed_at,
        part.rejection,
        tuple(
            PartLine(line.order_line.position, line.order_line.variant.sku, line.quantity)
            for line in lines
            if line.quantity
        ),
    )


def _payment(payment: Payment, currency: str) -> PaymentShown:
    return PaymentShown(
        payment.tender_type.code,
        payment.status,
        quantize(payment.amount, currency),
        quantize(payment.refunded_amount, currency),
    )
