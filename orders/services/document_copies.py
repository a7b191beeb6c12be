"""What becomes of a document once it is issued: copies are given out, and it may be voided."""

from dataclasses import dataclass
from datetime import datetime

from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from orders.documents import errors
from orders.documents.issued import IssuedDocument, issued
from orders.models import SUPPLY_KINDS, Document, DocumentKind, DocumentPrint
from orders.models.documents import DocumentQuerySet
from orders.services.closing import lock_order


@dataclass(frozen=True, slots=True)
class PrintedCopy:
    """The first copy of a document is the original; all others say that they are reprints."""

    number: str
    copy: int


def print_document(*, number: str, order: str, claim: Claim, actor: Actor, now: datetime) -> PrintedCopy:
    """
    Give out a copy of a document of an order, and count it. Who renders it marks what is not the first.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: the order has no such document.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PrintedCopy):
            return replayed
        document = Document.objects.for_update_by_number(number)
        if document.order.number != order:
            raise NotFound(order=order, document=number)
        document.print_count += 1
        document.save(update_fields=["print_count"])
        DocumentPrint.objects.create(
            document=document, copy=document.print_count, printed_at=now, actor=str(actor)
        )
        return idempotency.settle(claim, PrintedCopy(number, document.print_count), now=now)


def void_document(*, number: str, reason: str, claim: Claim, actor: Actor, now: datetime) -> IssuedDocument:
    """
    Void a document; its number stays, with the reason, and is not used again.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is none.
        DocumentVoid: it is void already.
        DocumentRelied: return invoices take back from it.
    """
    order_id = Document.objects.filter(number=number).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound(document=number)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=IssuedDocument):
            return replayed
        lock_order(order_id=order_id)
        document = Document.objects.for_update_by_number(number)
        _require_voidable(document)
        document.status = Document.Status.VOID
        document.voided_at, document.voided_by, document.void_reason = now, str(actor), reason
        document.save(update_fields=["status", "voided_at", "voided_by", "void_reason"])
        _take_back_exchange(document)
        return idempotency.settle(claim, issued(document), now=now)


def _require_voidable(document: Document) -> None:
    if document.status == Document.Status.VOID:
        raise errors.DocumentVoid(document=document.number)
    if document.kind not in SUPPLY_KINDS:
        return
    relying = _beside(document, DocumentKind.RETURN_INVOICE).values_list("number", flat=True)
    if by := sorted(relying):
        raise errors.DocumentRelied(document=document.number, by=by)


def _take_back_exchange(document: Document) -> None:
    """Without any receipt, a simplified invoice stands for itself again."""
    if document.kind != DocumentKind.RECEIPT or _beside(document, DocumentKind.RECEIPT).exists():
        return
    _beside(document, DocumentKind.SIMPLIFIED_INVOICE).update(exchanged_at=None)


def _beside(document: Document, kind: DocumentKind) -> DocumentQuerySet:
    standing = Document.objects.standing().filter(order=document.order_id, company=document.company_id)
    return standing.filter(kind=kind)
