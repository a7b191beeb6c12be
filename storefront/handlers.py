"""What changes of stock mean for open pages."""

from collections.abc import Sequence

from omni.outbox.consumers import EventRecord
from storefront import stock_states


def announce_changed(events: Sequence[EventRecord]) -> None:
    """Announce the present state of every variant that the batch touched, once."""
    touched = {variant_id for event in events for variant_id in event.payload.variant_ids}
    stock_states.announce(sorted(touched))
