"""From facts to what a document says. Numbers come last, when it is certain that there is a document."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from omni.core.money import allocate
from orders.documents import facts as order_book
from orders.documents.amounts import Bucket, RateKey, given_back, left_of, part_of, tax_of, total_of
from orders.documents.content import BucketPart, DocumentContent, LinePart, SellerPart, TenderPart
from orders.documents.facts import Facts, TakenOff
from orders.models import SUPPLY_KINDS, DocumentKind, OrderLine, OrderTax, TenderType
from orders.totals import ZERO
from organisation.models import Company, Location


def invoice(
    facts: Facts, company: Company, kind: str, *, addressee: str, at: datetime, place: Location | None
) -> DocumentContent:
    """What a company sold; in short, as a till's receipt, also how it was settled."""
    lines = [
        _goods(facts, line, line.quantity, line.amount, line.discount_amount)
        for line in facts.lines
        if line.company_id == company.pk
    ]
    for tax in facts.taxes:
        lines += _besides(facts, tax) if tax.company_id == company.pk else ()
    short = kind == DocumentKind.SIMPLIFIED_INVOICE
    tenders = _tenders(order_book.settled(facts, company)) if short else ()
    content = _content(facts, company, kind, facts.sold(company), at=at, place=place)
    return replace(content, addressee=addressee, lines=tuple(lines), tenders=tenders)


def return_invoice(
    facts: Facts,
    company: Company,
    taken_off: TakenOff,
    *,
    original: DocumentContent,
    at: datetime,
    earlier: Sequence[Bucket],
) -> DocumentContent:
    """What came back, or was cancelled, of a company's invoice: its goods, less the points that paid for them."""
    back = taken_off.lines(company)
    amounts: dict[RateKey, Decimal] = {}
    for each in back:
        key = RateKey(each.line.tax_rate, each.line.tax_inclusive)
        amounts[key] = amounts.get(key, ZERO) + facts.exact(each.amount)
    buckets = given_back(
        facts.sold(company), earlier, amounts, currency=facts.order.currency, rounding=facts.rounding
    )
    content = _content(facts, company, DocumentKind.RETURN_INVOICE, buckets, at=at, place=taken_off.place)
    return replace(
        content,
        addressee=original.addressee,
        lines=tuple(_goods(facts, each.line, each.quantity, each.amount, ZERO) for each in back),
        returned=taken_off.returned.number if taken_off.returned else "",
        returned_on=taken_off.on,
        original=original.number,
    )


def credited(facts: Facts, company: Company) -> list[Bucket]:
    """What the return invoices of a company that stand have taken back."""
    standing = order_book.standing_content(facts.order, company, [DocumentKind.RETURN_INVOICE])
    return [bucket for content in standing for bucket in buckets_of(content)]


def cancellation(
    facts: Facts, company: Company, *, original: DocumentContent, at: datetime, earlier: Sequence[Bucket]
) -> DocumentContent:
    """What takes back all that is left of an invoice whose order has ended."""
    left = left_of(buckets_of(original), earlier)
    buckets = [bucket for bucket in left if bucket.amount]
    content = _content(facts, company, DocumentKind.RETURN_INVOICE, buckets, at=at, place=None)
    lines = tuple(_whole(facts, bucket) for bucket in buckets)
    return replace(content, addressee=original.addressee, lines=lines, original=original.number)


def receipt(
    facts: Facts,
    company: Company,
    amount: Decimal,
    paid: Sequence[tuple[TenderType, Decimal]],
    *,
    addressee: str,
    proviso: str,
    at: datetime,
    place: Location | None,
) -> DocumentContent:
    """That the buyer paid an amount: all that was paid, or a part of it."""
    currency = facts.order.currency
    buckets = part_of(facts.sold(company), amount, currency=currency, rounding=facts.rounding)
    parts = allocate(amount, [each for _, each in paid], currency)
    tenders = [(tender, part) for (tender, _), part in zip(paid, parts, strict=True) if part]
    content = _content(facts, company, DocumentKind.RECEIPT, buckets, at=at, place=place)
    return replace(
        content,
        addressee=addressee,
        proviso=proviso,
        tenders=_tenders(tenders),
        stamp_due=_bears_stamp(facts, content, tenders),
    )


