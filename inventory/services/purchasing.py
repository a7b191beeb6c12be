"""Purchase orders: drafted, placed, called off. What is ordered is under way to its destination."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from inventory import errors
from inventory.models import PurchaseOrder, PurchaseOrderLine, Supplier
from inventory.services.incoming import draw_number, move_incoming, require_reason
from inventory.services.moving import LevelNow, read_levels, refuse_stockless
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.limits import require_amount, require_units
from omni.outbox.events import IncomingChanged, PurchaseOrderChanged
from omni.outbox.publish import Message, publish_all
from organisation.models import Location

Status = PurchaseOrder.Status


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """Units (above zero) of a variant at a cost each, in the order's currency; not negative."""

    variant_id: int
    quantity: int
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class PurchaseLineNow:
    sku: str
    quantity: int
    received: int
    damaged: int


@dataclass(frozen=True, slots=True)
class PurchaseOrderNow:
    """An order as the operation left it; `document` is the delivery that it booked."""

    number: str
    status: str
    lines: tuple[PurchaseLineNow, ...]
    document: str | None = None
    levels: tuple[LevelNow, ...] = ()


def draft_purchase_order(
    *,
    supplier_id: int,
    destination_id: int,
    lines: Sequence[OrderedLine],
    expected_date: date | None = None,
    over_tolerance: Decimal | None = None,
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> PurchaseOrderNow:
    """
    Write down what is to be ordered. Nothing is under way before it is placed.

    Without a tolerance of its own the order has the supplier's.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownSupplier: there is none, or nothing is ordered from it any more.
        KeepsNoStock
        InvalidField: there is no line, a variant stands on two, or there is more than columns hold.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PurchaseOrderNow):
            return replayed
        order = write_draft(
            supplier_id=supplier_id,
            destination_id=destination_id,
            lines=lines,
            expected_date=expected_date,
            over_tolerance=over_tolerance,
            note=note,
            actor=actor,
            now=now,
        )
        return idempotency.settle(claim, order_now(order), now=now)


def write_draft(
    *,
    supplier_id: int,
    destination_id: int,
    lines: Sequence[OrderedLine],
    expected_date: date | None = None,
    over_tolerance: Decimal | None = None,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> PurchaseOrder:
    """
    Write a draft and tell of it. A building block.

    Raises:
        UnknownSupplier: there is none, or nothing is ordered from it any more.
        KeepsNoStock
        InvalidField: there is no line, a variant stands on two, or there is more than columns hold.
    """
    db.require_transaction()
    supplier = _supplier(supplier_id)
    _refuse_lines(lines)
    pk, number = draw_number("inventory_purchaseorder", "P")
    order = PurchaseOrder.objects.create(
        pk=pk,
        number=number,
        supplier=supplier,
        company_id=supplier.company_id,
        destination_id=destination_id,
        currency=Location.objects.values_list("currency", flat=True).get(pk=destination_id),
        expected_date=expected_date,
        over_tolerance=supplier.over_tolerance if over_tolerance is None else over_tolerance,
        note=note,
        actor=str(actor),
        created_at=now,
    )
    _write_lines(order, lines)
    publish_all([_changed(order)], at=now, actor=actor)
    return order


def revise_purchase_order(
    *,
    order_id: int,
    lines: Sequence[OrderedLine],
    expected_date: date | None = None,
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> PurchaseOrderNow:
    """
    Replace the lines of a draft.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownPurchaseOrder, PurchaseOrderNotInState: it is ordered already.
        KeepsNoStock
        InvalidField: there is no line, a variant stands on two, or there is more than columns hold.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PurchaseOrderNow):
            return replayed
        order = PurchaseOrder.objects.for_update_in(order_id, Status.DRAFT)
        _refuse_lines(lines)
        order.lines.all().delete()
        _write_lines(order, lines)
        order.expected_date, order.note = expected_date, note
        order.save(update_fields=["expected_date", "note"])
        publish_all([_changed(order)], at=now, actor=actor)
        return idempotency.settle(claim, order_now(order), now=now)


def place_purchase_order(*, order_id: int, claim: Claim, actor: Actor, now: datetime) -> PurchaseOrderNow:
    """
    Order a draft's goods: they are `incoming` at the destination from now on.

    Without a day of its own it is expected after the supplier's lead time, by the destination's
    calendar.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownPurchaseOrder, PurchaseOrderNotInState
        UnknownSupplier: nothing is ordered from it any more.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PurchaseOrderNow):
            return replayed
        order = PurchaseOrder.objects.for_update_in(order_id, Status.DRAFT)
        order.expected_date = order.expected_date or _expected(order, now)
        order.ordered_at = now
        advance(order, Status.ORDERED)
        return finish(order, _outstanding(order, 1), claim=claim, actor=actor, now=now)


def reschedule_purchase_order(
    *, order_id: int, expected_date: date | None, claim: Claim, actor: Actor, now: datetime
) -> PurchaseOrderNow:
    """
    Expect what is still to come of an order on another day; None: nobody can say when.

    What was promised of it follows (`inventory.incoming-changed.v1`).

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownPurchaseOrder, PurchaseOrderNotInState
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PurchaseOrderNow):
            return replayed
        order = PurchaseOrder.objects.for_update_in(order_id, *PurchaseOrder.OPEN)
        order.expected_date = expected_date
        order.save(update_fields=["expected_date"])
        pairs = list(_outstanding(order, 1))
        variants, locations = zip(*pairs, strict=True) if pairs else ((), ())
        publish_all(
            [_changed(order), Message("stock", IncomingChanged(variants, locations))], at=now, actor=actor
        )
        return idempotency.settle(claim, order_now(order), now=now)


