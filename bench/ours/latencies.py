"""How long one change of stock, one reservation and one look at availability take, in a single process."""

import random
import time
from collections.abc import Callable
from statistics import median

from bench.ours.changes import warehouse
from bench.ours.fill import CHANNEL
from catalog.models import Variant
from inventory import selectors, services
from omni.core import clock, db
from omni.core.actor import SYSTEM
from omni.core.ids import uuid7
from organisation.models import SalesChannel

TIMES = 400
SHOWN = 24


def measure() -> dict[str, float]:
    """Medians in ms, after as many that do not count."""
    variants = list(Variant.objects.order_by("pk").values_list("pk", flat=True))
    channel_id, location_id = SalesChannel.objects.get(code=CHANNEL).pk, warehouse()

    def look() -> None:
        chosen = random.sample(variants, SHOWN)
        selectors.channel_availability(channel_id=channel_id, variant_ids=chosen)

    return {
        "posting": typical(lambda: post(random.choice(variants), location_id)),
        "reserving": typical(lambda: reserve(random.choice(variants), location_id, channel_id)),
        "availability": typical(look),
    }


def post(variant_id: int, location_id: int) -> None:
    at = clock.now()
    movement = services.Movement(variant_id, location_id, 1, "ADJUSTMENT")
    with db.transaction():
        services.post_movements(
            document=services.DocumentRef("ADJUSTMENT", str(uuid7())),
            movements=[movement],
            actor=SYSTEM,
            occurred_at=at,
            now=at,
        )


def reserve(variant_id: int, location_id: int, channel_id: int) -> None:
    want = services.Want(variant_id, location_id, 1, "bench", channel_id=channel_id)
    with db.transaction():
        services.reserve(wants=[want], expires_at=None, committed=True, actor=SYSTEM, now=clock.now())


def typical(operation: Callable[[], None]) -> float:
    return median([timed(operation) for _ in range(2 * TIMES)][TIMES:])


def timed(operation: Callable[[], None]) -> float:
    began = time.perf_counter()
    operation()
    return (time.perf_counter() - began) * 1000
