"""What changes of stock and sourcing mean for open pages."""

from collections.abc import Sequence

from catalog import selectors as catalog
from omni.outbox.consumers import EventRecord
from omni.outbox.events import ChannelChanged, LocationChanged, SourcingChanged, StockChanged
from storefront import stock_states

PAYLOADS = (StockChanged, SourcingChanged, LocationChanged, ChannelChanged)


def announce_changed(events: Sequence[EventRecord]) -> None:
    """
    Announce the present state of every variant that the batch touched, once.

    Where any may be touched, open pages read their own anew: they show few, the catalogue has many.
    """
    if any(_touches_any(event) for event in events):
        stock_states.announce_all()
        return
    touched = {variant_id for event in events for variant_id in event.payload.variant_ids}
    stock_states.announce(sorted(touched | set(catalog.list_bundles_with(touched))))


def _touches_any(event: EventRecord) -> bool:
    return not isinstance(event.payload, StockChanged) and getattr(event.payload, "variant_ids", None) is None
