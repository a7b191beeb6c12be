"""Documents written with the next numbers of their series: the last thing that a transaction locks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from omni.core import db
from omni.core.actor import Actor
from omni.core.codec import encode
from orders.documents.content import DocumentContent
from orders.models import Document, DocumentKind, DocumentSeries, Order, OrderChange, Return
from organisation.models import Company, Location

# What a number begins with, before its series: I12-000345.
LETTERS = {
    DocumentKind.INVOICE: "I",
    DocumentKind.SIMPLIFIED_INVOICE: "S",
    DocumentKind.RETURN_INVOICE: "C",
    DocumentKind.RECEIPT: "R",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where documents are issued: on line (nowhere), in a shop, at a device of it."""

    location: Location | None = None
    device: str = ""


ONLINE = Place()


@dataclass(frozen=True, slots=True)
class Draft:
    """A document but for its number."""

    company: Company
    order: Order
    content: DocumentContent
    returned: Return | None = None
    change: OrderChange | None = None

    @property
    def kind(self) -> DocumentKind:
        return DocumentKind(self.content.kind)


def write_documents(drafts: Sequence[Draft], *, place: Place, actor: Actor, now: datetime) -> list[Document]:
    """
    Give each draft the next number of its series, and write it. A building block: the caller has
    locked the order, and everything else that it will.
    """
    db.require_transaction()
    if not drafts:
        return []
    series = _lock_series(drafts, place)
    documents = [_number(draft, series[draft.company.pk, draft.kind], actor, now) for draft in drafts]
    DocumentSeries.objects.bulk_update(series.values(), ["last_sequence"])
    return Document.objects.bulk_create(documents)


def _lock_series(drafts: Sequence[Draft], place: Place) -> dict[tuple[int, str], DocumentSeries]:
    wanted = {(draft.company.pk, draft.kind) for draft in drafts}
    ids = [
        DocumentSeries.objects.get_or_create(
            company_id=company_id, kind=kind, location=place.location, device=place.device
        )[0].pk
        for company_id, kind in sorted(wanted)
    ]
    locked = DocumentSeries.objects.for_update_by_ids(ids)
    return {(each.company_id, each.kind): each for each in locked}


def _number(draft: Draft, series: DocumentSeries, actor: Actor, now: datetime) -> Document:
    series.last_sequence += 1
    number = f"{LETTERS[draft.kind]}{series.pk}-{series.last_sequence:06d}"
    content = replace(draft.content, number=number)
    return Document(
        number=number,
        kind=draft.kind,
        series=series,
        sequence=series.last_sequence,
        company=draft.company,
        order=draft.order,
        returned=draft.returned,
        change=draft.change,
        currency=content.currency,
        total=content.total,
        tax=content.tax,
        content=encode(content),
        issued_at=now,
        actor=str(actor),
    )
