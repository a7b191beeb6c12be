"""Orders written as a set: everything lands where it belongs, in one statement."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from omni.core.actor import SYSTEM
from omni.core.money import Rounding
from orders import totals, writing
from orders.models import FulfilmentLine, LineDiscount, Order, OrderLine
from orders.pricing import priced_line
from organisation.models import Location, SalesChannel
from tests import factories


def new_line(channel: SalesChannel, quantity: int) -> writing.NewLine:
    variant = factories.variant()
    return writing.NewLine(
        variant_id=variant.pk,
        company_id=channel.company_id,
        quantity=quantity,
        unit_price=Decimal(108),
        list_amount=Decimal(108) * quantity,
        discount_amount=Decimal(8),
        tax_class_id=variant.tax_class_id,
        tax_rate=Decimal("0.08"),
        discounts=[writing.NewDiscount('"sale" \\ ½', Decimal(8))],
    )


def new_order(
    now: datetime, channel: SalesChannel, location: Location, number: str, quantities: list[int]
) -> writing.NewOrder:
    """An order of one variant a line at 108 with 8 off, the first line carried out."""
    lines = [new_line(channel, quantity) for quantity in quantities]
    ((order_id, _),) = writing.draw_orders(1)
    return writing.NewOrder(
        id=order_id,
        number=number,
        status="PLACED",
        channel_id=channel.pk,
        currency="JPY",
        totals=totals.compute(
            [priced_line(line) for line in lines],
            currency="JPY",
            rounding=Rounding.FLOOR,
        ),
        lines=lines,
        placed_at=now,
        business_date=now.date(),
        actor=SYSTEM,
        payments=[
            writing.NewPayment(
                tender_type_id=factories.tender().pk,
                status="CAPTURED",
                amount=Decimal(1),
                captured_amount=Decimal(1),
            )
        ],
        fulfilments=[
            writing.NewFulfilment(
                kind="SHIP",
                status="RESERVED",
                location_id=location.pk,
                lines=[writing.NewFulfilmentLine(index, line.quantity)],
            )
            for index, line in enumerate(lines)
        ],
        contact=writing.NewContact(name="山田 花子", email="hanako@example.jp"),
    )


@pytest.mark.django_db
def test_children_find_their_parents(now: datetime) -> None:
    channel, location = factories.channel(), factories.location()
    orders = [
        new_order(now, channel, location, "A", [1, 2]),
        new_order(now, channel, location, "B", [3]),
        new_order(now, channel, location, "C", [4, 5]),
    ]

    with transaction.atomic():
        written = writing.write_orders(orders)

    assert Order.objects.count() == 3
    assert list(
        OrderLine.objects.order_by("pk").values_list("pk", "order__number", "position", "quantity", "amount")
    ) == [
        (written.line_ids[0], "A", 1, 1, Decimal(100)),
        (written.line_ids[1], "A", 2, 2, Decimal(208)),
        (written.line_ids[2], "B", 1, 3, Decimal(316)),
        (written.line_ids[3], "C", 1, 4, Decimal(424)),
        (written.line_ids[4], "C", 2, 5, Decimal(532)),
    ]
    assert list(
        FulfilmentLine.objects.order_by("pk").values_list(
            "fulfilment_id", "fulfilment__order__number", "order_line_id", "quantity"
        )
    ) == [
        (written.fulfilment_ids[place], number, written.line_ids[place], place + 1)
        for place, number in enumerate(["A", "A", "B", "C", "C"])
    ]
    assert list(LineDiscount.objects.order_by("line_id").values_list("line_id", "code")) == [
        (line_id, '"sale" \\ ½') for line_id in written.line_ids
    ]


@pytest.mark.django_db
def test_an_order_keeps_its_totals_taxes_payments_and_contact(now: datetime) -> None:
    channel, location = factories.channel(), factories.location()

    with transaction.atomic():
        writing.write_orders([new_order(now, channel, location, "A", [1, 2])])

    order = Order.objects.get(number="A")
    assert (order.lines_amount, order.discount_amount, order.total, order.tax_amount) == (324, 16, 308, 22)
    assert (order.placed_at, order.actor, order.cart_id, order.paid_at) == (now, "system:omni", None, None)
    assert list(order.taxes.values_list("rate", "amount", "tax")) == [(Decimal("0.08"), 308, 22)]
    assert list(order.payments.values_list("status", "captured_amount")) == [("CAPTURED", 1)]
    assert order.contact.name == "山田 花子"


@pytest.mark.django_db
def test_any_number_of_orders_takes_one_statement(now: datetime) -> None:
    channel, location = factories.channel(), factories.location()
    orders = [new_order(now, channel, location, str(place), [1, 2, 3]) for place in range(8)]

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        writing.write_orders(orders)

    assert len(queries) == 1
