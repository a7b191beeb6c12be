"""
The worker's side of a measured round: commands in on stdin, answers out on stdout, one JSON object a line.

Standard library only, so that a peer in an environment of its own can use it too. All workers of a round
begin at the same instant of the machine's monotonic clock, which processes share.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO


class Seller(Protocol):
    """One shop system under test, in one process with one database connection."""

    def stock_up(self, *, variants: int, carts: int) -> None:
        """Have `carts` open one-line carts ready, spread over the first `variants` variants."""

    def place_one(self) -> bool:
        """Turn the next cart into an order; False if the shop refuses it for want of stock."""

    def count_queries(self) -> int:
        """Place one order and count the statements that it sends."""


def wait_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.monotonic()))


def place_for(seller: Seller, *, start_at: float, seconds: float) -> dict[str, Any]:
    """Place orders until the time is up; what ends after that is not counted."""
    wait_until(start_at)
    deadline = start_at + seconds
    return tally(seller, keep_going=lambda done: time.monotonic() < deadline, deadline=deadline)


def place_times(seller: Seller, *, start_at: float, attempts: int) -> dict[str, Any]:
    """Try a fixed number of orders, however long they take."""
    wait_until(start_at)
    return tally(seller, keep_going=lambda done: done < attempts, deadline=float("inf"))


def tally(seller: Seller, *, keep_going: Callable[[int], bool], deadline: float) -> dict[str, Any]:
    sold = refused = 0
    latencies: list[float] = []
    while keep_going(sold + refused):
        began = time.monotonic()
        accepted = seller.place_one()
        ended = time.monotonic()
        if ended > deadline:
            break
        latencies.append(round((ended - began) * 1000, 3))
        sold += accepted
        refused += not accepted
    return {"sold": sold, "refused": refused, "latencies_ms": latencies}


def answer(seller: Seller, command: dict[str, Any]) -> dict[str, Any]:
    match command.pop("do"):
        case "stock_up":
            seller.stock_up(**command)
            return {"ready": True}
        case "place_for":
            return place_for(seller, **command)
        case "place_times":
            return place_times(seller, **command)
        case "count_queries":
            return {"queries": seller.count_queries()}
        case unknown:
            raise ValueError(unknown)


def claim_stdout() -> TextIO:
    """Keep the answers' pipe to ourselves: what a library prints goes to stderr."""
    pipe = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return pipe


def serve(seller: Seller) -> None:
    """Answer commands until stdin closes."""
    pipe = claim_stdout()
    for line in sys.stdin:
        pipe.write(json.dumps(answer(seller, json.loads(line))) + "\n")
