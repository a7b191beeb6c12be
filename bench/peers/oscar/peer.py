"""django-oscar's order creation, by worker processes in Oscar's own environment."""

import hashlib
import subprocess
import sys
from pathlib import Path

from bench.harness.context import Context
from bench.harness.workers import ROOT, Round, Workers

REQUIREMENTS = Path(__file__).parents[1] / "oscar-requirements.txt"
# More baskets than a worker can turn into orders in a second; what is left over serves the next round.
BASKETS_A_SECOND = 250


class Oscar:
    name = "django-oscar"

    def __init__(self, context: Context, *, processes: int) -> None:
        self.python = install(context)
        self.environment = context.environment(
            BENCH_DATABASE_URL=context.create_database("bench_oscar"),
            DJANGO_SETTINGS_MODULE="bench.peers.oscar.settings",
        )
        context.note("django-oscar: tables, customers, products")
        self.command("fill")
        self.workers = Workers(
            self.argv("sell"), count=processes, environment=self.environment, log=context.log("oscar")
        )

    def close(self) -> None:
        self.workers.close()

    def argv(self, *arguments: str) -> list[str]:
        return [str(self.python), "-m", "bench.peers.oscar.worker", *arguments]

    def command(self, *arguments: str) -> None:
        subprocess.run(self.argv(*arguments), cwd=ROOT, env=self.environment, check=True)

    def place_for(self, seconds: float, *, clients: int, variants: int) -> Round:
        carts = round(seconds * BASKETS_A_SECOND)
        return self.workers.place_for(seconds, clients=clients, variants=variants, carts=carts)

    def sell_out(self, *, stock: int, buyers: int, processes: int) -> Round:
        """Let the buyers come all at once for the last `stock` pieces."""
        self.command("set-hot-stock", str(stock))
        return self.workers.place_times(buyers // processes, clients=processes)

    def count_queries(self) -> int:
        """Statements that one order sends, caches of the process being warm."""
        self.workers.ask(1, do="stock_up", variants=1, carts=2)
        return [self.workers.ask(1, do="count_queries")[0]["queries"] for _ in range(2)][-1]


def install(context: Context) -> Path:
    """Make Oscar's environment from its locked requirements, unless it is there and current."""
    home = context.var / "oscar" / ".venv"
    python, stamp = home / "bin" / "python", home / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        context.note("django-oscar: installing its environment (once)")
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-qq", "--require-hashes", "-r", REQUIREMENTS], check=True
        )
        stamp.write_text(wanted)
    return python
