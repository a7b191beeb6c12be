"""What changes of stock and sourcing mean for the outside: pairs to push."""

from collections.abc import Sequence
from datetime import datetime

from connectors import selectors, services, wakes
from connectors.selectors import SourcingChange
from omni.core import db
from omni.outbox.consumers import EventRecord
from omni.outbox.events import (
    ChannelChanged,
    ConnectionOpened,
    ListingChanged,
    LocationChanged,
    SourcingChanged,
    SourcingToCompare,
    StockChanged,
)

# Each of them may change what a channel may sell, though nothing moved.
SOURCING = (
    SourcingChanged,
    ListingChanged,
    LocationChanged,
    ChannelChanged,
    ConnectionOpened,
    SourcingToCompare,
)


def mark_changed(events: Sequence[EventRecord]) -> None:
    """Collapse a batch to the pairs that it touched, and push once it has committed."""
    variants: list[int] = []
    locations: list[int] = []
    ats = []
    for event in events:
        if isinstance(event.payload, StockChanged):
            variants += event.payload.variant_ids
            locations += event.payload.location_ids
            ats += [event.recorded_at] * len(event.payload.variant_ids)
    connections = services.mark_dirty(
        variant_ids=variants, location_ids=locations, ats=ats, changes=_changes(events)
    )
    db.after_commit(wakes.wake, sorted(connections))


def _changes(events: Sequence[EventRecord]) -> dict[SourcingChange, datetime]:
    """What a batch says of sourcing; the same thing said again counts from when it was said first."""
    changes: dict[SourcingChange, datetime] = {}
    for event in events:
        for change in _changes_of(event):
            at = getattr(event.payload, "changed_at", event.recorded_at)
            changes[change] = min(at, changes.get(change, at))
    return changes


def _changes_of(event: EventRecord) -> list[SourcingChange]:
    match event.payload:
        case SourcingChanged(channel_id, variant_ids, location_id):
            return [SourcingChange(channel_id, variant_ids, location_id)]
        case ListingChanged(channel_id, variant_ids):
            return [SourcingChange(channel_id, variant_ids)]
        case ChannelChanged(channel_id):
            return [SourcingChange(channel_id)]
        case LocationChanged(location_id):
            channels = selectors.list_channels_served(location_id=location_id)
            return [SourcingChange(channel_id, location_id=location_id) for channel_id in channels]
        case ConnectionOpened(connection_id):
            opened = selectors.find_channel_id(connection_id=connection_id)
            return [SourcingChange(opened, connection_id=connection_id)] if opened else []
        case SourcingToCompare(channel_id, _, after, variant_ids, location_id, connection_id):
            return [SourcingChange(channel_id, variant_ids, location_id, connection_id, after)]
    return []


def mark_listings(events: Sequence[EventRecord]) -> None:
    """What is listed, or for how much, changed: mark it for its channel's connections."""
    for event in sorted(events, key=lambda event: event.sequence):
        match event.payload:
            case ListingChanged(channel_id, variant_ids):
                services.mark_listings(channel_id=channel_id, variant_ids=variant_ids, at=event.recorded_at)
            case ChannelChanged(channel_id):
                services.mark_listings(channel_id=channel_id, variant_ids=None, at=event.recorded_at)
            case ConnectionOpened(connection_id):
                if opened := selectors.find_channel_id(connection_id=connection_id):
                    services.mark_listings(channel_id=opened, variant_ids=None, at=event.recorded_at)


def note_shipments(events: Sequence[EventRecord]) -> None:
    """What has left is told to the connection that brought its order."""
    services.note_shipments(fulfilment_ids=[event.payload.fulfilment_id for event in events])
