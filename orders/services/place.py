"""Placing an order: the cart becomes an order, its stock and points are taken, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from customers.models import Customer
from inventory import services as inventory
from inventory.errors import InsufficientStock
from inventory.models import Reservation
from loyalty import services as loyalty
from omni.core import clock, db, idempotency
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.money import quantize
from omni.outbox import publish as outbox
from omni.outbox.events import OrderPaid, OrderPlaced
from omni.outbox.publish import Message
from orders import writing
from orders.errors import HoldUnfit, TenderNotOffered
from orders.models import Fulfilment, Order, Payment, TenderType
from orders.payments.port import Wanted
from orders.services.ahead import choose_pieces, promise_ahead
from orders.services.allocation import Piece, behind, fulfilments_of, wants_of
from orders.services.bundles import told_as_bundles, write_components
from orders.services.charging import Due, charge_order, resume_order
from orders.services.checkout import Checkout, Taken, take_cart
from orders.services.deliveries import apart, write_deliveries
from orders.services.from_holds import FromHolds, free_for_order
from orders.services.outcome import PlacedOrder, answer
from orders.services.promoting import redeem_promotions
from orders.services.routing import router_of


@dataclass(frozen=True, slots=True)
class _Started:
    """What the first transaction answers; `card` is the payment that is to be charged next, as `due` says."""

    placed: PlacedOrder
    card: writing.NewPayment | None = None
    due: Due | None = None


def place_order(
    *,
    cart_id: UUID,
    checkout: Checkout,
    claim: Claim,
    actor: Actor,
    customer: Customer | None,
    now: datetime,
) -> PlacedOrder:
    """
    Place the cart's order and take its stock and points, all or nothing.

    Paid later, or by points alone, it is PLACED with this transaction. A card is charged after
    it, with nothing locked and the order PENDING; a second transaction then places or cancels it.
    Where the buyer has something to do (3-D Secure, going to a konbini, a bank transfer) the order
    stays PENDING until the money is there or `expires_at`, and the answer's `action` says what.
    Replaying a claim answers what it first answered; while a card's outcome is open it waits, and
    while the buyer has something to do the acquirer is asked anew.

    Raises:
        ClaimInFlight, ClaimMismatch: the key is in use, or came with another request.
        NotFound: there is no such cart, or it is somebody else's.
        ChannelInactive, CartOrdered, CartEmpty, NotListed, LocationUnfit, TenderNotOffered,
        FieldMissing: the order can't be written as asked.
        MethodNotOffered, NotDeliverable, DateNotOffered, SlotNotOffered, DeliveryLinesUnfit: nor
            can it be delivered so.
        PointsNeedMember, PointsAboveTotal, InsufficientPoints: nor can the points be spent.
        CouponUnknown, CouponNotYet, CouponOver, CouponUsedUp, CouponNotForYou: nor a coupon be used.
        PromotionUsedUp: somebody had the last of a promotion; look at the price again.
        HoldUnfit: a hold is unknown, elsewhere, of another article, or to be paid by card.
        InsufficientStock: the sources fall short. Nothing of any refusal is written.
        CardDeclined: the order is cancelled, what it held is free, the cart is open again.
        PaymentUnknown: the acquirer is silent; the order waits for it. Repeat with the same key.
    """
    try:
        started = _start(cart_id, checkout, claim, actor, customer, now)
    except InsufficientStock:
        # Somebody was faster at the chosen source: in a new transaction another may have it.
        started = _start(cart_id, checkout, claim, actor, customer, now)
    if started.due is None:
        placed = started.placed
        if placed.status == Order.Status.PENDING:
            placed = resume_order(number=placed.number, actor=actor, now=now) or placed
        return answer(claim, placed)
    placed = charge_order(due=started.due, order=started.placed.number, actor=actor, now=now)
    return answer(claim, placed)


def _start(
    cart_id: UUID, checkout: Checkout, claim: Claim, actor: Actor, customer: Customer | None, now: datetime
) -> _Started:
    """
    Ten round trips for one line, BEGIN and COMMIT included, and a few more where promotions apply; the levels are locked by the last of
    them before COMMIT, so that a hot one is held for the least time.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PlacedOrder):
            return _Started(replayed)
        taken = take_cart(cart_id=cart_id, checkout=checkout, customer=customer, now=now)
        held = _lock_holds(checkout.holds, taken)
        router = router_of(taken.routing, taken.seller.channel_id, contact=_goes_to(checkout), now=now)
        pieces = choose_pieces(taken, now, router)
        order = _new_order(taken, pieces, checkout, actor, now)
        written = writing.write_orders([order])
        write_components(pieces, written)
        write_deliveries(order.id, taken.priced, checkout.wishes, order.currency)
        redeem_promotions([order], now=now)
        if router:
            router.record(order.id)
        spent = _spend_points(order, taken, customer, actor, now)
        wants = wants_of(pieces, order.id, taken.seller.channel_id)
        outbox.publish_all([*_messages(order, wants), *spent], at=now, actor=actor)
        started = _settle(claim, order, taken, checkout, now)
        promise_ahead(pieces, taken, written, actor=actor, now=now)
        with told_as_bundles(pieces, taken.lines):
            kept = free_for_order(wants, holds=checkout.holds, held=held, actor=actor, now=now)
            _reserve(order, kept, None, actor, now)
            rest = [want for want in wants if want not in kept]
            _reserve(order, rest, behind(pieces, order.channel_id), actor, now)
    return started


