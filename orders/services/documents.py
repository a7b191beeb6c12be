"""
Invoices: of an order's companies each its own, and what takes back from them.

The order's lock serialises what is issued for it; a series' lock comes last. Asking again for what
stands is answered with it.
"""

from collections.abc import Iterable
from datetime import datetime

from omni.core import db, idempotency
from omni.core.actor import SYSTEM, Actor
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
        written += write_documents(_owed(order, now), place=place, actor=actor, now=now)
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
        write_documents(_owed(order, now), place=place, actor=actor, now=now)
        standing = order.documents.standing().filter(kind=DocumentKind.RETURN_INVOICE)
        issued = list(standing.select_related("company", "order", "returned").order_by("pk"))
        if not issued:
            raise errors.NotInvoiced(order=order.number, state=order.status)
        return idempotency.settle(claim, told(issued), now=now)


def take_back_invoices(*, order_ids: Iterable[int], now: datetime) -> None:
    """
    Follow up the orders of which an invoice of ours stands: what came back of them, or was cancelled.

    A building block. The orders are locked by key, and then the series of all that is written.
    """
    invoiced = Document.objects.standing().filter(order__in=list(order_ids), kind__in=SUPPLY_KINDS)
    found = Order.objects.for_update_by_ids(set(invoiced.values_list("order_id", flat=True)))
    drafts = [draft for order in found for draft in _owed(order, now)]
    write_documents(drafts, place=ONLINE, actor=SYSTEM, now=now)


def _owed(order: Order, now: datetime) -> list[Draft]:
    """What is to be taken back from the invoices that stand; all of it where the order has ended."""
    facts = get_facts(order.pk)
    return [draft for company in facts.companies() for draft in _owed_by(facts, company, now)]


def _owed_by(facts: Facts, company: Company, now: datetime) -> list[Draft]:
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
    if facts.order.status in ENDED:
        rest = compose.cancellation(facts, company, original=original, at=now, earlier=earlier)
        drafts += [Draft(company, facts.order, rest)] if rest.buckets else []
    return drafts


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
