"""A scene's tills: one of each, with a day that is closed and what came off line."""

from datetime import UTC, datetime

from catalog.models import Variant
from customers.models import Customer
from orders.models import Order, Payment
from organisation.models import Location, SalesChannel
from organisation.services import create_api_key
from tests import factories
from tills.models import (
    CashCount,
    CashMovement,
    CashSession,
    JournalEntry,
    Operator,
    ParkedSale,
    ReceiptBlock,
    Till,
    TillMoney,
    TillRecord,
    TillTask,
)

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ACTOR = "system:test"


def till_of(variant: Variant, location: Location, channel: SalesChannel, customer: Customer) -> None:
    number = factories.number()
    key, _ = create_api_key(name="till", scopes=["till"], location=location, channel=channel, now=AT)
    till = Till.objects.create(api_key=key, location=location, code=f"t{number}"[:8])
    user = factories.user(is_staff=True)
    Operator.objects.create(user=user, number=f"{number:06d}", pin="!", pin_set_at=AT)
    ReceiptBlock.objects.create(till=till, first=1, last=200, given_at=AT)
    ParkedSale.objects.create(
        location=location, till=till, customer=customer, parked_at=AT, expires_at=AT, actor=ACTOR,
        lines=[{"code": variant.sku, "quantity": 1}],
    )  # fmt: skip
    session = CashSession.objects.create(
        till=till, location=location, business_date=AT.date(), currency="JPY", status="CLOSED",
        float_amount=1000, expected_amount=900, counted_amount=890, difference_amount=-10, deposit_amount=0,
        opened_at=AT, opened_by=f"user:{user.pk}", closed_at=AT, closed_by=f"user:{user.pk}",
    )  # fmt: skip
    CashCount.objects.create(
        session=session,
        kind="CLOSING",
        pieces={"10": 89},
        amount=890,
        expected=900,
        counted_at=AT,
        actor=ACTOR,
    )
    CashMovement.objects.create(
        session=session, direction="OUT", reason="OTHER", amount=100, occurred_at=AT, actor=ACTOR
    )
    order = Order.objects.exclude(pk__in=TillRecord.objects.values("order")).latest("pk")
    record = TillRecord.objects.create(
        till=till, session=session, kind="SALE", order=order, occurred_at=AT, recorded_at=AT, actor=ACTOR
    )
    if payment := Payment.objects.exclude(
        pk__in=TillMoney.objects.filter(refund=None).values("payment")
    ).first():
        TillMoney.objects.create(record=record, payment=payment)
    JournalEntry.objects.create(
        till=till,
        sequence=1,
        kind="sale",
        previous_hash="0" * 64,
        hash="1" * 64,
        occurred_at=AT,
        received_at=AT,
    )
    TillTask.objects.create(
        till=till, location=location, kind="OVER_SHORT", source=f"session:{session.pk}", opened_at=AT
    )
