"""
How many product lists and availabilities a second does the server answer, against a bare DRF list?

Two web workers, as the demo runs them, and eight clients that each wait for their answer before they ask again.
All of them show 24: products with price, points and availability of two variants each; variants' availability;
rows of one table.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from bench.harness.context import Context
from bench.harness.figures import paired_ratio
from bench.harness.http_load import Load, drive
from bench.harness.report import Row, at_least, seen
from bench.ours.peer import database
from bench.ours.running import running, server_options
from bench.peers.drf.peer import bare_list

ROUNDS = 5
SECONDS = 3.0
CLIENTS = 8
LENGTH = 24
LEAST = 0.6


def run(context: Context) -> list[Row]:
    variables = database(context, "bench_web")
    with (
        running(context, variables, programs=("web",)) as urls,
        bare_list(context, serve=server_options(context)) as bare,
    ):
        asked = {"drf-bare": [bare], "list": lists(urls["web"]), "availability": availabilities(urls["web"])}
        for questions in asked.values():
            drive(questions, clients=CLIENTS, seconds=1.5)
        loads = measure(asked)
    return [
        *(row for name, found in loads.items() for row in load_rows(name, found)),
        *(ratio_row(name, loads) for name in ("list", "availability")),
    ]


def lists(root: str) -> list[str]:
    return [f"{root}/api/v1/products/?page_size={LENGTH}"]


def availabilities(root: str) -> list[str]:
    """Other variants with each request, as shoppers ask."""
    pages = (
        (f"SKU-{number:05}-M" for number in range(first, first + LENGTH)) for first in range(0, 2400, LENGTH)
    )
    return [f"{root}/api/v1/availability/?" + "&".join(f"sku={sku}" for sku in page) for page in pages]


def measure(asked: Mapping[str, Sequence[str]]) -> dict[str, list[Load]]:
    """A round asks each in turn, so that a ratio compares neighbours in time."""
    loads: dict[str, list[Load]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, urls in asked.items():
            loads[name].append(drive(urls, clients=CLIENTS, seconds=SECONDS))
    return loads


def load_rows(name: str, loads: Sequence[Load]) -> list[Row]:
    return [
        seen(f"http.{name}", median(load.per_second for load in loads), "requests/s"),
        seen(f"http.{name}.p99", median(load.p99_ms for load in loads), "ms"),
    ]


def ratio_row(name: str, loads: Mapping[str, Sequence[Load]]) -> Row:
    ours, theirs = ([load.per_second for load in loads[which]] for which in (name, "drf-bare"))
    return at_least(f"http.{name}/drf-bare", paired_ratio(ours, theirs), "times", target=LEAST)
