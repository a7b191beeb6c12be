"""What is set rather than moved: safety stock, sourcing, and what was lacking and is found."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext, override

from catalog import selectors as catalog
from inventory import errors
from inventory.models import ChannelBuffer, ChannelSource, Discrepancy, StockLevel
from inventory.services.batches import Pair
from inventory.services.messages import stock_changed
from inventory.services.moving import LevelNow, read_levels, refuse_stockless
from inventory.services.posting import create_levels
from omni.core import db, idempotency, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.limits import require_units
from omni.outbox.events import SourcingChanged
from omni.outbox.publish import Message, publish, publish_all

# Levels that one message names at most.
PAGE = 1_000
OTHERWISE = """
SELECT level.id
FROM unnest((SELECT %(variants)s::bigint[]), (SELECT %(locations)s::bigint[]), (SELECT %(quantities)s::bigint[]))
     AS wanted (variant_id, location_id, quantity)
JOIN inventory_stocklevel AS level USING (variant_id, location_id)
WHERE level.safety_stock <> wanted.quantity
"""
SET_SAFETY = """
UPDATE inventory_stocklevel AS level SET safety_stock = wanted.quantity
FROM unnest((SELECT %(levels)s::bigint[]), (SELECT %(quantities)s::bigint[])) AS wanted (id, quantity)
WHERE level.id = wanted.id
RETURNING level.id
"""


def set_safety_stock(
    *, location_id: int, variant_id: int, quantity: int, claim: Claim, actor: Actor, now: datetime
) -> LevelNow:
    """
    Keep `quantity` units (not negative) of a level from being sold online.

    Raises:
        ClaimInFlight, ClaimMismatch
        InvalidField: more than can be counted.
        KeepsNoStock
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=LevelNow):
            return replayed
        set_safety_stocks(wanted={(variant_id, location_id): quantity}, actor=actor, now=now)
        return idempotency.settle(claim, read_levels([(variant_id, location_id)])[0], now=now)


def set_safety_stocks(*, wanted: Mapping[Pair, int], actor: Actor, now: datetime) -> None:
    """
    The same of many levels, (variant, location), each with its units. A building block.

    Those that have them already are left alone, and nothing is told of them. All are locked at once,
    in the order of their keys; the statements are as many for one level as for thousands.

    Raises:
        InvalidField: more than can be counted.
        KeepsNoStock
    """
    db.require_transaction()
    for quantity in wanted.values():
        require_units(quantity, field="quantity")
    refuse_stockless({variant_id for variant_id, _ in wanted})
    create_levels(list(wanted))
    params = {
        "variants": sql.integers(variant_id for variant_id, _ in wanted),
        "locations": sql.integers(location_id for _, location_id in wanted),
        "quantities": sql.integers(wanted.values()),
    }
    levels = StockLevel.objects.for_update_by_ids(row[0] for row in sql.fetch_all(OTHERWISE, params))
    changes = {
        "levels": sql.integers(level.pk for level in levels),
        "quantities": sql.integers(wanted[level.variant_id, level.location_id] for level in levels),
    }
    sql.fetch_all(SET_SAFETY, changes)
    pages = (levels[start : start + PAGE] for start in range(0, len(levels), PAGE))
    publish_all([stock_changed(page) for page in pages], at=now, actor=actor)


@dataclass(frozen=True, slots=True)
class Found:
    """`quantity` units of what was sold for `source` (`order:42`) without stock, found at a location (or given up)."""

    source: str
    variant_id: int
    location_id: int | None
    quantity: int


def resolve_found(*, found: Sequence[Found], actor: Actor, now: datetime, resolution: str = "") -> None:
    """
    Resolve the open discrepancies of what was sold outside and is allocated now, or by `resolution` needs
    no stock any more.

    A building block. One of which only a part was found stays open with the rest; the part becomes
    a row of its own, resolved. What somebody has resolved before is left alone.
    """
    db.require_transaction()
    lacking = _lock_unallocated(found)
    with override(settings.LANGUAGE_CODE):
        found_text = resolution or gettext("Stock was found and allocated.")
    parts: list[Discrepancy] = []
    for one in found:
        rest = one.quantity
        for row in lacking[one.source, one.variant_id]:
            if part := min(rest, row.quantity) if row.status == Discrepancy.Status.OPEN else 0:
                rest -= part
                parts += _resolve_part(row, part, one.location_id, found_text, actor, now)
    rows = [row for rows in lacking.values() for row in rows]
    Discrepancy.objects.bulk_update(rows, CHANGED)
    Discrepancy.objects.bulk_create(parts)


