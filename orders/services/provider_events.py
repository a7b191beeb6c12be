"""
What acquirers tell of their own accord: each message taken once, in whatever order it comes.

A message decides nothing. It says what to ask about; the acquirer's answer is recorded as any other,
and only then the message counts as taken, so that one whose asking failed is sent again.
"""

from datetime import datetime
from uuid import UUID

from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import NotFound
from orders.errors import PaymentUnknown
from orders.models import Payment, PaymentAccount, ProviderEvent, Refund
from orders.payments import gateway_of_account, webhook_secrets
from orders.payments.port import OutcomeUnknown
from orders.payments.stripe_events import ABOUT_PAYMENTS, ABOUT_REFUNDS, ProviderMessage, read_message
from orders.services.charging import resume
from orders.services.refunds import record_failure

Outcome = ProviderEvent.Outcome


def receive_event(*, account: str, body: bytes, signature: str, now: datetime) -> str:
    """
    Take a message of an account's acquirer; answer its outcome, which is the first one's if it is repeated.

    Raises:
        NotFound: there is no such account.
        SignatureInvalid: it is not the acquirer's, or too old.
        InvalidField: it can't be read.
        PaymentUnknown: the acquirer does not say what it means; it is to send the message again.
    """
    known = PaymentAccount.objects.filter(code=account).first()
    if known is None:
        raise NotFound(account=account)
    message = read_message(body, signature, webhook_secrets(known), now=now)
    taken = ProviderEvent.objects.filter(account=known, event_id=message.id)
    if (before := taken.values_list("outcome", flat=True).first()) is not None:
        return before
    try:
        outcome, payment_id = _act(known, message, now=now)
    except OutcomeUnknown as silent:
        raise PaymentUnknown(order="") from silent
    _keep(known, message, outcome, payment_id, now=now)
    return outcome


def _act(account: PaymentAccount, message: ProviderMessage, *, now: datetime) -> tuple[str, UUID | None]:
    if message.type in ABOUT_PAYMENTS:
        return _ask_about_payment(account, message, now=now)
    if message.type in ABOUT_REFUNDS:
        return _ask_about_refund(account, message, now=now)
    return Outcome.IGNORED, None


def _ask_about_payment(
    account: PaymentAccount, message: ProviderMessage, *, now: datetime
) -> tuple[str, UUID | None]:
    ours = Payment.objects.filter(account=account, provider_reference=message.reference)
    payment_id = ours.values_list("pk", flat=True).first() if message.reference else None
    if payment_id is None:
        return Outcome.UNMATCHED, None
    resume(payment_id=payment_id, actor=SYSTEM, now=now)
    return Outcome.APPLIED, payment_id


def _ask_about_refund(
    account: PaymentAccount, message: ProviderMessage, *, now: datetime
) -> tuple[str, UUID | None]:
    """A refund that was accepted may still fail, days later: then the money is here, and owed again."""
    ours = Refund.objects.filter(payment__account=account, provider_reference=message.reference)
    refund = ours.first() if message.reference else None
    if refund is None:
        return Outcome.UNMATCHED, None
    if code := gateway_of_account(account).refund_failure(reference=message.reference):
        record_failure(refund_id=refund.pk, code=code, now=now)
    return Outcome.APPLIED, refund.payment_id


def _keep(
    account: PaymentAccount, message: ProviderMessage, outcome: str, payment_id: UUID | None, *, now: datetime
) -> None:
    """Of two that come at once, the first is kept; both have asked, which does no harm."""
    with db.transaction():
        ProviderEvent.objects.bulk_create(
            [
                ProviderEvent(
                    account=account,
                    event_id=message.id,
                    type=message.type,
                    reference=message.reference,
                    payment_id=payment_id,
                    outcome=outcome,
                    happened_at=message.happened_at,
                    received_at=now,
                )
            ],
            ignore_conflicts=True,
        )
