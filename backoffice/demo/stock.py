"""Opening stock, booked by the ledger like any other, and some of it kept back in the shops."""

import hashlib
from datetime import datetime, timedelta

from backoffice.demo import goods, group, masters
from backoffice.demo.goods import DemoVariant
from inventory import services as inventory
from inventory.models import (
    BackorderPolicy,
    LotTracking,
    MovementKind,
    StockDocument,
    StockLevel,
    Supplier,
)
from inventory.services import DocumentRef, LotUnits, Movement
from omni.core import db
from omni.core.actor import SYSTEM, Actor
from omni.core.idempotency import Claim
from organisation.models import Location, SalesChannel

# The best sellers, of which a shipping shop keeps one on the shelf.
KEPT_BACK_EVERY = 25
# Sweets that keep for weeks, not for years: their lots have a best-before date.
PERISHABLE = ("st-w01", "st-w02", "st-w05", "st-w06")
# An article that no source of the site has, and that it sells all the same.
SOLD_OUT, MAKER = "AK-D08-WH", "aoba"
PREORDERS, BACKORDERS = 50, 20
RELEASED_AFTER = timedelta(days=21)


def load(*, actor: Actor, now: datetime) -> None:
    """Open each location's stock once: its document's number is taken after that."""
    rows = list(goods.variants())
    ids = masters.variant_ids(rows)
    locations = dict(Location.objects.values_list("code", "pk"))
    codes = [group.WAREHOUSE.code, *(shop.code for shop in group.SHOPS)]
    tracked = _tracked(rows)
    posted = set(
        StockDocument.objects.filter(kind=StockDocument.Kind.OPENING).values_list("number", flat=True)
    )
    _track(rows, ids, actor=actor, now=now)
    documents = [
        (
            DocumentRef(StockDocument.Kind.OPENING, _number(code)),
            [
                Movement(
                    ids[row.sku],
                    locations[code],
                    quantity,
                    MovementKind.RECEIPT,
                    lots=_lots(row, quantity, now) if row.sku in tracked else (),
                )
                for row in rows
                if (quantity := opening_quantity(row, code))
            ],
            masters.OPENED_AT,
        )
        for code in codes
        if _number(code) not in posted
    ]
    with db.transaction():
        if documents:
            _keep_back(rows, ids, locations)
        inventory.post_documents(documents=documents, actor=actor, now=now)


def _tracked(rows: list[DemoVariant]) -> set[str]:
    return {row.sku for row in rows if row.sku.lower().startswith(PERISHABLE)}


def _track(rows: list[DemoVariant], ids: dict[str, int], *, actor: Actor, now: datetime) -> None:
    """Told apart before there is any stock; a second load finds them so."""
    known = set(LotTracking.objects.values_list("variant__sku", flat=True))
    for sku in sorted(_tracked(rows) - known):
        claim = Claim.of(actor=actor, operation="start-tracking", key=f"demo-{sku}", request={"sku": sku})
        inventory.start_tracking(
            variant_id=ids[sku], tracks="LOT", dated="BEST_BEFORE", claim=claim, actor=actor, now=now
        )


def _lots(row: DemoVariant, quantity: int, now: datetime) -> tuple[LotUnits, ...]:
    """Two lots, of which the first is nearly over; every place got them from the same two bakings."""
    soon = min(quantity, max(1, quantity // 3))
    made = now.date()
    lots = (
        LotUnits(f"{row.sku}-A", soon, made + timedelta(days=12), made - timedelta(days=33)),
        LotUnits(f"{row.sku}-B", quantity - soon, made + timedelta(days=45), made),
    )
    return tuple(lot for lot in lots if lot.quantity)


def load_ahead(*, now: datetime) -> None:
    """What shoppers find sold ahead on the group's site: a preorder, and a backorder that is out of stock."""
    if BackorderPolicy.objects.exists():
        return
    rows = list(goods.variants())
    ids = masters.variant_ids(rows)
    channel = SalesChannel.objects.get(code=group.EC_MAIN)
    with db.transaction():
        inventory.set_backorder_policy(
            variant_id=ids[rows[-1].sku],
            channel_id=channel.pk,
            kind=BackorderPolicy.Kind.PREORDER,
            most=PREORDERS,
            opens_at=masters.OPENED_AT,
            release_at=now + RELEASED_AFTER,
            actor=SYSTEM,
            now=now,
        )
        inventory.set_backorder_policy(
            variant_id=ids[SOLD_OUT],
            channel_id=channel.pk,
            kind=BackorderPolicy.Kind.BACKORDER,
            most=BACKORDERS,
            opens_at=masters.OPENED_AT,
            supplier_id=Supplier.objects.get(code=MAKER).pk,
            actor=SYSTEM,
            now=now,
        )


def _number(location: str) -> str:
    return f"demo-{location}"


def _keep_back(rows: list[DemoVariant], ids: dict[str, int], locations: dict[str, int]) -> None:
    pairs = [
        (ids[row.sku], locations[shop])
        for row in rows
        if row.number % KEPT_BACK_EVERY == 0
        for shop in group.SHIPPING_SHOPS
    ]
    inventory.create_levels(pairs)
    for variant_id, location_id in pairs:
        StockLevel.objects.filter(variant_id=variant_id, location_id=location_id).update(safety_stock=1)


def opening_quantity(row: DemoVariant, location: str) -> int:
    """So many units, always the same for an article and a place: the warehouse has most, shops differ."""
    if row.sku == SOLD_OUT and location in group.SOURCES[group.EC_MAIN]:
        return 0
    chance = hashlib.blake2b(f"{row.sku}@{location}".encode(), digest_size=4).digest()
    if location == group.WAREHOUSE.code:
        return 40 + chance[0] % 120
    if location in group.SHIPPING_SHOPS:
        return 4 + chance[0] % 12
    return chance[0] % 10 if chance[1] % 3 else 0
