"""What a drawer should hold, and what went through a till's day: read from payments and refunds alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from omni.core import sql
from omni.core.money import Rounding, quantize, tax_included, tax_on
from tills.models import CashCount, CashSession, Till

ZERO = Decimal(0)

# What went in and out of drawers as cash. A refund is cash where its tender's route says so.
CASH = """
SELECT record.session_id, sum(coalesce(payment.captured_amount, 0)) AS amount, 'sales' AS what
FROM tills_tillmoney AS money
JOIN tills_tillrecord AS record ON record.id = money.record_id
JOIN orders_payment AS payment ON payment.id = money.payment_id
JOIN orders_tendertype AS tender
  ON tender.id = payment.tender_type_id AND tender.kind = 'CASH' AND tender.code <> 'exchange'
WHERE record.session_id = ANY({ids})
GROUP BY record.session_id
UNION ALL
SELECT record.session_id, sum(refund.amount), 'refunds'
FROM tills_tillmoney AS money
JOIN tills_tillrecord AS record ON record.id = money.record_id
JOIN orders_refund AS refund ON refund.id = money.refund_id AND refund.status = 'DONE'
JOIN orders_payment AS payment ON payment.id = refund.payment_id
JOIN orders_tendertype AS tender ON tender.id = payment.tender_type_id
 AND (tender.kind = 'CASH' OR tender.refund_route = 'CASH')
WHERE record.session_id = ANY({ids}) AND refund.source NOT LIKE 'exchange:%%'
GROUP BY record.session_id
UNION ALL
SELECT session_id, sum(amount), lower(direction) FROM tills_cashmovement
WHERE session_id = ANY({ids}) GROUP BY session_id, direction
"""
CASH_OF = CASH.format(ids="%(ids)s::bigint[]")

# What came back for other goods was given for those, not for its own tender.
TENDERS = """
SELECT CASE WHEN refund.source LIKE 'exchange:%%' THEN 'exchange' ELSE tender.code END AS code, sum(coalesce(payment.captured_amount, 0)), sum(coalesce(refund.amount, 0))
FROM tills_tillmoney AS money
JOIN tills_tillrecord AS record ON record.id = money.record_id AND record.session_id = %(session)s::bigint
LEFT JOIN orders_refund AS refund ON refund.id = money.refund_id AND refund.status <> 'FAILED'
LEFT JOIN orders_payment AS payment ON payment.id = money.payment_id
LEFT JOIN orders_payment AS given ON given.id = refund.payment_id
JOIN orders_tendertype AS tender ON tender.id = coalesce(payment.tender_type_id, given.tender_type_id)
GROUP BY 1 ORDER BY 1
"""

TAXES = """
SELECT company.code, tax.rate, tax.tax_inclusive, sum(tax.amount), sum(tax.tax)
FROM tills_tillrecord AS record
JOIN orders_ordertax AS tax ON tax.order_id = record.order_id
JOIN organisation_company AS company ON company.id = tax.company_id
WHERE record.session_id = %(session)s::bigint AND record.kind = 'SALE'
GROUP BY company.code, tax.rate, tax.tax_inclusive
ORDER BY company.code, tax.rate DESC, tax.tax_inclusive
"""

# Each return is a document of its own: its tax is rounded once for each rate.
TAXES_BACK = """
SELECT record.returned_id, company.code, company.tax_rounding, line.tax_rate, line.tax_inclusive,
       sum(back.amount)
FROM tills_tillrecord AS record
JOIN orders_returnline AS back ON back.returned_id = record.returned_id
JOIN orders_orderline AS line ON line.id = back.order_line_id
JOIN organisation_company AS company ON company.id = line.company_id
WHERE record.session_id = %(session)s::bigint
GROUP BY record.returned_id, company.code, company.tax_rounding, line.tax_rate, line.tax_inclusive
"""

COUNTS = """
SELECT kind, count(*) FROM tills_tillrecord WHERE session_id = %(session)s::bigint GROUP BY kind
"""


@dataclass(frozen=True, slots=True)
class Drawer:
    """`expected` = float + sales − refunds + in − out, all of it cash."""

    float_amount: Decimal
    sales: Decimal
    refunds: Decimal
    cash_in: Decimal
    cash_out: Decimal

    @property
    def expected(self) -> Decimal:
        return self.float_amount + self.sales - self.refunds + self.cash_in - self.cash_out


@dataclass(frozen=True, slots=True)
class TenderSum:
    tender: str
    sales: Decimal
    refunds: Decimal


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What was sold of one company's goods at one rate, and what of it came back; tax inside or on top."""

    company: str
    rate: Decimal
    tax_inclusive: bool
    sales: Decimal
    sales_tax: Decimal
    returns: Decimal
    returns_tax: Decimal


