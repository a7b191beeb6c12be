"""Reads of connections: their health, and what they were told that is no longer so."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from connectors import registry
from connectors.models import Connection
from connectors.ports import Capability
from inventory import selectors as inventory
from omni.core import sql
from omni.core.errors import NotFound

# Each figure reads an index, and of it what is due or was given up: of a connection that keeps up next to
# nothing, whatever it was ever told. The lags are of the latest of ten minutes, LAGS_READ of them at most.
LAGS_READ = 1000
HEALTH = """
SELECT connection.code, connection.kind, connection.retry_at, connection.last_error, connection.compared_at,
       moving.count,
       (SELECT count(*) FROM connectors_pushstate WHERE connection_id = connection.id AND dead_at IS NOT NULL),
       statement_timestamp() - moving.since,
       recent.median, recent.p99,
       (SELECT count(*) FROM connectors_listingstate WHERE connection_id = connection.id
          AND (dirty_at IS NOT NULL OR lease_until IS NOT NULL)),
       (SELECT count(*) FROM connectors_listingstate
        WHERE connection_id = connection.id AND dead_at IS NOT NULL),
       (SELECT count(*) FROM connectors_shipmentnotice
        WHERE connection_id = connection.id AND acknowledged_at IS NULL AND dead_at IS NULL),
       (SELECT count(*) FROM connectors_shipmentnotice
        WHERE connection_id = connection.id AND acknowledged_at IS NULL AND dead_at IS NOT NULL),
       (SELECT count(*) FROM connectors_refusedfile
        WHERE connection_id = connection.id AND settled_at IS NULL),
       (SELECT count(*) FROM connectors_tillentry
        WHERE connection_id = connection.id AND status = 'FAILED'),
       (SELECT count(*) FROM connectors_tillentry
        WHERE connection_id = connection.id AND status IN ('PENDING', 'WAITING')),
       (SELECT coalesce(sum(upper(gap) - lower(gap)), 0)::bigint
        FROM connectors_tilldevice AS known, unnest(known.missing * int8multirange(
            int8range(coalesce((connection.settings->>'first_sequence')::bigint, 1), NULL))) AS gap
        WHERE known.connection_id = connection.id),
       (SELECT drifted + listings_drifted FROM connectors_comparison
        WHERE connection_id = connection.id AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1),
       pause.id IS NOT NULL, pause.ends_at, coalesce(pause.reason, '')
FROM connectors_connection AS connection
CROSS JOIN LATERAL (
    SELECT count(*) AS count, min(least(dirty_at, sending_dirty_at)) AS since FROM connectors_pushstate
    WHERE connection_id = connection.id AND (dirty_at IS NOT NULL OR lease_until IS NOT NULL)
) AS moving
CROSS JOIN LATERAL (
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY lag) AS median,
           percentile_disc(0.99) WITHIN GROUP (ORDER BY lag) AS p99
    FROM (
        SELECT lag FROM connectors_pushstate
        WHERE connection_id = connection.id
          AND acknowledged_at > statement_timestamp() - interval '10 minutes'
        ORDER BY acknowledged_at DESC LIMIT %(lags)s::int
    ) AS latest
) AS recent
LEFT JOIN connectors_pause AS pause ON pause.connection_id = connection.id AND pause.resumed_at IS NULL
      AND (pause.ends_at IS NULL OR pause.ends_at > statement_timestamp())
