"""
Invoices: of an order's companies each its own, and what takes back from them.

The order's lock serialises what is issued for it; a series' lock comes last. Asking again for what
stands is answered with it.
"""

from collections.abc import Sequence
from datetime import datetime

from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from orders.documents import compose, errors
from orders.documents.facts import Facts, get_facts, taken_off_without
from orders.documents.issued import IssuedDocuments, told
from orders.models import SUPPLY_KINDS, Document, DocumentKind, Order
from orders.services.numbering import ONLINE, Draft, Place, write_documents
from orders.services.parts import lock_by_number
from organisation.models import Company

SOLD = (Order.Status.PLACED, Order.Status.COMPLETED)
ENDED = (Order.Status.CANCELLED, Order.Status.EXPIRED)


def issue_invoice(
    *,
    number: str,
    kind: str = DocumentKind.INVOICE,
    addressee: str = "",
    company: str | None = None,
    place: Place = ONLINE,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> IssuedDocuments:
    """
    Issue the invoices of an order: one for each company that sold some of it, or of that one alone.

    `kind` is INVOICE, or SIMPLIFIED_INVOICE, which needs no addressee (Consumption Tax Act, article
    57-4). What was cancelled or came back of the order gets its return
    invoices with them.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order, or the company sold none of it.
        InvoiceByChannel, NotInvoiced: none is ours to issue.
        AlreadyInvoiced: one of another kind or for another addressee stands.
        RegistrationNumberInvalid
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=IssuedDocuments):
            return replayed
        order = lock_by_number(number)
        _require_sold(order)
        facts = get_facts(order.pk)
        drafts: list[Draft] = []
        standing: list[Document] = []
        for seller in sellers(facts, company):
            if held := _standing(order, seller):
                standing.append(_same(held, kind, addressee))
            else:
                drafts += _invoice(facts, seller, kind, addressee, place, now)
        written = write_documents(drafts, place=place, actor=actor, now=now)
        standing += _of_earlier_returns(facts, written, place=place, actor=actor, now=now)
        return idempotency.settle(claim, told([*written, *standing]), now=now)


def issue_return_invoice(
    *,
    number: str,
    place: Place = ONLINE,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> IssuedDocuments:
    """
    Issue what takes back from an order's invoices: for each return, and each cancelling of units, that
    has none yet, and for all that is left of an order that has ended. Answers every one that stands.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order.
        InvoiceByChannel: the channel's invoice is the channel's to correct.
        NotInvoiced: no invoice of it stands, or nothing has come back.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=IssuedDocuments):
            return replayed
        order = lock_by_number(number)
        _require_ours(order)
        follow_up(order, place=place, actor=actor, now=now)
        standing = order.documents.standing().filter(kind=DocumentKind.RETURN_INVOICE)
        issued = list(standing.select_related("company", "order", "returned").order_by("pk"))
        if not issued:
            raise errors.NotInvoiced(order=order.number, state=order.status)
        return idempotency.settle(claim, told(issued), now=now)


def follow_up(order: Order, *, place: Place = ONLINE, actor: Actor, now: datetime) -> list[Document]:
    """
    Take back from the invoices that stand what has come back since, or all where the order has ended.

    A building block: the caller has locked the order.
    """
    facts = get_facts(order.pk)
    drafts: list[Draft] = []
    for company in facts.companies():
        if _standing(order, company):
            drafts += _returns_without(facts, company, now)
    written = write_documents(drafts, place=place, actor=actor, now=now)
    if order.status in ENDED:
        ends = [draft for company in facts.companies() for draft in _cancellation(facts, company, now)]
        written += write_documents(ends, place=place, actor=actor, now=now)
    return written


def sellers(facts: Facts, code: str | None) -> list[Company]:
    """
    The companies that sold some of the order, or that one of them.

    Raises:
        NotFound: it sold none of it.
        RegistrationNumberInvalid: one's number is none.
    """
    found = [company for company in facts.companies() if code in (None, company.code)]
    if not found:
        raise NotFound(order=facts.order.number, company=code)
    for company in found:
        registered = company.registration_number
        if registered and not company.is_registered:
            raise errors.RegistrationNumberInvalid(company=company.code, registration_number=registered)
    return found


def _require_ours(order: Order) -> None:
    if order.invoice_issuer != Order.InvoiceIssuer.SELLER:
        raise errors.InvoiceByChannel(order=order.number)


def _require_sold(order: Order) -> None:
    _require_ours(order)
    if order.status not in SOLD:
        raise errors.NotInvoiced(order=order.number, state=order.status)


def _standing(order: Order, company: Company) -> Document | None:
    return order.documents.standing().filter(company=company, kind__in=SUPPLY_KINDS).first()


def _same(held: Document, kind: str, addressee: str) -> Document:
    """The document that stands, where it is what was asked for."""
    if held.kind != kind or addressee not in ("", held.content["addressee"]):
        raise errors.AlreadyInvoiced(document=held.number)
    return held


def _invoice(
    facts: Facts, company: Company, kind: str, addressee: str, place: Place, now: datetime
) -> list[Draft]:
    content = compose.invoice(facts, company, kind, addressee=addressee, at=now, place=place.location)
    return [Draft(company, facts.order, content)]


def _of_earlier_returns(
    facts: Facts, invoices: Sequence[Document], *, place: Place, actor: Actor, now: datetime
) -> list[Document]:
    drafts = [
        draft
        for invoice in invoices
        if invoice.kind in SUPPLY_KINDS
        for draft in _returns_without(facts, invoice.company, now)
    ]
    return write_documents(drafts, place=place, actor=actor, now=now)


def _returns_without(facts: Facts, company: Company, now: datetime) -> list[Draft]:
    """Return invoices for what of this company's was taken off the order and has none."""
    original = compose.original_of(facts, company)
    if original is None:
        return []
    drafts, earlier = [], compose.credited(facts, company)
    for taken_off in taken_off_without(facts.order, company):
        content = compose.return_invoice(
            facts, company, taken_off, original=original, at=now, earlier=earlier
        )
        if content.buckets:
            drafts.append(Draft(company, facts.order, content, taken_off.returned, taken_off.change))
            earlier += compose.buckets_of(content)
    return drafts


def _cancellation(facts: Facts, company: Company, now: datetime) -> list[Draft]:
    original = compose.original_of(facts, company)
    if original is None:
        return []
    content = compose.cancellation(facts, company, original=original, at=now)
    return [Draft(company, facts.order, content)] if content.buckets else []
