"""Money that somebody has found on a bank statement."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from omni.core.actor import Actor
from omni.core.errors import Conflict, InvalidField, NotFound
from orders.models import Payment, TenderType
from orders.payments.port import Charge
from orders.services.outcome import PlacedOrder
from orders.services.payments import record_outcome


def record_received(
    *, payment_id: UUID, amount: Decimal, reference: str, actor: Actor, now: datetime
) -> PlacedOrder:
    """
    Record that a bank transfer has arrived: its order is placed, or, where that has ended, it is owed back.

    Raises:
        NotFound: there is no such payment by bank transfer.
        InvalidField: it is not the amount due; what is short or over is settled with the buyer first.
        Conflict: it arrived before.
    """
    payment = Payment.objects.filter(pk=payment_id, tender_type__kind=TenderType.Kind.BANK_TRANSFER).first()
    if payment is None:
        raise NotFound(payment=str(payment_id))
    if payment.status == Payment.Status.CAPTURED:
        raise Conflict(payment=str(payment_id), state=payment.status)
    if amount != payment.amount:
        raise InvalidField(field="amount", rule="the-amount-due")
    charge = Charge(reference, amount)
    return record_outcome(payment_id=payment_id, charge=charge, actor=actor, now=now)
