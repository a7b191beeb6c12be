"""
Lanes: what connections are told of variants. Stock is one, listings are another.

Each has a table of its own, and with it marks, versions and dead letters of its own, under the same
statements: a row is locked, its state is read by a later snapshot and leased, sent, acknowledged.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog import selectors as catalog
from catalog.errors import TaxRateMissing
from catalog.selectors import Offer
from connectors.models import Connection
from connectors.ports import Capability, Connector, Counterpart, ListingItem, StockItem
from inventory import selectors as inventory
from omni.core import clock, db, sql

# Whoever holds the connection's lock meets a lease only where its holder died: it is taken over at
# once. Rows that were refused before go alone, so that one bad item can't take others with it.
# Plan: the first rows of `push_due` (`listing_due`), in its order, however many wait. Variants are probed
# one by one: joined, all of them were read for each push, as nobody can tell the planner how few are due.
DUE = """
SELECT state.id, state.variant_id,
       (SELECT variant.sku FROM catalog_variant AS variant WHERE variant.id = state.variant_id), state.tries
FROM {table} AS state
WHERE state.connection_id = %(connection)s::bigint AND state.dead_at IS NULL
  AND (state.next_try_at IS NULL OR state.next_try_at <= statement_timestamp())
  AND (state.dirty_at IS NOT NULL OR state.lease_until IS NOT NULL)
ORDER BY state.tries, state.dirty_at, state.id
LIMIT %(limit)s::int
FOR NO KEY UPDATE OF state SKIP LOCKED
"""

# An unchanged state that was acknowledged needs no push.
LEASED = """
UPDATE {table} AS state SET
    version = CASE WHEN known THEN state.version ELSE state.version + 1 END,
    {column} = now_read,
    sending_dirty_at = CASE WHEN NOT known
        THEN least(state.sending_dirty_at, state.dirty_at, statement_timestamp()) END,
    dirty_at = NULL,
    lease_until = CASE WHEN NOT known THEN statement_timestamp() + %(lease)s::interval END
FROM (
    SELECT held.id, given.state AS now_read,
           held.{column} IS NOT NULL AND held.{column} = given.state
           AND held.acknowledged_version = held.version AND held.version > 0 AS known
    FROM unnest((SELECT %(ids)s::bigint[]), %(states)s::{type}[]) AS given (id, state)
    JOIN {table} AS held ON held.id = given.id
) AS reading
WHERE state.id = reading.id
RETURNING state.id, state.version, state.{column}, NOT known
"""

# Lost in a crash, it is pushed again.
ACKNOWLEDGED = """
UPDATE {table} AS state SET
    acknowledged_version = greatest(state.acknowledged_version, pushed.version),
    acknowledged_at = statement_timestamp(),
    lag = statement_timestamp() - state.sending_dirty_at,
    sending_dirty_at = NULL, lease_until = NULL, tries = 0, next_try_at = NULL, error = ''
FROM unnest((SELECT %(ids)s::bigint[]), %(versions)s::bigint[]) AS pushed (id, version), {lazily}
WHERE state.id = pushed.id AND state.version = pushed.version
"""

# A refusal counts towards giving up; silence does not, for it says nothing about the item.
FAILED = """
UPDATE {table} SET
    dirty_at = least(dirty_at, sending_dirty_at), sending_dirty_at = NULL, lease_until = NULL,
    tries = tries + %(refused)s::int,
    next_try_at = statement_timestamp() + %(wait)s::interval,
    dead_at = CASE WHEN tries + %(refused)s::int >= %(most)s::int THEN statement_timestamp() END,
    error = %(error)s::text
WHERE id = ANY((SELECT %(ids)s::bigint[])::bigint[])
"""

ANY_DUE = """
SELECT EXISTS (
    SELECT FROM {table}
    WHERE connection_id = %(connection)s::bigint AND dead_at IS NULL
      AND (next_try_at IS NULL OR next_try_at <= statement_timestamp())
      AND (dirty_at IS NOT NULL OR lease_until IS NOT NULL))
"""

# Whatever is to be told yet, were it later; what was given up is not.
ANY_WAITING = """
SELECT EXISTS (
    SELECT FROM {table}
    WHERE connection_id = %(connection)s::bigint AND dead_at IS NULL
      AND (dirty_at IS NOT NULL OR lease_until IS NOT NULL))
"""

REPLAYED = """
UPDATE {table} SET dead_at = NULL, tries = 0, next_try_at = NULL,
    dirty_at = coalesce(dirty_at, statement_timestamp())
WHERE connection_id = %(connection)s::bigint AND dead_at IS NOT NULL RETURNING id
"""

# What it was told stays known, and versions stay where they are, for when it can be told again.
FORGOTTEN = """
UPDATE {table} SET
    dirty_at = NULL, sending_dirty_at = NULL, lease_until = NULL, tries = 0, next_try_at = NULL,
    dead_at = NULL, error = '', {column} = NULL
