"""The protocol of connectors: what a kind of connection has to be able to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.models import Connection


@dataclass(frozen=True, slots=True)
class StockItem:
    """Absolute availability of a SKU; a receiver drops versions older than what it has."""

    sku: str
    available: int
    version: int


@dataclass(frozen=True, slots=True)
class RemoteStock:
    """What the other side shows. `unsettled` units were sold there and are not yet booked here."""

    sku: str
    available: int
    version: int
    unsettled: int


class Connector(Protocol):
    """One kind of counterpart. Calls happen outside transactions, and may take seconds."""

    def push_stock(self, connection: Connection, items: Sequence[StockItem]) -> None:
        """
        Send availability; return once the receiver has acknowledged it.

        Raises:
            PushFailed: refused, or the outcome is unknown.
        """
        ...

    def read_stock(self, connection: Connection) -> Iterator[RemoteStock]:
        """All that the other side shows. Raises PushFailed where it can't be read."""
        ...

    def read_orders(self, connection: Connection, cursor: str) -> tuple[list[dict[str, Any]], str]:
        """The orders since a cursor, and the next cursor. Raises PushFailed."""
        ...
