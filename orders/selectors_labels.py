"""What is to be labelled: fulfilments that leave a location by a carrier."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from django.db.models import Prefetch, QuerySet

from omni.core.text import pick
from orders.labels import Label, Party, reference_of
from orders.models import (
    Carrier,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderDelivery,
    Payment,
    TenderType,
)
from orders.selectors_shipping import find_methods
from orders.shipping import SHIPPED, Method
from organisation.models import Location

TO_LABEL = (Fulfilment.Status.RESERVED, Fulfilment.Status.PREPARED, Fulfilment.Status.READY)


def list_labels(*, carrier: Carrier, location: Location, on: date) -> list[Label]:
    """
    A label for each delivery of each fulfilment that is open at the location and goes by the carrier, the
    oldest first. An order that says nothing goes by its channel's usual method. A constant number of
    statements a channel, whatever the number of fulfilments.
    """
    parts = list(_to_label(location))
    methods = {
        channel_id: find_methods(channel_id=channel_id, on=on)
        for channel_id in {part.order.channel_id for part in parts}
    }
    collected: set[int] = set()
    labels = []
    for part in parts:
        for delivery, lines in _by_delivery(part):
            usual = _usual(methods[part.order.channel_id], lines)
            if (delivery.carrier if delivery else usual.carrier if usual else "") != carrier.code:
                continue
            label = partial(_label, part, delivery, lines, carrier=carrier, on=on)
            labels.append(label(collect=part.order_id not in collected))
            collected.add(part.order_id)
    return labels


def _to_label(location: Location) -> QuerySet[Fulfilment]:
    lines = FulfilmentLine.objects.filter(quantity__gt=0).select_related("order_line__variant__product")
    deferred = Payment.objects.filter(
        status=Payment.Status.PENDING, tender_type__kind=TenderType.Kind.DEFERRED
    )
    return (
        Fulfilment.objects.filter(
            location=location,
            kind__in=SHIPPED,
            status__in=TO_LABEL,
            tracking_number="",
            order__status=Order.Status.PLACED,
        )
        .select_related("order__contact", "location")
        .prefetch_related(
            Prefetch("lines", lines.order_by("pk")),
            Prefetch("order__deliveries", OrderDelivery.objects.select_related("address").order_by("pk")),
            Prefetch("order__payments", deferred, to_attr="to_collect"),
        )
        .order_by("pk")
    )


def _by_delivery(part: Fulfilment) -> list[tuple[OrderDelivery | None, list[FulfilmentLine]]]:
    deliveries = list(part.order.deliveries.all())
    groups: dict[int | None, tuple[OrderDelivery | None, list[FulfilmentLine]]] = {}
    for line in part.lines.all():
        position = line.order_line.position
        delivery = next((each for each in deliveries if position in each.positions), None)
        groups.setdefault(delivery.pk if delivery else None, (delivery, []))[1].append(line)
    return list(groups.values())


def _usual(methods: Sequence[Method], lines: Sequence[FulfilmentLine]) -> Method | None:
    temperature = lines[0].order_line.variant.temperature
    return next((method for method in methods if method.temperature == temperature), None)


def _label(
    part: Fulfilment,
    delivery: OrderDelivery | None,
    lines: Sequence[FulfilmentLine],
    *,
    carrier: Carrier,
    on: date,
    collect: bool,
) -> Label:
    to, sender = _parties(part, delivery)
    variant = lines[0].order_line.variant
    due = sum((payment.amount for payment in part.order.to_collect), 0) if collect else 0  # type: ignore[attr-defined]
    return Label(
        reference=reference_of(part.pk),
        to=to,
        sender=sender,
        goods=(pick(variant.product.name) or variant.sku)[:16],
        ship_on=on,
        temperature=delivery.temperature if delivery else variant.temperature,
        parcels=delivery.parcels if delivery else 1,
        deliver_on=delivery.date if delivery else None,
        slot=delivery.slot_label if delivery else "",
        account=carrier.account,
        collect=int(due),
        collect_tax=int(part.order.tax_amount) if due else 0,
    )


def _parties(part: Fulfilment, delivery: OrderDelivery | None) -> tuple[Party, Party]:
    """To whom, and from whom: what goes to somebody else comes from the order's contact, else from the shop."""
    contact = _person(getattr(part.order, "contact", None))
    address = getattr(delivery, "address", None) if delivery else None
    if address is not None and address.name:
        return _person(address), contact
    assert part.location is not None
    return contact, Party(
        name=pick(part.location.name) or part.location.code,
        phone=part.location.phone,
        postal_code=part.location.postal_code,
        address=pick(part.location.address),
    )


def _person(of: object) -> Party:
    """A contact or an address; empty once it is erased."""
    read = partial(getattr, of)
    return Party(
        name=read("name", ""),
        phone=read("phone", ""),
        postal_code=read("postal_code", ""),
        address="".join(read(name, "") for name in ("prefecture", "city", "line1")),
        building=read("line2", ""),
    )
