"""The platform's order placement, by worker processes on a database of its own."""

import subprocess
import sys
from collections.abc import Mapping
from functools import cache

from bench.harness.context import Context
from bench.harness.workers import ROOT, Round, Workers

# More carts than a worker can turn into orders in a second; what is left over serves the next round.
CARTS_A_SECOND = 900
SECRET_KEY = "benchmarks-only-and-long-enough-for-nobody-to-complain"


@cache
def template(context: Context) -> str:
    """The name of a filled database, made once a run."""
    context.note("the platform: tables, members, products, stock")
    name = "bench_platform"
    command(environment(context, context.create_database(name)), "fill")
    return name


def database(context: Context, name: str) -> dict[str, str]:
    """A filled database of its own; the environment of programs that are to work on it."""
    return environment(context, context.create_database(name, template=template(context)))


def environment(context: Context, database_url: str) -> dict[str, str]:
    return dict(
        context.environment(
            DATABASE_URL=database_url,
            REDIS_URL=context.redis_url,
            SECRET_KEY=SECRET_KEY,
            DJANGO_SETTINGS_MODULE="omni.settings",
            DEBUG="0",
            STOREFRONT_CHANNEL="ec-main",
            NO_PROXY="127.0.0.1,localhost",
            no_proxy="127.0.0.1,localhost",
        )
    )


def argv(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bench.ours.worker", *arguments]


def command(variables: Mapping[str, str], *arguments: str) -> str:
    """Run one command of the worker and give back what it prints."""
    done = subprocess.run(
        argv(*arguments), cwd=ROOT, env=dict(variables), check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


class Platform:
    name = "omni"

    def __init__(self, context: Context, *, processes: int, database_name: str = "bench_orders") -> None:
        self.environment = database(context, database_name)
        self.workers = Workers(
            argv("sell"), count=processes, environment=self.environment, log=context.log("platform")
        )

    def close(self) -> None:
        self.workers.close()

    def place_for(self, seconds: float, *, clients: int, variants: int) -> Round:
        carts = round(seconds * CARTS_A_SECOND)
        return self.workers.place_for(seconds, clients=clients, variants=variants, carts=carts)

    def sell_out(self, *, stock: int, buyers: int, processes: int) -> Round:
        """Let the buyers come all at once for the last `stock` pieces."""
        command(self.environment, "set-hot-stock", str(stock))
        return self.workers.place_times(buyers // processes, clients=processes)

    def count_queries(self) -> int:
        """Round trips of one order, BEGIN and COMMIT included, caches of the process being warm."""
        self.workers.ask(1, do="stock_up", variants=1, carts=2)
        return int([self.workers.ask(1, do="count_queries")[0]["queries"] for _ in range(2)][-1])