def _goes_to(checkout: Checkout) -> writing.NewContact:
    """Where distances are measured to: the one address, or the contact's where there are several."""
    [first, *others] = checkout.wishes
    return first.address if first.address is not None and not others else checkout.contact


def _lock_holds(holds: FromHolds, taken: Taken) -> list[Reservation]:
    """
    The holds that the order takes over, after its person and cart. A card that is declined would
    have lost them: what is paid so is not taken out of a hold.
    """
    if not holds.numbers:
        return []
    if taken.tender is not None and taken.tender.awaited:
        raise HoldUnfit(field="holds", rule="not-by-card", hold=holds.numbers[0])
    return inventory.lock_holds(holds.numbers)


def _reserve(
    order: writing.NewOrder,
    wants: Sequence[inventory.Want],
    behind: inventory.Behind | None,
    actor: Actor,
    now: datetime,
) -> None:
    inventory.reserve(
        wants=wants,
        expires_at=order.expires_at,
        committed=order.status != Order.Status.PENDING,
        behind=behind,
        actor=actor,
        now=now,
        publish=False,
    )


def _new_order(
    taken: Taken, pieces: Sequence[Piece], checkout: Checkout, actor: Actor, now: datetime
) -> writing.NewOrder:
    tender, priced = taken.tender, taken.priced
    awaited = tender if tender is not None and tender.awaited else None
    return writing.NewOrder(
        id=taken.order_id,
        number=taken.number,
        status=Order.Status.PENDING if awaited else Order.Status.PLACED,
        channel_id=taken.seller.channel_id,
        currency=taken.seller.currency,
        totals=priced.totals,
        lines=priced.lines,
        placed_at=now,
        business_date=clock.business_date(now, settings.TIME_ZONE),
        actor=actor,
        customer_id=taken.customer_id,
        cart_id=taken.cart_id,
        points_spent=priced.points,
        paid_at=None if priced.due else now,
        expires_at=now + (awaited.pay_within or settings.CHECKOUT_HOLD) if awaited else None,
        payments=_payments(taken, now),
        fulfilments=fulfilments_of(pieces, apart=apart(priced, checkout.wishes)),
        contact=checkout.contact,
        promotions=priced.promoted.applied,
        shipping_waived=priced.shipping_waived,
    )


