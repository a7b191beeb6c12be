"""
Writing orders as sets: any number of them, with all that belongs to them, in one statement.

Placing an order and recording a day's sales come through here alike. Ids are drawn inside the
statement (an order's own by `draw_orders`, since points and reservations name it beforehand), and
children find their parents by subscript, so that no join's plan depends on the batch's size.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.ids import uuid7
from orders.totals import ZERO, Totals
from promotions.rules import Applied

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class NewDiscount:
    """A part of its line's discount: why, how much, and who bears it."""

    code: str
    amount: Decimal
    funded_by: str = "SELLER"
    name: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """Its share of the points spent is `totals.line_points` at the line's place."""

    variant_id: int
    company_id: int
    quantity: int
    unit_price: Decimal
    list_amount: Decimal
    discount_amount: Decimal = ZERO
    tax_class_id: int
    tax_rate: Decimal
    tax_inclusive: bool = True
    service_mode: str = "TAKE_OUT"
    fulfilled_quantity: int = 0
    discounts: Sequence[NewDiscount] = ()

    @property
    def amount(self) -> Decimal:
        return self.list_amount - self.discount_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    tender_type_id: int
    status: str
    amount: Decimal
    tendered_amount: Decimal = ZERO
    captured_amount: Decimal = ZERO
    provider_reference: str = ""
    settled_at: datetime | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class NewFulfilmentLine:
    """`line` is the place of the order's line, from 0."""

    line: int
    quantity: int
    reservation_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFulfilment:
    kind: str
    status: str
    location_id: int | None
    lines: Sequence[NewFulfilmentLine]
    completed_at: datetime | None = None
    picked_up_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    name: str = ""
    name_kana: str = ""
    email: str = ""
    phone: str = ""
    country: str = "JP"
    postal_code: str = ""
    prefecture: str = ""
    city: str = ""
    line1: str = ""
    line2: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """
    An order as it is first written. `totals` was computed over `lines`, in their order.

    `promotions` are in the lines' discounts already; `services.promoting` counts and explains them.
    """

    id: int
    number: str
    status: str
    channel_id: int
    currency: str
    totals: Totals
    lines: Sequence[NewLine]
    placed_at: datetime
    business_date: date
    actor: Actor
    location_id: int | None = None
    customer_id: int | None = None
    identity_id: int | None = None
    cart_id: UUID | None = None
    external_number: str | None = None
    invoice_issuer: str = "SELLER"
    points_spent: int = 0
    points_earned: int = 0
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    payments: Sequence[NewPayment] = ()
    fulfilments: Sequence[NewFulfilment] = ()
    contact: NewContact | None = None
    promotions: Sequence[Applied] = ()
    shipping_waived: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Written:
    """Ids in the order given: of all lines of all orders, and of all fulfilments."""

    line_ids: list[int]
    fulfilment_ids: list[int]


DRAW = """
SELECT nextval('orders_order_id_seq'), nextval('orders_order_number')
FROM generate_series(1, %(count)s::integer)
"""


def draw_orders(count: int) -> list[tuple[int, int]]:
    """Draw ids and sequence numbers for `count` orders: (id, number without its check digit)."""
    return [(order_id, sequence) for order_id, sequence in sql.fetch_all(DRAW, {"count": count})]


def write_orders(orders: Sequence[NewOrder]) -> Written:
    """
    Insert the orders with lines, tax buckets, discounts, payments, fulfilments and contacts.

    A building block: one statement, whatever the number of orders.

    Raises:
        IntegrityError: a number or a channel's own number is taken; callers look first.
    """
    db.require_transaction()
    params: dict[str, Any] = {}
    for table in TABLES:
        rows = list(table.rows(orders))
        params[f"{table.name}_count"] = len(rows)
        columns = zip(*rows, strict=True) if rows else [()] * len(table.columns)
        for name, values in zip(table.columns, columns, strict=True):
            params[f"{table.name}_{name}"] = sql.array(values)
    written = sql.fetch_one(WRITE, params)
    assert written is not None
    return Written(*written)


