"""The harness's side of a measured round: a pool of worker processes that sell at the same time."""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HEAD_START = 0.25  # seconds for every worker to read its command before the common start


class WorkerDied(Exception):
    def __init__(self, *, log: Path) -> None:
        super().__init__(f"A worker ended early; its log is {log}.")


@dataclass(frozen=True, kw_only=True)
class Round:
    """What a round sold; latencies are of single orders, in ms, ascending."""

    sold: int
    refused: int
    seconds: float
    latencies_ms: tuple[float, ...] = ()

    @property
    def per_second(self) -> float:
        return self.sold / self.seconds


class Workers:
    """Processes that speak `bench.harness.serve`, started once and used for many rounds."""

    def __init__(
        self, command: Sequence[str], *, count: int, environment: Mapping[str, str], log: Path
    ) -> None:
        self.log = log
        with log.open("w") as stderr:
            self.processes = [
                subprocess.Popen(
                    command, cwd=ROOT, env=dict(environment), text=True, bufsize=1,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                )
                for _ in range(count)
            ]  # fmt: skip

    def close(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.communicate()

    def ask(self, clients: int, **command: Any) -> list[dict[str, Any]]:
        """Give the first `clients` workers the same command at once and gather their answers."""
        chosen = self.processes[:clients]
        try:
            for process in chosen:
                process.stdin.write(json.dumps(command) + "\n")  # type: ignore[union-attr]
            return [json.loads(process.stdout.readline()) for process in chosen]  # type: ignore[union-attr]
        except (BrokenPipeError, json.JSONDecodeError) as error:
            raise WorkerDied(log=self.log) from error

    def place_for(self, seconds: float, *, clients: int, variants: int, carts: int) -> Round:
        """Sell for `seconds` with `clients` processes that have `carts` carts each."""
        self.ask(clients, do="stock_up", variants=variants, carts=carts)
        answers = self.ask(clients, do="place_for", seconds=seconds, start_at=time.monotonic() + HEAD_START)
        return gather(answers, seconds=seconds)

    def place_times(self, attempts: int, *, clients: int) -> Round:
        """Let `clients` processes try `attempts` orders each on the one hot variant."""
        self.ask(clients, do="stock_up", variants=1, carts=attempts)
        start_at = time.monotonic() + HEAD_START
        answers = self.ask(clients, do="place_times", attempts=attempts, start_at=start_at)
        return gather(answers, seconds=time.monotonic() - start_at)


def gather(answers: list[dict[str, Any]], *, seconds: float) -> Round:
    return Round(
        sold=sum(answer["sold"] for answer in answers),
        refused=sum(answer["refused"] for answer in answers),
        seconds=seconds,
        latencies_ms=tuple(sorted(ms for answer in answers for ms in answer["latencies_ms"])),
    )
