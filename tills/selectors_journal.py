"""
The sales journal of a shop, a company and a day, as rows for the books: streamed, in constant memory.

What was sold stands by company and rate, what was paid by tender: a payment of goods of several companies is
split in proportion to what is each one's, to the yen.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from django.db.models import QuerySet

from omni.core.money import allocate
from omni.core.text import for_cp932
from orders.models import OrderTax, Payment, Refund
from organisation.models import Company, Location
from tills.models import CashMovement, CashSession, TillRecord
from tills.selectors import ZERO, get_drawer, tax_of

HEADS = (
    "business_date", "location", "company", "till", "record", "kind", "number", "occurred_at", "actor",
    "entry", "code", "rate", "amount", "tax", "currency",
)  # fmt: skip
ENCODINGS = ("utf-8", "cp932")
CHUNK = 200
BYTES = 64_000
Row = list[str]
Shares = dict[int, Decimal]


def list_journal_rows(*, location: Location, company: Company, day: date) -> Iterator[Row]:
    """Head, then what was sold, taken back and paid through the shop's tills on a business day, then its cash."""
    yield list(HEADS)
    for record in _records(location, day).iterator(chunk_size=CHUNK):
        yield from _of_record(record, company)
    if company.pk == location.company_id:
        sessions = CashSession.objects.filter(location=location, business_date=day)
        for session in sessions.select_related("till").order_by("pk"):
            yield from _of_session(session, location, company)


def _records(location: Location, day: date) -> QuerySet[TillRecord]:
    records = TillRecord.objects.filter(session__location=location, session__business_date=day)
    return (
        records.select_related("session__till", "session__location", "order", "returned")
        .prefetch_related(
            "order__taxes__company",
            "money__payment__tender_type",
            "money__refund__payment__tender_type",
            "returned__lines__order_line__company",
        )
        .order_by("pk")
    )


def _of_record(record: TillRecord, company: Company) -> Iterator[Row]:
    session, goods = record.session, _goods(record)
    assert session is not None
    number = record.returned.number if record.returned else record.order.number
    head = [
        session.business_date.isoformat(), session.location.code, company.code, session.till.code,
        str(record.pk), record.kind, number, record.occurred_at.isoformat(), record.actor,
    ]  # fmt: skip
    shares: Shares = {}
    for company_id, rate, amount, tax in goods:
        shares[company_id] = shares.get(company_id, ZERO) + amount
        if company_id == company.pk and record.kind != TillRecord.Kind.HAND_OVER:
            yield [*head, "GOODS", "", _plain(rate), _plain(amount), _plain(tax), session.currency]
    for money in record.money.all():
        tender, paid = _paid(money.payment, money.refund)
        mine = _share(paid, shares, company, session.currency)
        if mine:
            yield [*head, "TENDER", tender, "", _plain(mine), "", session.currency]


def _goods(record: TillRecord) -> list[tuple[int, Decimal, Decimal, Decimal]]:
    """(company, rate, amount, tax in it or on top), negative for what came back."""
    if record.returned is None:
        return [(tax.company_id, tax.rate, tax.amount, tax.tax) for tax in record.order.taxes.all()]
    return _goods_back(record)


def _goods_back(record: TillRecord) -> list[tuple[int, Decimal, Decimal, Decimal]]:
    sums: dict[tuple[int, Decimal, bool, str], Decimal] = {}
    assert record.returned is not None
    for line in record.returned.lines.all():
        sold = line.order_line
        key = (sold.company_id, sold.tax_rate, sold.tax_inclusive, sold.company.tax_rounding)
        sums[key] = sums.get(key, ZERO) + line.amount
    currency = record.order.currency
    return [
        (company_id, rate, -amount, -tax_of(amount, rate, inclusive, currency, rounding))
        for (company_id, rate, inclusive, rounding), amount in sorted(sums.items())
    ]


def _paid(payment: Payment | None, refund: Refund | None) -> tuple[str, Decimal]:
    if payment is not None:
        return payment.tender_type.code, payment.captured_amount
    assert refund is not None
    given = "exchange" if refund.source.startswith("exchange:") else refund.payment.tender_type.code
    return given, -refund.amount


def _share(paid: Decimal, shares: Shares, company: Company, currency: str) -> Decimal:
    """The company's part of a payment, by largest remainder over all that sold."""
    if company.pk not in shares:
        return ZERO
    ids = sorted(shares)
    return allocate(paid, [abs(shares[pk]) for pk in ids], currency)[ids.index(company.pk)]


def _of_session(session: CashSession, location: Location, company: Company) -> Iterator[Row]:
    """The drawer's own money is the shop's company's."""
    day = session.business_date.isoformat()
    drawer = get_drawer(session)
    cash: list[tuple[str, str, Decimal | None, str, str]] = [
        ("FLOAT", "", drawer.float_amount, session.opened_at.isoformat(), session.opened_by)
    ]
    for moved in session.movements.order_by("pk"):
        sign = 1 if moved.direction == CashMovement.Direction.IN else -1
        cash.append(
            (
                f"CASH_{moved.direction}",
                moved.reason,
                sign * moved.amount,
                moved.occurred_at.isoformat(),
                moved.actor,
            )
        )
    if session.closed_at is not None:
        closed = (session.closed_at.isoformat(), session.closed_by)
        cash += [
            ("OVER_SHORT", "", session.difference_amount, *closed),
            ("DEPOSIT", "", session.deposit_amount and -session.deposit_amount, *closed),
        ]
    for entry, code, amount, at, actor in cash:
        yield [
            day, location.code, company.code, session.till.code, "", "CASH", "", at, actor, entry, code, "",
            _plain(amount or ZERO), "", session.currency,
        ]  # fmt: skip


def _plain(amount: Any) -> str:
    return f"{Decimal(amount).normalize():f}"


def written(rows: Iterable[Row], encoding: str) -> Iterator[bytes]:
    """The rows as CSV, some tens of kilobytes at a time: UTF-8 with a mark, or CP932 (what it lacks is `?`)."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    if encoding == "utf-8":
        yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow(row)
        if text.tell() > BYTES:
            yield _encoded(text, encoding)
    yield _encoded(text, encoding)


def _encoded(text: StringIO, encoding: str) -> bytes:
    content = text.getvalue()
    text.seek(0)
    text.truncate()
    return for_cp932(content).encode("cp932", "replace") if encoding == "cp932" else content.encode()


def list_companies(*, location: Location, day: date) -> list[Company]:
    """The companies whose goods went over the shop's tills on a business day, and the shop's own."""
    records = TillRecord.objects.filter(session__location=location, session__business_date=day)
    sold = OrderTax.objects.filter(order__in=records.values("order")).values("company")
    return list(
        Company.objects.filter(
            pk__in=sold.union(Company.objects.filter(pk=location.company_id).values("pk"))
        ).order_by("code")
    )