CHANGED = ("status", "quantity", "location", "resolved_at", "resolution", "actor")


def _lock_unallocated(found: Sequence[Found]) -> dict[tuple[str, int], list[Discrepancy]]:
    rows = Discrepancy.objects.filter(
        kind=Discrepancy.Kind.UNALLOCATED,
        status=Discrepancy.Status.OPEN,
        variant__in={one.variant_id for one in found},
        source__in={one.source for one in found},
    )
    lacking: dict[tuple[str, int], list[Discrepancy]] = defaultdict(list)
    for row in rows.order_by("pk").select_for_update(no_key=True):
        lacking[row.source, row.variant_id].append(row)
    return lacking


def _resolve_part(
    row: Discrepancy, quantity: int, location_id: int | None, resolution: str, actor: Actor, now: datetime
) -> list[Discrepancy]:
    """Resolve all of the row, or answer a resolved one of the part, leaving the rest open."""
    part = row
    if quantity < row.quantity:
        row.quantity -= quantity
        part = Discrepancy(
            kind=row.kind,
            variant_id=row.variant_id,
            quantity=quantity,
            source=row.source,
            opened_at=row.opened_at,
        )
    part.status = Discrepancy.Status.RESOLVED
    part.location_id = location_id
    part.resolved_at = now
    part.resolution = resolution
    part.actor = str(actor)
    return [] if part is row else [part]


# The greatest amount that a rule may have; ABOVE has none.
MOST_AMOUNT: dict[str, int] = {ChannelSource.Gives.ALL: 0, ChannelSource.Gives.SHARE: 100}


@dataclass(frozen=True, slots=True)
class Source:
    """How a location serves a channel."""

    channel_id: int
    location_id: int
    priority: int = 100
    gives: str = ChannelSource.Gives.ALL
    amount: int = 0
    learned: bool = False
    active: bool = True


def set_source(
    *,
    channel_id: int,
    location_id: int,
    priority: int = 100,
    gives: str = ChannelSource.Gives.ALL,
    amount: int = 0,
    learned: bool = False,
    active: bool = True,
    actor: Actor,
    now: datetime,
) -> None:
    """
    Let a location serve a channel, at a priority (lower is asked first), or no longer.

    `gives` and `amount` say how much it may have: ALL (amount 0), a SHARE of up to 100 per cent,
    or what is ABOVE a number of units. `learned` keeps back each level's learned buffer besides.

    Raises:
        AmountOutOfRange: no rule of that kind has that amount; nothing is written.
    """
    source = Source(channel_id, location_id, priority, gives, amount, learned, active)
    set_sources(sources=[source], actor=actor, now=now)


def set_sources(*, sources: Sequence[Source], actor: Actor, now: datetime) -> None:
    """
    The same of many channels and locations, in two statements. A building block.

    Raises:
        AmountOutOfRange: nothing is written.
    """
    for source in sources:
        require_amount_of_kind(source.gives, source.amount)
    db.require_transaction()
    rows = sorted(sources, key=lambda source: (source.channel_id, source.location_id))
    ChannelSource.objects.bulk_create(
        [ChannelSource(**asdict(row)) for row in rows],
        update_conflicts=True,
        unique_fields=["channel", "location"],
        update_fields=["priority", "gives", "amount", "learned", "active"],
    )
    changes = [
        Message(f"channel:{row.channel_id}", SourcingChanged(row.channel_id, location_id=row.location_id))
        for row in rows
    ]
    publish_all(changes, at=now, actor=actor)


def require_amount_of_kind(gives: str, amount: int) -> None:
    """
    Raises:
        AmountOutOfRange: no rule of that kind has that amount.
    """
    if amount > MOST_AMOUNT.get(gives, amount):
        raise errors.AmountOutOfRange(field="amount", gives=gives, amount=amount)


def set_buffer(
    *, channel_id: int, variant_id: int | None = None, quantity: int, actor: Actor, now: datetime
) -> None:
    """
    Keep `quantity` units of a variant, or of every variant without a buffer of its own, from a channel.

    Raises:
        InvalidField: more than can be counted.
    """
    require_units(quantity, field="quantity")
    db.require_transaction()
    ChannelBuffer.objects.update_or_create(
        channel_id=channel_id,
        variant_id=variant_id,  # type: ignore[misc]  # NULL names every variant
        defaults={"quantity": quantity},
    )
    touched = None if variant_id is None else (variant_id, *catalog.list_bundles_with([variant_id]))
    publish(f"channel:{channel_id}", SourcingChanged(channel_id, touched), at=now, actor=actor)
