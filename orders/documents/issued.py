"""Documents as whoever has them is told of them, and whether their numbers have gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from omni.core import sql
from omni.core.money import quantize
from orders.models import Document


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """`total` with the `tax` in it, in `currency`; a return invoice's is what is taken back."""

    number: str
    kind: str
    status: str
    company: str
    order: str
    returned: str
    addressee: str
    currency: str
    total: Decimal
    tax: Decimal
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedDocuments:
    documents: tuple[IssuedDocument, ...]


def issued(document: Document) -> IssuedDocument:
    return IssuedDocument(
        number=document.number,
        kind=document.kind,
        status=document.status,
        company=document.company.code,
        order=document.order.number,
        returned=document.returned.number if document.returned else "",
        addressee=document.content["addressee"],
        currency=document.currency,
        total=quantize(document.total, document.currency),
        tax=quantize(document.tax, document.currency),
        issued_at=document.issued_at,
    )


def told(documents: Sequence[Document]) -> IssuedDocuments:
    return IssuedDocuments(tuple(issued(document) for document in documents))


def list_documents(order: str) -> IssuedDocuments:
    """What was issued for an order, void or not, oldest first."""
    documents = Document.objects.filter(order__number=order).select_related("company", "order", "returned")
    return told(list(documents.order_by("pk")))


# Each number up to a series' last that is void or has no document; one scan of `document_number_once`.
GAPS = """
SELECT company.code, series.kind, location.code, series.device, series.id, wanted.sequence,
       document.number, document.void_reason, document.voided_at, document.voided_by
FROM orders_documentseries AS series
JOIN organisation_company AS company ON company.id = series.company_id
LEFT JOIN organisation_location AS location ON location.id = series.location_id
CROSS JOIN LATERAL generate_series(1, series.last_sequence) AS wanted (sequence)
LEFT JOIN orders_document AS document
       ON document.series_id = series.id AND document.sequence = wanted.sequence
WHERE (document.id IS NULL OR document.status = 'VOID')
  AND (%(company)s::text IS NULL OR company.code = %(company)s::text)
ORDER BY company.code, series.kind, series.id, wanted.sequence
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """A number that no document stands under: voided for a `reason`, or (without one) not explained."""

    company: str
    kind: str
    location: str | None
    device: str
    series: int
    sequence: int
    number: str | None
    reason: str | None
    voided_at: datetime | None
    voided_by: str | None

    @property
    def is_explained(self) -> bool:
        return bool(self.reason)


def list_gaps(company: str | None = None) -> list[Gap]:
    """What of each series' numbers is void or missing, in order."""
    return [Gap(*row) for row in sql.fetch_all(GAPS, {"company": company})]
