"""What is sold, taken back and handed over at a till: by the order book's own services, within its open day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from orders.models import Order, Return
from orders.receipts import Receipt
from orders.services.collecting import Proof
from orders.services.fulfil import HandedOver, hand_over_here
from orders.services.lots import Named
from orders.services.parts import Portion
from orders.services.refunds import send_refunds
from orders.services.returnable import ReturnItem, returnable
from orders.services.returns import ReceivedReturn, require_taking_back, take_back
from orders.services.tenders import Handed
from orders.services.till import TillSale, practise, write_receipt
from orders.shops import get_shops
from organisation.models import User
from tills.errors import InTraining, NotVoidable
from tills.models import CashSession, Till, TillRecord
from tills.services.operators import OVERRIDE, VOID, require_right
from tills.services.recording import order_id_of, record, record_payments, record_refunds

Kind = TillRecord.Kind
Taken = tuple[ReceivedReturn, list[UUID]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where something is done, and by whom: the till, who has signed in there, and how to name them."""

    till: Till
    operator: User | None
    actor: Actor


def sell(*, desk: Desk, sale: TillSale, claim: Claim, now: datetime) -> Receipt:
    """
    Ring a sale up within the till's open day. In training nothing is written.

    Raises:
        ClaimInFlight, ClaimMismatch
        OperatorNeeded, NotYours: a price is overridden by nobody who may.
        SessionMissing: the till's day is not open.
        What `orders.ring_up` does.
    """
    require_override(desk, sale)
    location_id, channel_id = desk.till.location_id, desk.till.api_key.channel_id
    assert channel_id is not None
    if desk.till.training:
        return practise(till=sale, location_id=location_id, channel_id=channel_id, now=now)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Receipt):
            return replayed
        session = CashSession.objects.for_update_open(desk.till)
        receipt, order_id = write_receipt(
            till=sale, location_id=location_id, channel_id=channel_id, actor=desk.actor, now=now
        )
        done = record_here(desk, session, Kind.SALE, order_id, at=receipt.occurred_at, now=now)
        record_payments(done)
        return idempotency.settle(claim, receipt, now=now)


def require_override(desk: Desk, sale: TillSale) -> None:
    """
    Raises:
        OperatorNeeded, NotYours: a price is overridden by nobody who may.
    """
    if any(line.unit_price is not None for line in sale.lines):
        require_right(till=desk.till, operator=desk.operator, rights=[OVERRIDE])


def take_goods_back(
    *, desk: Desk, number: str, items: Sequence[ReturnItem], reason: str, claim: Claim, now: datetime
) -> ReceivedReturn:
    """
    Goods of any order come back at the till, and its drawer pays what goes back in cash.

    Raises:
        ClaimInFlight, ClaimMismatch, InTraining, SessionMissing
        What `orders.receive_return` does.
    """
    require_in_earnest(desk.till)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=ReceivedReturn):
            return replayed
        session = CashSession.objects.for_update_open(desk.till)
        shop = require_taking_back(desk.till.location_id)
        received, refunds = take_back(
            number=number, shop=shop, items=items, reason=reason, actor=desk.actor, now=now
        )
        record_return(desk, session, Kind.RETURN, received, now=now)
        idempotency.settle(claim, received, now=now)
    send_refunds(refund_ids=refunds, now=now)
    return received


def void_sale(*, desk: Desk, number: str, reason: str, claim: Claim, now: datetime) -> ReceivedReturn:
    """
    Take a sale of this very session back as if it had not been: stock, points and money by entries of their own.

    The sale stays, and so does the void: nothing is deleted.

    Raises:
        ClaimInFlight, ClaimMismatch, InTraining, SessionMissing
        OperatorNeeded, NotYours
        NotVoidable: it was not sold in this session, or something of it came back already.
    """
    require_in_earnest(desk.till)
    require_right(till=desk.till, operator=desk.operator, rights=[VOID])
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=ReceivedReturn):
            return replayed
        session = CashSession.objects.for_update_open(desk.till)
        received, refunds = _void(desk, session, number, reason, now=now)
        record_return(desk, session, Kind.VOID, received, now=now)
        idempotency.settle(claim, received, now=now)
    send_refunds(refund_ids=refunds, now=now)
    return received


def _void(desk: Desk, session: CashSession, number: str, reason: str, *, now: datetime) -> Taken:
    sold = TillRecord.objects.filter(session=session, kind=Kind.SALE, order__number=number).exists()
    if not sold:
        raise NotVoidable(order=number, rule="not-of-this-session")
    lines = list(Order.objects.get(number=number).lines.order_by("position"))
    if any(returnable(line) < line.quantity for line in lines):
        raise NotVoidable(order=number, rule="goods-came-back")
    items = [ReturnItem(line.position, line.quantity) for line in lines if line.quantity]
    shop = get_shops([desk.till.location_id])[desk.till.location_id]
    return take_back(number=number, shop=shop, items=items, reason=reason, actor=desk.actor, now=now)


def hand_goods_over(
    *,
    desk: Desk,
    number: str,
    portions: Sequence[Portion] | None,
    tenders: Sequence[Handed],
    lots: Named,
    proof: Proof | None = None,
    claim: Claim,
    now: datetime,
) -> HandedOver:
    """
    Hand over what is collected at the till's shop; what is paid now goes into its drawer.

    Raises:
        ClaimInFlight, ClaimMismatch, InTraining, SessionMissing
        What `orders.hand_over` does.
    """
    require_in_earnest(desk.till)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=HandedOver):
            return replayed
        session = CashSession.objects.for_update_open(desk.till)
        handed = hand_over_here(
            number=number,
            location_id=desk.till.location_id,
            portions=portions,
            tenders=tenders,
            lots=lots,
            proof=proof,
            actor=desk.actor,
            now=now,
        )
        done = record_here(desk, session, Kind.HAND_OVER, order_id_of(number), at=now, now=now)
        if handed.paid:
            record_payments(done)
        return idempotency.settle(claim, handed, now=now)


def require_in_earnest(till: Till) -> None:
    if till.training:
        raise InTraining(till=till.code)


def record_here(
    desk: Desk, session: CashSession, kind: str, order_id: int, *, at: datetime, now: datetime
) -> TillRecord:
    return record(
        till=desk.till,
        session=session,
        kind=kind,
        order_id=order_id,
        occurred_at=at,
        actor=desk.actor,
        now=now,
    )


def record_return(
    desk: Desk, session: CashSession, kind: str, received: ReceivedReturn, *, now: datetime
) -> TillRecord:
    returned = Return.objects.get(number=received.number)
    done = record(
        till=desk.till,
        session=session,
        kind=kind,
        order_id=returned.order_id,
        returned=returned,
        occurred_at=now,
        actor=desk.actor,
        now=now,
    )
    record_refunds(done)
    return done
