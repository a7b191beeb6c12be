"""
A SKU's stock as browsers see it: by channel, and by shop.

    {"sku": "…", "at": "2026-11-22T03:00:00+00:00", "channels": {"ec-main": 12}, "locations": {"shibuya": 3},
     "paused": {"ginza": "2026-11-22T06:00:00+00:00"}}

A shop that is paused shows what stands there, for who walks in; nothing can be ordered from it.
"""

import json
from collections.abc import Sequence
from typing import Any

from catalog import selectors as catalog
from inventory import selectors as inventory
from omni.core import clock, sql, valkey

CHANNEL = "stock:states"
# In place of a list of states: whatever is shown is to be read anew.
ANY = "any"

# Read with every change of stock, so prepared: the ORM takes three times as long to ask.
SKUS = "SELECT id, sku FROM catalog_variant WHERE id = ANY((SELECT %(variants)s::bigint[])::bigint[])"
# Those that are switched off too: an open page of theirs is told that they have nothing.
CHANNELS = "SELECT id, code FROM organisation_saleschannel WHERE kind IN ('EC', 'APP')"
SHOPS = "SELECT id, code, paused_until FROM organisation_location WHERE active AND kind = 'STORE'"


def read_by_skus(skus: Sequence[str]) -> list[dict[str, Any]]:
    """The present states of those SKUs that exist."""
    return read(list(catalog.find_variants(skus=skus).values()))


def read(variant_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The present states of variants: a statement for each channel shown, and three more."""
    now = clock.now()
    at = now.isoformat()
    skus: dict[int, str] = dict(sql.fetch_all(SKUS, {"variants": sql.integers(variant_ids)}))
    channels = {
        code: inventory.channel_availability(channel_id=channel_id, variant_ids=variant_ids)
        for channel_id, code in sql.fetch_all(CHANNELS)
    }
    by_location = inventory.location_availability(variant_ids=variant_ids)
    shops = {pk: (code, until) for pk, code, until in sql.fetch_all(SHOPS)}
    paused = {code: until.isoformat() for code, until in shops.values() if until and until > now}
    locations: dict[int, dict[str, int]] = {variant_id: {} for variant_id in skus}
    for (variant_id, location_id), available in by_location.items():
        if variant_id in locations and location_id in shops:
            locations[variant_id][shops[location_id][0]] = max(0, available)
    return [
        {
            "sku": sku,
            "at": at,
            "channels": {code: numbers.get(variant_id, 0) for code, numbers in channels.items()},
            "locations": locations[variant_id],
            "paused": paused,
        }
        for variant_id, sku in sorted(skus.items())
    ]


def announce(variant_ids: Sequence[int]) -> None:
    """
    Tell the stream processes the present states of variants.

    Published before the caller's receipts commit: repeated then, never skipped. Without Valkey
    it raises, and the outbox tries again.
    """
    valkey.client().publish(CHANNEL, json.dumps(read(variant_ids)))


def announce_all() -> None:
    """Tell the stream processes that any variant may have changed: each reads what its browsers show."""
    valkey.client().publish(CHANNEL, json.dumps(ANY))
