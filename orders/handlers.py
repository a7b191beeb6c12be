"""What changes of stock and sourcing mean for orders that wait for stock."""

from collections.abc import Sequence

from omni.core import clock
from omni.outbox.consumers import EventRecord
from omni.outbox.events import BundlesWait, ChannelChanged, LocationChanged, SourcingChanged, StockChanged
from orders import services

PAYLOADS = (StockChanged, SourcingChanged, LocationChanged, ChannelChanged)


def allocate_waiting(events: Sequence[EventRecord]) -> None:
    """Serve who waits for what the batch touched; for anything, where it does not say what that is."""
    touched: set[int] | None = set()
    for event in events:
        named = getattr(event.payload, "variant_ids", None)
        touched = None if touched is None or named is None else touched | set(named)
    now = clock.now()
    services.announce_waiting_bundles(variant_ids=touched, now=now)
    services.allocate_waiting(variant_ids=touched, now=now)


def allocate_waiting_bundles(events: Sequence[EventRecord]) -> None:
    """Serve who waits for bundles of what the batch names."""
    named: set[int] | None = set()
    for event in events:
        assert isinstance(event.payload, BundlesWait)
        wanted = event.payload.variant_ids
        named = None if named is None or wanted is None else named | set(wanted)
    services.allocate_waiting_bundles(variant_ids=named, now=clock.now())
