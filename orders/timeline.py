"""
Everything that happened to an order, in order: what, when, by whom, through what.

Read from the rows that tell of it, in a constant number of queries; nothing is written down twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import StockDocument
from omni.core.errors import NotFound
from omni.core.text import pick
from orders.models import Fulfilment, Order, OrderChange, Payment, PromiseChange, Refund, Return
from orders.services.fulfil import COLLECTED
from organisation.models import ApiKey, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """
    `text` is in the reader's language; `amount`, in the order's currency, is what money moved. `actor` is
    as ledgers name it, `by` and `via` the same in words.
    """

    at: datetime
    kind: str
    text: str
    note: str = ""
    amount: Decimal | None = None
    actor: str = ""
    by: str = ""
    via: str = ""


# What a buyer is told; not what went on behind the counter, nor who did it.
FOR_BUYERS = frozenset(
    (
        *("PLACED", "PAID", "READY", "SHIPPED", "COLLECTED", "PROMISED", "CANCELLED", "EXPIRED"),
        *("LINES_CANCELLED", "EXCHANGED", "ADDRESS", "RETURNED", "REFUNDED"),
    )
)
CHANGES = {
    OrderChange.Kind.CANCEL: ("LINES_CANCELLED", gettext_lazy("Cancelled: %(units)s")),
    OrderChange.Kind.SWAP: ("EXCHANGED", gettext_lazy("Exchanged: %(units)s")),
    OrderChange.Kind.CONTACT: ("ADDRESS", gettext_lazy("Address changed")),
}
PAYMENTS: dict[str, tuple[str, str | Promise]] = {
    Payment.Status.CAPTURED: ("PAID", gettext_lazy("Paid: %(tender)s")),
    Payment.Status.FAILED: ("PAYMENT_FAILED", gettext_lazy("Payment failed: %(tender)s")),
    Payment.Status.VOIDED: ("PAYMENT_VOIDED", gettext_lazy("No longer to pay: %(tender)s")),
}
REFUNDS: dict[str, tuple[str, str | Promise]] = {
    Refund.Status.DONE: ("REFUNDED", gettext_lazy("Refunded: %(tender)s")),
    Refund.Status.FAILED: ("REFUND_FAILED", gettext_lazy("Refund refused: %(tender)s")),
}
WAYS = {
    "api-key": gettext_lazy("device"),
    "connection": gettext_lazy("connection"),
    "command": gettext_lazy("command"),
    "system": gettext_lazy("by itself"),
    "guest": gettext_lazy("storefront"),
}


def find_order(*, number: str, person_id: int | None = None) -> Order:
    """
    An order with its channel and shop, and no more: a person's, or (None) anybody's.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    orders = Order.objects.filter(number=number).select_related("channel", "location")
    if person_id is not None:
        orders = orders.filter(customer__person_id=person_id)
    order = orders.first()
    if order is None:
        raise NotFound(order=number)
    return order


def list_moments(order: Order, *, for_buyer: bool = False) -> list[Moment]:
    """All of the order's moments, oldest first; for its buyer those that concern them, without who."""
    found = sorted(_moments(order), key=lambda moment: moment.at)
    if for_buyer:
        told = (moment for moment in found if moment.kind in FOR_BUYERS)
        return [replace(moment, actor="", note="") for moment in told]
    return _named(found)


def _moments(order: Order) -> Iterator[Moment]:
    yield from _of_order(order)
    yield from _of_payments(order)
    yield from _of_refunds(order)
    yield from _of_fulfilments(order)
    yield from _of_returns(order)
    yield from _of_changes(order)
    yield from _of_promises(order)


def _of_order(order: Order) -> Iterator[Moment]:
    place = order.location.name if order.location else order.channel.name
    yield Moment(
        at=order.placed_at,
        kind="PLACED",
        text=_("Placed: %(place)s") % {"place": pick(place)},
        amount=order.total,
        actor=order.actor,
        via=pick(order.channel.name),
    )
    if order.completed_at and not order.location_id:
        yield Moment(at=order.completed_at, kind="COMPLETED", text=_("Completed"))
    if order.cancelled_at and not order.changes.filter(lines=None, kind=OrderChange.Kind.CANCEL).exists():
        expired = order.status == Order.Status.EXPIRED
        yield Moment(
            at=order.cancelled_at,
            kind="EXPIRED" if expired else "CANCELLED",
            text=_("Payment did not come in time") if expired else _("Cancelled"),
            note=order.cancel_reason,
        )


def _of_payments(order: Order) -> Iterator[Moment]:
    for payment in order.payments.select_related("tender_type"):
        if payment.settled_at and payment.status in PAYMENTS:
            kind, text = PAYMENTS[payment.status]
            yield Moment(
                at=payment.settled_at,
                kind=kind,
                text=text % {"tender": pick(payment.tender_type.name)},
                note=payment.decline_code,
                amount=payment.captured_amount or payment.amount,
            )