WHERE connection.id = %(connection)s::bigint OR (%(connection)s::bigint IS NULL AND connection.active)
ORDER BY connection.code
"""


@dataclass(frozen=True, slots=True)
class Health:
    """
    A connection at a glance: what waits, and how long a change took to be acknowledged.

    `waiting`, `dead`, `oldest` and the lags are of stock: `oldest` is the age of the oldest change
    not yet acknowledged; lags are of the last ten minutes, at most of the thousand latest. `drifted`
    is what the last comparison found. `kind_error` says why the kind can't be used, where it can't.
    """

    code: str
    kind: str
    open_until: datetime | None
    last_error: str
    compared_at: datetime | None
    waiting: int
    dead: int
    oldest: timedelta | None
    median_lag: timedelta | None
    p99_lag: timedelta | None
    listings_waiting: int
    listings_dead: int
    shipments_waiting: int
    shipments_dead: int
    files_refused: int
    till_failed: int
    till_waiting: int
    till_missing: int
    drifted: int | None
    paused: bool
    paused_until: datetime | None
    pause_reason: str
    kind_error: str

    @property
    def all_waiting(self) -> int:
        return self.waiting + self.listings_waiting + self.shipments_waiting

    @property
    def all_dead(self) -> int:
        return self.dead + self.listings_dead + self.shipments_dead

    @property
    def amiss(self) -> bool:
        """Whether somebody should look: a pause is meant, and drift is healed by itself."""
        return bool(
            self.open_until
            or self.all_dead
            or self.files_refused
            or self.till_failed
            or self.till_missing
            or self.kind_error
        )


def get_connection(code: str) -> Connection:
    """
    Raises:
        NotFound: no active connection has this code.
    """
    connection = Connection.objects.select_related("channel").filter(code=code, active=True).first()
    if connection is None:
        raise NotFound(connection=code)
    return connection


def list_deaf(capability: Capability) -> list[int]:
    """The active connections that certainly can't do it: nothing is marked or kept for them."""
    found = sql.fetch_all(ACTIVE)
    return [id_ for id_, kind, given in found if _is_deaf(registry.find_kind(kind), given, capability)]


ACTIVE = "SELECT id, kind, settings::text FROM connectors_connection WHERE active ORDER BY id"


@lru_cache(maxsize=1024)
def _is_deaf(kind: registry.Kind, settings: str, capability: Capability) -> bool:
    """Asked with every batch of changes, and the same for as long as a kind and its settings are."""
    return registry.lacks(Connection(kind=kind.name, settings=json.loads(settings)), capability)


GAPS = """
SELECT known.device, lower(gap), upper(gap) - 1
FROM connectors_tilldevice AS known,
     unnest(known.missing * int8multirange(int8range(%(first)s::bigint, NULL))) AS gap
WHERE known.connection_id = %(connection)s::bigint
  AND (%(device)s::text IS NULL OR known.device = %(device)s::text)
ORDER BY known.device, lower(gap) LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers of a device's that never came, from `first` to `last`."""

    device: str
    first: int
    last: int


def list_gaps(*, connection: Connection, device: str | None = None) -> list[Gap]:
    """What tills numbered and never sent, of one device or all; 1,000 at most."""
    _, to = registry.counterpart_of(connection)
    params = {"connection": connection.pk, "device": device, "first": to.settings.first_sequence}
    return [Gap(*row) for row in sql.fetch_all(GAPS, params)]


def list_health() -> list[Health]:
    """The health of every active connection, for the staff dashboard and the metrics."""
    return _health(None)


def get_health(*, connection_id: int) -> Health:
    """The health of one connection, active or not."""
    return _health(connection_id)[0]


def _health(connection_id: int | None) -> list[Health]:
    rows = sql.fetch_all(HEALTH, {"connection": connection_id, "lags": LAGS_READ})
    return [Health(*(*row, registry.find_kind(row[1]).error)) for row in rows]


# What a change of sourcing may concern is read so many variants at a time.
PAGE = 2_000

# A connection, a variant, and since when it is not what was told.
Pair = tuple[int, int, datetime]


@dataclass(frozen=True, slots=True)
class SourcingChange:
    """
    Of a channel: everything that it lists, or what of that is named, or is held by the location.

    Variants up to the id `after` have been looked at.
    """

    channel_id: int
    variant_ids: tuple[int, ...] | None = None
    location_id: int | None = None
    connection_id: int | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class ToldOtherwise:
    pairs: list[Pair]
    left: dict[SourcingChange, datetime]


_LISTED = """
SELECT DISTINCT listing.variant_id
FROM catalog_listing AS listing
JOIN catalog_variant AS variant ON variant.id = listing.variant_id AND variant.keeps_stock
{held}
WHERE listing.channel_id = %(channel)s::bigint AND listing.variant_id > %(after)s::bigint
  AND (%(variants)s::bigint[] IS NULL OR listing.variant_id = ANY(%(variants)s::bigint[]))
ORDER BY listing.variant_id
LIMIT %(page)s::bigint
"""
LISTED = _LISTED.format(held="")

