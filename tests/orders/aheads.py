"""What the tests of selling ahead share: policies, documents that bring goods, and what waits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from catalog.models import Variant
from inventory import services as inventory
from inventory.models import Backlog, BackorderPolicy, PurchaseOrder, Supplier
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.idempotency import Claim
from omni.outbox import delivery
from omni.outbox.consumers import Consumer
from omni.outbox.events import Payload
from omni.outbox.models import Event
from orders import handlers, services
from orders.models import FulfilmentLine, LinePromise, Order
from organisation.models import Location, SalesChannel
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site

CLERK = Actor.api_key("clerk")
TODAY = date(2026, 11, 22)


def _at_noon(name: str, payloads: Sequence[type[Payload]], handle: Any) -> Consumer:
    return Consumer(name, frozenset(payload.type for payload in payloads), partial(handle, now=NOW))


AT_NOON = (
    _at_noon("orders", handlers.ALLOCATED_BY, handlers.allocate_waiting),
    _at_noon("orders-promises", handlers.PROMISED_BY, handlers.update_promises),
)


def context(now: datetime = NOW) -> dict[str, Any]:
    key = f"key-{factories.number()}"
    claim = Claim.of(actor=CLERK, operation="test", key=key, request={"key": key})
    return {"claim": claim, "actor": CLERK, "now": now}


def sell_ahead(
    variant: Variant, channel: SalesChannel, most: int | None = None, **fields: Any
) -> BackorderPolicy:
    """A backorder that is open, or a preorder where there is a `release_at`."""
    kind = "PREORDER" if fields.get("release_at") else "BACKORDER"
    with db.transaction():
        pk = inventory.set_backorder_policy(
            variant_id=variant.pk,
            channel_id=channel.pk,
            kind=kind,
            most=most,
            actor=SYSTEM,
            now=NOW,
            **{"opens_at": NOW - timedelta(days=1), **fields},
        )
    return BackorderPolicy.objects.get(pk=pk)


def order_goods(
    site: Site,
    variant: Variant,
    quantity: int,
    day: date | None = None,
    supplier: Supplier | None = None,
    at: Location | None = None,
) -> PurchaseOrder:
    """A purchase order for the site's warehouse or another place, expected on a day (or after no time at all)."""
    supplier = supplier or factories.supplier(company=site.warehouse.company)
    drafted = inventory.draft_purchase_order(
        supplier_id=supplier.pk,
        destination_id=(at or site.warehouse).pk,
        lines=[inventory.OrderedLine(variant.pk, quantity, Decimal(500))],
        expected_date=day,
        **context(),
    )
    order = PurchaseOrder.objects.get(number=drafted.number)
    inventory.place_purchase_order(order_id=order.pk, **context())
    return order


def receive(order: PurchaseOrder, variant: Variant, quantity: int) -> None:
    inventory.receive_purchase_order(
        order_id=order.pk,
        number=f"note-{factories.number()}",
        arrivals=[inventory.Arrival(variant.pk, quantity)],
        **context(),
    )


def deliver() -> None:
    """Deliver at noon what is published to the orders, and what that publishes, until nothing is left."""
    for _round in range(20):
        if not sum([_deliver(consumer) for consumer in AT_NOON]):
            return
    raise AssertionError("events without end")


def _deliver(consumer: Consumer) -> bool:
    todo = (
        Event.objects.filter(type__in=consumer.types)
        .exclude(receipts__consumer=consumer.name)
        .order_by("sequence")
        .values_list("sequence", flat=True)
    )
    sequences = list(todo)
    delivery.take(consumer, sequences)
    return bool(sequences)


def allocate(now: datetime = NOW) -> int:
    with db.transaction():
        return services.allocate_waiting(variant_ids=None, now=now)


def parts(number: str) -> list[tuple[str, int, int | None]]:
    """(state, units, what holds them) of an order's parts."""
    lines = FulfilmentLine.objects.filter(fulfilment__order__number=number, quantity__gt=0)
    return sorted(
        lines.values_list("fulfilment__status", "quantity", "reservation__quantity"), key=lambda row: row[:2]
    )


def promise(number: str) -> tuple[str, date | None, str]:
    found = LinePromise.objects.get(line__order__number=number)
    return found.kind, found.promised_date, found.basis


def backlog(variant: Variant) -> tuple[int, int]:
    """(sold ahead, waited for) over all channels."""
    rows = list(Backlog.objects.filter(variant=variant).values_list("ahead", "owed"))
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


def cancel(number: str) -> None:
    services.cancel_order(number=number, reason="other", customer=None, **context())


def order_of(number: str) -> Order:
    return Order.objects.get(number=number)
