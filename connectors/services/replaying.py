"""Dead letters: what was given up gets all its tries again."""

from connectors.models import ShipmentNotice
from connectors.services.lanes import LANES, REPLAYED
from omni.core import db, sql


def replay_dead(*, connection_id: int) -> int:
    """
    Give every dead letter of a connection (stock, listings, shipments) all its tries again.

    In its caller's transaction; answer how many.
    """
    db.require_transaction()
    params = {"connection": connection_id}
    states = sum(len(sql.fetch_all(lane.sql(REPLAYED), params)) for lane in LANES)
    notices = ShipmentNotice.objects.filter(connection=connection_id, dead_at__isnull=False)
    return states + notices.update(dead_at=None, tries=0, next_try_at=None)