# An empty level gives nothing, before the change as after it: what emptied it since the connection
# was told has marked the pair by an event of its own, whether or not the location serves.
LISTED_AT = _LISTED.format(
    held="""JOIN LATERAL (
    SELECT FROM inventory_stocklevel AS level
    WHERE level.location_id = %(location)s::bigint AND level.on_hand > 0
      AND (level.variant_id = listing.variant_id OR level.variant_id IN (
          SELECT component_id FROM catalog_component WHERE bundle_id = listing.variant_id))
    LIMIT 1
) AS held ON true"""
)

# What is dirty or in flight counts as told otherwise: whoever is sending it may have read the
# number before the change was committed.
TOLD_OTHERWISE = """
SELECT connection.id, now.variant_id
FROM connectors_connection AS connection
CROSS JOIN unnest((SELECT %(variants)s::bigint[]), %(available)s::bigint[]) AS now (variant_id, available)
LEFT JOIN connectors_pushstate AS state
       ON state.connection_id = connection.id AND state.variant_id = now.variant_id
WHERE connection.id = ANY((SELECT %(connections)s::bigint[])::bigint[])
  AND (state.id IS NULL OR state.available IS DISTINCT FROM now.available
       OR state.dirty_at IS NOT NULL OR state.lease_until IS NOT NULL)
"""


def list_channels_served(*, location_id: int) -> list[int]:
    """The channels that the location is a source of, where an active connection sells them."""
    served = Connection.objects.filter(
        active=True, channel__sources__location=location_id, channel__sources__active=True
    )
    return list(served.order_by("channel_id").values_list("channel_id", flat=True).distinct())


def find_channel_id(*, connection_id: int) -> int | None:
    """The channel that a connection sells, unless it is switched off."""
    return (
        Connection.objects.filter(pk=connection_id, active=True).values_list("channel_id", flat=True).first()
    )


def list_told_otherwise(changes: Mapping[SourcingChange, datetime]) -> ToldOtherwise:
    """
    What was told another number than there is now, of what changed at those times.

    Closing a shop or a channel, a source or a buffer moves no stock, so nothing names the variants.
    Of each change it reads one page, by three statements; `left` says where to go on.
    """
    pairs: list[Pair] = []
    left: dict[SourcingChange, datetime] = {}
    for change, at in changes.items():
        connection_ids = _connections(change)
        page = _page(change) if connection_ids else []
        pairs += [(*pair, at) for pair in _told_otherwise(connection_ids, change.channel_id, page)]
        if len(page) == PAGE:
            left[replace(change, after=page[-1])] = at
    return ToldOtherwise(pairs, left)


def _connections(change: SourcingChange) -> list[int]:
    connections = Connection.objects.filter(active=True, channel=change.channel_id)
    if change.connection_id is not None:
        connections = connections.filter(pk=change.connection_id)
    return [one.pk for one in connections if not registry.lacks(one, Capability.PUSH_STOCK)]


def _page(change: SourcingChange) -> list[int]:
    params = {
        "channel": change.channel_id,
        "variants": None if change.variant_ids is None else sql.integers(change.variant_ids),
        "after": change.after,
        "page": PAGE,
    }
    if change.location_id is None:
        return [row[0] for row in sql.fetch_all(LISTED, params)]
    return [row[0] for row in sql.fetch_all(LISTED_AT, {**params, "location": change.location_id})]


def _told_otherwise(
    connection_ids: Sequence[int], channel_id: int, variant_ids: Sequence[int]
) -> list[tuple[int, int]]:
    if not variant_ids:
        return []
    available = inventory.channel_availability(channel_id=channel_id, variant_ids=variant_ids)
    params = {
        "connections": sql.integers(connection_ids),
        "variants": sql.integers(available),
        "available": sql.integers(available.values()),
    }
    return [(row[0], row[1]) for row in sql.fetch_all(TOLD_OTHERWISE, params)]
