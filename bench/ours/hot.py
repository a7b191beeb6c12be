"""The first variant's stock, set for a sell-out."""

from bench.ours.changes import chosen
from inventory import services as inventory
from inventory.models import StockLevel
from omni.core import clock, db
from omni.core.actor import SYSTEM


def set_hot_stock(quantity: int) -> None:
    """Leave `quantity` of the first variant to be sold, all of it at the warehouse."""
    levels = StockLevel.objects.filter(variant_id__in=chosen(0, 1)).order_by("location_id")
    at = clock.now()
    movements = [
        inventory.Movement(level.variant_id, level.location_id, left - free(level), "COUNT")
        for level, left in zip(levels, (quantity, 0), strict=True)
        if left != free(level)
    ]
    with db.transaction():
        inventory.post_movements(
            document=inventory.DocumentRef("COUNT", f"count-{at.isoformat()}"),
            movements=movements,
            actor=SYSTEM,
            occurred_at=at,
            now=at,
        )


def free(level: StockLevel) -> int:
    """Nothing of the shop that is measured is damaged, held back or kept for safety."""
    return level.on_hand - level.reserved