def _of_refunds(order: Order) -> Iterator[Moment]:
    for refund in Refund.objects.filter(payment__order=order).select_related("payment__tender_type"):
        tender = {"tender": pick(refund.payment.tender_type.name)}
        kind, text = REFUNDS.get(
            refund.status, ("REFUND_ASKED", gettext_lazy("Refund asked for: %(tender)s"))
        )
        at = refund.settled_at or refund.created_at
        yield Moment(at=at, kind=kind, text=text % tender, amount=refund.amount, note=refund.last_error)


def _of_fulfilments(order: Order) -> Iterator[Moment]:
    parts = list(order.fulfilments.select_related("location").order_by("pk"))
    numbers = [f"{order.number}/{part.pk}" for part in parts]
    documents = StockDocument.objects.filter(kind="FULFILMENT", number__in=numbers)
    actors = dict(documents.values_list("number", "actor"))
    for part in parts:
        yield from _of_part(part, actors.get(f"{order.number}/{part.pk}", ""))


def _of_part(part: Fulfilment, actor: str) -> Iterator[Moment]:
    place = {"place": pick(part.location.name) if part.location else ""}
    if part.accepted_at:
        yield Moment(at=part.accepted_at, kind="ACCEPTED", text=_("Accepted: %(place)s") % place)
    if part.ready_at:
        yield Moment(at=part.ready_at, kind="READY", text=_("Ready: %(place)s") % place)
    if part.rejected_at:
        yield Moment(
            at=part.rejected_at,
            kind="REJECTED",
            text=_("Rejected: %(place)s") % place,
            note=" ".join(filter(None, (str(part.get_rejection_display()), part.note))),
            actor=part.rejected_by,
        )
    if part.completed_at and part.kind != "CARRY_OUT":
        collected = part.kind in COLLECTED
        text = _("Handed over: %(place)s") if collected else _("Shipped: %(place)s")
        kind = "COLLECTED" if collected else "SHIPPED"
        yield Moment(
            at=part.completed_at, kind=kind, text=text % place, note=part.tracking_number, actor=actor
        )


def _of_returns(order: Order) -> Iterator[Moment]:
    for returned in Return.objects.filter(order=order).select_related("location"):
        yield Moment(
            at=returned.received_at or returned.created_at,
            kind="RETURNED",
            text=_("Returned: %(place)s") % {"place": pick(returned.location.name)},
            note=returned.reason,
            amount=returned.refund_amount,
            actor=returned.actor,
        )


def _of_changes(order: Order) -> Iterator[Moment]:
    for change in order.changes.annotate(units=Sum("lines__quantity")):
        kind, text = CHANGES[OrderChange.Kind(change.kind)]
        whole = change.kind == OrderChange.Kind.CANCEL and change.units is None
        yield Moment(
            at=change.changed_at,
            kind="CANCELLED" if whole else kind,
            text=_("Cancelled") if whole else str(text) % {"units": change.units},
            note=change.reason,
            amount=change.amount or None,
            actor=change.actor,
        )


def _of_promises(order: Order) -> Iterator[Moment]:
    for change in PromiseChange.objects.filter(promise__line__order=order):
        days = {"before": change.before or "–", "after": change.after or "–"}
        text = _("Promised for %(after)s, formerly %(before)s") % days
        yield Moment(at=change.changed_at, kind="PROMISED", text=text, actor="system:omni")


def _named(moments: list[Moment]) -> list[Moment]:
    """Who acted, and through what, in words: two queries, whoever they are."""
    keys = _keys_of(moments)
    users = {str(user.pk): user for user in User.objects.filter(pk__in=keys["user"])}
    devices = ApiKey.objects.filter(prefix__in=keys["api-key"]).select_related("location")
    by_prefix = {device.prefix: device for device in devices}
    return [_name(moment, users, by_prefix) for moment in moments]


def _keys_of(moments: Iterable[Moment]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"user": set(), "api-key": set()}
    for moment in moments:
        kind, _colon, key = moment.actor.partition(":")
        if kind == "api-key" or (kind == "user" and key.isdecimal()):
            found[kind].add(key)
    return found


def _name(moment: Moment, users: dict[str, User], devices: dict[str, ApiKey]) -> Moment:
    kind, _colon, key = moment.actor.partition(":")
    by, via = "", str(WAYS.get(kind, ""))
    if kind == "user":
        user = users.get(key)
        by = str(user) if user else key
        via = _("staff screens") if user is None or user.is_staff else _("storefront")
    elif kind == "api-key":
        device = devices.get(key)
        by = device.name if device else key
        via = pick(device.location.name) if device and device.location else via
    elif kind in ("connection", "command"):
        by = key
    return replace(moment, by=by, via=moment.via or via)
