"""
Everything that is done to stock, by anybody, over a few rows: what `test_mixed_operations` runs.

`python -m tests.concurrency.mixing SHOPS SEED COUNT` does COUNT operations on each of four connections and
prints, as JSON, how often each was done and refused, and whatever else happened. Refusals are typed; anything
else, a deadlock above all, is a fault.
"""

import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import django

if __name__ == "__main__":
    django.setup()

from django.db import connection
from django.db.models import QuerySet

from catalog import services as catalog
from catalog.models import Component, Variant
from catalog.services.listings import NewListing
from customers.models import Customer
from inventory import services as inventory
from inventory.models import CountSheet, PurchaseOrder, Reservation, Transfer
from inventory.services import Arrival
from omni.core import clock, db
from omni.core.actor import SYSTEM
from omni.core.errors import DomainError
from omni.core.idempotency import Claim
from orders import services as orders
from orders.models import Cart, CartLine, Order
from orders.services.sales import SaleLine
from tests.orders.ec import CONTACT, place
from tests.orders.tills import TILL
from tests.threads import at_once

THREADS = 4
RECENT = 12


@dataclass(frozen=True)
class Shops:
    """Where it happens, as keys: what one process tells another."""

    locations: list[int]
    articles: list[int]
    bundles: list[int]
    channels: list[int]
    members: list[int]
    store: int
    programme: int
    cash: int
    supplier: int


@dataclass
class Mixer:
    """One connection's worth of people, each of whom picks at random."""

    shops: Shops
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.receipts = 0

    def run(self, count: int) -> None:
        """So many operations; what was planned and finds nothing to act on is another one's turn."""
        names = sorted(OPERATIONS)
        while count:
            name = self.chance.choice(names)
            try:
                acted = OPERATIONS[name](self)
            except DomainError as error:
                self.refused[f"{name}: {error.code}"] += 1
                acted = True
            except Exception as error:
                self.faults.append(f"{name}: {type(error).__name__}: {error}")
                acted = True
            else:
                self.done[name] += acted is not False
            count -= acted is not False

    # --- Picking ------------------------------------------------------------------------

    def location(self) -> int:
        return self.chance.choice(self.shops.locations)

    def article(self) -> int:
        return self.chance.choice(self.shops.articles)

    def some(self) -> list[int]:
        """Articles in an order of chance: two baskets that hold the same rows the other way round."""
        return self.chance.sample(self.shops.articles, self.chance.randint(1, 3))

    def units(self) -> int:
        return self.chance.randint(1, 3)

    def recent(self, rows: "QuerySet[Any]") -> Any:
        """One of the latest rows, which others pick from too."""
        found = list(rows.order_by("-pk")[:RECENT])
        return self.chance.choice(found) if found else None

    def context(self) -> dict[str, Any]:
        claim = Claim.of(actor=SYSTEM, operation="mix", key=str(uuid4()), request={})
        return {"claim": claim, "actor": SYSTEM, "now": clock.now()}

    def building(self) -> dict[str, Any]:
        return {"actor": SYSTEM, "now": clock.now()}


def sell_at_a_till(mixer: Mixer) -> None:
    """A basket, of which a bundle may be one; a member's earns, and may spend a point."""
    shops, chance = mixer.shops, mixer.chance
    mixer.receipts += 1
    chosen = [*mixer.some(), *chance.sample(shops.bundles, chance.randint(0, 1))]
    lines = [_line(Variant.objects.get(pk=pk), mixer.units()) for pk in chosen]
    total = sum((line.list_amount for line in lines), Decimal(0))
    sale = orders.Sale(
        location_id=mixer.location(),
        channel_id=shops.store,
        receipt_number=f"{mixer.seed}-{mixer.receipts}",
        occurred_at=clock.now(),
        lines=lines,
        tenders=[orders.SaleTender(shops.cash, total, total)],
        customer_id=chance.choice([None, *shops.members]),
    )
    orders.record_sales(sales=[sale], claim=None, actor=TILL, now=clock.now())


def _line(variant: Variant, units: int) -> SaleLine:
    parts = Component.objects.filter(bundle=variant).order_by("component_id")
    return SaleLine(
        variant_id=variant.pk,
        quantity=units,
        unit_price=Decimal(1000),
        list_amount=Decimal(1000) * units,
        tax_class_id=variant.tax_class_id,
        tax_rate=Decimal("0.10"),
        keeps_stock=not parts,
        components=tuple(parts.values_list("component_id", "quantity")),
    )


