"""
What changes of stock, supply and sourcing mean for orders that wait for stock, and what comes back for
invoices.

They read the current state, so the moment is that of reading, unless one is given: by an event's own an
old one that comes late would promise days that have passed.
"""

from collections.abc import Sequence
from datetime import datetime

from omni.core import clock
from omni.outbox.consumers import EventRecord
from omni.outbox.events import (
    BacklogChanged,
    ChannelChanged,
    IncomingChanged,
    LocationChanged,
    OrderCancelled,
    OrderChanged,
    OrderReturned,
    SourcingChanged,
    StockChanged,
)
from orders import services

INVOICED_BY = (OrderReturned, OrderChanged, OrderCancelled)
ALLOCATED_BY = (StockChanged, SourcingChanged, LocationChanged, ChannelChanged, BacklogChanged)
PROMISED_BY = (IncomingChanged, SourcingChanged, BacklogChanged)


def allocate_waiting(events: Sequence[EventRecord], *, now: datetime | None = None) -> None:
    """Serve who waits for what the batch touched; for anything, where it does not say what that is."""
    services.allocate_waiting(variant_ids=_touched(events), now=now or clock.now())


def update_promises(events: Sequence[EventRecord], *, now: datetime | None = None) -> None:
    """Set anew what was promised of what the batch touched."""
    services.update_promises(variant_ids=_touched(events), now=now or clock.now())


def take_back_invoices(events: Sequence[EventRecord], *, now: datetime | None = None) -> None:
    """Issue what takes back from the invoices of orders of which something came back or was cancelled."""
    order_ids = {event.payload.order_id for event in events}
    services.take_back_invoices(order_ids=order_ids, now=now or clock.now())


def _touched(events: Sequence[EventRecord]) -> set[int] | None:
    touched: set[int] | None = set()
    for event in events:
        named = getattr(event.payload, "variant_ids", None)
        touched = None if touched is None or named is None else touched | set(named)
    return touched