def _orders(orders: Sequence[NewOrder]) -> Iterator[Row]:
    for order in orders:
        totals = order.totals
        yield (
            order.id, order.number, order.status, order.channel_id, order.external_number,
            order.invoice_issuer, order.location_id, order.customer_id, order.identity_id, order.cart_id, order.currency,
            totals.lines_amount, totals.shipping_amount, totals.discount_amount, totals.points_amount,
            totals.tax_added, totals.total, totals.tax_amount, order.points_spent, order.points_earned,
            order.placed_at, order.business_date, order.paid_at, order.completed_at, order.expires_at,
            str(order.actor),
        )  # fmt: skip


def _lines(orders: Sequence[NewOrder]) -> Iterator[Row]:
    for order in orders:
        for position, (line, points) in enumerate(
            zip(order.lines, order.totals.line_points, strict=True), start=1
        ):
            yield (
                order.id, position, line.variant_id, line.company_id, line.quantity, line.unit_price,
                line.list_amount, line.discount_amount, line.amount, points, line.tax_class_id,
                line.tax_rate, line.tax_inclusive, line.service_mode, line.fulfilled_quantity,
            )  # fmt: skip


def _discounts(orders: Sequence[NewOrder]) -> Iterator[Row]:
    lines = (line for order in orders for line in order.lines)
    for place, line in enumerate(lines, start=1):
        for discount in line.discounts:
            yield place, discount.code, json.dumps(discount.name), discount.amount, discount.funded_by


def _taxes(orders: Sequence[NewOrder]) -> Iterator[Row]:
    for order in orders:
        for bucket in order.totals.buckets:
            yield (
                order.id, bucket.company_id, bucket.rate, bucket.tax_inclusive, bucket.lines_amount,
                bucket.shipping_amount, bucket.discount_amount, bucket.points_amount, bucket.amount,
                bucket.tax,
            )  # fmt: skip


def _payments(orders: Sequence[NewOrder]) -> Iterator[Row]:
    for order in orders:
        for payment in order.payments:
            yield (
                payment.id, order.id, payment.tender_type_id, payment.status, payment.amount,
                payment.tendered_amount, payment.captured_amount, payment.provider_reference,
                order.placed_at, payment.settled_at,
            )  # fmt: skip


def _fulfilments(orders: Sequence[NewOrder]) -> Iterator[Row]:
    for order in orders:
        for part in order.fulfilments:
            yield (
                order.id, part.kind, part.status, part.location_id, order.placed_at,
                part.picked_up_at, part.completed_at,
            )  # fmt: skip


def _fulfilment_lines(orders: Sequence[NewOrder]) -> Iterator[Row]:
    lines_before = fulfilments = 0
    for order in orders:
        for part in order.fulfilments:
            fulfilments += 1
            for line in part.lines:
                yield fulfilments, lines_before + line.line + 1, line.quantity, line.reservation_id
        lines_before += len(order.lines)


