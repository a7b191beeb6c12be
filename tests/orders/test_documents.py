"""Invoices, return invoices and receipts: what they say, once, in order, and for ever."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from catalog.models import Variant
from omni.core import db
from omni.core.codec import decode
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from orders import services as orders
from orders.documents import errors
from orders.documents.content import DocumentContent
from orders.documents.issued import IssuedDocuments
from orders.documents.rendering import render_copy
from orders.documents.sheet import Copy, sheet_of
from orders.models import Document, DocumentPrint, DocumentSeries, Order, StampDutyLimit
from orders.services.returnable import ReturnItem
from orders.services.returns import receive_return
from orders.services.sales import SaleLine, record_sales
from organisation.models import Company
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
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


def receipt(order: Order, addressee: str = "山田", **fields: Any) -> list[Any]:
    request = {"number": order.number, "addressee": addressee, **fields}
    made = orders.issue_receipt(**request, claim=claim("receipt", **request), actor=TILL, now=NOW)
    return list(made.documents)


def test_receipts_are_never_for_more_than_was_paid() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    (slip,) = invoice(order, kind="SIMPLIFIED_INVOICE").documents

    (half,) = receipt(order, amount=Decimal(1640), proviso="調理器具代")
    with pytest.raises(errors.ReceiptAbovePaid) as refused:
        receipt(order, amount=Decimal(1641))
    (rest,) = receipt(order)
    with pytest.raises(errors.ReceiptAbovePaid):
        receipt(order)

    assert (half.total, rest.total, refused.value.most) == (1640, 1640, 1640)
    assert [(b.rate, b.amount, b.tax) for b in content_of(half.number).buckets] == [
        (GOODS, 1100, 100),
        (FOOD, 540, 40),
    ]
    assert Document.objects.get(number=slip.number).exchanged_at == NOW
    for made in (half, rest):
        orders.void_document(
            number=made.number, reason="wrong-addressee", claim=claim("void"), actor=TILL, now=LATER
        )
    assert Document.objects.get(number=slip.number).exchanged_at is None
    assert receipt(order)[0].total == 3280


@pytest.mark.parametrize(("price", "stamped"), [(55_000, True), (54_998, False)])
def test_much_cash_without_tax_needs_a_stamp_on_paper(price: int, stamped: bool) -> None:
    StampDutyLimit.objects.get_or_create(amount=50_000, valid_from="2014-04-01")
    till = Till.build()
    variant = factories.variant(tax_class=factories.tax_class("0.10"))
    order = sell(till, till.line(variant, 1, price))

    (made,) = receipt(order)

    content = content_of(made.number)
    assert content.stamp_due is stamped
    assert bool(sheet_of(content, Copy(), "ja").stamp) is stamped
    assert sheet_of(content, Copy(paper=False), "ja").stamp == ""


def test_each_company_issues_its_own() -> None:
    till, other = Till.build(), factories.company(registration_number="T7000012050002")
    mine, theirs = rated(till)
    order = sell(till, mine, replace(theirs, company_id=other.pk))

    made = invoice(order).documents
    (paid,) = receipt(order, company=other.code)

    assert {document.company: document.total for document in made} == {
        till.location.company.code: 1080,
        other.code: 2200,
    }
    assert paid.total == 2200
    with pytest.raises(NotFound):
        invoice(order, company="nobody")


def test_a_number_that_can_not_be_a_sellers_is_not_printed() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    company = till.location.company
    Company.objects.filter(pk=company.pk).update(registration_number="T1180301018772")
    company.refresh_from_db()

    with pytest.raises(errors.RegistrationNumberInvalid):
        invoice(order)
    with pytest.raises(ValidationError):
        company.clean()

    Company.objects.filter(pk=company.pk).update(sole_proprietor=True)
    assert len(invoice(order).documents) == 1


def test_an_order_that_has_ended_is_taken_back_whole() -> None:
    site = Site()
    order = Order.objects.get(number=place(site.cart((site.item(1100), 2))).number)
    (sold,) = invoice(order).documents
    orders.cancel_order(
        number=order.number, reason="", customer=None, claim=claim("cancel"), actor=TILL, now=LATER
    )

    (back_,) = orders.issue_return_invoice(
        number=order.number, claim=claim("return-invoice"), actor=TILL, now=LATER
    ).documents

    assert (sold.total, back_.total, back_.tax) == (2200, 2200, 200)
    with pytest.raises(errors.NotInvoiced):
        invoice(Order.objects.get(pk=order.pk))


def test_copies_are_counted_and_say_what_they_are() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    (made,) = invoice(order).documents
    first = claim("print", "key-1")
    asked = {"number": made.number, "order": order.number, "actor": TILL, "now": NOW}

    copies = [orders.print_document(claim=each, **asked).copy for each in (first, first, claim("print"))]
    with pytest.raises(NotFound):
        orders.print_document(**{**asked, "order": "other"}, claim=claim("print"))
    page = render_copy(number=made.number, copy=2, format="html", language="ja", paper=True)
    file = render_copy(number=made.number, copy=1, format="pdf", language="en", paper=True)

    assert copies == [1, 1, 2]
    assert DocumentPrint.objects.count() == Document.objects.get().print_count == 2
    text = page.body.decode()
    assert "再発行（2部目）" in text
    assert "T1180301018771" in text
    assert "米※" in text
    assert file.body.startswith(b"%PDF-")
    assert b"/FontFile2" in file.body
    assert file.filename == f"{made.number}.pdf"


def test_what_a_document_says_stays_as_it_was() -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    (made,) = invoice(order, addressee="山田").documents
    before = render_copy(number=made.number, copy=1, format="pdf", language="ja", paper=True)
    Variant.objects.update(name={"ja": "別の名"})
    Company.objects.update(name={"ja": "別の会社"})

    after = render_copy(number=made.number, copy=1, format="pdf", language="ja", paper=True)

    assert after.body == before.body
    changes: list[dict[str, Any]] = [{"total": 1}, {"content": {}}, {"number": "I1-000009"}]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.all().delete()


def test_void_numbers_are_explained_and_missing_ones_found(capsys: pytest.CaptureFixture[str]) -> None:
    till = Till.build()
    order = sell(till, *rated(till))
    (made,) = invoice(order).documents
    orders.void_document(
        number=made.number, reason="paper-spoilt", claim=claim("void"), actor=TILL, now=LATER
    )

    (again,) = invoice(order).documents
    call_command("explain_numbers")
    told = capsys.readouterr().out
    DocumentSeries.objects.update(last_sequence=4)
    with pytest.raises(SystemExit):
        call_command("explain_numbers", "--json")

    assert (made.number[-6:], again.number[-6:]) == ("000001", "000002")
    assert f"{made.number} ({again.company} INVOICE): void: paper-spoilt (api-key:till-1)" in told
    gaps = json.loads(capsys.readouterr().out)["gaps"]
    assert [(gap["sequence"], gap["reason"]) for gap in gaps] == [(1, "paper-spoilt"), (3, None), (4, None)]


def test_without_a_font_a_pdf_is_refused_and_a_page_is_made(settings: Settings) -> None:
    till = Till.build()
    (made,) = invoice(sell(till, *rated(till))).documents
    settings.DOCUMENT_FONT = "/nowhere/font.otf"

    with pytest.raises(errors.FontMissing):
        render_copy(number=made.number, copy=1, format="pdf", language="ja", paper=True)

    page = render_copy(number=made.number, copy=1, format="html", language="ja", paper=True)
    assert "請求書" in page.body.decode()


def test_returns_and_cancelled_units_are_followed_up_by_themselves() -> None:
    site = Site()
    rice = site.item(1080, tax_class=factories.tax_class("0.08"))
    order = Order.objects.get(number=place(site.cart((site.item(1100), 3), (rice, 1))).number)
    without = Order.objects.get(number=place(site.cart((site.item(1100), 1))).number)
    (sold,) = invoice(order).documents
    for position, units in ((1, 1), (2, 1)):
        orders.cancel_lines(
            number=order.number,
            portions=[orders.Portion(position, units)],
            reason="buyer",
            customer=None,
            claim=claim("cancel-lines"),
            actor=TILL,
            now=LATER,
        )

    for _ in range(2):
        with db.transaction():
            orders.take_back_invoices(order_ids=[order.pk, without.pk], now=LATER)

    credits_ = Document.objects.filter(kind="RETURN_INVOICE").order_by("pk")
    assert [(each.total, each.tax, each.actor) for each in credits_] == [
        (1100, 100, "system:omni"),
        (1080, 80, "system:omni"),
    ]
    assert sold.total - sum(each.total for each in credits_) == 2200
    assert not without.documents.exists()
