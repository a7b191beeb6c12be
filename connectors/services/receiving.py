"""Orders from outside, by signed webhook or polled (`polling`); both may bring the same one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import structlog
from django.db.models import F

from catalog import selectors as catalog
from connectors.errors import InboundSettled, MessageInvalid, OrderDropped, OrderRefused, PushFailed
from connectors.models import Connection, InboundFailure, RefusedFile
from connectors.ports import Capability
from connectors.registry import lacks, reached
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import DomainError, NotFound, Unavailable
from omni.core.idempotency import Claim
from omni.core.money import quantize
from orders.models import Order, OrderContact
from orders.services import external as orders
from orders.services.channel_tenders import BORNE

logger = structlog.get_logger(__name__)

CONTACT = ("name", "name_kana", "email", "phone", "postal_code", "prefecture", "city", "line1", "line2")
# What is sold is booked: a buyer's field that is too long is cut, not refused.
MOST = {field.name: field.max_length for field in OrderContact._meta.fields if field.name in CONTACT}
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def receive_order(
    *, connection: Connection, body: bytes, headers: Mapping[str, str], now: datetime
) -> orders.ExternalOrderBooked:
    """
    Take in the order that a request of the counterpart's brings.

    Raises:
        NotFound: this kind of connection sends none.
        SignatureInvalid: it is not the counterpart's.
        Unavailable: the kind can't be used just now.
        and what `take_order` raises
    """
    if lacks(connection, Capability.RECEIVE_ORDER):
        raise NotFound(connection=connection.code)
    try:
        with reached(connection) as (connector, to):
            data = connector.receive_order(to, body, headers)
    except PushFailed as error:
        raise Unavailable(connection=connection.code) from error
    return take_order(connection=connection, data=data, now=now)


def take_order(
    *, connection: Connection, data: Mapping[str, Any], now: datetime
) -> orders.ExternalOrderBooked:
    """
    Book an order that the connection has sold already; once, however often it comes.

    The claim's key is the channel's own order number: a repeat gets the first answer. What can't
    be booked is kept, with the reason, until it can.

    Raises:
        MessageInvalid: a field has not the agreed form; nothing is kept, the sender must mend it.
        OrderRefused: kept for a person (an unknown SKU, for instance).
        OrderDropped: a person dropped it before.
        ClaimInFlight, ClaimMismatch
    """
    order = parse_order(data)
    actor, number = Actor.connection(connection.code), order["external_number"]
    _refuse_dropped(connection, number)
    claim = claim_of(connection, number, data)
    try:
        booked = orders.place_external_order(
            channel=connection.channel, claim=claim, actor=actor, now=now, **_resolved(order)
        )
    except DomainError as error:
        if error.status == 409 or isinstance(error, MessageInvalid) or error.code.startswith("idempotency"):
            raise
        keep(connection, number, data, error, now)
        raise OrderRefused(reason=error.code, **error.data()) from error
    # The buyer's data is in the order's contact now, where it can be erased.
    InboundFailure.objects.open().filter(connection=connection, external_number=number).update(
        resolved_at=now, body={}
    )
    return booked


def _refuse_dropped(connection: Connection, number: str) -> None:
    dropped = InboundFailure.objects.dropped().filter(connection=connection, external_number=number)
    # What was booked under the number before is answered as ever.
    booked = Order.objects.filter(channel=connection.channel, external_number=number)
    if dropped.exists() and not booked.exists():
        raise OrderDropped(external_number=number)


def claim_of(connection: Connection, number: str, data: Mapping[str, Any]) -> Claim:
    """The claim under which an order is taken in: its key is the channel's own number."""
    actor = Actor.connection(connection.code)
    return Claim.of(actor=actor, operation="take-order", key=number, request=data)


def parse_order(data: Mapping[str, Any]) -> dict[str, Any]:
    """
    Read an order message.

    Raises:
        MessageInvalid: names the field and the rule that it breaks.
    """
    if not isinstance(data, Mapping):
        raise MessageInvalid(field="data", rule="must be an object")
    lines = data.get("lines")
    if not isinstance(lines, list) or not lines:
        raise MessageInvalid(field="lines", rule="must be a list of at least one line")
    buyer = data.get("buyer") or {}
    if not isinstance(buyer, dict):
        raise MessageInvalid(field="buyer", rule="must be an object")
    currency = _text(data, "currency", most=3)
    borne = {name: _amount(data, f"channel_{name}", currency, default="0") for name in BORNE}
    return {
        "external_number": _text(data, "order_number", most=64),
        "placed_at": _time(data, "placed_at"),
        "currency": currency,
        "total": _total(data, currency, borne),
        "shipping": _amount(data, "shipping", currency, default="0"),
        "borne": borne,
        "invoice_issuer": _issuer(data),
        "lines": [_line(line, index, currency) for index, line in enumerate(lines)],
        "contact": {key: _shortened(buyer.get(key), MOST[key]) for key in CONTACT},
    }