def close_purchase_order(
    *, order_id: int, reason: str, claim: Claim, actor: Actor, now: datetime
) -> PurchaseOrderNow:
    """
    Expect no more of an order of which a part has arrived: the rest is no longer under way.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownPurchaseOrder, PurchaseOrderNotInState
        InvalidField: there is no reason.
    """
    return _end(
        order_id, Status.CLOSED, (Status.PARTIALLY_RECEIVED,), reason, claim=claim, actor=actor, now=now
    )


def cancel_purchase_order(
    *, order_id: int, reason: str, claim: Claim, actor: Actor, now: datetime
) -> PurchaseOrderNow:
    """
    Call off an order of which nothing has arrived, or throw a draft away.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownPurchaseOrder, PurchaseOrderNotInState: a part has arrived; close it short.
        InvalidField: there is no reason.
    """
    return _end(
        order_id,
        Status.CANCELLED,
        (Status.DRAFT, Status.ORDERED),
        reason,
        claim=claim,
        actor=actor,
        now=now,
    )


def _end(
    order_id: int,
    status: Status,
    states: tuple[Status, ...],
    reason: str,
    *,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> PurchaseOrderNow:
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PurchaseOrderNow):
            return replayed
        require_reason(reason)
        order = PurchaseOrder.objects.for_update_in(order_id, *states)
        by = _outstanding(order, -1) if order.status in PurchaseOrder.OPEN else {}
        order.reason, order.closed_at = reason, now
        advance(order, status)
        return finish(order, by, claim=claim, actor=actor, now=now)


def _supplier(supplier_id: int) -> Supplier:
    supplier = Supplier.objects.filter(pk=supplier_id, active=True).first()
    if supplier is None:
        raise errors.UnknownSupplier()
    return supplier


def _refuse_lines(lines: Sequence[OrderedLine]) -> None:
    variant_ids = [line.variant_id for line in lines]
    if not lines:
        raise InvalidField(field="lines", rule="required")
    if len(set(variant_ids)) < len(variant_ids):
        raise InvalidField(field="lines", rule="variant-once")
    for line in lines:
        require_units(line.quantity, field="lines")
        require_amount(line.unit_cost, field="lines")
    refuse_stockless(variant_ids)


def _write_lines(order: PurchaseOrder, lines: Iterable[OrderedLine]) -> None:
    PurchaseOrderLine.objects.bulk_create(
        PurchaseOrderLine(
            order=order, variant_id=line.variant_id, quantity=line.quantity, unit_cost=line.unit_cost
        )
        for line in lines
    )


def _expected(order: PurchaseOrder, now: datetime) -> date:
    today = now.astimezone(ZoneInfo(order.destination.time_zone)).date()
    return today + timedelta(days=_supplier(order.supplier_id).lead_time_days)


def _outstanding(order: PurchaseOrder, sign: int) -> dict[tuple[int, int], int]:
    return {(line.variant_id, order.destination_id): sign * line.outstanding for line in order.lines.all()}


def advance(order: PurchaseOrder, status: Status) -> None:
    """Take a locked order to a state."""
    order.status = status
    order.save(update_fields=["status", "expected_date", "ordered_at", "closed_at", "reason"])


def finish(
    order: PurchaseOrder,
    by: Mapping[tuple[int, int], int],
    *,
    document: str | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> PurchaseOrderNow:
    """Move what is under way, tell of it, and settle the claim."""
    messages = move_incoming(by)
    publish_all([*messages, _changed(order)], at=now, actor=actor)
    result = order_now(order, document=document, levels=read_levels(list(by)) if by else ())
    return idempotency.settle(claim, result, now=now)


def _changed(order: PurchaseOrder) -> Message:
    payload = PurchaseOrderChanged(order.pk, order.number, str(order.status))
    return Message(f"purchase-order:{order.pk}", payload)


def order_now(
    order: PurchaseOrder, *, document: str | None = None, levels: tuple[LevelNow, ...] = ()
) -> PurchaseOrderNow:
    """The order as this transaction sees it, its lines by sku."""
    lines = order.lines.select_related("variant").order_by("variant__sku")
    return PurchaseOrderNow(
        number=order.number,
        status=str(order.status),
        lines=tuple(
            PurchaseLineNow(line.variant.sku, line.quantity, line.received, line.damaged) for line in lines
        ),
        document=document,
        levels=levels,
    )
