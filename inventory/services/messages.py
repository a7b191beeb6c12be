"""What the outbox is told when stock moves."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from omni.outbox.events import StockChanged
from omni.outbox.publish import Message


class AtLevel(Protocol):
    @property
    def variant_id(self) -> int: ...

    @property
    def location_id(self) -> int: ...


def stock_changed(changes: Iterable[AtLevel]) -> Message:
    """The one message that says which levels wants, movements or reservations touched."""
    return stock_changed_at(list(dict.fromkeys((item.variant_id, item.location_id) for item in changes)))


def stock_changed_at(pairs: Sequence[tuple[int, int]]) -> Message:
    """The same, of (variant, location) pairs."""
    return Message(
        "stock", StockChanged(tuple(variant for variant, _ in pairs), tuple(place for _, place in pairs))
    )
