"""
How many of 100 pieces are sold when 400 buyers come at once?

Eight processes, fifty buyers each, one hot variant. Any figure but 100 is a promise broken or a sale lost.
"""

from contextlib import closing

from bench.harness.context import Context
from bench.harness.report import Row, seen
from bench.peers.oscar.peer import Oscar

RUNS = 3
STOCK, BUYERS, PROCESSES = 100, 400, 8


def run(context: Context) -> list[Row]:
    with closing(Oscar(context, processes=PROCESSES)) as oscar:
        sold = [oscar.sell_out(stock=STOCK, buyers=BUYERS, processes=PROCESSES).sold for _ in range(RUNS)]
    return [
        seen(f"oversell.run-{number}.django-oscar", pieces, "sold of 100")
        for number, pieces in enumerate(sold, 1)
    ]
