"""Opening stock, booked by the ledger like any other, and some of it kept back in the shops."""

import hashlib
from datetime import datetime

from backoffice.demo import goods, group, masters
from backoffice.demo.goods import DemoVariant
from inventory import services as inventory
from inventory.models import MovementKind, StockDocument, StockLevel
from inventory.services import DocumentRef, Movement
from omni.core import db
from omni.core.actor import Actor
from organisation.models import Location

# The best sellers, of which a shipping shop keeps one on the shelf.
KEPT_BACK_EVERY = 25


def load(*, actor: Actor, now: datetime) -> None:
    """Open each location's stock once: its document's number is taken after that."""
    rows = list(goods.variants())
    ids = masters.variant_ids(rows)
    locations = dict(Location.objects.values_list("code", "pk"))
    codes = [group.WAREHOUSE.code, *(shop.code for shop in group.SHOPS)]
    posted = set(
        StockDocument.objects.filter(kind=StockDocument.Kind.OPENING).values_list("number", flat=True)
    )
    documents = [
        (
            DocumentRef(StockDocument.Kind.OPENING, _number(code)),
            [
                Movement(ids[row.sku], locations[code], quantity, MovementKind.RECEIPT)
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
    chance = hashlib.blake2b(f"{row.sku}@{location}".encode(), digest_size=4).digest()
    if location == group.WAREHOUSE.code:
        return 40 + chance[0] % 120
    if location in group.SHIPPING_SHOPS:
        return 4 + chance[0] % 12
    return chance[0] % 10 if chance[1] % 3 else 0