def original_of(facts: Facts, company: Company) -> DocumentContent | None:
    """The invoice that stands for a company's part of the order."""
    standing = order_book.standing_content(facts.order, company, SUPPLY_KINDS)
    return standing[0] if standing else None


def _content(
    facts: Facts,
    company: Company,
    kind: str,
    buckets: Sequence[Bucket],
    *,
    at: datetime,
    place: Location | None,
) -> DocumentContent:
    shop = place or facts.order.location
    return DocumentContent(
        kind=str(kind),
        number="",
        issued_at=at,
        time_zone=shop.time_zone if shop else settings.TIME_ZONE,
        supplied_on=facts.order.business_date,
        order=facts.order.number,
        seller=_seller(company, shop),
        currency=facts.order.currency,
        lines=(),
        buckets=tuple(
            BucketPart(each.rate, each.tax_inclusive, facts.is_reduced(each.rate), each.amount, each.tax)
            for each in buckets
        ),
        total=total_of(buckets),
        tax=tax_of(buckets),
    )


def _seller(company: Company, place: Location | None) -> SellerPart:
    """The company, and the shop where it is one of its own."""
    own = place if place and place.company_id == company.pk else None
    return SellerPart(
        name=dict(company.name),
        registration_number=company.registration_number,
        place=dict(own.name) if own else {},
        address=dict(own.address) if own else {},
        phone=own.phone if own else "",
    )


def _goods(facts: Facts, line: OrderLine, quantity: int, amount: Decimal, discount: Decimal) -> LinePart:
    return LinePart(
        kind="GOODS",
        name=dict(line.variant.name or line.variant.product.name),
        sku=line.variant.sku,
        quantity=quantity,
        discount_amount=facts.exact(discount),
        amount=facts.exact(amount),
        tax_rate=line.tax_rate,
        tax_inclusive=line.tax_inclusive,
        reduced=facts.is_reduced(line.tax_rate),
    )


def _besides(facts: Facts, tax: OrderTax) -> list[LinePart]:
    """Delivery, and what points took off the price, as lines of their rate."""
    amounts = {"SHIPPING": tax.shipping_amount, "POINTS": -tax.points_amount}
    return [
        _of_rate(facts, kind, tax.rate, tax.tax_inclusive, amount)
        for kind, amount in amounts.items()
        if amount
    ]


def _whole(facts: Facts, bucket: Bucket) -> LinePart:
    return _of_rate(facts, "CANCELLED", bucket.rate, bucket.tax_inclusive, bucket.amount)


def _of_rate(facts: Facts, kind: str, rate: Decimal, inclusive: bool, amount: Decimal) -> LinePart:
    exact, reduced = facts.exact(amount), facts.is_reduced(rate)
    return LinePart(kind, {}, "", 1, ZERO, exact, rate, inclusive, reduced)


def buckets_of(content: DocumentContent) -> list[Bucket]:
    return [Bucket(each.rate, each.tax_inclusive, each.amount, each.tax) for each in content.buckets]


def _tenders(settled: Sequence[tuple[TenderType, Decimal]]) -> tuple[TenderPart, ...]:
    return tuple(TenderPart(dict(tender.name), tender.kind, amount) for tender, amount in settled)


def _bears_stamp(
    facts: Facts, content: DocumentContent, tenders: Sequence[tuple[TenderType, Decimal]]
) -> bool:
    """
    Stamp Tax Act, schedule 1, no. 17: on money received, without the tax that is shown apart.
    Card payments bear none (National Tax Agency, Tax Answer 7105 and 6925).
    """
    limit = order_book.stamp_duty_from(facts.country, facts.order.currency, facts.order.business_date)
    cash = sum((amount for tender, amount in tenders if tender.kind in order_book.STAMPED), ZERO)
    if limit is None or not cash:
        return False
    tax, _ = allocate(content.tax, [cash, content.total - cash], facts.order.currency)
    return cash - tax >= limit
