"""
A document as it is read: its words in one language, its amounts written out. HTML and PDF render this.

What Japan asks of an invoice (Consumption Tax Act, article 57-4): the seller and its registration
number, the day, the goods with those of the reduced rate marked, amounts and tax for each rate, and
whom it is for; a simplified one leaves the last out. A return invoice also names the day of the sale.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from omni.core.text import amount as in_currency
from omni.core.text import pick
from orders.documents.content import BucketPart, DocumentContent, LinePart, TenderPart
from orders.models import DocumentKind, TenderType

REDUCED = "※"
BY_CARD = (TenderType.Kind.CARD, TenderType.Kind.TERMINAL)
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Copy:
    """Which copy it is, on paper or not, and what has become of the document since it was issued."""

    number: int = 1
    paper: bool = True
    void: bool = False
    exchanged: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of goods, delivery or points, written out."""

    name: str
    quantity: str
    amount: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`marks` stand above everything; `headline` is the amount that a receipt is for."""

    language: str
    title: str
    marks: tuple[str, ...]
    facts: tuple[Pair, ...]
    addressee: str
    headline: str
    proviso: str
    seller: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    buckets: tuple[Pair, ...]
    totals: tuple[Pair, ...]
    tenders: tuple[Pair, ...]
    notes: tuple[str, ...]
    stamp: str

    def text(self) -> str:
        """Every character on it."""
        pairs = [*self.facts, *self.buckets, *self.totals, *self.tenders]
        rows = [part for row in self.rows for part in (row.name, row.quantity, row.amount, row.detail)]
        words = [self.title, self.addressee, self.headline, self.proviso, self.stamp]
        lists = [*self.marks, *self.seller, *self.columns, *self.notes]
        return "".join([*words, *lists, *rows, *(part for pair in pairs for part in pair)])


def sheet_of(content: DocumentContent, copy: Copy, language: str) -> Sheet:
    """What a copy of a document says in a language."""
    with override(language):
        receipt = content.kind == DocumentKind.RECEIPT
        total = in_currency(content.total, content.currency)
        return Sheet(
            language=language,
            title=_title(content),
            marks=_marks(copy),
            facts=_facts(content),
            addressee=_addressee(content),
            headline=total if receipt else "",
            proviso=_proviso(content) if receipt else "",
            seller=_seller(content),
            columns=(
                pgettext("document", "Goods"),
                pgettext("document", "Quantity"),
                pgettext("document", "Amount"),
            )
            if content.lines
            else (),
            rows=tuple(_row(line, content.currency) for line in content.lines),
            buckets=tuple(_bucket(bucket, content.currency) for bucket in content.buckets),
            totals=() if receipt else (_total(content, total),),
            tenders=tuple(_tender(tender, content.currency) for tender in content.tenders),
            notes=_notes(content, copy),
            stamp=_("Revenue stamp") if content.stamp_due and copy.paper else "",
        )


def _title(content: DocumentContent) -> str:
    titles = {
        DocumentKind.INVOICE: pgettext("document", "Invoice"),
        DocumentKind.SIMPLIFIED_INVOICE: pgettext("document", "Sales slip"),
        DocumentKind.RETURN_INVOICE: pgettext("document", "Return invoice"),
        DocumentKind.RECEIPT: pgettext("document", "Receipt"),
    }
    return titles[DocumentKind(content.kind)]


def _marks(copy: Copy) -> tuple[str, ...]:
    marks = []
    if copy.void:
        marks.append(_("VOID"))
    if copy.number > 1:
        marks.append(_("Reprint (copy %(number)s)") % {"number": copy.number})
    if copy.exchanged:
        marks.append(_("Exchanged for a receipt"))
    return tuple(marks)


def _facts(content: DocumentContent) -> tuple[Pair, ...]:
    day = content.issued_at.astimezone(ZoneInfo(content.time_zone)).date()
    facts = [
        (pgettext("document", "Number"), content.number),
        (_("Issued on"), _date(day)),
        (pgettext("document", "Order"), content.order),
        (_("Day of sale"), _date(content.supplied_on)),
    ]
    if content.returned:
        facts.append((pgettext("document", "Return"), content.returned))
    if content.returned_on:
        facts.append(
            (_("Returned on") if content.returned else _("Cancelled on"), _date(content.returned_on))
        )
    if content.original:
        facts.append((_("Takes back from"), content.original))
    return tuple(facts)


def _date(day: date) -> str:
    return formats.date_format(day, "DATE_FORMAT", use_l10n=True)


def _addressee(content: DocumentContent) -> str:
    return pgettext("addressee", "%(name)s") % {"name": content.addressee} if content.addressee else ""


def _proviso(content: DocumentContent) -> str:
    return _("For %(proviso)s, received with thanks.") % {
        "proviso": content.proviso or pgettext("document", "goods")
    }


def _seller(content: DocumentContent) -> tuple[str, ...]:
    seller = content.seller
    number = seller.registration_number
    lines = [pick(seller.name), pick(seller.place), pick(seller.address)]
    if seller.phone:
        lines.append(_("Phone %(number)s") % {"number": seller.phone})
    if number:
        lines.append(_("Registration number %(number)s") % {"number": number})
    return tuple(line for line in lines if line)


def _row(line: LinePart, currency: str) -> Row:
    names = {
        "SHIPPING": pgettext("document line", "Delivery"),
        "POINTS": pgettext("document line", "Points used"),
        "CANCELLED": pgettext("document line", "Cancelled"),
    }
    name = names.get(line.kind) or pick(line.name)
    mark = REDUCED if line.reduced else ""
    quantity = str(line.quantity) if line.kind == "GOODS" else ""
    return Row(f"{name}{mark}", quantity, in_currency(line.amount, currency), _detail(line, currency))


def _detail(line: LinePart, currency: str) -> str:
    parts = [_rate(line.tax_rate)]
    if line.kind == "GOODS":
        parts.insert(0, line.sku)
    if line.discount_amount:
        parts.append(
            _("discount %(amount)s included") % {"amount": in_currency(-line.discount_amount, currency)}
        )
    if not line.tax_inclusive:
        parts.append(_("before tax"))
    return "  ".join(part for part in parts if part)


def _rate(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}%"


def _bucket(bucket: BucketPart, currency: str) -> Pair:
    """Such a line for each rate is what makes it an invoice: amount and tax, with or without the other."""
    told = {
        "rate": _rate(bucket.rate),
        "mark": REDUCED if bucket.reduced else "",
        "amount": in_currency(bucket.amount, currency),
        "tax": in_currency(bucket.tax, currency),
    }
    label = _("%(rate)s%(mark)s, tax included") if bucket.tax_inclusive else _("%(rate)s%(mark)s, before tax")
    return label % told, _("%(amount)s (tax %(tax)s)") % told


def _total(content: DocumentContent, total: str) -> Pair:
    back = content.kind == DocumentKind.RETURN_INVOICE
    return (_("Total taken back") if back else pgettext("document", "Total")), total


def _tender(tender: TenderPart, currency: str) -> Pair:
    return pick(tender.name), in_currency(tender.amount, currency)


def _notes(content: DocumentContent, copy: Copy) -> tuple[str, ...]:
    notes = []
    if any(bucket.reduced for bucket in content.buckets):
        notes.append(_("%(mark)s is taxed at the reduced rate.") % {"mark": REDUCED})
    if content.kind == DocumentKind.RECEIPT and _by_card(content.tenders):
        notes.append(_("Paid by credit card."))
    if content.stamp_due and not copy.paper:
        notes.append(_("Issued electronically, so without a revenue stamp."))
    return tuple(notes)


def _by_card(tenders: Sequence[TenderPart]) -> bool:
    return any(tender.kind in BY_CARD for tender in tenders)