def buy_online(mixer: Mixer) -> None:
    shops, chance = mixer.shops, mixer.chance
    member = Customer.objects.get(pk=chance.choice(shops.members)) if chance.random() < 0.5 else None
    now = clock.now()
    cart = Cart.objects.create(
        channel_id=chance.choice(shops.channels), customer=member, created_at=now, updated_at=now
    )
    for pk in [*mixer.some(), *chance.sample(shops.bundles, chance.randint(0, 2))]:
        CartLine.objects.create(cart=cart, variant_id=pk, quantity=mixer.units())
    place(cart, customer=member, contact=CONTACT, now=now)


def cancel_an_order(mixer: Mixer) -> bool | None:
    order = mixer.recent(Order.objects.filter(status="PLACED"))
    if order is None:
        return False
    orders.cancel_order(number=order.number, reason="fraud", customer=None, **mixer.context())
    return None


def ship_an_order(mixer: Mixer) -> bool | None:
    order = mixer.recent(Order.objects.filter(status="PLACED"))
    part = order and order.fulfilments.order_by("pk").first()
    if not part:
        return False
    orders.complete_fulfilment(number=order.number, fulfilment_id=part.pk, **mixer.context())
    return None


def take_back(mixer: Mixer) -> bool | None:
    order = mixer.recent(Order.objects.filter(status="COMPLETED"))
    if order is None:
        return False
    items = [orders.ReturnItem(1, 1, mixer.chance.random() < 0.7)]
    location = mixer.location()
    orders.receive_return(
        number=order.number, location_id=location, items=items, reason="size", **mixer.context()
    )
    return None


def hold(mixer: Mixer) -> None:
    until = clock.now() + timedelta(seconds=mixer.chance.choice([-1, 1, 900]))
    wants = [inventory.Want(pk, mixer.location(), mixer.units(), "hold:mix") for pk in mixer.some()]
    with db.transaction():
        inventory.reserve(wants=wants, expires_at=until, **mixer.building())


def _holds(mixer: Mixer) -> list[int]:
    held = Reservation.objects.filter(source="hold:mix", status__in=Reservation.OPEN)
    found = list(held.order_by("-pk").values_list("pk", flat=True)[:RECENT])
    return mixer.chance.sample(found, min(len(found), mixer.chance.randint(1, 3)))


def release_holds(mixer: Mixer) -> bool | None:
    if not (ids := _holds(mixer)):
        return False
    with db.transaction():
        inventory.release(reservation_ids=ids, **mixer.building())
    return None


def hand_over_holds(mixer: Mixer) -> bool | None:
    if not (ids := _holds(mixer)):
        return False
    document = inventory.DocumentRef("FULFILMENT", str(uuid4()))
    now = clock.now()
    with db.transaction():
        inventory.fulfil(reservation_ids=ids, document=document, actor=SYSTEM, occurred_at=now, now=now)
    return None


def move_a_hold(mixer: Mixer) -> bool | None:
    if not (ids := _holds(mixer)[:1]):
        return False
    with db.transaction():
        inventory.move(reservation_ids=ids, location_id=mixer.location(), **mixer.building())
    return None


def split_a_hold(mixer: Mixer) -> bool | None:
    if not (ids := _holds(mixer)[:1]):
        return False
    with db.transaction():
        inventory.split(reservation_id=ids[0], quantity=1, **mixer.building())
    return None


def sweep_holds(mixer: Mixer) -> None:
    inventory.expire_reservations(now=clock.now(), limit=20)


def receive_goods(mixer: Mixer) -> None:
    lines = [(pk, 4 * mixer.units()) for pk in mixer.some()]
    inventory.receive_stock(location_id=mixer.location(), lines=lines, **mixer.context())


def adjust(mixer: Mixer) -> None:
    reason, bucket = mixer.chance.choice([("correction", "ON_HAND"), ("damaged", "DAMAGED")])
    inventory.adjust_stock(
        location_id=mixer.location(),
        variant_id=mixer.article(),
        delta=mixer.chance.choice([-2, -1, 1, 2]),
        reason=reason,
        bucket=bucket,
        **mixer.context(),
    )


def keep_safe(mixer: Mixer) -> None:
    inventory.set_safety_stock(
        location_id=mixer.location(),
        variant_id=mixer.article(),
        quantity=mixer.chance.randint(0, 2),
        **mixer.context(),
    )


def transfer_at_once(mixer: Mixer) -> None:
    origin, destination = mixer.chance.sample(mixer.shops.locations, 2)
    lines = [(pk, mixer.units()) for pk in mixer.some()]
    inventory.transfer_stock(origin_id=origin, destination_id=destination, lines=lines, **mixer.context())


