"""What documents are made of, as the order book has it now; reads alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import Max, Q, QuerySet

from catalog.models import TaxRate
from omni.core import clock
from omni.core.codec import decode
from omni.core.money import Rounding, allocate, quantize
from orders.documents.amounts import Bucket
from orders.documents.content import DocumentContent
from orders.models import (
    Document,
    Order,
    OrderChange,
    OrderChangeLine,
    OrderLine,
    OrderTax,
    Return,
    ReturnLine,
    StampDutyLimit,
    TenderType,
)
from orders.totals import ZERO
from organisation.models import Company, Location

# Points are ours already; for what others pay us, or collect of the buyer, these others give receipts.
NOT_RECEIPTED = (
    TenderType.Kind.POINTS,
    TenderType.Kind.COUPON,
    TenderType.Kind.EXTERNAL,
    TenderType.Kind.INVOICED,
)
# Money, and what stands for it: card payments are credit, and bear no stamp.
STAMPED = (TenderType.Kind.CASH, TenderType.Kind.VOUCHER, TenderType.Kind.BANK_TRANSFER)


@dataclass(frozen=True, slots=True)
class Facts:
    """An order with what its documents tell of it; `standard_rate` is the highest of the day."""

    order: Order
    lines: Sequence[OrderLine]
    taxes: Sequence[OrderTax]
    country: str
    rounding: Rounding
    standard_rate: Decimal

    def companies(self) -> list[Company]:
        """Who sold something of it, by key."""
        return [company for _, company in sorted({tax.company_id: tax.company for tax in self.taxes}.items())]

    def is_reduced(self, rate: Decimal) -> bool:
        return ZERO < rate < self.standard_rate

    def sold(self, company: Company) -> tuple[Bucket, ...]:
        """What a company sold, by rate, as it was when the order was placed."""
        return tuple(
            Bucket(tax.rate, tax.tax_inclusive, self.exact(tax.amount), self.exact(tax.tax))
            for tax in self.taxes
            if tax.company_id == company.pk
        )

    def exact(self, amount: Decimal) -> Decimal:
        return quantize(amount, self.order.currency)


def get_facts(order_id: int) -> Facts:
    order = Order.objects.select_related("channel__company", "location__company").get(pk=order_id)
    company = order.location.company if order.location else order.channel.company
    rates = TaxRate.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=order.business_date),
        country=company.country,
        valid_from__lte=order.business_date,
    )
    return Facts(
        order=order,
        lines=list(order.lines.select_related("variant__product").order_by("position")),
        taxes=list(order.taxes.select_related("company").order_by("company", "-rate", "pk")),
        country=company.country,
        rounding=Rounding(company.tax_rounding),
        standard_rate=rates.aggregate(highest=Max("rate"))["highest"] or ZERO,
    )


@dataclass(frozen=True, slots=True)
class Back:
    """Units of a line that came back or were cancelled, and what they come to, after points."""

    line: OrderLine
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What took goods off an order after it was sold: a return, or a change that cancelled units."""

    on: date
    place: Location | None = None
    returned: Return | None = None
    change: OrderChange | None = None

    def lines(self, company: Company) -> list[Back]:
        rows: QuerySet[ReturnLine] | QuerySet[OrderChangeLine]
        if self.returned:
            rows = self.returned.lines.all()
        else:
            assert self.change is not None
            rows = self.change.lines.all()
        mine = rows.filter(order_line__company=company).select_related("order_line__variant__product")
        return [Back(row.order_line, row.quantity, row.amount) for row in mine.order_by("pk")]


def taken_off_without(order: Order, company: Company) -> list[TakenOff]:
    """What was taken off a company's part of the order, and has no document that stands; returns last."""
    standing = Document.objects.standing().filter(order=order, company=company)
    changes = order.changes.filter(kind=OrderChange.Kind.CANCEL).order_by("pk")
    changes = changes.exclude(pk__in=standing.filter(change__isnull=False).values("change"))
    returns = order.returns.exclude(pk__in=standing.filter(returned__isnull=False).values("returned"))
    zone = settings.TIME_ZONE
    return [
        *(TakenOff(clock.business_date(change.changed_at, zone), change=change) for change in changes),
        *(
            TakenOff(returned.business_date, place=returned.location, returned=returned)
            for returned in returns.select_related("location").order_by("pk")
        ),
    ]


def standing_content(order: Order, company: Company, kinds: Sequence[str]) -> list[DocumentContent]:
    """What the documents of these kinds say that stand, oldest first."""
    standing = Document.objects.standing().filter(order=order, company=company, kind__in=kinds)
    contents = standing.order_by("pk").values_list("content", flat=True)
    return [decode(DocumentContent, content) for content in contents]


def settled(facts: Facts, company: Company) -> list[tuple[TenderType, Decimal]]:
    """
    What settled a company's part of the order, after refunds, tender by tender.

    A payment is of the whole order: each is split over its companies by what they sold.
    """
    companies = facts.companies()
    weights = [sum((bucket.total for bucket in facts.sold(each)), ZERO) for each in companies]
    place = [each.pk for each in companies].index(company.pk)
    sums: dict[TenderType, Decimal] = {}
    captured = facts.order.payments.exclude(captured_amount=0).select_related("tender_type")
    for payment in captured.order_by("created_at", "pk"):
        left = facts.exact(payment.captured_amount - payment.refunded_amount)
        part = allocate(left, [max(weight, ZERO) for weight in weights], facts.order.currency)[place]
        sums[payment.tender_type] = sums.get(payment.tender_type, ZERO) + part
    return [(tender, amount) for tender, amount in sums.items() if amount]


def paid(facts: Facts, company: Company) -> list[tuple[TenderType, Decimal]]:
    """What of it the buyer has paid us: what receipts can be given for."""
    return [each for each in settled(facts, company) if each[0].kind not in NOT_RECEIPTED]


def stamp_duty_from(country: str, currency: str, on: date) -> Decimal | None:
    """From which amount in cash, without tax, a receipt on paper bears a stamp; None: it never does."""
    limits = StampDutyLimit.objects.filter(country=country, currency=currency, valid_from__lte=on)
    limit = limits.order_by("-valid_from").first()
    return limit.amount if limit else None
