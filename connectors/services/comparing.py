"""
The full comparison: what a connection shows against what we have, and drift pushed again.

One at a time for a connection, under a lock that dies with its holder. So whatever is unfinished when
the lock is had was only asked for, or its process died: it is carried out then.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import Variant
from connectors.errors import ComparisonRunning, PushFailed
from connectors.models import Comparison, Connection, ListingState, PushState
from connectors.ports import Capability, Connector, Counterpart, ListingItem, RemoteListing, RemoteStock
from connectors.registry import lacks, reached
from connectors.services import finishing
from connectors.services.lanes import LISTINGS, STOCK, Lane, listing_item, tell_anew
from connectors.services.pushing import push
from omni.core import clock, db, idempotency, locks
from omni.core.idempotency import Claim

PAGE = 1000
SHOWN = 200
SETTLING = timedelta(seconds=2)
LOCK_CLASS = 0x434F4D50  # "COMP"


@dataclass(frozen=True, slots=True)
class ComparisonAsked:
    """What a claim keeps of a comparison that somebody asked for: its row, which tells how it ended."""

    comparison_id: int


def ask_comparison(*, connection_id: int, claim: Claim, now: datetime) -> Comparison:
    """
    Write down that somebody wants a comparison; whoever compares this connection next carries it out.

    One that is unfinished is answered rather than joined by another. Replaying the claim answers the
    first, which has its `finished_at` by then, or not.

    Raises:
        ClaimInFlight, ClaimMismatch: the claim is in use, or came with another request.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=ComparisonAsked):
            return Comparison.objects.get(pk=replayed.comparison_id)
        Connection.objects.for_update_by_id(connection_id)
        comparison = _unfinished(connection_id).first() or Comparison.objects.create(
            connection_id=connection_id, started_at=now
        )
        idempotency.settle(claim, ComparisonAsked(comparison.pk), now=now)
    return comparison


def compare(*, connection_id: int, now: datetime, heal: bool = True) -> Comparison:
    """
    Compare every listed variant with what the other side shows, stock and listing, and push what drifted.

    A pair that is dirty, in flight, or has units sold there and not yet booked here is still
    settling, and counts as compared. An unreachable counterpart is noted on the comparison. Unless it
    is to `heal`, drift is written down and left as it is.

    Raises:
        ComparisonRunning: another process is at it; the other side was asked nothing.
    """
    with locks.sole(LOCK_CLASS, connection_id) as alone:
        if not alone:
            raise ComparisonRunning(connection=Connection.objects.get(pk=connection_id).code)
        comparison = _carry_out(_begin(connection_id, now=now, heal=heal), heal=heal)
    if heal and (comparison.drifted or comparison.listings_drifted):
        push(connection_id=connection_id)
    return comparison


def _unfinished(connection_id: int) -> QuerySet[Comparison]:
    return Comparison.objects.filter(connection=connection_id, finished_at=None).order_by("-pk")


def _begin(connection_id: int, *, now: datetime, heal: bool) -> Comparison:
    """The one that waits to be carried out, else a new one. It has the lock, so no other is running."""
    waiting = _unfinished(connection_id) if heal else Comparison.objects.none()
    comparison = waiting.first() or Comparison(connection_id=connection_id)
    comparison.started_at = now
    comparison.save()
    waiting.exclude(pk=comparison.pk).update(finished_at=now, error="Its process ended before it did.")
    return comparison


def _carry_out(comparison: Comparison, *, heal: bool) -> Comparison:
    """Read the other side, outside any transaction, and write down what came of it."""
    connection = comparison.connection
    errors = [_compare_lane(connection, comparison, side, heal) for side in SIDES]
    # A side that is away is away for both: said once.
    comparison.error = "; ".join(dict.fromkeys(error for error in errors if error))[:2000]
    comparison.finished_at = clock.now()
    comparison.save()
    Connection.objects.filter(pk=connection.pk).update(compared_at=comparison.finished_at)
    return comparison


