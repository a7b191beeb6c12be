"""What the clock begins and ends: channels are told of it as of any other change."""

from datetime import datetime

from catalog.models import PriceWatch
from catalog.services.charging import listing_changed
from omni.core import db, sql
from omni.core.actor import SYSTEM
from omni.outbox.publish import publish_all

# Four short walks: along `listing_begins`, `listing_ends`, `shop_price_begins` and `shop_price_ends`.
DUE = """
WITH shop AS (
    SELECT variant_id, currency FROM catalog_price
    WHERE location_id IS NOT NULL AND valid_from > %(since)s AND valid_from <= %(now)s
    UNION
    SELECT variant_id, currency FROM catalog_price
    WHERE location_id IS NOT NULL AND valid_until > %(since)s AND valid_until <= %(now)s
)
SELECT channel_id, variant_id FROM catalog_listing WHERE valid_from > %(since)s AND valid_from <= %(now)s
UNION
SELECT channel_id, variant_id FROM catalog_listing WHERE valid_until > %(since)s AND valid_until <= %(now)s
UNION
SELECT channel.id, shop.variant_id
FROM shop JOIN organisation_saleschannel AS channel
  ON channel.kind = 'STORE' AND channel.currency = shop.currency
"""


def tell_due(*, now: datetime) -> int:
    """
    Tell channels of listings and shops' prices that began or ended since it last looked; answer of how many.

    The moment until which they were told is kept with what they were told, so that nothing is left
    out while nobody looked, and whoever looks again finds nothing.
    """
    with db.transaction():
        watch = PriceWatch.objects.for_update_only(now=now)
        pairs = sql.fetch_all(DUE, {"since": watch.told_until, "now": now})
        publish_all(listing_changed((row[0], row[1]) for row in pairs), at=now, actor=SYSTEM)
        if watch.told_until < now:
            watch.told_until = now
            watch.save(update_fields=["told_until"])
    return len(pairs)
