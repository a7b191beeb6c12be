"""A whole decision of routing, facts and hours read from the database."""

import random
import time

from bench.harness.figures import quantile
from bench.ours.fill import CHANNEL
from bench.ours.places import SEED, TIMES
from catalog.models import Variant
from inventory import services as inventory
from inventory.models import ChannelSource, StockLevel
from omni.core import clock
from orders.routing.problem import Weights
from orders.services.routing import Router
from organisation.models import Location, SalesChannel

LINES, SHOPS = 10, 200
WEIGHTS = Weights(distance=1, split=300, workload=100, health=50, cutoff=5, priority=1)


def measure_routing() -> dict[str, float]:
    """Allocation of ten articles at 200 sources, by priority and by rules; medians and 95th percentiles in ms."""
    channel = SalesChannel.objects.get(code=CHANNEL)
    kept = ChannelSource.objects.filter(channel=channel).order_by("pk").values_list("pk", flat=True)[:SHOPS]
    ChannelSource.objects.filter(channel=channel).exclude(pk__in=list(kept)).delete()
    codes = list(
        Location.objects.exclude(postal_code="").order_by("pk").values_list("postal_code", flat=True)[:SHOPS]
    )
    sources = ChannelSource.objects.filter(pk__in=list(kept)).values("location")
    held = StockLevel.objects.filter(location__in=sources, on_hand__gt=0).values("variant")
    variants = list(Variant.objects.filter(pk__in=held).order_by("pk").values_list("pk", flat=True)[:50])
    drawn = random.Random(SEED)

    def ask(router: Router | None) -> float:
        wants = [(variant_id, drawn.randint(1, 3)) for variant_id in drawn.sample(variants, LINES)]
        began = time.perf_counter()
        inventory.allocate(
            channel_id=channel.pk, wants=wants, now=clock.now(), prefer=router.prefer if router else None
        )
        return (time.perf_counter() - began) * 1000

    def by_rules() -> float:
        return ask(Router(WEIGHTS, channel.pk, drawn.choice(codes), "JP", clock.now()))

    figures: dict[str, float] = {}
    for name, operation in {"by_priority": lambda: ask(None), "by_rules": by_rules}.items():
        ascending = sorted([operation() for _ in range(2 * TIMES)][TIMES:])
        figures |= {name: quantile(ascending, 0.5), f"{name}.p95": quantile(ascending, 0.95)}
    return figures