def _contacts(orders: Sequence[NewOrder]) -> Iterator[Row]:
    for order in orders:
        if contact := order.contact:
            yield (
                order.id, contact.name, contact.name_kana, contact.email, contact.phone, contact.country,
                contact.postal_code, contact.prefecture, contact.city, contact.line1, contact.line2,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Table:
    """
    `rows` flattens orders to this table's rows, in the order of `columns` (name → type).

    `drawn` names the array of ids that the statement draws for the rows; `parents` the columns
    whose value is a place in such an array (from 1), to be replaced by the id there. `constants`
    fill what is always the same at first.
    """

    name: str
    rows: Callable[[Sequence[NewOrder]], Iterable[Row]]
    columns: Mapping[str, str]
    drawn: str = ""
    parents: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def insert(self) -> str:
        arrays = ", ".join(f"%({self.name}_{name})s::{kind}[]" for name, kind in self.columns.items())
        values = {name: self._value(name) for name in self.columns} | dict(self.constants)
        if self.drawn:
            values["id"] = _subscript(self.drawn, "place")
        return (
            f"INSERT INTO orders_{self.name} ({', '.join(values)}) SELECT {', '.join(values.values())}"
            f" FROM unnest({arrays}) WITH ORDINALITY AS row ({', '.join(self.columns)}, place)"
        )

    def _value(self, name: str) -> str:
        return _subscript(self.parents[name], name) if name in self.parents else f"row.{name}"


def _subscript(drawn: str, place: str) -> str:
    return f"(SELECT {drawn} FROM drawn)[row.{place}]"


AMOUNT = "numeric"
ORDER = _Table(
    "order",
    _orders,
    {
        "id": "bigint", "number": "text", "status": "text", "channel_id": "bigint", "external_number": "text",
        "invoice_issuer": "text", "location_id": "bigint", "customer_id": "bigint", "identity_id": "bigint", "cart_id": "uuid",
        "currency": "text", "lines_amount": AMOUNT, "shipping_amount": AMOUNT, "discount_amount": AMOUNT,
        "points_amount": AMOUNT, "tax_added": AMOUNT, "total": AMOUNT, "tax_amount": AMOUNT,
        "points_spent": "bigint", "points_earned": "bigint", "placed_at": "timestamptz",
        "business_date": "date", "paid_at": "timestamptz", "completed_at": "timestamptz",
        "expires_at": "timestamptz", "actor": "text",
    },
    constants={"cancel_reason": "''"},
)  # fmt: skip
LINE = _Table(
    "orderline",
    _lines,
    {
        "order_id": "bigint", "position": "integer", "variant_id": "bigint", "company_id": "bigint",
        "quantity": "bigint", "unit_price": AMOUNT, "list_amount": AMOUNT, "discount_amount": AMOUNT,
        "amount": AMOUNT, "points_amount": AMOUNT, "tax_class_id": "bigint", "tax_rate": AMOUNT,
        "tax_inclusive": "boolean", "service_mode": "text", "fulfilled_quantity": "bigint",
    },
    drawn="lines",
    constants={"cancelled_quantity": "0", "returned_quantity": "0"},
)  # fmt: skip
DISCOUNT = _Table(
    "linediscount",
    _discounts,
    {"line_id": "bigint", "code": "text", "name": "jsonb", "amount": AMOUNT, "funded_by": "text"},
    parents={"line_id": "lines"},
)
TAX = _Table(
    "ordertax",
    _taxes,
    {
        "order_id": "bigint", "company_id": "bigint", "rate": AMOUNT, "tax_inclusive": "boolean",
        "lines_amount": AMOUNT, "shipping_amount": AMOUNT, "discount_amount": AMOUNT,
        "points_amount": AMOUNT, "amount": AMOUNT, "tax": AMOUNT,
    },
)  # fmt: skip
PAYMENT = _Table(
    "payment",
    _payments,
    {
        "id": "uuid", "order_id": "bigint", "tender_type_id": "bigint", "status": "text", "amount": AMOUNT,
        "tendered_amount": AMOUNT, "captured_amount": AMOUNT, "provider_reference": "text",
        "created_at": "timestamptz", "settled_at": "timestamptz",
    },
    constants={"refunded_amount": "0", "decline_code": "''"},
)  # fmt: skip
FULFILMENT = _Table(
    "fulfilment",
    _fulfilments,
    {
        "order_id": "bigint", "kind": "text", "status": "text", "location_id": "bigint",
        "created_at": "timestamptz", "picked_up_at": "timestamptz", "completed_at": "timestamptz",
    },
    drawn="fulfilments",
    constants={"tracking_number": "''"},
)  # fmt: skip
FULFILMENT_LINE = _Table(
    "fulfilmentline",
    _fulfilment_lines,
    {"fulfilment_id": "bigint", "order_line_id": "bigint", "quantity": "bigint", "reservation_id": "bigint"},
    parents={"fulfilment_id": "fulfilments", "order_line_id": "lines"},
)
CONTACT = _Table(
    "ordercontact",
    _contacts,
    {
        "order_id": "bigint",
        **dict.fromkeys(
            ("name", "name_kana", "email", "phone", "country", "postal_code", "prefecture", "city", "line1",
             "line2"), "text",
        ),
    },
)  # fmt: skip
TABLES = (ORDER, LINE, DISCOUNT, TAX, PAYMENT, FULFILMENT, FULFILMENT_LINE, CONTACT)

# Foreign keys are checked at commit (deferred), so the inserts' order does not matter.
WRITE = """
WITH drawn AS MATERIALIZED (
    SELECT ARRAY(SELECT nextval('orders_orderline_id_seq')
                 FROM generate_series(1, %(orderline_count)s::integer)) AS lines,
           ARRAY(SELECT nextval('orders_fulfilment_id_seq')
                 FROM generate_series(1, %(fulfilment_count)s::integer)) AS fulfilments
), {inserts}
SELECT lines, fulfilments FROM drawn
""".format(inserts=", ".join(f"write_{table.name} AS ({table.insert()})" for table in TABLES))
