"""
Taking money for an order: a transaction, the call, a transaction.

`place_order` commits a PENDING payment, whose id is the acquirer's idempotency key. It is prepared with
the acquirer, which takes nothing; a statement of its own then marks the charge as started, with the
acquirer's name for it, if the payment is still open; only then comes the call, with no transaction open,
and then what came of it is recorded. Whoever dies in between leaves a PENDING or UNKNOWN payment, and
`settle_payments` finds out what happened.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import F, Q
from django.db.models.functions import Now

from customers.models import Customer
from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import NotFound
from orders.errors import CardDeclined, PaymentUnknown
from orders.models import Order, Payment, PaymentAccount
from orders.payments import CardGateway, gateway_for
from orders.payments.port import Action, Charge, OutcomeUnknown, RequestRefused, Wanted
from orders.selectors import owns
from orders.services.outcome import PaymentAction, PlacedOrder
from orders.services.payments import OPEN, describe, record_outcome
from orders.totals import ZERO

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What an order that has been committed as PENDING still asks for; `kind` is its tender's."""

    wanted: Wanted
    kind: str
    channel_id: int
    company_id: int


def charge_order(*, due: Due, order: str, actor: Actor, now: datetime) -> PlacedOrder:
    """
    Charge a payment that has been committed as PENDING, and record the outcome.

    One that was settled meanwhile, because this process was slow to come here, is not charged. Where
    the buyer has to do something first, the order stays PENDING and the answer says what.

    Raises:
        PaymentUnknown: no answer came, and asking did not help; it will be settled by asking.
    """
    wanted = due.wanted
    account = account_of(channel_id=due.channel_id, company_id=due.company_id)
    gateway = gateway_for(due.kind, account)
    try:
        reference = gateway.prepare(wanted)
    except (RequestRefused, OutcomeUnknown) as error:
        # Nothing was asked for but to be ready, so whatever became of that, nothing is taken.
        refused = error.code if isinstance(error, RequestRefused) else "not-prepared"
        return _record(wanted.payment_id, Charge("", ZERO, refused), actor=actor, now=now)
    if not _start_charge(wanted.payment_id, reference, account):
        return _as_it_is(wanted.payment_id)
    return _charge(gateway, wanted, reference, account, order=order, actor=actor, now=now)


def account_of(*, channel_id: int, company_id: int) -> PaymentAccount | None:
    """The channel's own account, else its company's; None: the platform's acquirer, by settings."""
    ours = Q(channel_id=channel_id) | Q(channel=None, company_id=company_id)
    accounts = PaymentAccount.objects.filter(ours, active=True)
    return accounts.order_by(F("channel_id").asc(nulls_last=True)).first()


def _charge(
    gateway: CardGateway,
    wanted: Wanted,
    reference: str,
    account: PaymentAccount | None,
    *,
    order: str,
    actor: Actor,
    now: datetime,
) -> PlacedOrder:
    try:
        outcome: Charge | Action | None = gateway.charge(
            payment_id=wanted.payment_id,
            amount=wanted.amount,
            currency=wanted.currency,
            token=wanted.token,
            capture=wanted.capture,
            reference=reference,
        )
    except RequestRefused as refused:
        outcome = Charge("", ZERO, refused.code)
    except OutcomeUnknown:
        outcome = _find(gateway, wanted.payment_id, reference)
    if isinstance(outcome, Charge):
        return _record(wanted.payment_id, outcome, actor=actor, now=now)
    if isinstance(outcome, Action):
        return _wait_for_buyer(wanted.payment_id, outcome, account)
    with db.transaction():
        Payment.objects.filter(pk=wanted.payment_id, status=Payment.Status.PENDING).update(
            status=Payment.Status.UNKNOWN
        )
    raise PaymentUnknown(order=order)


def _record(payment_id: UUID, charge: Charge, *, actor: Actor, now: datetime) -> PlacedOrder:
    return record_outcome(payment_id=payment_id, charge=charge, actor=actor, now=now)


