"""What changes of stock and sourcing mean for the outside: pairs to push."""

from collections.abc import Iterable, Sequence

from connectors import services, tasks
from omni.core import db
from omni.outbox.consumers import EventRecord
from omni.outbox.events import ListingChanged, SourcingChanged, StockChanged


def mark_changed(events: Sequence[EventRecord]) -> None:
    """Collapse a batch to the pairs that it touched, and push once it has committed."""
    connections = _mark_stock([event for event in events if isinstance(event.payload, StockChanged)])
    for event in events:
        if isinstance(event.payload, SourcingChanged | ListingChanged):
            connections |= services.mark_listed(
                channel_id=event.payload.channel_id,
                variant_ids=event.payload.variant_ids,
                at=event.recorded_at,
            )
    db.after_commit(push_all, sorted(connections))


def _mark_stock(events: Sequence[EventRecord]) -> set[int]:
    variants: list[int] = []
    locations: list[int] = []
    ats = []
    for event in events:
        variants += event.payload.variant_ids
        locations += event.payload.location_ids
        ats += [event.recorded_at] * len(event.payload.variant_ids)
    if not variants:
        return set()
    return services.mark_dirty(variant_ids=variants, location_ids=locations, ats=ats)


def push_all(connection_ids: Iterable[int]) -> None:
    """Dispatch a push for each, unless one waits already. A lost one costs little: there is the sweep."""
    for connection_id in connection_ids:
        if tasks.announce_push(connection_id):
            tasks.push.apply_async(kwargs={"connection_id": connection_id}, retry=False)
