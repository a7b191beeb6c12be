"""Which day what was done at a till belongs to, and the money that went through it: building blocks."""

from datetime import datetime

from omni.core import db
from omni.core.actor import Actor
from orders.models import Order, Payment, Refund, Return
from tills.models import CashSession, Till, TillMoney, TillRecord


def record(
    *,
    till: Till,
    session: CashSession | None,
    kind: str,
    order_id: int,
    returned: Return | None = None,
    occurred_at: datetime,
    offline: bool = False,
    actor: Actor,
    now: datetime,
) -> TillRecord:
    """Write down what was done; the caller holds the session's lock, or the till's where there is none."""
    db.require_transaction()
    return TillRecord.objects.create(
        till=till,
        session=session,
        kind=kind,
        order_id=order_id,
        returned=returned,
        offline=offline,
        occurred_at=occurred_at,
        recorded_at=now,
        actor=str(actor),
    )


def record_payments(done: TillRecord) -> None:
    """The payments by which the order was settled here: those that went through no till before."""
    settled = Payment.objects.filter(order_id=done.order_id, status=Payment.Status.CAPTURED)
    known = TillMoney.objects.filter(payment__order_id=done.order_id).values("payment_id")
    ids = settled.exclude(pk__in=known).order_by("pk").values_list("pk", flat=True)
    TillMoney.objects.bulk_create(TillMoney(record=done, payment_id=pk) for pk in ids)


def record_refunds(done: TillRecord) -> None:
    """What went back by the return."""
    sources = [f"return:{done.returned_id}", f"exchange:{done.returned_id}"]
    refunds = Refund.objects.filter(source__in=sources).order_by("created_at", "pk")
    ids = refunds.values_list("pk", flat=True)
    TillMoney.objects.bulk_create(TillMoney(record=done, refund_id=pk) for pk in ids)


def order_id_of(number: str) -> int:
    pk: int = Order.objects.values_list("pk", flat=True).get(number=number)
    return pk