@dataclass(frozen=True, slots=True)
class Counted:
    kind: str
    pieces: dict[str, int]
    amount: Decimal
    expected: Decimal
    counted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A till's day as it stands (点検), or as it was closed (精算)."""

    till: str
    location: str
    business_date: date
    status: str
    currency: str
    opened_at: datetime
    closed_at: datetime | None
    drawer: Drawer
    expected: Decimal
    counted: Decimal | None
    difference: Decimal | None
    deposit: Decimal | None
    transactions: dict[str, int]
    tenders: tuple[TenderSum, ...]
    taxes: tuple[TaxSum, ...]
    counts: tuple[Counted, ...]


def get_drawers(sessions: Iterable[CashSession]) -> dict[int, Drawer]:
    """What each session's drawer should hold; one statement."""
    known = {session.pk: session for session in sessions}
    parts: dict[int, dict[str, Decimal]] = {pk: {} for pk in known}
    for session_id, amount, what in sql.fetch_all(CASH_OF, {"ids": list(known)}):
        parts[session_id][what] = amount
    return {
        pk: Drawer(
            quantize(session.float_amount, session.currency),
            *(
                quantize(parts[pk].get(what, ZERO), session.currency)
                for what in ("sales", "refunds", "in", "out")
            ),
        )
        for pk, session in known.items()
    }


def get_drawer(session: CashSession) -> Drawer:
    return get_drawers([session])[session.pk]


def get_report(session: CashSession) -> Report:
    """The session's figures, all of them from the rows; a constant number of statements."""
    drawer = get_drawer(session)
    till = Till.objects.select_related("location").get(pk=session.till_id)
    return Report(
        till=till.code,
        location=till.location.code,
        business_date=session.business_date,
        status=session.status,
        currency=session.currency,
        opened_at=session.opened_at,
        closed_at=session.closed_at,
        drawer=drawer,
        expected=drawer.expected,
        counted=_quantized(session.counted_amount, session.currency),
        difference=_quantized(session.difference_amount, session.currency),
        deposit=_quantized(session.deposit_amount, session.currency),
        transactions=dict(sql.fetch_all(COUNTS, {"session": session.pk})),
        tenders=_tenders(session),
        taxes=_taxes(session),
        counts=tuple(_counted(count, session.currency) for count in session.counts.order_by("pk")),
    )


def _quantized(amount: Decimal | None, currency: str) -> Decimal | None:
    return None if amount is None else quantize(amount, currency)


def _tenders(session: CashSession) -> tuple[TenderSum, ...]:
    return tuple(
        TenderSum(code, quantize(sales, session.currency), quantize(refunds, session.currency))
        for code, sales, refunds in sql.fetch_all(TENDERS, {"session": session.pk})
    )


def _taxes(session: CashSession) -> tuple[TaxSum, ...]:
    sums: dict[tuple[str, Decimal, bool], list[Decimal]] = {}
    for company, rate, inclusive, amount, tax in sql.fetch_all(TAXES, {"session": session.pk}):
        sums[company, rate, inclusive] = [amount, tax, ZERO, ZERO]
    for _, company, rounding, rate, inclusive, amount in sql.fetch_all(TAXES_BACK, {"session": session.pk}):
        back = sums.setdefault((company, rate, inclusive), [ZERO] * 4)
        back[2] += amount
        back[3] += tax_of(amount, rate, inclusive, session.currency, rounding)
    return tuple(
        TaxSum(*key, *(quantize(figure, session.currency) for figure in figures))
        for key, figures in sorted(sums.items(), key=lambda item: (item[0][0], -item[0][1], item[0][2]))
    )


def tax_of(amount: Decimal, rate: Decimal, inclusive: bool, currency: str, rounding: str) -> Decimal:
    """The tax in, or on top of, what was taken at a rate."""
    compute = tax_included if inclusive else tax_on
    return compute(amount, rate, currency, Rounding(rounding))


def _counted(count: CashCount, currency: str) -> Counted:
    return Counted(
        count.kind,
        count.pieces,
        quantize(count.amount, currency),
        quantize(count.expected, currency),
        count.counted_at,
    )
