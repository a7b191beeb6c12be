"""Invoices, return invoices and receipts: what they say, once, in order, and for ever."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from omni.core.codec import decode
from omni.core.idempotency import Claim
from orders import services as orders
from orders.documents import errors
from orders.documents.content import DocumentContent
from orders.documents.issued import IssuedDocuments
from orders.models import Document, DocumentSeries, Order
from orders.services.returnable import ReturnItem
from orders.services.returns import receive_return
from orders.services.sales import SaleLine, record_sales
from tests import factories
from tests.conftest import NOW
from tests.orders.tills import TILL, Till

pytestmark = pytest.mark.django_db(transaction=True)

FOOD, GOODS = Decimal("0.08"), Decimal("0.10")
LATER = NOW + timedelta(days=3)


def claim(operation: str, key: str = "", **request: Any) -> Claim:
    return Claim.of(actor=TILL, operation=operation, key=key or str(uuid4()), request=request)


def sell(till: Till, *lines: SaleLine, **fields: Any) -> Order:
    (recorded,) = record_sales(sales=[till.sale(*lines, at=NOW, **fields)], claim=None, actor=TILL, now=NOW)
    return Order.objects.get(pk=recorded.order_id)


def rated(till: Till) -> tuple[SaleLine, SaleLine]:
    """Rice at 8 % for ¥1,080, a pan at 10 % for ¥2,200."""
    food = factories.variant(name={"ja": "米", "en": "Rice"}, tax_class=factories.tax_class("0.08"))
    pan = factories.variant(name={"ja": "鍋", "en": "Pan"}, tax_class=factories.tax_class("0.10"))
    return till.line(food, 1, 1080, tax_rate=FOOD), till.line(pan, 1, 2200, tax_rate=GOODS)


def invoice(order: Order, key: str = "", **fields: Any) -> IssuedDocuments:
    request = {"number": order.number, **fields}
    return orders.issue_invoice(**request, claim=claim("invoice", key, **request), actor=TILL, now=NOW)


def content_of(number: str) -> DocumentContent:
    return decode(DocumentContent, Document.objects.get(number=number).content)


def test_an_invoice_says_amounts_and_tax_for_each_rate() -> None:
    till = Till.build()
    order = sell(till, *rated(till))

    (made,) = invoice(order, addressee="株式会社山田").documents

    series = DocumentSeries.objects.get()
    assert (made.number, made.kind, made.total, made.tax) == (f"I{series.pk}-000001", "INVOICE", 3280, 280)
    content = content_of(made.number)
    assert [(b.rate, b.reduced, b.amount, b.tax) for b in content.buckets] == [
        (GOODS, False, 2200, 200),
        (FOOD, True, 1080, 80),
    ]
    assert [(line.name["ja"], line.amount, line.reduced) for line in content.lines] == [
        ("米", 1080, True),
        ("鍋", 2200, False),
    ]
    assert (content.addressee, content.supplied_on) == ("株式会社山田", order.business_date)
    assert content.seller.registration_number == "T1180301018771"


def test_asking_again_answers_what_stands_and_takes_no_number() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    first = invoice(order, "key-1", addressee="山田商店")

    assert invoice(order, "key-1", addressee="山田商店") == first
    assert invoice(order, "key-2", addressee="山田商店") == first
    with pytest.raises(errors.AlreadyInvoiced):
        invoice(order, addressee="別の会社")
    with pytest.raises(errors.AlreadyInvoiced):
        invoice(order, kind="SIMPLIFIED_INVOICE")

    assert DocumentSeries.objects.get().last_sequence == Document.objects.count() == 1


def back(order: Order, till: Till, *items: ReturnItem) -> None:
    receive_return(
        number=order.number,
        location_id=till.location.pk,
        items=items,
        reason="changed-mind",
        claim=claim("return", items=list(items)),
        actor=TILL,
        now=LATER,
    )


def test_what_comes_back_is_taken_back_at_the_rates_of_the_sale() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    (sold,) = invoice(order, addressee="山田商店").documents
    back(order, till, ReturnItem(1, 1))

    (made,) = orders.issue_return_invoice(
        number=order.number, claim=claim("return-invoice"), actor=TILL, now=LATER
    ).documents
    again = orders.issue_return_invoice(
        number=order.number, claim=claim("return-invoice"), actor=TILL, now=LATER
    )

    assert (made.kind, made.total, made.tax, made.returned) == (
        "RETURN_INVOICE",
        1080,
        80,
        f"{order.number}-R1",
    )
    content = content_of(made.number)
    assert (content.original, content.addressee) == (sold.number, "山田商店")
    assert [(b.rate, b.amount, b.tax) for b in content.buckets] == [(FOOD, 1080, 80)]
    assert again.documents == (made,)


def test_an_invoice_that_comes_late_brings_the_return_invoices_along() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    back(order, till, ReturnItem(2, 1))

    sold, returned = invoice(order).documents

    assert (sold.kind, sold.total) == ("INVOICE", 3280)
    assert (returned.kind, returned.total) == ("RETURN_INVOICE", 2200)
    with pytest.raises(errors.DocumentRelied):
        orders.void_document(number=sold.number, reason="mistake", claim=claim("void"), actor=TILL, now=LATER)


def test_nothing_is_issued_where_the_channel_does_it() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    Order.objects.update(invoice_issuer="CHANNEL")

    with pytest.raises(errors.InvoiceByChannel):
        invoice(order)
    with pytest.raises(errors.InvoiceByChannel):
        orders.issue_receipt(
            number=order.number, addressee="山田", claim=claim("receipt"), actor=TILL, now=NOW
        )

    assert not DocumentSeries.objects.exists()
