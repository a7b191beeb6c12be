"""Receipts of payment (領収書): to whom and for what the buyer says, never for more than was paid."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.money import quantize
from orders.documents import compose, errors
from orders.documents.facts import Facts, get_facts, paid
from orders.documents.issued import IssuedDocuments, told
from orders.models import Document, DocumentKind, Order
from orders.services.documents import sellers
from orders.services.numbering import ONLINE, Draft, Place, write_documents
from orders.services.parts import lock_by_number
from orders.totals import ZERO
from organisation.models import Company


def issue_receipt(
    *,
    number: str,
    addressee: str,
    proviso: str = "",
    amount: Decimal | None = None,
    company: str | None = None,
    place: Place = ONLINE,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> IssuedDocuments:
    """
    Issue a receipt for what was paid, or for an `amount` of it; as many as the buyer likes, whose sum is
    never more than what was paid. With an amount of an order of several companies, name the company.

    A simplified invoice that stands for the same goods is marked as exchanged for it: either alone
    proves the tax.

    Raises:
        ClaimInFlight, ClaimMismatch
        NotFound: there is no such order, or the company sold none of it.
        InvoiceByChannel: what was paid to the channel is the channel's to receipt.
        InvalidField: the amount is finer than the currency, or not of one company.
        ReceiptAbovePaid: less was paid, or has a receipt already.
        RegistrationNumberInvalid
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=IssuedDocuments):
            return replayed
        order = lock_by_number(number)
        if order.invoice_issuer != Order.InvoiceIssuer.SELLER:
            raise errors.InvoiceByChannel(order=order.number)
        facts = get_facts(order.pk)
        chosen = sellers(facts, company)
        _require_fit(amount, chosen, order.currency)
        drafts = [
            draft
            for seller in chosen
            for draft in _receipt(facts, seller, amount, addressee, proviso, place, now)
        ]
        if not drafts:
            raise errors.ReceiptAbovePaid(requested=None, most=ZERO)
        _mark_exchanged(drafts, now)
        written = write_documents(drafts, place=place, actor=actor, now=now)
        return idempotency.settle(claim, told(written), now=now)


def receiptable(facts: Facts, company: Company) -> Decimal:
    """What was paid to a company, and has no receipt that stands."""
    standing = Document.objects.standing().filter(
        order=facts.order, company=company, kind=DocumentKind.RECEIPT
    )
    given = standing.aggregate(sum=Sum("total"))["sum"] or ZERO
    return facts.exact(sum((amount for _, amount in paid(facts, company)), ZERO) - given)


def _require_fit(amount: Decimal | None, chosen: list[Company], currency: str) -> None:
    if amount is None:
        return
    if len(chosen) > 1:
        raise InvalidField(field="company", rule="required")
    if amount <= 0 or quantize(amount, currency) != amount:
        raise InvalidField(field="amount", rule="currency-unit")


def _receipt(
    facts: Facts,
    company: Company,
    amount: Decimal | None,
    addressee: str,
    proviso: str,
    place: Place,
    now: datetime,
) -> list[Draft]:
    most = receiptable(facts, company)
    wanted = most if amount is None else facts.exact(amount)
    if wanted > most:
        raise errors.ReceiptAbovePaid(requested=wanted, most=max(most, ZERO))
    if wanted <= 0:
        return []
    content = compose.receipt(
        facts,
        company,
        wanted,
        paid(facts, company),
        addressee=addressee,
        proviso=proviso,
        at=now,
        place=place.location,
    )
    return [Draft(company, facts.order, content)]


def _mark_exchanged(drafts: list[Draft], now: datetime) -> None:
    Document.objects.standing().filter(
        order=drafts[0].order,
        company__in=[draft.company for draft in drafts],
        kind=DocumentKind.SIMPLIFIED_INVOICE,
        exchanged_at=None,
    ).update(exchanged_at=now)
