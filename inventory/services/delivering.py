"""Deliveries against purchase orders: in part, over, damaged, each booked once under its number."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from inventory import errors
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseReceipt, StockDocument
from inventory.services.batches import DocumentRef
from inventory.services.costs import Cost, owners_supplied_by, record_costs
from inventory.services.incoming import Arrival, arrived, summed_arrivals
from inventory.services.moving import lock_levels
from inventory.services.posting import post_movements
from inventory.services.purchasing import PurchaseOrderNow, advance, finish
from omni.core import clock, db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.ids import uuid7

Status = PurchaseOrder.Status


def receive_purchase_order(
    *,
    order_id: int,
    arrivals: Sequence[Arrival],
    number: str = "",
    over_reason: str = "",
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> PurchaseOrderNow:
    """
    Book a delivery against an order, in part or in full, under the delivery note's number.

    What arrived damaged is on hand and set aside. Whose it is, the terms with its supplier say: what is
    on consignment or paid as sold stays the supplier's, anything else is our own. More than ordered is taken up to the order's
    tolerance of each line, all deliveries together; beyond it only with a reason.

    Raises:
        ClaimInFlight, ClaimMismatch
        UnknownPurchaseOrder, PurchaseOrderNotInState
        NotExpected: the order has no line of it.
        OverDelivered: more arrived than is tolerated, and no reason was given.
        AlreadyPosted: a delivery of this number was booked before at this location.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=PurchaseOrderNow):
            return replayed
        order = PurchaseOrder.objects.for_update_in(order_id, *PurchaseOrder.OPEN)
        lines = {line.variant_id: line for line in order.lines.select_related("variant")}
        came = summed_arrivals(arrivals, {pk: line.variant.sku for pk, line in lines.items()})
        if not came:
            raise InvalidField(field="lines", rule="required")
        by = _take_in(order, lines, came, now)
        if not over_reason.strip():
            _refuse_over([lines[pk] for pk in came], order.over_tolerance)
        document = DocumentRef(StockDocument.Kind.RECEIPT, number or str(uuid7()), note, order.destination_id)
        _post(order, document, came, over_reason=over_reason, actor=actor, now=now)
        return finish(order, by, document=document.number, claim=claim, actor=actor, now=now)


def _take_in(
    order: PurchaseOrder, lines: Mapping[int, PurchaseOrderLine], came: Mapping[int, Arrival], now: datetime
) -> dict[tuple[int, int], int]:
    """Count arrivals on the lines, take the order's state on; answer by what `incoming` moves."""
    by = {}
    for variant_id, arrival in came.items():
        line = lines[variant_id]
        before = line.outstanding
        line.received += arrival.received
        line.damaged += arrival.damaged
        by[variant_id, order.destination_id] = line.outstanding - before
    PurchaseOrderLine.objects.bulk_update([lines[pk] for pk in came], ["received", "damaged"], batch_size=500)
    complete = not any(line.outstanding for line in lines.values())
    order.closed_at = now if complete else None
    advance(order, Status.RECEIVED if complete else Status.PARTIALLY_RECEIVED)
    return by


def _refuse_over(lines: Iterable[PurchaseOrderLine], tolerance: Decimal) -> None:
    over = [
        {
            "sku": line.variant.sku,
            "ordered": line.quantity,
            "arrived": line.arrived,
            "allowed": line.most(tolerance),
        }
        for line in lines
        if line.arrived > line.most(tolerance)
    ]
    if over:
        raise errors.OverDelivered(lines=sorted(over, key=lambda one: str(one["sku"])))


def _post(
    order: PurchaseOrder,
    document: DocumentRef,
    came: Mapping[int, Arrival],
    *,
    over_reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    movements = arrived(came.values(), location_id=order.destination_id, kind="RECEIPT")
    lock_levels([(variant_id, order.destination_id) for variant_id in came])
    posted = post_movements(document=document, movements=movements, actor=actor, occurred_at=now, now=now)
    PurchaseReceipt.objects.create(order=order, document_id=posted.id, over_reason=over_reason)
    ordered = order.lines.filter(variant_id__in=list(came)).values_list("variant_id", "unit_cost")
    owners = owners_supplied_by(
        supplier=order.supplier.code,
        company_id=order.company_id,
        variant_ids=list(came),
        on=clock.business_date(now, order.destination.time_zone),
    )
    costs = {variant_id: Cost(cost, owners.get(variant_id)) for variant_id, cost in ordered}
    record_costs(document_id=posted.id, costs=costs)