def ask_for_a_transfer(mixer: Mixer) -> None:
    origin, destination = mixer.chance.sample(mixer.shops.locations, 2)
    lines = [(pk, mixer.units()) for pk in mixer.some()]
    inventory.request_transfer(origin_id=origin, destination_id=destination, lines=lines, **mixer.context())


def ship_a_transfer(mixer: Mixer) -> bool | None:
    if not (transfer := mixer.recent(Transfer.objects.filter(status__in=Transfer.HELD))):
        return False
    inventory.ship_transfer(transfer_id=transfer.pk, **mixer.context())
    return None


def receive_a_transfer(mixer: Mixer) -> bool | None:
    if not (transfer := mixer.recent(Transfer.objects.filter(status__in=Transfer.UNDER_WAY))):
        return False
    came = [Arrival(line.variant_id, line.outstanding) for line in transfer.lines.all() if line.outstanding]
    complete = mixer.chance.random() < 0.5
    inventory.receive_transfer(
        transfer_id=transfer.pk, arrivals=came[:1], complete=complete, **mixer.context()
    )
    return None


def order_goods(mixer: Mixer) -> None:
    lines = [inventory.OrderedLine(pk, 5, Decimal(100)) for pk in mixer.some()]
    drafted = inventory.draft_purchase_order(
        supplier_id=mixer.shops.supplier, destination_id=mixer.location(), lines=lines, **mixer.context()
    )
    order = PurchaseOrder.objects.get(number=drafted.number)
    inventory.place_purchase_order(order_id=order.pk, **mixer.context())


def take_a_delivery(mixer: Mixer) -> bool | None:
    if not (order := mixer.recent(PurchaseOrder.objects.filter(status__in=PurchaseOrder.OPEN))):
        return False
    came = [Arrival(line.variant_id, mixer.units()) for line in order.lines.all()]
    inventory.receive_purchase_order(order_id=order.pk, arrivals=came, **mixer.context())
    return None


def open_a_count(mixer: Mixer) -> None:
    sheet = inventory.open_count_sheet(
        location_id=mixer.location(), variant_ids=mixer.some(), **mixer.context()
    )
    lines = CountSheet.objects.get(number=sheet.number).lines.values_list("variant_id", flat=True)
    records = [inventory.Counted(pk, mixer.chance.randint(0, 30), clock.now()) for pk in lines]
    inventory.record_counts(number=sheet.number, records=records, **mixer.context())
    inventory.submit_count_sheet(number=sheet.number, **mixer.context())


def post_a_count(mixer: Mixer) -> bool | None:
    if not (sheet := mixer.recent(CountSheet.objects.filter(status="COUNTED"))):
        return False
    inventory.post_count_sheet(number=sheet.number, **mixer.context())
    return None


def change_a_price(mixer: Mixer) -> None:
    now = clock.now()
    price = NewListing(
        mixer.article(),
        mixer.chance.choice(mixer.shops.channels),
        Decimal(mixer.chance.randint(900, 1100)),
        now,
    )
    with db.transaction():
        catalog.set_price(listing=price, actor=SYSTEM, now=now)


def serve_who_waits(mixer: Mixer) -> None:
    """Of backorders, as what arrived is given out."""
    with db.transaction():
        orders.allocate_waiting(variant_ids=mixer.some(), now=clock.now())


def promise_who_waits(mixer: Mixer) -> None:
    with db.transaction():
        orders.update_promises(variant_ids=mixer.some(), now=clock.now())


def value(mixer: Mixer) -> None:
    inventory.value_entries(patience=0.0)


OPERATIONS: dict[str, Callable[[Mixer], bool | None]] = {
    act.__name__.replace("_", " "): act
    for act in (
        sell_at_a_till,
        buy_online,
        cancel_an_order,
        ship_an_order,
        take_back,
        hold,
        release_holds,
        hand_over_holds,
        move_a_hold,
        split_a_hold,
        sweep_holds,
        receive_goods,
        adjust,
        keep_safe,
        transfer_at_once,
        ask_for_a_transfer,
        ship_a_transfer,
        receive_a_transfer,
        order_goods,
        take_a_delivery,
        open_a_count,
        post_a_count,
        change_a_price,
        serve_who_waits,
        promise_who_waits,
        value,
    )
}


def main(shops: Shops, seed: int, count: int) -> None:
    mixers = [Mixer(shops, seed * THREADS + number) for number in range(THREADS)]
    at_once([lambda mixer=mixer: mixer.run(count) for mixer in mixers])
    connection.close()
    told = {
        "done": sum((mixer.done for mixer in mixers), Counter()),
        "refused": sum((mixer.refused for mixer in mixers), Counter()),
        "faults": [fault for mixer in mixers for fault in mixer.faults],
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
    main(Shops(**json.loads(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
