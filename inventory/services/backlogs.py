"""Selling ahead of stock, and serving who waits: building blocks for the order book."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory import errors
from inventory.backorders import Ahead, find_ahead
from inventory.sourcing import EXPIRED, KEEPS, PERCENT, SERVES, SHIPS, UNPROMISED, given_of
from omni.core import db, sql

# (variant, channel) → units sold ahead, and units of stock waited for.
Changes = Mapping[tuple[int, int], tuple[int, int]]

# Everyone who sells a variant ahead takes these first, so that what they read next is settled.
LOCK = """
SELECT id FROM inventory_backorderpolicy
WHERE variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
ORDER BY id
FOR NO KEY UPDATE
"""

_CHANGES = """unnest((SELECT %(variants)s::bigint[]), %(channels)s::bigint[], %(ahead)s::bigint[],
                         %(owed)s::bigint[]) AS change (variant_id, channel_id, ahead, owed)"""

RAISE = f"""
INSERT INTO inventory_backlog AS backlog (variant_id, channel_id, ahead, owed)
SELECT variant_id, channel_id, ahead, owed FROM {_CHANGES}
ORDER BY variant_id, channel_id
ON CONFLICT (variant_id, channel_id)
DO UPDATE SET ahead = backlog.ahead + excluded.ahead, owed = backlog.owed + excluded.owed
"""

# A drift stops at zero, and verification tells of it: nobody is refused a cancellation for it.
LOWER = f"""
WITH locked AS MATERIALIZED (
    SELECT backlog.id, change.ahead, change.owed
    FROM {_CHANGES}
    JOIN inventory_backlog AS backlog
      ON backlog.variant_id = change.variant_id AND backlog.channel_id = change.channel_id
    ORDER BY backlog.variant_id, backlog.channel_id
    FOR NO KEY UPDATE OF backlog
)
UPDATE inventory_backlog AS backlog
SET ahead = greatest(0, backlog.ahead - locked.ahead), owed = greatest(0, backlog.owed - locked.owed)
FROM locked
WHERE backlog.id = locked.id
"""

LOCK_BACKLOGS = """
SELECT id FROM inventory_backlog
WHERE variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
ORDER BY variant_id, channel_id
FOR NO KEY UPDATE
"""

_EVERY_GIVEN = given_of(
    f"{UNPROMISED} + coalesce(expired.quantity, 0)",
    keeps=KEEPS,
    percent=PERCENT,
    channel="source.channel_id",
)

# What stands there for who waits: the shipping sources of each channel by priority.
SUPPLY = f"""
WITH expired AS MATERIALIZED ({EXPIRED})
SELECT source.channel_id, level.variant_id, level.location_id,
       greatest(0, {UNPROMISED} + coalesce(expired.quantity, 0)), {_EVERY_GIVEN}
FROM inventory_channelsource AS source
JOIN organisation_location AS location ON location.id = source.location_id AND {SHIPS}
JOIN organisation_saleschannel AS channel ON channel.id = source.channel_id
JOIN inventory_stocklevel AS level
  ON level.location_id = source.location_id
 AND level.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