def _payments(taken: Taken, now: datetime) -> list[writing.NewPayment]:
    """Points where they are a tender, and what is due by the chosen one."""
    payments = []
    if amount := taken.priced.points_tendered:
        if taken.points_tender_id is None:
            raise TenderNotOffered(tender="points", offered=[])
        payments.append(
            writing.NewPayment(
                tender_type_id=taken.points_tender_id,
                status=Payment.Status.CAPTURED,
                amount=amount,
                captured_amount=amount,
                settled_at=now,
            )
        )
    if taken.tender is not None:
        due = taken.priced.due
        payments.append(
            writing.NewPayment(tender_type_id=taken.tender.id, status=Payment.Status.PENDING, amount=due)
        )
    return payments


def _spend_points(
    order: writing.NewOrder, taken: Taken, customer: Customer | None, actor: Actor, now: datetime
) -> list[Message]:
    """Held until the card is charged; burnt at once where nothing is to be waited for."""
    if not order.points_spent:
        return []
    assert customer is not None
    assert taken.terms is not None
    source, programme_id = f"order:{order.id}", taken.terms.programme_id
    person_id, points = customer.person_id, order.points_spent
    if order.status == Order.Status.PENDING:
        loyalty.hold_points(
            programme_id=programme_id, person_id=person_id, points=points, source=source, now=now
        )
        return []
    posted = loyalty.burn_points(
        programme_id=programme_id,
        person_id=person_id,
        points=points,
        source=source,
        actor=actor,
        now=now,
        publish=False,
    )
    return posted.messages


def _messages(order: writing.NewOrder, wants: Sequence[inventory.Want]) -> list[Message]:
    messages = [inventory.stock_changed(wants)] if wants else []
    aggregate = f"order:{order.id}"
    if order.status == Order.Status.PLACED:
        placed = OrderPlaced(
            order_id=order.id, number=order.number, channel_id=order.channel_id, total=order.totals.total
        )
        messages.append(Message(aggregate, placed))
    if order.paid_at is not None:
        messages.append(Message(aggregate, OrderPaid(order_id=order.id, number=order.number)))
    return messages


def _settle(
    claim: Claim, order: writing.NewOrder, taken: Taken, checkout: Checkout, now: datetime
) -> _Started:
    """Freeze the answer; or park it, where a card is to be charged first."""
    placed = _describe(order, taken)
    if order.status != Order.Status.PENDING:
        return _Started(idempotency.settle(claim, placed, now=now))
    card = order.payments[-1]
    claim_id = idempotency.park(claim, placed, now=now)
    Payment.objects.filter(pk=card.id).update(claim_id=claim_id)
    return _Started(placed, card, _due(order, card, taken, checkout))


def _goes_at_once(order: writing.NewOrder) -> bool:
    """All of it in one part whose stock is there: an authorisation is good for one capture, and for days."""
    return [part.status for part in order.fulfilments] == [Fulfilment.Status.RESERVED]


def _due(order: writing.NewOrder, card: writing.NewPayment, taken: Taken, checkout: Checkout) -> Due:
    tender = taken.tender
    assert tender is not None
    wanted = Wanted(
        payment_id=card.id,
        amount=card.amount,
        currency=order.currency,
        token=checkout.card_token,
        method=tender.kind.lower(),
        capture=tender.capture == TenderType.Capture.AUTOMATIC or not _goes_at_once(order),
        pay_by=order.expires_at,
        payer_name=checkout.contact.name,
        payer_email=checkout.contact.email,
        payer_phone=checkout.contact.phone,
    )
    return Due(
        wanted=wanted, kind=tender.kind, channel_id=order.channel_id, company_id=taken.seller.company_id
    )


def _describe(order: writing.NewOrder, taken: Taken) -> PlacedOrder:
    to_earn = 0
    if taken.terms is not None:
        to_earn = loyalty.points_for(
            programme=taken.terms,
            channel_id=order.channel_id,
            amount=taken.priced.earning_base,
            at=order.placed_at,
        )
    return PlacedOrder(
        number=order.number,
        status=order.status,
        total=quantize(order.totals.total, order.currency),
        currency=order.currency,
        points_spent=order.points_spent,
        points_to_earn=to_earn,
        payment_status=order.payments[-1].status if order.payments else Payment.Status.CAPTURED,
    )