def _compare_lane(connection: Connection, comparison: Comparison, side: "Side", heal: bool) -> str:
    """Answer what went wrong. What the kind can't read, or couldn't mend, is not compared."""
    if lacks(connection, side.reading) or lacks(connection, side.lane.capability):
        return ""
    variants = _pairs(side.variants(connection))
    skus = tuple(sku for _, sku in variants)
    try:
        with reached(connection) as (connector, to):
            shown = {each.sku: each for each in side.read(connector, replace(to, skus=skus))}
    except PushFailed as error:
        return f"{type(error).__name__}: {error}"
    for page in _pages(variants):
        drifts = _drifts(connection, page, shown, side)
        if heal:
            # Ahead of the version shown there.
            versions = {drift["variant_id"]: drift["their_version"] for drift in drifts}
            tell_anew(connection, side.lane, versions, comparison.started_at)
        side.count(comparison, len(page), len(drifts))
        comparison.detail = (comparison.detail + drifts)[:SHOWN]
    return ""


def _pages(items: list[tuple[int, str]]) -> Iterable[list[tuple[int, str]]]:
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]


def _drifts(
    connection: Connection, page: list[tuple[int, str]], shown: dict[str, Any], side: "Side"
) -> list[dict[str, Any]]:
    ids = [variant_id for variant_id, _ in page]
    ours = side.lane.states(connection, ids)
    settling = _settling(side.states.filter(connection=connection, variant__in=ids, dead_at=None))
    drifts = []
    for variant_id, sku in page:
        theirs = shown.get(sku)
        if variant_id in settling or getattr(theirs, "unsettled", None):
            continue
        found = side.differ(ours[variant_id], theirs)
        if found is not None:
            version = theirs.version if theirs else 0
            drifts.append({"variant_id": variant_id, "sku": sku, **found, "their_version": version})
    return drifts


def _settling(states: QuerySet[Any]) -> set[int]:
    recent = Q(acknowledged_at__gt=clock.now() - SETTLING)
    moving = Q(dirty_at__isnull=False) | Q(lease_until__isnull=False) | recent
    return set(states.filter(moving).values_list("variant_id", flat=True))


@dataclass(frozen=True, slots=True)
class Side:
    """How one lane is compared: what is read there, of which variants, and when the two differ."""

    lane: Lane
    reading: Capability
    states: QuerySet[Any]
    read: Callable[[Connector, Counterpart], Iterator[Any]]
    variants: Callable[[Connection], QuerySet[Variant]]
    differ: Callable[[Any, Any], dict[str, Any] | None]
    count: Callable[[Comparison, int, int], None]


def _pairs(variants: QuerySet[Variant]) -> list[tuple[int, str]]:
    return list(variants.order_by("pk").values_list("pk", "sku"))


def _stock_differs(ours: int, theirs: RemoteStock | None) -> dict[str, Any] | None:
    if theirs is not None and theirs.available == ours:
        return None
    return {"ours": ours, "theirs": theirs.available if theirs else None}


def _listing_differs(ours: str, theirs: RemoteListing | None) -> dict[str, Any] | None:
    """What is not on sale here must not be there; what is must be, at our price."""
    mine = listing_item("", ours, 0)
    if theirs is None or not theirs.listed:
        same = not mine.listed
    else:
        same = (mine.listed, mine.price, mine.tax_inclusive, mine.currency) == (
            True,
            theirs.price,
            theirs.tax_inclusive,
            theirs.currency,
        )
    return None if same else {"ours": _listing(mine), "theirs": _listing(theirs) if theirs else None}


def _listing(item: ListingItem | RemoteListing) -> dict[str, Any]:
    return {"listed": item.listed, "price": str(item.price) if item.listed else None}


def _count_stock(comparison: Comparison, compared: int, drifted: int) -> None:
    comparison.compared += compared
    comparison.drifted += drifted


def _count_listings(comparison: Comparison, compared: int, drifted: int) -> None:
    comparison.listings_compared += compared
    comparison.listings_drifted += drifted


SIDES = (
    Side(
        STOCK,
        Capability.READ_STOCK,
        PushState.objects.all(),
        lambda connector, to: connector.read_stock(to),
        finishing.list_stocked,
        _stock_differs,
        _count_stock,
    ),
    Side(
        LISTINGS,
        Capability.READ_LISTINGS,
        ListingState.objects.all(),
        lambda connector, to: connector.read_listings(to),
        finishing.list_listed,
        _listing_differs,
        _count_listings,
    ),
)