def _start_charge(payment_id: UUID, reference: str, account: PaymentAccount | None) -> bool:
    """Mark an open attempt as being charged, under its row's lock; answer whether it was open."""
    with db.transaction():
        waiting = Payment.objects.filter(
            pk=payment_id, status=Payment.Status.PENDING, charge_started_at__isnull=True
        )
        started = waiting.update(charge_started_at=Now(), provider_reference=reference, account=account)
        return started == 1


def _as_it_is(payment_id: UUID) -> PlacedOrder:
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if payment.status in OPEN:
        raise PaymentUnknown(order=payment.order.number)
    return describe(payment.order, payment)


def _find(gateway: CardGateway, payment_id: UUID, reference: str) -> Charge | Action | None:
    try:
        return gateway.find_charge(payment_id=payment_id, reference=reference)
    except OutcomeUnknown:
        return None


def _wait_for_buyer(payment_id: UUID, action: Action, account: PaymentAccount | None) -> PlacedOrder:
    """Its time is the order's: until then nobody closes it, and asking is for the acquirer's message."""
    with db.transaction():
        payment = Payment.objects.select_related("order").get(pk=payment_id)
        Payment.objects.filter(pk=payment_id, status__in=OPEN).update(pay_by=payment.order.expires_at)
    return with_action(describe(payment.order, payment), action, account)


def with_action(placed: PlacedOrder, action: Action, account: PaymentAccount | None) -> PlacedOrder:
    public_key = account.public_key if account else ""
    return replace(placed, action=PaymentAction(action.kind, action.data, public_key))


def resume(*, payment_id: UUID, actor: Actor, now: datetime) -> PlacedOrder:
    """
    Ask what became of a payment whose buyer was to do something, and record it if it is decided.

    Whoever comes back and a message of the acquirer both end here; it may be called at any time.

    Raises:
        OutcomeUnknown: the acquirer does not say.
    """
    payment = Payment.objects.select_related("order", "tender_type", "account").get(pk=payment_id)
    if payment.status == Payment.Status.CAPTURED:
        return describe(payment.order, payment)
    gateway = gateway_for(payment.tender_type.kind, payment.account)
    found = gateway.find_charge(payment_id=payment.pk, reference=payment.provider_reference)
    if isinstance(found, Charge):
        return _record(payment.pk, found, actor=actor, now=now)
    placed = describe(payment.order, payment)
    return with_action(placed, found, payment.account) if isinstance(found, Action) else placed


def resume_order(*, number: str, actor: Actor, now: datetime) -> PlacedOrder | None:
    """
    The same for an order's payment, if it has one that waits for its buyer; else None.

    Raises:
        PaymentUnknown: the acquirer does not say.
    """
    waiting = Payment.objects.filter(order__number=number, status__in=OPEN, pay_by__isnull=False)
    payment_id = waiting.values_list("pk", flat=True).first()
    if payment_id is None:
        return None
    try:
        return resume(payment_id=payment_id, actor=actor, now=now)
    except OutcomeUnknown as silent:
        logger.warning("payment.not-resumed", payment=str(payment_id), reason=silent.reason)
        raise PaymentUnknown(order=number) from silent


def settle_cart_payment(
    *, cart_id: UUID, customer: Customer | None, actor: Actor, now: datetime
) -> PlacedOrder:
    """
    What became of a cart's payment, asked by a buyer who has done what there was to do.

    Raises:
        NotFound: there is no such cart, it is somebody else's, or nothing of it was ordered.
        PaymentUnknown: the acquirer does not say; ask again.
        CardDeclined: it failed; the cart is open again.
    """
    ordered = Order.objects.filter(cart_id=cart_id).select_related("cart__customer", "cart__channel")
    order = ordered.first()
    if order is None or order.cart is None or not owns(order.cart, customer):
        raise NotFound(cart=str(cart_id))
    placed = resume_order(number=order.number, actor=actor, now=now)
    placed = placed or describe(order, order.payments.order_by("-created_at", "-pk")[0])
    if placed.payment_status == Payment.Status.FAILED:
        raise CardDeclined(order=placed.number, decline_code=placed.decline_code)
    return placed