def _total(data: Mapping[str, Any], currency: str, borne: Mapping[str, Decimal]) -> Decimal:
    total = _amount(data, "total", currency)
    if sum(borne.values()) > total:
        raise MessageInvalid(field="total", rule="must hold what the channel bears of it")
    return total


def _issuer(data: Mapping[str, Any]) -> str:
    issuer = str(data.get("invoice_issuer", "seller")).upper()
    if issuer not in Order.InvoiceIssuer.values:
        raise MessageInvalid(field="invoice_issuer", rule="must be seller or channel")
    return issuer


def has_form(data: Any) -> bool:
    """Whether a kept message is an order that could be taken in."""
    try:
        parse_order(data)
    except MessageInvalid:
        return False
    return True


def _shortened(value: Any, most: int | None) -> str:
    return str(value or "").replace("\x00", "")[:most]


def _line(line: Any, index: int, currency: str) -> dict[str, Any]:
    field = f"lines[{index}]"
    if not isinstance(line, dict):
        raise MessageInvalid(field=field, rule="must be an object")
    quantity = line.get("quantity")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 0 < quantity < 10**6:
        raise MessageInvalid(field=f"{field}.quantity", rule="must be a whole number from 1")
    return {
        "sku": _text(line, "sku", most=64, prefix=f"{field}."),
        "quantity": quantity,
        "amount": _amount(line, "amount", currency, prefix=f"{field}."),
    }


def _text(data: Mapping[str, Any], key: str, *, most: int, prefix: str = "") -> str:
    value = data.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= most or "\x00" in value:
        raise MessageInvalid(field=prefix + key, rule=f"must be text of 1 to {most} characters")
    return value


def _amount(
    data: Mapping[str, Any], key: str, currency: str, *, default: str | None = None, prefix: str = ""
) -> Decimal:
    value = data.get(key, default)
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount < 10**12:
        raise MessageInvalid(field=prefix + key, rule="must be an amount as a string, not negative")
    if quantize(amount, currency) != amount:
        raise MessageInvalid(field=prefix + key, rule="must be in whole units of the currency")
    return amount


def _time(data: Mapping[str, Any], key: str) -> datetime:
    try:
        at = datetime.fromisoformat(str(data.get(key)))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not EARLIEST <= at < LATEST:
        raise MessageInvalid(field=key, rule="must be an RFC 3339 time with its offset")
    return at


def _resolved(order: dict[str, Any]) -> dict[str, Any]:
    """Replace SKUs by variants. Raises UnknownSku (of catalog) naming those that we don't have."""
    variants = catalog.get_variants(skus=[line["sku"] for line in order["lines"]])
    lines = [
        orders.ExternalLine(
            variant_id=variants[line["sku"]], quantity=line["quantity"], amount=line["amount"]
        )
        for line in order["lines"]
    ]
    return {**order, "lines": lines}


def keep(
    connection: Connection, number: str, data: Mapping[str, Any], error: DomainError, now: datetime
) -> None:
    """Keep an order that can't be booked, with the reason, for a person; the same one once."""
    body = json.loads(json.dumps(data).replace("\\u0000", ""))  # jsonb can't hold it
    failure, created = InboundFailure.objects.get_or_create(
        connection=connection,
        external_number=number,
        defaults={"body": body, "error": repr(error), "failed_at": now},
    )
    if not created:
        InboundFailure.objects.filter(pk=failure.pk, drop_reason="").update(
            body=body, error=repr(error), failed_at=now, tries=F("tries") + 1, resolved_at=None
        )


@dataclass(frozen=True, slots=True)
class Landed:
    """What a claim keeps of a kept order that was taken in again: the order that it is now."""

    number: str


def retry_inbound(*, failure_id: int, claim: Claim, now: datetime) -> Landed:
    """
    Take a kept order in again, after what stood in its way is mended.

    Replaying the claim returns the order that it first led to. One that has landed meanwhile, by
    another delivery or another click, is answered rather than taken in.

    Raises:
        MessageInvalid, OrderRefused: it still can't be booked.
        InboundSettled: it was dropped meanwhile.
        ClaimInFlight, ClaimMismatch: the claim, or the order's own, is in use or another's.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Landed):
            return replayed
    failure = InboundFailure.objects.select_related("connection__channel").get(pk=failure_id)
    landed = _landed(failure) or Landed(
        take_order(connection=failure.connection, data=failure.body, now=now).number
    )
    # The order's own claim has made it happen once; this one makes the page tell it again.
    return idempotency.once(claim, lambda: landed, result_type=Landed, now=now)


def _landed(failure: InboundFailure) -> Landed | None:
    if failure.resolved_at is None:
        return None
    number = (
        Order.objects.filter(channel=failure.connection.channel_id, external_number=failure.external_number)
        .values_list("number", flat=True)
        .first()
    )
    if number is None:
        raise InboundSettled(external_number=failure.external_number)
    return Landed(number)


def settle_refused(*, file_id: int, actor: Actor, now: datetime) -> None:
    """Note that somebody has seen to a refused file; the first who did stays."""
    db.require_transaction()
    RefusedFile.objects.filter(pk=file_id, settled_at=None).update(settled_at=now, settled_by=str(actor))
