"""Two thousand shops, and how long it takes to find the nearest and to add up what they give."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import time as clock_time

from django.db import connection

from bench.harness.figures import quantile
from bench.ours.fill import CHANNEL
from catalog.models import Variant
from customers.postal import find_place
from inventory import nearest, selectors
from inventory.models import ChannelSource, StockLevel
from inventory.nearest import Point
from omni.core import clock
from organisation.models import Company, Location, OpeningHours, SalesChannel

SHOPS = 2000
VARIANTS = 50
TIMES = 60
SEED = 20260401
# Latitude, longitude, spread in degrees, and how many of a hundred shops: Tokyo, Osaka, Nagoya, the rest.
TOWNS = (
    (35.68, 139.75, 0.3, 40),
    (34.69, 135.50, 0.25, 20),
    (35.17, 136.90, 0.2, 10),
    (37.0, 138.0, 3.0, 30),
)
RULES = (("ALL", 0), ("SHARE", 50), ("ABOVE", 3))


def fill_places() -> None:
    """Shops with hours, all sources of the channel; every second one has units of the first variant."""
    drawn = random.Random(SEED)
    channel, company = SalesChannel.objects.get(code=CHANNEL), Company.objects.get()
    shops = Location.objects.bulk_create(_shops(company, drawn))
    days = OpeningHours.Day.values[:7]
    OpeningHours.objects.bulk_create(
        OpeningHours(location=shop, day=day, opens_at=clock_time(10), closes_at=clock_time(20))
        for shop in shops
        for day in days
    )
    ChannelSource.objects.bulk_create(
        ChannelSource(channel=channel, location=shop, gives=gives, amount=amount)
        for number, shop in enumerate(shops)
        for gives, amount in [RULES[number % len(RULES)]]
    )
    levels = [
        StockLevel(variant_id=variant_id, location=shop, on_hand=drawn.randint(1, 40) if number % 2 else 0)
        for variant_id in _variants()
        for number, shop in enumerate(shops)
    ]
    # As they come about: by deliveries to shops, not variant by variant.
    drawn.shuffle(levels)
    StockLevel.objects.bulk_create(levels, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inventory_stocklevel")
        cursor.execute("ANALYZE")


def _shops(company: Company, drawn: random.Random) -> Iterator[Location]:
    weights = [town[3] for town in TOWNS]
    for number, (latitude, longitude, spread, _) in enumerate(drawn.choices(TOWNS, weights, k=SHOPS)):
        yield Location(
            code=f"bench-{number}", kind="STORE", name={"ja": f"店舗 {number}"}, company=company,
            postal_code=f"{drawn.randint(100, 999)}-{drawn.randint(0, 9999):04}",
            capabilities=["SHIP_FROM_STORE", "PICKUP"],
            latitude=drawn.gauss(latitude, spread), longitude=drawn.gauss(longitude, spread),
        )  # fmt: skip


def _variants() -> list[int]:
    return list(Variant.objects.order_by("pk").values_list("pk", flat=True)[:VARIANTS])


def measure_places() -> dict[str, float]:
    """Medians and 95th percentiles in ms, after as many that do not count."""
    drawn = random.Random(SEED)
    channel_id, variant_ids = SalesChannel.objects.get(code=CHANNEL).pk, _variants()

    def near(point: Point) -> None:
        found = nearest.nearest_locations(
            channel_id=channel_id, variant_id=variant_ids[0], point=point, in_stock=True,
            capability="PICKUP", at=clock.now(),
        )  # fmt: skip
        assert len(found) == 10

    def near_point() -> None:
        latitude, longitude, spread, _ = drawn.choice(TOWNS)
        near(Point(drawn.gauss(latitude, spread), drawn.gauss(longitude, spread)))

    codes = iter([_known_code(drawn) for _ in range(2 * TIMES)])

    def near_postal_code() -> None:
        near(nearest.get_point(postal_code=next(codes)))

    def add_up() -> None:
        selectors.channel_availability(channel_id=channel_id, variant_ids=variant_ids)

    asked = {"point": near_point, "postal_code": near_postal_code, "availability": add_up}
    figures: dict[str, float] = {}
    for name, operation in asked.items():
        ascending = sorted([_timed(operation) for _ in range(2 * TIMES)][TIMES:])
        figures |= {name: quantile(ascending, 0.5), f"{name}.p95": quantile(ascending, 0.95)}
    return figures


def _known_code(drawn: random.Random) -> str:
    """A postal code that there is: most of the low numbers of an area."""
    while True:
        code = f"{drawn.randint(100, 999)}-{drawn.randint(1, 40):04}"
        if find_place(code):
            return code


def _timed(operation: Callable[[], None]) -> float:
    began = time.perf_counter()
    operation()
    return (time.perf_counter() - began) * 1000
