"""
How many of 100 pieces are sold when 400 buyers come at once?

Eight processes, fifty buyers each, one hot variant. Any figure but 100 is a promise broken or a sale lost.
"""

from contextlib import closing

from bench.harness.context import Context
from bench.harness.report import Row, exactly, seen
from bench.ours.peer import Platform
from bench.peers.oscar.peer import Oscar

RUNS = 3
STOCK, BUYERS, PROCESSES = 100, 400, 8


def run(context: Context) -> list[Row]:
    with closing(Platform(context, processes=PROCESSES, database_name="bench_oversell")) as platform:
        ours = sold_of_all(platform)
    with closing(Oscar(context, processes=PROCESSES)) as oscar:
        theirs = sold_of_all(oscar)
    return [
        row
        for number, (mine, yours) in enumerate(zip(ours, theirs, strict=True), 1)
        for row in (
            exactly(f"oversell.run-{number}.omni", mine, "sold of 100", target=STOCK),
            seen(f"oversell.run-{number}.django-oscar", yours, "sold of 100"),
        )
    ]


def sold_of_all(shop: Platform | Oscar) -> list[int]:
    return [shop.sell_out(stock=STOCK, buyers=BUYERS, processes=PROCESSES).sold for _ in range(RUNS)]