LEFT JOIN expired ON expired.variant_id = level.variant_id AND expired.location_id = level.location_id
WHERE source.channel_id = ANY((SELECT %(channels)s::bigint[])::bigint[]) AND source.active AND {SERVES}
ORDER BY source.channel_id, level.variant_id, source.priority, level.location_id
"""


@dataclass(frozen=True, slots=True)
class AheadWant:
    """
    `quantity` units (above zero) of a variant to be sold ahead, beside `in_stock` that are there;
    `components` are what one unit of a bundle takes.
    """

    variant_id: int
    quantity: int
    components: tuple[tuple[int, int], ...] = ()
    in_stock: int = 0


@dataclass(frozen=True, slots=True)
class Supplied:
    """What stands at a location: `free` units, of which its source gives the channel `given`."""

    channel_id: int
    variant_id: int
    location_id: int
    free: int
    given: int


def sell_ahead(*, channel_id: int, wants: Sequence[AheadWant], now: datetime) -> dict[int, Ahead]:
    """
    Count units as sold ahead, all or nothing; answer by variant the terms on which they are.

    A building block, for before levels are locked. The policies of the variants are locked first, and
    what is left is read after that: so two buyers are never promised the same unit.

    Raises:
        InsufficientStock: a policy is not open, or has fewer units left.
    """
    db.require_transaction()
    summed: dict[int, int] = {}
    for want in wants:
        summed[want.variant_id] = summed.get(want.variant_id, 0) + want.quantity
    sql.fetch_all(LOCK, {"variants": sql.integers(summed)})
    found = find_ahead(channel_id=channel_id, wants=summed.items(), at=now)
    if short := [want for want in wants if _left(found, want) < summed[want.variant_id]]:
        raise errors.InsufficientStock(shortages=_shortages(short, found))
    raise_backlog(changes_of(channel_id, [(w.variant_id, w.quantity, w.components, True) for w in wants]))
    return found


def _left(found: Mapping[int, Ahead], want: AheadWant) -> int:
    return found[want.variant_id].units if want.variant_id in found else 0


def _shortages(short: Sequence[AheadWant], found: Mapping[int, Ahead]) -> list[dict[str, object]]:
    query = "SELECT id, sku FROM catalog_variant WHERE id = ANY((SELECT %(ids)s::bigint[])::bigint[])"
    skus: dict[int, str] = dict(sql.fetch_all(query, {"ids": sql.integers(w.variant_id for w in short)}))
    return [
        {
            "sku": skus[want.variant_id],
            "location": None,
            "requested": want.in_stock + want.quantity,
            "available": want.in_stock + _left(found, want),
        }
        for want in short
    ]


def changes_of(
    channel_id: int, parts: Iterable[tuple[int, int, Sequence[tuple[int, int]], bool]]
) -> dict[tuple[int, int], tuple[int, int]]:
    """What (variant, units, components, sold ahead) parts come to in the backlog of a channel."""
    changes: dict[tuple[int, int], tuple[int, int]] = {}

    def add(variant_id: int, ahead: int, owed: int) -> None:
        before = changes.get((variant_id, channel_id), (0, 0))
        changes[variant_id, channel_id] = (before[0] + ahead, before[1] + owed)

    for variant_id, units, components, ahead in parts:
        add(variant_id, units if ahead else 0, 0 if components else units)
        for component_id, quantity in components:
            add(component_id, 0, units * quantity)
    return {pair: change for pair, change in changes.items() if change != (0, 0)}


def raise_backlog(changes: Changes) -> None:
    """Count what waits from now on. A building block, for before levels are locked."""
    _change(RAISE, changes)


def lower_backlog(changes: Changes) -> None:
    """Count what waits no longer. A building block, for before levels are locked."""
    _change(LOWER, changes)


def _change(statement: str, changes: Changes) -> None:
    if not changes:
        return
    db.require_transaction()
    variants, channels = zip(*changes, strict=True)
    ahead, owed = zip(*changes.values(), strict=True)
    sql.fetch_all(
        statement,
        {
            "variants": sql.integers(variants),
            "channels": sql.integers(channels),
            "ahead": sql.integers(ahead),
            "owed": sql.integers(owed),
        },
    )


def lock_backlogs(variant_ids: Iterable[int]) -> None:
    """Lock what is waited for of variants, for who is about to lock their levels and then lower it."""
    sql.fetch_all(LOCK_BACKLOGS, {"variants": sql.integers(variant_ids)})


def supply_for_waiting(
    *, channel_ids: Iterable[int], variant_ids: Iterable[int], now: datetime
) -> list[Supplied]:
    """What stands at the sources of channels for who waits there, by the sources' priority."""
    params = {"channels": sql.integers(channel_ids), "variants": sql.integers(variant_ids), "at": now}
    return [Supplied(*map(int, row)) for row in sql.fetch_all(SUPPLY, params)]