WHERE connection_id = %(connection)s::bigint
  AND (dirty_at IS NOT NULL OR lease_until IS NOT NULL OR dead_at IS NOT NULL)
RETURNING id
"""

# Rows are locked in the order of their keys, as everywhere that marks them. One statement for a page:
# one for each pair kept a worker from delivering for as long as a shop's first comparison took.
HEAL = """
INSERT INTO {table} AS state
    (connection_id, variant_id, version, acknowledged_version, dirty_at, tries, error)
SELECT %(connection)s::bigint, drift.variant_id, drift.version, 0, %(at)s::timestamptz, 0, ''
FROM unnest((SELECT %(variants)s::bigint[]), %(versions)s::bigint[]) AS drift (variant_id, version)
ORDER BY drift.variant_id
ON CONFLICT (connection_id, variant_id) DO UPDATE SET
    dirty_at = excluded.dirty_at, {column} = NULL, next_try_at = NULL,
    version = greatest(state.version, excluded.version)
"""

Read = Callable[[int, Sequence[int]], dict[int, Any]]
Item = Callable[[str, Any, int], Any]
Send = Callable[[Connector, Counterpart, list[Any]], None]


@dataclass(frozen=True, slots=True)
class Lane:
    """
    `read` gives the states of variants in a channel as the table's `column` holds them, `nothing`
    stands for those that it leaves out; `item` makes a message's item of a SKU, a state and a version.
    """

    capability: Capability
    table: str
    column: str
    type: str
    nothing: Any
    read: Read
    item: Item
    send: Send
    statements: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        parts = {"table": self.table, "column": self.column, "type": self.type, "lazily": db.LAZILY}
        for template in (DUE, LEASED, ACKNOWLEDGED, FAILED, ANY_DUE, ANY_WAITING, REPLAYED, FORGOTTEN, HEAL):
            self.statements[template] = template.format(**parts)

    def sql(self, template: str) -> str:
        return self.statements[template]

    def states(self, connection: Connection, variant_ids: Sequence[int]) -> dict[int, Any]:
        """The state of each variant now."""
        found = self.read(connection.channel_id, variant_ids)
        return {variant_id: found.get(variant_id, self.nothing) for variant_id in variant_ids}


def tell_anew(connection: Connection, lane: Lane, versions: Mapping[int, int], at: datetime) -> None:
    """Make variants dirty and forget what was told of them, above the version that each is given with."""
    params = {
        "connection": connection.pk,
        "variants": sql.integers(versions),
        "versions": sql.integers(versions.values()),
        "at": at,
    }
    with db.transaction():
        sql.fetch_all(lane.sql(HEAL), params)


def _read_stock(channel_id: int, variant_ids: Sequence[int]) -> dict[int, Any]:
    return dict(inventory.channel_availability(channel_id=channel_id, variant_ids=variant_ids))


def _read_listings(channel_id: int, variant_ids: Sequence[int]) -> dict[int, Any]:
    return {variant_id: canonical(offer) for variant_id, offer in _offers(channel_id, variant_ids).items()}


def _offers(channel_id: int, variant_ids: Sequence[int]) -> dict[int, Offer]:
    """What the channel sells. What has no tax rate there can't be sold, and takes nothing else with it."""
    now = clock.now()
    wanted = list(variant_ids)
    try:
        return catalog.get_offers(channel_id=channel_id, variant_ids=wanted, at=now)
    except TaxRateMissing as error:
        unrated = set(catalog.find_variants(skus=error.skus).values())
        rest = [variant_id for variant_id in wanted if variant_id not in unrated]
        return catalog.get_offers(channel_id=channel_id, variant_ids=rest, at=now)


def canonical(offer: Offer) -> str:
    """An offer as `ListingState.told` holds it."""
    return json.dumps(
        {"currency": offer.currency, "price": str(offer.price), "tax_inclusive": offer.tax_inclusive}
    )


def listing_item(sku: str, told: str, version: int) -> ListingItem:
    if told == UNLISTED:
        return ListingItem(sku, False, None, True, "", version)
    state = json.loads(told)
    return ListingItem(sku, True, Decimal(state["price"]), state["tax_inclusive"], state["currency"], version)


UNLISTED = "{}"
STOCK = Lane(
    Capability.PUSH_STOCK,
    "connectors_pushstate",
    "available",
    "bigint",
    0,
    _read_stock,
    StockItem,
    lambda connector, to, items: connector.push_stock(to, items),
)
LISTINGS = Lane(
    Capability.PUSH_LISTINGS,
    "connectors_listingstate",
    "told",
    "text",
    UNLISTED,
    _read_listings,
    listing_item,
    lambda connector, to, items: connector.push_listings(to, items),
)
LANES = (STOCK, LISTINGS)
